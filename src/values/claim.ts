/**
 * A claim: pointers that a repository needs, kept in a remote under `roots/`, so that gc there knows what anybody
 * needs. One line for each pointer, in ascending order: the hash, and `f` for a file or `d` for a folder's root
 * manifest.
 */
import { MvgitError } from "../base/errors.ts";
import { type Hash, parseHash } from "./hash.ts";
import type { Pointer } from "./pointer.ts";

const HEADER = "mvgit-claim 1\n";
/** Bytes of the longest claim; more pointers take several. */
export const CLAIM_CAP = 16 * 1024 * 1024;
/** Hash, blank, kind and line feed. */
const LINE = 67;
const MOST = Math.floor((CLAIM_CAP - HEADER.length) / LINE);

declare const claimedBrand: unique symbol;
/** One line of a claim without its line feed: what is needed of a pointer. */
export type Claimed = string & { readonly [claimedBrand]: true };

/** What a pointer needs, as a line. */
export function claimedOf({ hash, files }: Pick<Pointer, "hash" | "files">): Claimed {
  return `${hash} ${files === undefined ? "f" : "d"}` as Claimed;
}

/** The blob that a line names, and whether it is a folder's manifest. */
export function readClaimed(line: Claimed): { hash: Hash; isFolder: boolean } {
  return { hash: line.slice(0, 64) as Hash, isFolder: line.endsWith("d") };
}

/** As few claims as hold all of it; none for nothing. */
export function formatClaims(pointers: ReadonlySet<Claimed>): Buffer[] {
  const lines = [...pointers].toSorted();
  const claims: Buffer[] = [];
  for (let at = 0; at < lines.length; at += MOST)
    claims.push(Buffer.from(`${HEADER}${lines.slice(at, at + MOST).join("\n")}\n`));
  return claims;
}

/** Throws `format-newer`, and `blob-damaged` for bytes that are no claim; `name` is the object's, for messages. */
export function parseClaim(bytes: Uint8Array, name: string): Claimed[] {
  const text = Buffer.from(bytes).toString("latin1");
  const version = /^mvgit-claim ([1-9]\d{0,8})\n/.exec(text)?.[1];
  if (version !== undefined && version !== "1") {
    throw new MvgitError("format-newer", `'${name}' was written by a newer mvgit`, {
      subject: name,
      hint: "update mvgit",
    });
  }
  const lines = text.slice(HEADER.length).split("\n");
  if (version === undefined || lines.length < 2 || lines.pop() !== "" || !lines.every(isRight)) {
    throw new MvgitError("blob-damaged", `'${name}' does not keep to the format of a claim`, { subject: name });
  }
  return lines as Claimed[];
}

function isRight(line: string, index: number, lines: readonly string[]): boolean {
  return (
    line.length === LINE - 1 &&
    parseHash(line.slice(0, 64)) !== null &&
    /^ [fd]$/.test(line.slice(64)) &&
    (index === 0 || (lines[index - 1] as string) < line)
  );
}
