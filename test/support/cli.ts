/** Runs the real `bin/mvgit` as a user would, in an environment that knows nothing of this machine. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the project. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The folder of the launcher, to be put into PATH. */
export const BIN = join(ROOT, "bin");

export interface Ran {
  stdout: string;
  stderr: string;
  status: number;
}

/** A folder of the test's own; `env` replaces what `hermeticEnv` says. */
export interface Place {
  cwd: string;
  env?: Readonly<Record<string, string | undefined>>;
  /** What stdin holds; nothing by default. */
  input?: string;
}

/**
 * An environment in which only `home` is known: no settings, credentials, colours or language of whoever runs the
 * tests.
 */
export function hermeticEnv(home: string): Record<string, string> {
  return {
    // Where the tests' own Node writes warnings, the program's does too.
    ...given("NODE_REDIRECT_WARNINGS"),
    // What they leave there goes with all tests.
    ...given("TMPDIR"),
    HOME: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    PATH: `${BIN}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
    MVGIT_CHECK_LOCKS: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "A Tester",
    GIT_AUTHOR_EMAIL: "tester@example.com",
    GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
    GIT_COMMITTER_NAME: "A Tester",
    GIT_COMMITTER_EMAIL: "tester@example.com",
    GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
    CLOUDSDK_CONFIG: join(home, "gcloud"),
  };
}

function given(name: string): Record<string, string> {
  const value = process.env[name];
  return value === undefined ? {} : { [name]: value };
}

/** Runs `mvgit` with these arguments. A process that dies by a signal is an error of the test. */
export function mvgit(args: readonly string[], place: Place): Promise<Ran> {
  return runProgram(process.execPath, [join(BIN, "mvgit"), ...args], place);
}

/** Runs a program to its end. */
export function runProgram(program: string, args: readonly string[], { cwd, env, input }: Place): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...hermeticEnv(cwd), ...env }, stdio: "pipe" });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => out.push(part));
    child.stderr.on("data", (part: Buffer) => err.push(part));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const ran = { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
      if (status === null) reject(new Error(`${program} ${args.join(" ")} died by ${signal}: ${ran.stderr}`));
      else resolve({ ...ran, status });
    });
    child.stdin.on("error", () => undefined).end(input ?? "");
  });
}

/**
 * Runs shell commands one after the other and gives what a user would have seen: `$ command`, its stdout, its stderr
 * with `! ` before each line, and `[exit N]` unless 0. Put it against an inline snapshot:
 *
 *     expect(await transcript(place, "mvgit add x", "git commit -qm 'Add x'")).toMatchInlineSnapshot();
 *
 * Paths of the test's folder read `<here>`. Dates and names are fixed, so Git's ids are the same each time.
 */
export async function transcript(place: Place, ...commands: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const command of commands) {
    const { stdout, stderr, status } = await runProgram("/bin/sh", ["-c", command], place);
    parts.push(
      `$ ${command}\n`,
      stdout,
      ...stderr
        .split(/(?<=\n)/)
        .filter(Boolean)
        .map((line) => `! ${line}`),
    );
    if (parts.at(-1)?.endsWith("\n") === false) parts.push("\n");
    if (status !== 0) parts.push(`[exit ${status}]\n`);
  }
  return normalised(parts.join(""), place.cwd).trimEnd();
}

/** What differs from run to run, made the same. */
function normalised(text: string, here: string): string {
  return text
    .replaceAll(here, "<here>")
    .replaceAll(ROOT, "<mvgit>")
    .replace(/\b[0-9.]+ ([KMGT]i)?B\/s/g, "<rate>")
    .replace(/\b(\d+ (s|min|h) ?)+(?=left| elapsed)/g, "<time> ");
}
