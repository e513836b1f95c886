/**
 * The command line without a process of its own: words are parsed, run and rendered as `bin/mvgit` does it, some ten
 * times faster. What belongs to a process (signals, `MVGIT_FAULT`, what Node is told by the environment, the end) is
 * not there; hooks and drivers that Git calls start the real program.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Output } from "../../src/cli/output.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { hermeticEnv, mvgit, type Place, type Ran, ROOT } from "./cli.ts";

// The build puts it in.
Object.assign(globalThis, {
  MVGIT_VERSION: (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version,
});

/** Variables that speak to the process and not to mvgit. */
const OF_THE_PROCESS = ["MVGIT_FAULT", "NODE_OPTIONS", "NODE_DEBUG", "UV_THREADPOOL_SIZE"];

/** As `mvgit` of `cli.ts`, which it calls where the environment means the process. */
export async function mvgitHere(args: readonly string[], place: Place): Promise<Ran> {
  const { cwd, env, input } = place;
  const all = { ...hermeticEnv(cwd), ...env };
  if (OF_THE_PROCESS.some((name) => all[name])) return mvgit(args, place);
  const [stdout, stderr] = [new Kept(), new Kept()];
  const status = await runCommandLine(args, {
    cwd,
    env: all,
    stdout: new Output(stdout),
    stderr: new Output(stderr),
    stdin: inputOf(input ?? ""),
    stdoutColumns: null,
    stderrColumns: () => null,
    signal: new AbortController().signal,
    signals: () => () => {},
  });
  return { stdout: stdout.text(), stderr: stderr.text(), status };
}

async function* inputOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}

/** Keeps what is written. */
class Kept extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
