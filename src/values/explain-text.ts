/**
 * What a text that is handed to `explain` may mean, as far as the text alone tells, and what is said of one that means
 * nothing.
 */
import { andMore } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { type Hash, shortHash } from "./hash.ts";
import { asLabel, type Label, type ModelName, readRef, type StageName } from "./label.ts";
import { type Receipt, readReceipt } from "./receipt.ts";

/** A receipt of its own, or what a document of one of mvgit's commands names; both null for something else. */
export function readDocumentOf(text: string): { receipt: Receipt | null; named: string | null } {
  const receipt = readReceipt(text);
  if (receipt !== null) return { receipt, named: null };
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const named = [data["packageHash"], data["label"], data["commit"]].find(
      (each) => typeof each === "string" && each !== "",
    );
    return { receipt, named: data["mvgit"] === 1 && typeof named === "string" ? named : null };
  } catch {
    // The caller says what is wrong with it.
    return { receipt, named: null };
  }
}

/** Whether the text is to be a receipt or another document, and nothing else. */
export function isDocument(text: string): boolean {
  return text.trimStart().startsWith("{");
}

/** Of `MODEL#STAGE#N`, also with `refs/tags/`; null for another text. */
export function readMoveText(text: string): { model: ModelName; stage: StageName; number: number } | null {
  const read = readRef(text.startsWith("refs/tags/") ? text : `refs/tags/${text}`);
  return read?.kind === "event" ? read : null;
}

/** Of a version or a stage, also with `refs/tags/`; null for another text. Throws `usage` for a bad name in one. */
export function readLabelText(text: string): Label | null {
  const isShaped = /^(?:refs\/tags\/)?[a-z0-9][a-z0-9._-]*(?:@v[0-9]+|@latest|#[^@#]+)$/.test(text);
  return isShaped ? asLabel(text.replace("refs/tags/", "")) : null;
}

const SHORTEST = 7;

/** A hash or its beginning; `scheme`: `blake3`, `sha256`, `md5`, or "" where the text does not say. */
export function readHashText(text: string): { scheme: string; digits: string } | null {
  const [, scheme = "", digits = ""] = /^(?:(blake3|sha256|md5):)?([0-9a-f]+)$/.exec(text.toLowerCase()) ?? [];
  return digits.length < SHORTEST || digits.length > 64 ? null : { scheme, digits };
}

export function meaningless(text: string): MvgitError {
  const shown = display(text.slice(0, 200));
  return new MvgitError("usage", `'${shown}' is neither a receipt, a hash, a commit nor a label`, {
    subject: shown,
    hint: "hand over a receipt, a hash or commit (7 characters at least), a label, or a move such as 'MODEL#STAGE#3'",
  });
}

export function noReceipt(): MvgitError {
  return new MvgitError("usage", "this is not a receipt of mvgit's", {
    hint: "a receipt is the line that 'mvgit receipt LABEL' prints",
  });
}

/** `all`: what begins so, in words. */
export function ambiguous(text: string, all: readonly string[]): MvgitError {
  return new MvgitError(
    "usage",
    `'${display(text)}' is the beginning of several: ${all.slice(0, 5).join(", ")}${andMore(all.length - 5)}`,
    { subject: display(text), hint: "give more characters of it" },
  );
}

/** Hashes of bytes as `ambiguous` lists them. */
export function shownBytes(hashes: readonly Hash[], digits: string): string[] {
  return hashes.map((each) => `bytes ${each.slice(0, digits.length + 4)}…`);
}

/** A commit as `ambiguous` lists it. */
export function shownCommit(commit: string, digits: string): string {
  return `commit ${commit.slice(0, digits.length + 4)}…`;
}

/** For a receipt that names another package than the version `name`. */
export function otherPackage(name: string, receipt: Receipt, here: Hash): MvgitError {
  return new MvgitError(
    "version-damaged",
    prose`the receipt names package ${shortHash(receipt.package)}, but ${name} here has ${shortHash(here)}`,
    {
      subject: name,
      hint: "the number may have been given anew before it was pushed, or the tag replaced: 'mvgit audit' tells more",
    },
  );
}

/** For a move that emptied its stage, `MODEL#STAGE`. */
export function emptied(text: string, what: string, stage: string): MvgitError {
  return new MvgitError("label-unknown", `${what} emptied ${stage}: no version came of it`, {
    subject: text,
    hint: `'mvgit history ${stage}' lists all moves`,
  });
}

/** What a hash is, in words. */
export function bytesWord(digits: string): string {
  return `bytes with the hash ${digits.slice(0, 10)}`;
}

/** What a name is that imported bytes had before, in words. */
export function sourceWord(digits: string): string {
  return `bytes that had the name ${digits.slice(0, 10)} before they were imported`;
}

/** What a commit is, in words. */
export function commitWord(commit: string): string {
  return `commit ${commit.slice(0, 10)}`;
}
