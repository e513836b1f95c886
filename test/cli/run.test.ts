/** The frame around a command, with commands of the test's own. */
import { closeSync, existsSync, openSync } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import { beforeEach, expect, test, vi } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { stoppedBy } from "../../src/base/stop-signals.ts";
import { defineCommand } from "../../src/cli/command.ts";
import { flag } from "../../src/cli/options.ts";
import { Output } from "../../src/cli/output.ts";
import { runCommandLine } from "../../src/cli/run.ts";

const missing = new MvgitError("blob-missing", "remote 'store' does not have blob 3f9a2c01be", {
  hint: "ask",
  subject: "data",
});
const refused = new MvgitError("not-tracked", "'x' is not tracked");

vi.mock("../../src/cli/commands.ts", () => {
  const entry = (name: string, load: () => unknown): unknown => ({
    name,
    summary: "does",
    example: "mvgit",
    load: async () => ({ command: load() }),
  });
  const commands = [
    entry("deed", () => deed),
    entry("bytes", () => bytes),
    entry("remote add", () => deed),
    entry("remote list", () => deed),
  ];
  return { GROUPS: [{ title: "All", example: "", commands }], allCommands: () => commands };
});

const deed = defineCommand({
  arguments: "[HOW]",
  options: { loud: flag("louder") },
  output: "deed",
  async run({ operands: [how = "well"], loud }, session) {
    session.watch.note("a note");
    session.watch.note("a note");
    session.watch.warn("a \u001b[31mwarning");
    if (how === "throw") throw missing;
    if (how === "bug") throw new TypeError("x is not a function");
    if (how === "stop") {
      controller.abort(new MvgitError("interrupted", "stopped by SIGINT"));
      throw new DOMException("aborted", "AbortError");
    }
    if (how === "never ends") {
      controller.abort(stoppedBy("SIGTERM"));
      await new Promise(() => {});
    }
    if (how === "done all the same") controller.abort(stoppedBy("SIGINT"));
    if (how === "stopped in part") {
      controller.abort(stoppedBy("SIGHUP"));
      return { how, loud, failures: [stoppedBy("SIGHUP")] };
    }
    const failures: Record<string, MvgitError[]> = { partly: [missing, refused], one: [missing, missing] };
    return { how, loud, failures: failures[how] ?? [] };
  },
  text: (report) => `done ${report.how}${report.loud ? "!" : ""}`,
  failures: (report) => report.failures,
});

const bytes = defineCommand({
  options: {},
  output: "bytes",
  async run(_args, session) {
    return { more: await session.write(Buffer.from([0, 255, 10])) };
  },
  text: () => "never",
});

let controller: AbortController;
beforeEach(() => void (controller = new AbortController()));

async function run(...argv: string[]): Promise<{ stdout: string; stderr: string; status: number }> {
  const text = { stdout: "", stderr: "" };
  const to = (name: "stdout" | "stderr"): Output =>
    new Output(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          text[name] += chunk.toString("latin1");
          done();
        },
      }),
    );
  const status = await runCommandLine(argv, {
    cwd: "/",
    env: {},
    stdout: to("stdout"),
    stderr: to("stderr"),
    stdin: (async function* () {})(),
    stdoutColumns: null,
    stderrColumns: () => null,
    signals: () => () => {},
    signal: controller.signal,
  });
  return { ...text, status };
}

test.skipIf(!existsSync("/dev/full"))(
  "what could not be printed is no success; a reader that went away is",
  async () => {
    const full = openSync("/dev/full", "w");
    const gone = () =>
      new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error("gone"), { code: "EPIPE" })) });
    const notes = new PassThrough();
    const around = (stdout: Output) => ({
      cwd: "/",
      env: {},
      stdout,
      stderr: new Output(notes),
      stdin: (async function* () {})(),
      stdoutColumns: null,
      stderrColumns: () => null,
      signals: () => () => {},
      signal: controller.signal,
    });
    for (const argv of [["deed"], ["deed", "--json"], ["bytes"], ["deed", "--help"]]) {
      const status = await runCommandLine(argv, around(new Output(new PassThrough(), full)));
      expect({ status, told: String(notes.read()) }).toEqual({
        status: 25,
        told: expect.stringMatching(
          /error: cannot write the output: no space left \(ENOSPC\)\nhint: what stands there is cut short/,
        ),
      });
      expect(await runCommandLine(argv, around(new Output(gone())))).toBe(0);
      expect(String(notes.read())).not.toContain("error:");
    }
    closeSync(full);
  },
);

const NOTES = "a note\nwarning: a \\x1b[31mwarning\n";

test("a report becomes text on stdout; notes are told once, on stderr", async () => {
  expect(await run("deed", "--loud")).toEqual({ stdout: "done well!\n", stderr: NOTES, status: 0 });
});

test("-q hides notes and deeds, not warnings", async () => {
  expect(await run("deed", "-q")).toEqual({ stdout: "", stderr: "warning: a \\x1b[31mwarning\n", status: 0 });
});

test("--json is the report, failures as data", async () => {
  const ran = await run("deed", "one", "--json");
  expect(JSON.parse(ran.stdout)).toEqual({
    mvgit: 1,
    command: "deed",
    how: "one",
    loud: false,
    failures: Array(2).fill({ code: "blob-missing", message: missing.message, hint: "ask", subject: "data" }),
  });
  expect(ran.status).toBe(23);
});

test("one kind of failure gives its status, several give 3", async () => {
  const one = await run("deed", "one", "-q");
  expect(one.status).toBe(23);
  expect((await run("deed", "partly")).status).toBe(3);
  expect((await run("deed", "partly")).stdout).toBe("done partly\n");
  expect((await run("deed", "partly")).stderr).toContain("error: 'x' is not tracked\n");
});

test("an error is told with its hint and status, as text and as JSON", async () => {
  expect(await run("deed", "throw", "-q")).toEqual({
    stdout: "",
    stderr: `warning: a \\x1b[31mwarning\nerror: ${missing.message}\nhint: ask\n`,
    status: 23,
  });
  const ran = await run("deed", "throw", "--json");
  expect(JSON.parse(ran.stdout)).toEqual({
    mvgit: 1,
    command: "deed",
    error: { code: "blob-missing", message: missing.message, hint: "ask", subject: "data" },
  });
  expect(ran.status).toBe(23);
});

test("a plain error is a bug, with its stack only for -v", async () => {
  const plain = await run("deed", "bug");
  expect(plain.status).toBe(70);
  expect(plain.stderr).toContain("error: TypeError: x is not a function\nhint: this is a bug in mvgit");
  expect(plain.stderr).not.toContain("run.test.ts");
  expect((await run("deed", "bug", "-v")).stderr).toContain("run.test.ts");
});

test("an interruption is told as one, whatever the work threw", async () => {
  const ran = await run("deed", "stop");
  expect(ran.status).toBe(130);
  expect(ran.stderr).toContain("error: stopped by SIGINT\n");
});

test(
  "what does not end when it is told to is left behind; each signal has its status, and none is 0 for work " +
    "that was not done",
  async () => {
    expect(await run("deed", "never ends", "-q")).toEqual({
      stdout: "",
      stderr:
        "warning: a \\x1b[31mwarning\nstopping\nerror: stopped by SIGTERM\nhint: run the same command again " +
        ("to " + "finish\n"),
      status: 143,
    });
    controller = new AbortController();
    expect(await run("deed", "stopped in part")).toMatchObject({ stdout: "", status: 129 });
    controller = new AbortController();
    const done = await run("deed", "done all the same");
    expect(done).toMatchObject({ stdout: "done done all the same\n", status: 0 });
    expect(done.stderr).toContain("stopping\nthe signal came too late: all of it was done\n");
  },
);

test("bytes go out as they are, and have no JSON", async () => {
  expect(await run("bytes")).toEqual({ stdout: "\x00\xff\n", stderr: "", status: 0 });
  expect((await run("bytes", "--json")).status).toBe(2);
});

test("two-word commands, and the first word alone", async () => {
  expect((await run("remote", "list")).stdout).toBe("done well\n");
  expect((await run("-q", "remote", "-v", "add", "x")).status).toBe(0);
  expect(await run("remote")).toEqual({
    stdout: "",
    stderr: "error: 'mvgit remote' needs one more word: 'add', 'list'\nhint: 'mvgit help remote' tells what they do\n",
    status: 2,
  });
  expect((await run("remote", "lst")).stderr).toContain("did you mean 'mvgit remote list'?");
  expect((await run("help", "remote")).stdout).toContain("usage: mvgit remote add|list ...");
  expect((await run("remote", "add", "--help")).stdout).toContain("usage: mvgit remote add [OPTION...] [HOW]");
  expect((await run("help", "remote", "add")).stdout).toContain("usage: mvgit remote add [OPTION...] [HOW]");
});
