/** A version as lists have it. No room of mvgit is needed to read one: the page does so in a browser. */
import type { Scalar } from "./document.ts";
import type { MetricValue } from "./package.ts";

/** What somebody said of a version after it was made. */
interface Remark {
  text: string;
  /** Name of who made it. */
  by: string;
  /** ISO 8601 with offset. */
  time: string;
}

/** What lists filter, sort and show; as `log --json` prints it. */
export interface VersionLine {
  model: string;
  version: number;
  commit: string;
  /** ISO 8601 with offset. */
  time: string;
  /** `Name <address>`. */
  author: string;
  message: string;
  metrics: { [name: string]: MetricValue };
  params: { [name: string]: Scalar };
  /** The version that it came from. */
  from: number | null;
  /** Stages that hold it now. */
  stages: string[];
  /** How long its command ran; null for a version that was saved. */
  seconds: number | null;
  /** Bytes of its weights. */
  size: number;
  /** The tracked data that it was made from. */
  data: { path: string; hash: string; size: number }[];
  /** Whether its tag carries a signature; 'git verify-tag' tells of what worth. */
  signed: boolean;
  /** What was said of it since, oldest first. */
  notes: Remark[];
  /** By whom, when and why it is retracted; null where it is not. */
  retracted: Remark | null;
}
