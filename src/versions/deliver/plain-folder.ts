/**
 * A folder of plain files for another program: no links, and of mvgit's nothing but the receipt, which says by the hash
 * of its manifest what was put there. It is made beside its place and takes it as a whole.
 */
import * as fs from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { uniqueName } from "../../base/clock.ts";
import { flushFolder, makeFolder, moveFile, moveToFree, readUpTo, removeTree } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { comparePaths, display, isGitFolderName, type RepoPath } from "../../base/paths.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { type Delivery, DELIVERY_CAP, readDelivery } from "../../values/delivery.ts";
import type { Hash } from "../../values/hash.ts";
import { ManifestWriter } from "../../values/manifest-io.ts";
import { hashFile } from "../../worktree/read-file.ts";
import { look } from "../../worktree/stamp.ts";
import { RECEIPT } from "./release-folder.ts";

/** One file of such a folder. */
export interface PlainFile {
  path: string;
  hash: Hash;
  /** Bytes. */
  size: number;
  exec: boolean;
}

/** The hash by which a receipt names the files, in order of their paths. Throws `name-clash`, `unsafe-path`. */
export async function manifestOf(files: readonly PlainFile[]): Promise<Hash | null> {
  const manifest = new ManifestWriter(hashBytes);
  for (const { path, hash, size, exec } of files.toSorted((a, b) => comparePaths(a.path, b.path)))
    await manifest.add({ path: path as RepoPath, hash, size, mode: exec ? "exec" : "file" });
  return (await manifest.end())?.root ?? null;
}

/**
 * What such a folder (absolute) holds; null where nothing is there, or an empty folder. Throws `local-changes` for
 * anything else than what an earlier call put there, as it was, and `unsafe-path` inside a `.git`. `shown`: how
 * messages call it.
 */
export async function heldBy(dir: string, shown = dir): Promise<Delivery | null> {
  if (dir.split(sep).some(isGitFolderName))
    throw new MvgitError("unsafe-path", `'${display(shown)}' lies in a '.git' folder`, {
      subject: display(shown),
      hint: "name another folder",
    });
  const found = look(dir);
  if (found === null) return null;
  if (found.kind !== "folder") throw inTheWay(shown, "is not a folder");
  const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((each) => !each.isDirectory());
  if (entries.length === 0) return null;
  const bytes = look(join(dir, RECEIPT))?.kind === "file" ? readUpTo(join(dir, RECEIPT), DELIVERY_CAP) : null;
  const delivery = bytes && readDelivery(bytes.toString("utf8"));
  if (!delivery) throw inTheWay(shown, "holds files that mvgit did not put there");
  if (!(await isAsWritten(dir, entries, delivery)))
    throw inTheWay(shown, "holds files that mvgit did not put there, or that were changed since");
  return delivery;
}

async function isAsWritten(dir: string, entries: readonly fs.Dirent[], delivery: Delivery): Promise<boolean> {
  const files: PlainFile[] = [];
  // One more is the receipt itself.
  if (entries.length !== delivery.files + 1) return false;
  for (const entry of entries) {
    const real = join(entry.parentPath, entry.name);
    const path = relative(dir, real).split(sep).join("/");
    if (path === RECEIPT) continue;
    const found = look(real);
    if (found?.kind !== "file") return false;
    files.push({ path, hash: await hashFile(found.real), size: found.size, exec: found.exec });
  }
  return (await manifestOf(files)) === delivery.blake3;
}

function inTheWay(dir: string, why: string): MvgitError {
  return new MvgitError("local-changes", `'${display(dir)}' ${why}`, {
    subject: display(dir),
    hint: "name a new folder; one that holds an earlier version as it was written is replaced as a whole",
  });
}

/**
 * `fill` makes the files in a folder of its own, complete and flushed; then it takes the place of `dir`. It took its
 * time: what was put there meanwhile is looked at where nobody finds it by its name, and goes back.
 */
export async function replaceWhole(dir: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${dir}.${uniqueName()}`;
  makeFolder(fresh);
  try {
    await fill(fresh);
    await putInPlace(fresh, dir);
    flushFolder(dirname(dir));
  } catch (error) {
    removeTree(fresh);
    throw error;
  }
}

async function putInPlace(fresh: string, dir: string): Promise<void> {
  const old = `${dir}.${uniqueName()}`;
  const hasOld = look(dir) !== null;
  if (hasOld) moveFile(dir, old);
  try {
    if (hasOld) await heldBy(old, dir);
    if (!moveToFree(fresh, dir)) throw inTheWay(dir, "was made by somebody else meanwhile");
  } catch (error) {
    if (!hasOld || moveToFree(old, dir)) throw error;
    throw inTheWay(dir, `was made by somebody else; what stood there before is '${display(old)}' now`);
  }
  if (hasOld) removeTree(old);
}
