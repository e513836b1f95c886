/** What each of several remotes said of a blob that none of them gave. */
import { type ErrorCode, MvgitError } from "../base/errors.ts";
import { type Lack, lackOf } from "../store/lack.ts";
import { type Hash, shortHash } from "../values/hash.ts";

export interface Said {
  /** As messages call it: `remote 'store'`. */
  remote: string;
  /** Certain that it does not have it, or has it wrong; else why it could not be asked, which may be mended later. */
  said: Lack | MvgitError;
}

/** `remote 'a' does not have it; remote 'b' has it damaged`. `them`: of several blobs. */
export function saidWords(said: readonly Said[], them: string): string {
  return said.map((each) => `${each.remote} ${wordsOf(each, them)}`).join("; ");
}

function wordsOf({ said }: Said, them: string): string {
  if (said === "missing") return `does not have ${them}`;
  return said === "damaged" ? `has ${them} damaged` : `cannot be used: ${said.message}`;
}

/** `blob-missing` only where every remote was certain. */
export function codeOfSaid(said: readonly Said[]): ErrorCode {
  const unsure = unsureOf(said);
  if (unsure !== null) return unsure.code;
  return said.some((each) => each.said === "damaged") ? "blob-damaged" : "blob-missing";
}

/** Why one of them could not be asked; null where all were. */
export function unsureOf(said: readonly Said[]): MvgitError | null {
  for (const { said: each } of said) if (typeof each !== "string") return each;
  return null;
}

/** The error for a blob that none of several remotes gave. */
export class NotGiven extends MvgitError {
  readonly said: readonly Said[];

  constructor(hash: Hash, said: readonly Said[]) {
    super(codeOfSaid(said), `no remote gives blob ${shortHash(hash)}: ${saidWords(said, "it")}`, {
      subject: hash,
      hint: unsureOf(said)?.hint ?? "ask whoever has it to run 'mvgit push'; 'mvgit remote list' shows the remotes",
    });
    this.said = said;
  }
}

/** What is wrong with a blob that could not be had, as `CopyReport` has it; null for another failure. */
export function notGiven(error: unknown): { why: Lack; said?: readonly Said[] } | null {
  if (error instanceof NotGiven) return { why: lackOfSaid(error.said), said: error.said };
  const why = lackOf(error);
  return why && { why };
}

export function lackOfSaid(said: readonly Said[]): Lack {
  return said.some((each) => each.said === "damaged") ? "damaged" : "missing";
}
