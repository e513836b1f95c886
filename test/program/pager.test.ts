/** The pager: the one that the user chose, never the repository's; shown or printed, the exit status is the same. */
import * as fs from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let file: string;
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true, inMemory: true });
  file = join(box.dir, "paged");
  box.write("work/stages.yaml", "spam:\n  production: 1\n");
  for (let n = 0; n < 8; n++) box.write(`work/f${n}`, String(n));
  await box.mv("work", ["add", ...Array.from({ length: 8 }, (_, n) => `f${n}`)]);
});
beforeEach(() => fs.rmSync(file, { force: true }));
afterAll(() => box.cleanup());

const paged = (): string | null => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null);

/** What was printed and the exit status, on a terminal of five lines. */
async function run(argv: readonly string[], env: Record<string, string> = {}): Promise<[string, number]> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const status = await runCommandLine(argv, {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env, CI: "", TERM: "xterm", ...env },
    stdout: new Output(stdout),
    stderr: new Output(stderr),
    stdin: Readable.from([]),
    stdoutColumns: 80,
    stdoutRows: 5,
    stderrColumns: () => null,
    signal: new AbortController().signal,
    signals: () => () => {},
  });
  return [String(stdout.read() ?? ""), status];
}

describe.skipIf(process.platform === "win32")("an answer that is longer than the screen", () => {
  const own = (): Record<string, string> => ({ PAGER: `cat >'${file}'` });

  it("goes to the pager as it would have been printed", async () => {
    const [plain] = await run(["--no-pager", "ls"], own());
    expect([plain.split("\n").length > 5, paged()]).toEqual([true, null]);
    expect(await run(["ls"], own())).toEqual(["", 0]);
    expect(paged()).toBe(plain);
  });

  it("is printed as a document, in CI, on a dumb terminal, or where the pager only copies", async () => {
    for (const [argv, env] of [
      [["--json", "ls"], own()],
      [["ls"], { ...own(), CI: "1" }],
      [["ls"], { ...own(), TERM: "dumb" }],
      [["ls"], { ...own(), GIT_PAGER: "cat" }],
      [["ls", "f1"], own()],
      [["ls"], { PAGER: "no-such-pager-here 2>/dev/null" }],
    ] as [string[], Record<string, string>][]) {
      const [text, status] = await run(argv, env);
      expect([text.length > 5, status, paged()], argv.join(" ")).toEqual([true, 0, null]);
    }
  });

  it("a pager that is closed early is no failure, and a status is kept", async () => {
    expect(await run(["ls"], { PAGER: "true" })).toEqual(["", 0]);
    for (let n = 0; n < 8; n++) box.write(`work/f${n}`, `edited ${n}`);
    expect((await run(["status", "--check"], own()))[1]).toBe(1);
    expect(paged()).toContain("f1");
  });

  it("is the user's core.pager, and never that of the repository", async () => {
    await box.git("work", ["config", "core.pager", `cat >'${file}.hostile'`]);
    const config = join(box.dir, "own-config");
    fs.writeFileSync(config, `[core]\n\tpager = cat >'${file}'\n`);
    await run(["ls"], { PAGER: "true", GIT_CONFIG_GLOBAL: config });
    expect([paged() !== null, fs.existsSync(`${file}.hostile`)]).toEqual([true, false]);
    await run(["ls"], { PAGER: "true" });
    expect(fs.existsSync(`${file}.hostile`)).toBe(false);
  });
});
