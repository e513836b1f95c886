/** One value as people write it. */
import { display } from "../../base/paths.ts";
import type { Scalar } from "../../values/document.ts";

/** A setting as people write it. */
export function shownScalar(value: Scalar | undefined): string {
  return value === undefined ? "-" : typeof value === "string" ? display(value) : JSON.stringify(value);
}
