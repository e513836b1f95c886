/** A model with a few versions, on a Git host and in a remote, as a deployment meets it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { formatEvent } from "../../src/values/tag-message.ts";
import type { Delivered } from "../../src/versions/deliver/deliver.ts";
import { get, type GetRequest } from "../../src/versions/get.ts";
import { BIN, hermeticEnv, type Place, runProgram } from "./cli.ts";
import { makeSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";
import { testWatch } from "./watch.ts";

/** `spam@v1` to `spam@vN`, pushed: `model/w.bin`, `model/tok/a.json` as weights, `data` with two rows. */
export async function makeDeployment(versions: number, options?: SandboxOptions): Promise<Sandbox> {
  const box = await makeSandbox(options);
  box.write("work/t.py", "print(1)\n");
  box.write("work/data/1", "row 1");
  box.write("work/data/2", "row 2");
  box.write("work/model/tok/a.json", "{}");
  await box.git("work", ["add", "t.py"]);
  for (let version = 1; version <= versions; version++) {
    box.write("work/model/w.bin", `weights ${version}`);
    await box.mv("work", ["save", "spam", "--data", "data", "--weights", "model", "-m", `number ${version}`]);
  }
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main", "--tags"]);
  return box;
}

/** Moves a stage on the host. */
export async function move(box: Sandbox, version: number, stage = "production"): Promise<void> {
  await box.mv("work", ["promote", `spam@v${version}`, stage, "--no-commit"]);
}

/** `mvgit get` without a process of its own, from the folder `store`. */
export function getHere(
  box: Sandbox,
  repository: string,
  what: string,
  more: Partial<GetRequest> = {},
): Promise<Delivered> {
  return get(
    { repository, what, dir: "dir", only: [], remote: "./store", force: false, insecure: false, ...more },
    { cwd: box.dir, env: { ...hermeticEnv(box.dir), ...box.env }, watch: testWatch() },
  );
}

/** Goes on with the chain of `spam#production` after event 1, between v1 and v2, as fast as Git takes objects. */
export async function addEvents(place: Place, count: number): Promise<void> {
  const git = async (args: readonly string[], input = ""): Promise<string> => {
    const { stdout, stderr, status } = await runProgram("git", args, { ...place, input });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const versions = await Promise.all(
    [1, 2].map(async (version) => ({
      version,
      commit: await git(["rev-parse", `spam@v${version}^{commit}`]),
      package: /package: (\w+)/.exec(await git(["cat-file", "tag", `spam@v${version}`]))?.[1] as string,
    })),
  );
  let previous = await git(["rev-parse", "spam#production#1"]);
  const stream: string[] = [];
  for (let number = 2; number <= count + 1; number++) {
    const { commit, ...to } = versions[(number + 1) % 2] as (typeof versions)[number];
    const before = (versions[number % 2] as (typeof versions)[number]).version;
    const message = formatEvent({
      model: "spam",
      stage: "production",
      number,
      ...to,
      before,
      previous,
      reason: "",
    } as Parameters<typeof formatEvent>[0]);
    const tagger = `tagger T <t@example.com> ${1_800_000_000 + number} +0000`;
    const object = `object ${commit}\ntype commit\ntag spam#production#${number}\n${tagger}\n\n${message}`;
    previous = createHash("sha1")
      .update(`tag ${Buffer.byteLength(object)}\0${object}`)
      .digest("hex");
    stream.push(
      `tag spam#production#${number}\nfrom ${commit}\n${tagger}\ndata ${Buffer.byteLength(message)}\n${message}\n`,
    );
  }
  await git(["fast-import", "--quiet"], stream.join(""));
  if ((await git(["rev-parse", `spam#production#${count + 1}`])) !== previous)
    throw new Error("Git made other tags than it was told");
}

/** A started `mvgit` that stays. */
export interface Staying {
  stdout(): string;
  stderr(): string;
  /** Resolves when the text has come on stdout or stderr. */
  said(text: string): Promise<void>;
  /** The exit status, when it has ended. */
  ended: Promise<number | null>;
  /** Answers the exit status. */
  stop(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null>;
}

/** Starts `mvgit` with these arguments. */
export function stay(box: Sandbox, args: readonly string[], env: Record<string, string | undefined> = {}): Staying {
  const child = spawn(process.execPath, [join(BIN, "mvgit"), ...args], {
    cwd: box.dir,
    env: { ...hermeticEnv(box.dir), ...box.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (part: Buffer) => {
      told[stream] += part.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    stdout: () => told.stdout,
    stderr: () => told.stderr,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void =>
          void ((told.stdout + told.stderr).includes(text) && (listeners.delete(look), resolve()));
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without '${text}': ${told.stdout}\n${told.stderr}`)));
      }),
    ended,
    stop: (signal) => (child.kill(signal), ended),
  };
}

/** All regular files below a folder through its links, but for mvgit's own, with their bytes. */
export function filesOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const name of fs.readdirSync(join(folder, path)).toSorted()) {
      if (path === "" && name.startsWith(".mvgit-re")) continue;
      const file = join(path, name);
      if (fs.statSync(join(folder, file)).isDirectory()) walk(file);
      else found[file] = fs.readFileSync(join(folder, file), "utf8");
    }
  };
  walk("");
  return found;
}
