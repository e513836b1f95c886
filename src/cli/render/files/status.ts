/** What differs from the pointers, and what to do about it. */
import { andMore } from "../../../base/counts.ts";
import { display, firstOf } from "../../../base/paths.ts";
import { CHANGED_STATES, type PathStatus, type StatusReport } from "../../../files/status.ts";
import { shorten } from "../columns.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { adviceOf } from "./status-advice.ts";
import { remoteLines } from "./status-remote.ts";

/** Every path that is not clean, what is no pointer's, and the sums. */
export function statusText(report: StatusReport, style: Style): string {
  const { tracked, tooLarge, left = [] } = report;
  const sparse = tracked.filter((each) => each.state === "sparse").length;
  const notable = tracked.filter((each) => each.state !== "sparse" && (each.state !== "clean" || each.notInCache));
  const lines = notable.flatMap((each, at) => linesOf(each, notable[at + 1], style));
  for (const { path, size } of tooLarge) {
    const details = [`${formatSize(size)}, untracked`];
    lines.push(entry(["too large", style.warning("too large")], path, details, style));
    lines.push(faint("'mvgit add' tracks it", style));
  }
  lines.push(...leftLines(left, style));
  if (sparse > 0) lines.push(`${plural(sparse, "tracked path")} left out by sparse checkout`);
  if (sparse === 0 || tracked.length > sparse)
    lines.push(...sumLine(tracked.length, notable.length, tracked.length - notable.length - sparse));
  return [...lines, ...remoteLines(report)].join("\n");
}

function sumLine(tracked: number, notable: number, clean: number): string[] {
  if (tracked === 0) return ["nothing is tracked yet; 'mvgit add PATH' tracks a large file or folder"];
  if (notable === 0) return [`${plural(clean, "tracked path")}, all clean`];
  return clean > 0 ? [`${plural(clean, "other tracked path")} clean`] : [];
}

/** What to do is said once, below the last one. */
function leftLines(left: NonNullable<StatusReport["left"]>, style: Style): string[] {
  if (left.length === 0) return [];
  const lines = left.map(({ path, isPointed }) => {
    const why = isPointed
      ? "its pointer is not in Git's index"
      : "left from another branch, or from an 'mvgit add' that was undone";
    return entry(["left", style.warning("left")], path, [why], style);
  });
  return [...lines, faint(ABOUT_LEFT, style)];
}

const ABOUT_LEFT =
  "'mvgit add' tracks it here; 'mvgit checkout' removes what a commit names; all else is yours to remove";

/** What a file's state is called beside a count, and before names. */
const FILES: Record<(typeof CHANGED_STATES)[number], string> = {
  diverged: "changed here and in the pointer",
  modified: "changed",
  added: "new",
  deleted: "removed here",
  behind: "behind",
  incomplete: "not here yet",
};

/** Names told of each. */
const NAMES = 3;

/** What to do is said once below neighbours of the same state. */
function linesOf(each: PathStatus, next: PathStatus | undefined, style: Style): string[] {
  const word = each.state === "clean" ? "not in cache" : each.state;
  const details = [
    display(each.detail ?? ""),
    each.isUnknown ? "not known what it was made from" : "",
    openOf(each),
    countsOf(each),
    each.state !== "clean" && each.notInCache ? "not all in the cache" : "",
  ].filter((detail) => detail !== "");
  const paint = each.state === "clean" ? style.warning : style.bad;
  return [
    entry([word, paint(word)], each.path, details, style),
    ...namesOf(each, style),
    ...(next !== undefined && sameAdvice(next, each) ? [] : [faint(adviceOf(each), style)]),
  ];
}

/** `word  path  (details)`, with the path cut where the line would be longer than the terminal is wide. */
function entry([word, painted]: readonly [string, string], path: string, details: string[], style: Style): string {
  const told = details.length > 0 ? `  (${details.join("; ")})` : "";
  const room = Math.max(20, style.width - word.length - 2 - told.length);
  return `${painted}  ${shorten(display(path), room)}${told}`;
}

function faint(advice: string, style: Style): string {
  return `    ${style.faint(advice)}`;
}

function openOf({ open }: PathStatus): string {
  return open === undefined ? "" : `${plural(open.length, "file")} to decide: ${firstOf(open)}`;
}

function countsOf({ files }: PathStatus): string {
  if (!files) return "";
  return CHANGED_STATES.flatMap((state) =>
    files[state] ? [`${plural(files[state].count, "file")} ${FILES[state]}`] : [],
  ).join(", ");
}

/** The first names of each state of a folder's files. */
function namesOf({ files }: PathStatus, style: Style): string[] {
  if (!files) return [];
  return CHANGED_STATES.flatMap((state) => {
    const { count, first } = files[state] ?? { count: 0, first: [] };
    if (count === 0) return [];
    const [names, more] = [first.slice(0, NAMES).map(display), andMore(count - NAMES)];
    const room = Math.max(20, style.width - FILES[state].length - more.length - 6);
    return [`    ${FILES[state]}: ${shorten(names.join(", "), room)}${more}`];
  });
}

function sameAdvice(a: PathStatus, b: PathStatus): boolean {
  return a.state === b.state && adviceOf(a) === adviceOf(b);
}
