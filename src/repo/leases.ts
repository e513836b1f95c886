/**
 * Blobs that a run in progress needs and that no pointer names yet. A lease is a file `<git common dir>/mvgit/leases/
 * NAME`: the line `mvgit-lease 1 MARK`, then one hash a line. gc honours it while that process runs.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { giveSign, makeFolder, openRegular, readOwnText, removeFile, replaceVia } from "../base/disk.ts";
import { isMvgitError, MvgitError, systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { timeIn } from "../base/file-time.ts";
import { ownNames } from "../base/own-folder.ts";
import { nameOfOwner, stateOf, thisProcess } from "../base/processes.ts";
import { FOREIGN_LEASE, LEASE_BEAT } from "../base/times.ts";
import { type Hash, parseHash } from "../values/hash.ts";
import { TemporaryFolder } from "../store/temporary.ts";
import { isRoot } from "../values/manifest.ts";
import { needsOf } from "./needs.ts";
import type { Repo } from "./repo.ts";
import { cloneFile } from "../values/own-files.ts";

const HEADING = "mvgit-lease 1 ";

export interface Lease {
  /** Gives the blobs back to gc; a second time does nothing. */
  release(): void;
}

/**
 * Keeps blobs from gc until it is released or this process ends. The hash of a folder's root manifest keeps the whole
 * folder. Durable when it answers. A blob that was there before the call is there until the release; of others nothing
 * is promised.
 */
export function holdBlobs(repo: Pick<Repo, "git" | "cache">, hashes: Iterable<Hash>): Lease {
  const folder = leaseFolder(repo);
  const file = join(folder, nameOfOwner());
  const held = [...new Set(hashes)];
  try {
    makeFolder(folder);
  } catch (error) {
    throw fromSystem(error, `make the folder '${folder}'`, folder);
  }
  const temporary = new TemporaryFolder(cloneFile(repo.git.place, "tmp")).newName();
  replaceVia({ file, temporary }, [HEADING + thisProcess(), ...held, ""].join("\n"));
  // A gc that looked for leases before this one was there does not remove what was used just now.
  for (const hash of held) repo.cache.freshen(hash, repo.cache.sizeOf(hash) ?? 0);
  // For those who cannot look for this process. One that is missed counts for nothing until many were.
  const beat = setInterval(() => giveSign(file, systemClock.now()), LEASE_BEAT).unref();
  return {
    release() {
      clearInterval(beat);
      release(file);
    },
  };
}

/** One that cannot be removed is of no more use to anybody when this process has ended, and gc removes it then. */
function release(file: string): void {
  try {
    removeFile(file);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function leaseFolder(repo: Pick<Repo, "git">): string {
  return cloneFile(repo.git.place, "leases");
}

/**
 * Every hash that living leases hold. Leases of processes that ended are removed, unless `keepStale`. Throws
 * `blob-missing` for a folder whose manifest is not in the cache, and `format-newer` for a lease that a newer mvgit
 * made.
 */
export async function leasedBlobs(repo: Repo, options: { keepStale: boolean }): Promise<Set<Hash>> {
  const held = new Set<Hash>();
  for (const name of ownNames(leaseFolder(repo))) {
    if (name.startsWith(".")) continue;
    const file = join(leaseFolder(repo), name);
    const lease = readLease(file);
    if (lease?.isStale === true && !options.keepStale) removeFile(file);
    if (lease?.isStale === false) for (const hash of lease.hashes) await hold(repo, hash, held);
  }
  return held;
}

async function hold(repo: Repo, hash: Hash, held: Set<Hash>): Promise<void> {
  held.add(hash);
  if (!isRoot(startOf(repo, hash))) return;
  try {
    // Only whether there is a number of files says that it is a folder.
    const { blobs, manifests } = await needsOf({ hash, size: 0, files: 1 }, repo.loadManifest);
    for (const need of [...blobs, ...manifests]) held.add(need.hash);
  } catch (error) {
    // A user's file that only begins like a manifest.
    if (!isMvgitError(error, "manifest-malformed")) throw error;
  }
}

/** The first bytes of a blob; none when it is absent. */
function startOf(repo: Repo, hash: Hash): Buffer {
  if (repo.cache.sizeOf(hash) === null) return Buffer.alloc(0);
  const fd = openRegular(repo.cache.fileOf(hash));
  if (fd === null) return Buffer.alloc(0);
  try {
    const buffer = Buffer.alloc(32);
    return buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** Null when the lease was released meanwhile. */
function readLease(file: string): { isStale: boolean; hashes: Hash[] } | null {
  try {
    const text = readOwnText(file);
    if (text === null) return null;
    const [first = "", ...lines] = text.split("\n");
    if (!first.startsWith(HEADING)) {
      throw new MvgitError("format-newer", `the lease '${file}' cannot be read`, {
        subject: file,
        hint: "update mvgit, or remove the file if no run is in progress",
      });
    }
    const state = stateOf(first.slice(HEADING.length));
    const isStale =
      state === "ended" || (state === "unknown" && timeIn(dirname(file)) - fs.statSync(file).mtimeMs > FOREIGN_LEASE);
    return { isStale, hashes: lines.map(parseHash).filter((hash) => hash !== null) };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw fromSystem(error, `read the lease '${file}'`, file);
  }
}
