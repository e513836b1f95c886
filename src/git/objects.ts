/** Git's objects as values: one parser for both hands. What does not keep to the format throws `git-failed`. */
import { getBuiltinModule } from "node:process";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { GitCommit, GitIdentity, GitTag, ObjectType, Oid } from "./reader.ts";

export interface GitObject {
  type: ObjectType;
  bytes: Buffer;
}

/** An object that is there; its bytes are null where it has more than were asked for. */
export type FoundObject = GitObject | { type: ObjectType; bytes: null };

/** Bytes of a commit, and of a tree: what is larger was not made for people. */
export const COMMIT_CAP = 16 * 1024 * 1024;
export const TREE_CAP = 64 * 1024 * 1024;

export interface TreeEntry {
  /** Six octal digits; `040000` is a folder. */
  mode: string;
  name: string;
  oid: Oid;
}

const COMMIT = /^tree ([0-9a-f]{40,64})\n((?:parent [0-9a-f]{40,64}\n)*)author (.*)\ncommitter (.*)\n/;
const TAG = /^object ([0-9a-f]{40,64})\ntype (commit|tree|blob|tag)\ntag (.*)\n(?:tagger (.*)\n)?/;
const SIGNATURE = /^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$/m;
const WHOLE_OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** True for a whole object id, in lower case. */
export function isOid(text: string): text is Oid {
  return WHOLE_OID.test(text);
}

export function parseCommit(oid: Oid, bytes: Buffer): GitCommit {
  const { head, body } = split(bytes);
  const match = COMMIT.exec(head);
  if (!match) throw malformed("commit", oid);
  const parents = (match[2] as string)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice("parent ".length) as Oid);
  const author = identity(match[3] as string);
  const committer = identity(match[4] as string);
  if (!author || !committer) throw malformed("commit", oid);
  return {
    tree: match[1] as Oid,
    parents,
    author,
    committer,
    message: body,
    signed: /^gpgsig(?:-sha256)? /m.test(head),
  };
}

export function parseTag(oid: Oid, bytes: Buffer): GitTag {
  const { head, body } = split(bytes);
  const match = TAG.exec(head);
  if (!match) throw malformed("tag", oid);
  const tagger = match[4] === undefined ? null : identity(match[4]);
  if (match[4] !== undefined && !tagger) throw malformed("tag", oid);
  const signature = SIGNATURE.exec(body);
  return {
    object: match[1] as Oid,
    type: match[2] as ObjectType,
    name: match[3] as string,
    tagger,
    message: signature ? body.slice(0, signature.index) : body,
    signed: signature !== null || /^gpgsig(?:-sha256)? /m.test(head),
  };
}

/**
 * A tree's entries in the order stored, which is byte order with a slash behind folders. `names`: how their bytes are
 * read.
 */
export function parseTree(oid: Oid, bytes: Buffer, names: "utf8" | "latin1" = "utf8"): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const oidBytes = oid.length / 2;
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const end = bytes.indexOf(0, at);
    const mode = bytes.toString("latin1", at, space).padStart(6, "0");
    if (space < 0 || end <= space + 1 || end + 1 + oidBytes > bytes.length || !/^[0-7]{6}$/.test(mode))
      throw malformed("tree", oid);
    const name = bytes.toString(names, space + 1, end);
    if (name.includes("/")) throw malformed("tree", oid);
    at = end + 1 + oidBytes;
    entries.push({ mode, name, oid: bytes.toString("hex", end + 1, at) as Oid });
  }
  return entries;
}

/** Headers, each with its line feed, and what comes after the first empty line. */
function split(bytes: Buffer): { head: string; body: string } {
  const text = bytes.toString("utf8");
  const end = text.indexOf("\n\n");
  return end < 0 ? { head: text, body: "" } : { head: text.slice(0, end + 1), body: text.slice(end + 2) };
}

function identity(text: string): GitIdentity | null {
  const match = /^(.*?) ?<(.*)> (-?[0-9]{1,15}) ([+-][0-9]{4})$/.exec(text);
  return (
    match && { name: match[1] as string, email: match[2] as string, time: Number(match[3]), zone: match[4] as string }
  );
}

/** For an object whose bytes are not what its type wants. */
function malformed(type: ObjectType, oid: Oid): MvgitError {
  return new MvgitError("git-failed", `the ${type} ${oid.slice(0, 10)} does not keep to Git's format`, {
    subject: oid,
    hint: "run 'git fsck' to see what else is damaged",
  });
}

/** For an object of another type than its place wants. */
export function wrongType(oid: Oid, wanted: ObjectType, found: ObjectType): MvgitError {
  return new MvgitError("git-failed", `object ${oid.slice(0, 10)} is a ${found}, not a ${wanted}`, { subject: oid });
}

/** For an object with more bytes than its type may have. */
export function tooLarge(type: ObjectType, oid: Oid): MvgitError {
  return new MvgitError("not-supported", `the ${type} ${oid.slice(0, 10)} is too large to be read`, {
    subject: oid,
    hint: "read this repository from a clone, with the git program",
  });
}

/** For an object that must be there and is not. */
export function absent(oid: Oid): MvgitError {
  return new MvgitError("git-failed", `Git does not have object ${oid.slice(0, 10)}`, {
    subject: oid,
    hint: "run 'git fsck', or 'git fetch' in a partial clone",
  });
}

/** For a ref that is there and names no object. */
export function brokenRef(name: string): MvgitError {
  return new MvgitError("git-failed", `the ref '${display(name)}' is broken: it holds no object id`, {
    subject: display(name),
    hint: "run 'git fsck'; 'git update-ref -d REF' removes a broken ref",
  });
}

/** The id that Git gives to a blob of these bytes, by the hash of the repository that `like` is from. */
export function blobId(bytes: Uint8Array, like: Oid): Oid {
  // Loaded where it is wanted: it takes longer than a small command runs.
  const { createHash } = getBuiltinModule("node:crypto");
  return createHash(like.length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex") as Oid;
}
