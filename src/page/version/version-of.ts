/** What every part of the page of a version is given. */
import type { ShowReport } from "../../registry/show.ts";

export interface VersionOf {
  /** `MODEL@vN`. */
  label: string;
  version: ShowReport;
}
