/**
 * The program of a run sees each signal once, whoever sent it: to mvgit alone, to its group, by `timeout`, or by a
 * terminal.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIN, hermeticEnv, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox();
  // Counts what it gets, and ends by itself a while after the first.
  box.write(
    "work/count.mjs",
    `let seen = [];
const end = () => { console.log("saw " + seen.join(" ")); process.exit(0); };
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(name, () => { seen.push(name); setTimeout(end, 900); });
setInterval(() => {}, 1000);
console.log("ready");
`,
  );
});
afterAll(() => box.cleanup());

const COMMAND = [process.execPath, join(BIN, "mvgit"), "run", "spam", "--", process.execPath, "count.mjs"];

/** What the program said it saw; `send` is called when it listens. */
function seen(
  command: readonly string[],
  send: (child: ChildProcess) => void,
  detached = true,
): Promise<string | undefined> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached,
  });
  let out = "";
  child.stdout.on("data", (part: Buffer) => {
    out += part.toString();
    if (/ready\r?\n$/.test(out)) send(child);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(/saw ([A-Z ]+)/.exec(out)?.[1]));
  });
}

const hasScript =
  (
    await runProgram("sh", ["-c", "command -v script && script -qec true /dev/null"], { cwd: "/" }).catch(() => ({
      status: 1,
    }))
  ).status === 0;
const hasTimeout = (await runProgram("sh", ["-c", "command -v timeout"], { cwd: "/" })).status === 0;

describe("once", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s to mvgit alone", async (signal) => {
    expect(await seen(COMMAND, (child) => child.kill(signal))).toBe(signal);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s to its whole group, as Slurm and systemd send it",
    async (signal) => {
      expect(await seen(COMMAND, ({ pid }) => process.kill(-(pid as number), signal))).toBe(signal);
    },
  );

  it("one to mvgit and then to the group, as timeout sends it", async () => {
    expect(
      await seen(COMMAND, (child) => (child.kill("SIGTERM"), process.kill(-(child.pid as number), "SIGTERM"))),
    ).toBe("SIGTERM");
  });

  it.skipIf(!hasTimeout)(`of timeout itself${hasTimeout ? "" : " (skipped: it is not here)"}`, async () => {
    expect(await seen(["timeout", "5", ...COMMAND], () => undefined)).toBe("SIGTERM");
  });

  it.skipIf(!hasScript)(`Ctrl-C on a terminal${hasScript ? "" : " (skipped: 'script' is not here)"}`, async () => {
    const line = COMMAND.map((word) => `'${word}'`).join(" ");
    expect(await seen(["script", "-qec", line, "/dev/null"], (child) => child.stdin?.write("\u0003"), false)).toBe(
      "SIGINT",
    );
  });

  it("each of two to the whole group", async () => {
    const send = ({ pid }: ChildProcess): boolean => process.kill(-(pid as number), "SIGTERM");
    expect(await seen(COMMAND, (child) => (send(child), setTimeout(() => send(child), 600)))).toBe("SIGTERM SIGTERM");
  });

  it("and two different ones are two", async () => {
    expect(await seen(COMMAND, (child) => (child.kill("SIGINT"), setTimeout(() => child.kill("SIGTERM"), 700)))).toBe(
      "SIGINT SIGTERM",
    );
  });
});
