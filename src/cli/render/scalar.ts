/** One value as people write it. */
import { display } from "../../base/paths.ts";
import type { Scalar } from "../../values/document.ts";

/** A setting as people write it. */
export function shownScalar(value: Scalar | undefined): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? display(value) : JSON.stringify(value);
}
