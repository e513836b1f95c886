/** What an audit found, each thing once: findings, notes, and what it could not look at. */
import type { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";

/** The closed list: kind, and the sentence that `docs/audit.md` prints for it. Scripts rely on the words. */
export const FINDINGS = {
  "version-damaged":
    "A version's tag, commit and package file do not vouch for each other, or its tag is a copy of another one.",
  "version-foreign": "A tag with a version's name was not made by mvgit, beside versions that were.",
  "history-rewritten":
    "All tags, versions or events differ at once: the history was rewritten, or the host is another repository.",
  "version-missing": "A version is not here, though a later version came from it or an event names it.",
  "event-disagrees":
    "An event or remark names another commit or package than the version's tag does: one of the two was replaced.",
  "event-refused": prose`An event moved a stage to a version that the policy of that time did not let in, or that was
      retracted by then.`,
  "event-time": "An event or remark is dated more than a day before its version or the event before, or in the future.",
  "event-missing": prose`An event or remark that this clone has seen, or an event that 'stages.yaml' was written
      after, is not here.`,
  "chain-broken": prose`The events of a stage, or the remarks on a version, do not hang together: one is missing, was
      re-created, is malformed, a copy, or none of mvgit's.`,
  "tag-missing-on-host": "A tag is here, and was on the Git host or must have been, but is not there.",
  "tag-differs-on-host": "The Git host has another object under a tag's name than this clone.",
  "tag-not-here": "The Git host has a tag that this clone lacks: it was deleted here, or not fetched yet.",
  "tag-copied": "The Git host has the object of one tag under the name of another.",
  "stages-differs":
    "'stages.yaml' says what the events do not: somebody edited it, and no 'mvgit stage apply' followed.",
  "stages-malformed": "'stages.yaml' cannot be read.",
  "signature-bad": "A tag's signature does not fit its content, or its key is expired or revoked.",
  "signature-unknown": "A tag's signature is by a key that is not known here.",
  "signature-missing": "A tag carries no signature where one is asked for.",
  "pointer-malformed": "A pointer in a version's commit cannot be read.",
  "blob-missing": "The remote lacks a blob that a version needs.",
  "blob-damaged": "The remote has other bytes under a blob's hash.",
} as const satisfies Record<string, string>;

export type FindingKind = keyof typeof FINDINGS;

/**
 * Odd, and no harm by themselves: `not-pushed`, `version-gap`, `clock-backwards`, `stages-behind`, `tag-alias`,
 * `tag-foreign`, `retracted-in-stage`.
 */
export type NoteKind =
  | "not-pushed"
  | "version-gap"
  | "clock-backwards"
  | "stages-behind"
  | "tag-alias"
  | "tag-foreign"
  | "retracted-in-stage";

interface Told<K> {
  kind: K;
  /** The version, stage or tag it is about: `spam@v3`, `spam#production`, `spam#production#4`. */
  subject: string;
  message: string;
}
export type Finding = Told<FindingKind>;
export type Note = Told<NoteKind>;

/** Something that was not looked at. */
export interface Unlooked {
  what: string;
  why: string;
  /** The exit status that this alone gives: 0 where there is nothing to look at, or nobody asked. */
  status: number;
}

export interface AuditReport {
  model: string | null;
  /** How many of each were looked at. */
  looked: { versions: number; events: number; remarks: number; signatures: number; blobs: number };
  /** The Git host and the remote that were asked; null for none. */
  host: string | null;
  remote: string | null;
  findings: Finding[];
  notes: Note[];
  unlooked: Unlooked[];
}

/** Gathers a report. */
export class Findings {
  readonly findings: Finding[] = [];
  readonly notes: Note[] = [];
  readonly unlooked: Unlooked[] = [];

  found(kind: FindingKind, subject: string, message: string): void {
    this.findings.push({ kind, subject, message });
  }

  /** Told before all others, since it explains them. */
  first(kind: FindingKind, subject: string, message: string): void {
    this.findings.unshift({ kind, subject, message });
  }

  note(kind: NoteKind, subject: string, message: string): void {
    this.notes.push({ kind, subject, message });
  }

  /** For what there is nothing of, or what nobody asked to look at. */
  left(what: string, why: string): void {
    this.unlooked.push({ what, why, status: 0 });
  }

  /** For what was to be looked at and could not be. */
  failed(what: string, error: MvgitError): void {
    this.unlooked.push({ what, why: error.message, status: error.exitStatus });
  }
}
