/** What a text was found to mean. */
import type { ModelName, StageName } from "../../values/label.ts";

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
