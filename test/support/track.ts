/** Tracked files and clones for tests of use cases, made by the library. */
import * as fs from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { systemClock } from "../../src/base/clock.ts";
import { init } from "../../src/care/init.ts";
import { add } from "../../src/files/add.ts";
import { push } from "../../src/files/push.ts";
import { blobName, hashOfName } from "../../src/store/blob-layout.ts";
import { type Found, isTrustworthy, look } from "../../src/worktree/stamp.ts";
import type { Hash } from "../../src/values/hash.ts";
import { BIN } from "./cli.ts";
import type { Sandbox } from "./sandbox.ts";

/** How this mvgit is started, for what Git is told to call. */
export const PROGRAM = { node: execPath, script: join(BIN, "mvgit") };

/** Writes files into `work`, adds these paths (or the files themselves), and commits. */
export async function track(
  box: Sandbox,
  files: Readonly<Record<string, string | Uint8Array>>,
  paths: readonly string[] = Object.keys(files),
): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) box.write(`work/${path}`, bytes);
  await add(await box.open(), { paths, asIs: true });
  await commit(box);
}

/**
 * Waits until files are so old that a command remembers what it read of them: a stamp within one tick of the file
 * system's clock tells nothing, and the library may come to a file that was just written sooner than that.
 */
export async function ripen(box: Sandbox, ...paths: readonly string[]): Promise<void> {
  for (const path of paths)
    while (!isTrustworthy(look(join(box.dir, path)) as Found, systemClock.now())) await systemClock.sleep(5);
}

/** Commits all that is staged, in a folder of the sandbox. */
export async function commit(box: Sandbox, folder = "work"): Promise<void> {
  await box.git(folder, ["commit", "-qm", "tracked", "--no-verify"]);
}

/** Pushes blobs and commits of `work`, and clones the host as `name`, with the same remote and nothing brought yet. */
export async function cloneOf(box: Sandbox, name: string): Promise<void> {
  await push(await box.open(), { paths: [] });
  await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
  await box.git(".", ["clone", "-q", "host.git", name]);
  await init(await box.open(name), { remote: "../store", hooks: false, program: PROGRAM });
}

/** The blobs that the folder `store` has. */
export function storedBlobs(box: Sandbox): Hash[] {
  if (!box.exists("store")) return [];
  const names = fs.readdirSync(join(box.dir, "store"), { recursive: true, encoding: "utf8" });
  return names.flatMap((name) => hashOfName(name) ?? []);
}

/** Where the folder `store` keeps a blob. */
export function storedFile(box: Sandbox, hash: Hash): string {
  return join(box.dir, "store", blobName(hash));
}

/** Writes other bytes over a blob, as a bad disk does. */
export function damage(file: string, bytes: string): void {
  fs.chmodSync(file, 0o644);
  fs.writeFileSync(file, bytes);
}
