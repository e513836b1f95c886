/**
 * Locks and beginnings of downloads among containers: numbers of processes that mean something else there, and holders
 * that live or are dead.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv, type Ran, runProgram } from "../../support/cli.ts";
import { CONTAINER, hasNamespaces, onHost, skippedWithout } from "../../support/namespaces.ts";
import { makeSandbox, type Sandbox, someBytes } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
drawTests(2);

beforeEach(async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "weights");
});
afterEach(() => box.cleanup());

const LOCK = "work/.git/mvgit/lock";
/** The step of `add` that gives the pointer its name, under the lock. */
const HOLDING = "15";
const HERE = hasNamespaces("--pid", "--fork", "--mount-proc") && hasNamespaces("--uts");
const MVGIT = [process.execPath, join(BIN, "mvgit")];

/** `sh` is the first process of the container, so that each mvgit in it has the same number. */
function inContainer(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const [program, ...rest] = [...CONTAINER, "sh", "-c", '"$@"; exit $?', "sh", ...MVGIT, ...args] as [
    string,
    ...string[],
  ];
  return runProgram(program, rest, { cwd: join(box.dir, "work"), env: { ...box.env, ...env } });
}

/** Starts mvgit, which stands still at a step until the test lets it go on or kills it. */
async function standing(
  before: readonly string[],
  args: readonly string[],
  at: string,
): Promise<{ child: ChildProcess; goOn(): Promise<number> }> {
  const [marker, go] = [join(box.dir, "standing"), join(box.dir, "go")];
  const fault = `run@${at}:touch '${marker}'; while [ ! -e '${go}' ]; do sleep 0.02; done`;
  const [program, ...rest] = [...before, ...MVGIT, ...args] as [string, ...string[]];
  const child = spawn(program, rest, {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env, MVGIT_FAULT: fault },
    stdio: "ignore",
  });
  while (!fs.existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 10));
  const goOn = async (): Promise<number> => {
    const ended = once(child, "close");
    fs.writeFileSync(go, "");
    return (await ended)[0] as number;
  };
  return { child, goOn };
}

async function isWaiting(ran: Promise<unknown>): Promise<boolean> {
  return (
    (await Promise.race([ran.then(() => "ended"), new Promise((resolve) => setTimeout(resolve, 1500, "waits"))])) ===
    "waits"
  );
}

describe.skipIf(!HERE)(`in containers that have this host's name${skippedWithout(HERE)}`, () => {
  it("what a dead holder with the new process's number left is nobody's: lock taken at once, files gone", async () => {
    const last = "/proc/sys/kernel/ns_last_pid";
    const script = (at: number): string =>
      `echo 99 >${last}; MVGIT_FAULT=kill@${at} "$@"; cat .git/mvgit/lock; ls .git/mvgit/tmp; echo 99 ` +
      `>${last}; "$@" || exit 1`;
    for (const at of [3, 13]) {
      const [program, ...rest] = [...CONTAINER, "sh", "-c", script(at), "sh", ...MVGIT, "add", "w.bin"] as [
        string,
        ...string[],
      ];
      const ran = await runProgram(program, rest, { cwd: join(box.dir, "work"), env: box.env });
      expect(ran.stdout).toMatch(at === 13 ? /^\S+ 100 \S+ \S+ \S+ \S+\n/ : /^\S+\.100\./);
      expect(ran.status).toBe(0);
      expect([
        box.exists(LOCK),
        fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp")),
        fs.readdirSync(join(box.dir, "work/.git/mvgit")).filter((name) => name.startsWith("lock")),
      ]).toEqual([false, [], []]);
      await box.mv("work", ["rm", "w.bin"]);
      box.write("work/w.bin", "weights again");
    }
  });

  it("the lock of a container that is gone is taken when it gave no sign of life for a while", async () => {
    expect((await inContainer(["add", "w.bin"], { MVGIT_FAULT: "kill@13" })).status).toBe(137);
    // The kernel may give the number of a namespace that is gone to the next one, where the holder is known to be dead.
    const left = box
      .read(LOCK)
      .toString()
      .replace(/ \d+ (\S+\n)$/, " 1 $1");
    box.write(LOCK, left);
    const next = inContainer(["add", "w.bin"]);
    expect(await isWaiting(next)).toBe(true);
    expect(box.read(LOCK).toString()).toBe(left);
    expect((await next).status).toBe(0);
    expect(box.exists(LOCK)).toBe(false);
  });

  it("a living holder elsewhere keeps the lock, whatever runs here under its number; both do their work", async () => {
    const { goOn } = await standing([...CONTAINER], ["add", "w.bin"], HOLDING);
    const held = box.read(LOCK).toString();
    box.write("work/other.bin", "others");
    const here = box.mv("work", ["add", "other.bin"]);
    const there = inContainer(["add", "other.bin"]);
    expect([await isWaiting(here), await isWaiting(there), box.read(LOCK).toString()]).toEqual([true, true, held]);
    expect(await goOn()).toBe(0);
    await here;
    expect((await there).status).toBe(0);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  });

  it("a process of this host is found under another name: dead, its lock is free; alive, waited for", async () => {
    const { child, goOn } = await standing(onHost("elsewhere"), ["add", "w.bin"], HOLDING);
    expect(box.read(LOCK).toString()).toMatch(/^elsewhere /);
    box.write("work/other.bin", "others");
    const other = box.mv("work", ["add", "other.bin"]);
    expect(await isWaiting(other)).toBe(true);
    child.kill("SIGKILL");
    await other;
    fs.writeFileSync(join(box.dir, "go"), "");
    await box.mv("work", ["add", "w.bin"]);
    void goOn;
  });
});

it("a holder whose lock was taken changes nothing more, and leaves the lock of whoever has it", async () => {
  const { goOn } = await standing([], ["add", "w.bin"], HOLDING);
  const others = "other 1 5 abcdef 8 aa\n";
  fs.writeFileSync(join(box.dir, "new"), others);
  fs.renameSync(join(box.dir, "new"), join(box.dir, LOCK));
  expect(await goOn()).toBe(25);
  expect(box.read(LOCK).toString()).toBe(others);
  expect([box.exists("work/w.bin.mvgit"), box.read("work/w.bin").toString()]).toEqual([false, "weights"]);
  fs.rmSync(join(box.dir, LOCK));
  await box.mv("work", ["add", "w.bin"]);
});

it("a holder that stands still keeps its lock from everybody who can look for it", async () => {
  const { child, goOn } = await standing([], ["add", "w.bin"], HOLDING);
  child.kill("SIGSTOP");
  fs.utimesSync(join(box.dir, LOCK), 1, 1);
  const other = box.mv("work", ["add", "w.bin"]);
  expect(await isWaiting(other)).toBe(true);
  child.kill("SIGCONT");
  expect(await goOn()).toBe(0);
  await other;
});

it("a begun download whose owner nobody here can look for is gone on with when long not written to", async () => {
  const bytes = someBytes(20_000_000);
  box.write("work/w.bin", bytes);
  const { added } = JSON.parse((await box.mv("work", ["add", "w.bin", "--json"])).stdout) as {
    added: { hash: string }[];
  };
  const hash = (added[0] as { hash: string }).hash;
  await box.mv("work", ["push"]);
  fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
  const parts = [
    `part.${hash}.elsewhere.1.5-abcdef-8-00000000000000aa`,
    `part.${hash}.elsewhere.1.5-abcdef-8-00000000000000bb`,
  ];
  for (const part of parts) box.write(`work/.git/mvgit/tmp/${part}`, bytes.subarray(0, 10_000_000));
  fs.utimesSync(
    join(box.dir, "work/.git/mvgit/tmp", parts[0] as string),
    Date.now() / 1000 - 600,
    Date.now() / 1000 - 600,
  );
  await box.mv("work", ["fetch"]);
  expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp"))).toEqual([parts[1]]);
});
