/** A merge that a person has to decide: Git's markers around both sides. */
import * as fs from "node:fs";
import { replaceFile } from "../../base/disk.ts";
import { fromSystem } from "../../base/errors.ts";

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
}

/** Writes both sides between markers to `ours`. */
export function conflicted(request: MergeRequest, conflicts: string[]): MergeReport {
  const [ours, theirs] = [request.ours, request.theirs].map((file) => readText(file));
  replaceFile(request.ours, `<<<<<<< ours\n${ours}=======\n${theirs}>>>>>>> theirs\n`, false);
  return { merged: false, conflicts };
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
