/** What a text was found to mean: a receipt, a hash, a commit, a label, a move or a file. */
import { display } from "../base/display.ts";
import type { ModelName, StageName } from "./label.ts";

/** How what was handed over belongs to a version. */
export interface Match {
  model: ModelName;
  version: number;
  /**
   * `commit`: it is the version's own; `history`: an earlier one of it. `source`: what imported bytes were called
   * before.
   */
  as: "receipt" | "label" | "event" | "package" | "weights" | "data" | "commit" | "history" | "source";
  /** Of the tracked file or folder; of the file inside it where that matched. */
  path?: string;
  /** The move that was named. */
  event?: { stage: StageName; number: number };
}

/** What was handed over, in words, and every version that it belongs to, those first that it most likely means. */
export interface Found {
  what: string;
  matches: Match[];
}

/** How what was handed over belongs to the version, in words that follow its name: `, as its weights 'w.bin'`. */
export function roleWords({ as, path }: Pick<Match, "as" | "path">): string {
  if (as === "history") return ", the first of this model that has it in its history";
  if (as === "source") return path === undefined ? "" : `, which has it as '${display(path)}'`;
  if (as === "package" || as === "commit") return `, as its ${as}`;
  return path === undefined ? "" : `, as its ${as} '${display(path)}'`;
}
