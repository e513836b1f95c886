/** A merge that a person has to decide: Git's markers around both sides. */
import * as fs from "node:fs";
import { replaceFile } from "../../base/disk.ts";
import { fromSystem } from "../../base/system-errors.ts";
import type { MergeConflict } from "../../values/merge-manifests.ts";

/** Files that Git made of the three versions; the merged one replaces `ours`. */
export interface MergeRequest {
  base: string;
  ours: string;
  theirs: string;
}

export interface MergeReport {
  merged: boolean;
  /** What both sides changed, in words that name it; empty for a file that is one thing. */
  conflicts: string[];
  /** Of a folder: what each of these is. */
  open?: MergeConflict[];
}

/** Writes both sides between markers to `ours`; with what they come from, where one looks for it there. */
export function conflicted(request: MergeRequest, conflicts: string[], { withBase = false } = {}): MergeReport {
  const [base, ours, theirs] = [request.base, request.ours, request.theirs].map((file) => readText(file));
  const from = withBase && !/^[<>]{7}/m.test(base as string) ? `||||||| base\n${base}` : "";
  return settledAs(request, `<<<<<<< ours\n${ours}${from}=======\n${theirs}>>>>>>> theirs\n`, conflicts);
}

/** Writes a text that a person has to decide to `ours`. */
export function settledAs(
  request: MergeRequest,
  text: string,
  conflicts: string[],
  open?: MergeConflict[],
): MergeReport {
  replaceFile(request.ours, text, false);
  return { merged: false, conflicts, ...(open ? { open } : {}) };
}

/** Writes the merged text to `ours`. */
export function merged(request: MergeRequest, text: string | Uint8Array): MergeReport {
  replaceFile(request.ours, text, false);
  return { merged: true, conflicts: [] };
}

export function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  }
}
