/** What the parts of a comparison are given of it. */
import type { ShowReport } from "../../registry/show.ts";

export interface Comparing {
  /** Labels of all, first that which the others are held against. */
  labels: readonly string[];
  /** Whether what is the same in all is shown too. */
  isAll: boolean;
  /** Goes to another comparison; what is not given stays. */
  change(to: { labels?: readonly string[]; against?: string; isAll?: boolean }): void;
}

/** A version that could be read. */
export interface Shown {
  label: string;
  show: ShowReport;
}
