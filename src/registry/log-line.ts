/** A version in a list of this repository. */
import type { ModelName } from "../values/label.ts";
import type { VersionLine } from "../values/version-line.ts";
import type { RemarkReport } from "./remarks.ts";

export interface LogLine extends VersionLine {
  model: ModelName;
  notes: RemarkReport[];
  retracted: RemarkReport | null;
}
