/** Single files of the work tree made, or their modes set: each only where what was looked at still stands. */
import * as fs from "node:fs";
import { setOpenMode } from "../../base/disk.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { ProgressTask } from "../../base/progress.ts";
import type { Hash } from "../../values/hash.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import type { Repo } from "../../repo/repo.ts";
import type { BringOut, WantedFile } from "../../worktree/bring-out.ts";
import type { OpenFolders } from "../../worktree/open-folders.ts";
import { type Found, lookAt, lookThrough, NO_STAMP, sameContent, type Stamp } from "../../worktree/stamp.ts";
import type { Losing } from "../losing.ts";
import type { Done } from "./done.ts";
import { isLack } from "../../store/lack.ts";

/** Times that a file may change, to bytes that may go, while it is replaced. */
const TRIES = 3;

/** What is to stand at a path. */
export type WantedContent = Pick<ManifestEntry, "hash" | "size" | "mode">;

export interface MakerContext {
  repo: Repo;
  bringOut: BringOut;
  folders: OpenFolders;
  losing: Losing;
  done: Done;
  task: ProgressTask;
  /** Gets a blob that the cache has damaged from a remote. */
  refetch: (hash: Hash, size: number, path: RepoPath) => Promise<void>;
}

/** Answers the stamps of what it made. Throws what the disk throws, and what no store has. */
export class Maker {
  readonly #context: MakerContext;

  constructor(context: MakerContext) {
    this.#context = context;
  }

  /** Null for a file that is not what was seen, nor has bytes that may go: it is kept. */
  async make(path: RepoPath, wanted: WantedContent, found: Found | null): Promise<Stamp | null> {
    const { repo, task, done } = this.#context;
    repo.guard.admit(path);
    let seen = found?.stamp ?? null;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      repo.watch.signal.throwIfAborted();
      const stamp = await this.#bring(path, wanted, seen);
      if (stamp !== null) {
        task.advance(0, 1);
        done.made(path, seen !== null, wanted.size);
        return stamp;
      }
      const now = await this.#lookAgain(path, wanted);
      if (now === "not to be lost") break;
      // Another checkout was here first.
      if (now.isWanted) return now.stamp;
      seen = now.stamp;
    }
    done.keep(path);
    return null;
  }

  /** What stands there instead of what was seen, by its plain name: what flushes it may be another program. */
  async #lookAgain(
    path: RepoPath,
    wanted: WantedContent,
  ): Promise<{ stamp: Stamp; isWanted: true } | { stamp: Stamp | null; isWanted: false } | "not to be lost"> {
    const { repo, losing } = this.#context;
    const now = lookThrough(repo.guard.resolve(path), repo.guard.blobs);
    if (now === null) return { stamp: null, isWanted: false };
    if (now.kind !== "file") return "not to be lost";
    const hash = await losing.settledHash(path, now, null);
    if (hash === wanted.hash) return { stamp: now.stamp, isWanted: true };
    return losing.verdict(hash) === "may go" ? { stamp: now.stamp, isWanted: false } : "not to be lost";
  }

  async #bring(path: RepoPath, { hash, size, mode }: WantedContent, seen: Stamp | null): Promise<Stamp | null> {
    const { bringOut, folders, task, refetch } = this.#context;
    const at = folders.reach(path, { make: true });
    const request: WantedFile = { at, shown: path, seen, hash, size, exec: mode === "exec" };
    const onBytes = (count: number): void => task.advance(count);
    try {
      return await bringOut.make(request, onBytes);
    } catch (error) {
      if (!isLack(error)) throw error;
      await refetch(hash, size, path);
      return bringOut.make(request, onBytes);
    }
  }

  /** Of a file with the bytes wanted. Of bytes that something shares, the mode is not ours to change. */
  async changeMode(path: RepoPath, found: Found, wanted: WantedContent): Promise<Stamp | null> {
    if (found.links > 1 || found.real !== this.#context.repo.guard.resolve(path)) return this.make(path, wanted, found);
    return this.setMode(path, found.stamp, wanted.mode) ?? this.make(path, wanted, found);
  }

  /** Null when not that file stands there which was seen. */
  setMode(path: RepoPath, seen: Stamp, mode: ManifestEntry["mode"]): Stamp | null {
    const file = this.#context.folders.reach(path);
    let fd: number;
    try {
      fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
    } catch {
      // What cannot be opened is made anew, which tells why if that cannot be done either.
      return null;
    }
    try {
      if (lookAt(fd).stamp !== seen) return null;
      const now = fs.fstatSync(fd).mode & 0o777;
      // Whoever may read it may run it, as Git does.
      setOpenMode(fd, mode === "exec" ? now | ((now & 0o444) >> 2) : now & ~0o111, file);
      this.#context.done.modeSet(path);
      const changed = lookAt(fd).stamp;
      return sameContent(changed, seen) ? changed : NO_STAMP;
    } finally {
      fs.closeSync(fd);
    }
  }
}
