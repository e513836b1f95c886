/** A ref by its own file, as Git itself reads it first, without a start of git. */
import { join } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { isOid } from "../objects.ts";
import type { GitPlace } from "../place.ts";
import type { Oid } from "../reader.ts";

/** Bytes of a file that names an id or one other ref. */
const CAP = 4096;
/** Refs that all work trees share, by names that mean nothing else to Git. */
const SHARED = /^refs\/(?:heads|remotes|tags|mvgit)\/(?:[\w@#+=-]+[./])*[\w@#+=-]+$/;
const UNCLEAR = /@\{|\.lock(?:\/|$)/;

/**
 * The id that HEAD or a full name of a ref points to, where files say so plainly; null for everything else: ask Git.
 * What a file says counts over `packed-refs`, and where refs are no files HEAD names one that never is there.
 */
export function looseRef(name: string, { gitDir, commonDir }: GitPlace): Oid | null {
  const head = name === "HEAD" ? textOf(join(gitDir, "HEAD")) : null;
  if (head !== null && isOid(head)) return head;
  const full = name === "HEAD" ? branchIn(head) : name;
  if (full === null || !SHARED.test(full) || UNCLEAR.test(full)) return null;
  const text = textOf(join(commonDir, full));
  return text !== null && isOid(text) ? text : null;
}

/** The full name of the branch that HEAD is on, there or not, where its file says so plainly; null: ask Git. */
export function plainBranch({ gitDir }: GitPlace): string | null {
  return branchIn(textOf(join(gitDir, "HEAD")));
}

function branchIn(head: string | null): string | null {
  const branch = /^ref: (refs\/heads\/.+)$/.exec(head ?? "")?.[1] ?? "";
  return SHARED.test(branch) && !UNCLEAR.test(branch) ? branch : null;
}

function textOf(file: string): string | null {
  return readUpTo(file, CAP)?.toString("latin1").replace(/\n$/, "") ?? null;
}
