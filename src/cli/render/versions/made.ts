/** The line about a version that was made just now. */
import { display } from "../../../base/paths.ts";
import { summaryTexts } from "../../../registry/summary.ts";
import type { VersionReport } from "../../../versions/run.ts";
import type { Style } from "../style.ts";
import { columnsOf } from "../columns.ts";

/**
 * One line; on a terminal where that is too long, a line each for the scores and for what changed, with fewer of them
 * where even that is.
 */
export function madeText({ label, summary }: VersionReport, style: Style): string {
  if (label === null || summary === null) return "";
  const line = (head: string, part: "scores" | "changed", most?: number): string =>
    [head, display(summaryTexts(summary, most)[part])].filter((each) => each !== "").join("  ");
  const strong = (text: string): string => `${style.strong(label)}${text.slice(label.length)}`;
  const whole = [line(label, "scores"), line("", "changed")].filter((each) => each !== "").join("  ");
  if (columnsOf(whole) <= style.width) return strong(whole);
  const fitting = (head: string, part: "scores" | "changed"): string =>
    [4, 3, 2].map((most) => line(head, part, most)).find((text) => columnsOf(text) <= style.width) ??
    line(head, part, 1);
  const changed = fitting(" ", "changed");
  return [strong(fitting(label, "scores")), ...(changed.trim() === "" ? [] : [changed.slice(1)])].join("\n");
}
