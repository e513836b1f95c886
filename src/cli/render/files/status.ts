/** What differs from the pointers, and what to do about it. */
import { andMore } from "../../../base/counts.ts";
import { display, firstOf } from "../../../base/paths.ts";
import { CHANGED_STATES, type PathStatus, type StatusReport } from "../../../files/status.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { shorten } from "../columns.ts";

/** What to do about each state. */
const ADVICE: Record<Exclude<PathStatus["state"], "behind" | "incomplete" | "diverged" | "modified">, string> = {
  clean: "'mvgit fetch' gets the bytes from a remote",
  deleted: "'mvgit checkout' brings it back, 'mvgit rm' stops tracking it",
  unpointed: "'git rm' its pointer to stop tracking, or 'git checkout' it",
  conflicted: "'mvgit conflicts' shows both sides; 'mvgit checkout --ours PATH' or '--theirs' decides",
  malformed: "'git checkout' its pointer, or 'mvgit add' it again",
  newer: "update mvgit",
  held: "'mvgit checkout' says why, and how to let it come",
  blocked: "move what stands there away, then 'mvgit checkout'",
  sparse: "left out by sparse checkout",
};

function adviceOf({ state, files, isUnknown, isOther, notInCache, detail }: PathStatus): string {
  const bring = notInCache ? "'mvgit pull'" : "'mvgit checkout'";
  switch (state) {
    case "behind":
    case "incomplete":
      return `${bring} brings ${state === "behind" ? "what its pointer names now" : "the rest"}`;
    case "modified":
      if (isUnknown) return "'mvgit add' records it as it is here, 'mvgit checkout --force' replaces it";
      if (files?.added && !files.modified && !files.deleted)
        return "'mvgit add' takes in what is new; 'mvgit checkout' leaves it alone";
      if (files?.deleted && !files.modified && !files.added)
        return "'mvgit add' keeps the change, 'mvgit checkout PATH' brings the files back";
      return "'mvgit add' keeps the change, 'mvgit checkout --force' undoes it";
    case "diverged":
      if (isOther) return `${ADVICE.blocked}; 'mvgit add --as-is PATH' records it`;
      if (notInCache && detail !== undefined)
        return "'mvgit pull' brings what the pointer changed, or says what to decide";
      if (files && !files.diverged) return `${bring} brings what the pointer changed, and keeps your changes`;
      return "'mvgit checkout --force PATH' takes the pointer's bytes, 'mvgit add --as-is PATH' yours";
    default:
      return ADVICE[state];
  }
}

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

/** What to do is said once, below the last one. */
export function leftLines(
  { path, isPointed }: NonNullable<StatusReport["left"]>[number],
  isLast: boolean,
  style: Style,
): string[] {
  const why = isPointed
    ? "its pointer is not in Git's index"
    : "left from another branch, or from an 'mvgit add' that was undone";
  return [
    ...entry(["left", style.warning("left")], path, [why], style),
    ...(isLast
      ? [
          faint(
            "'mvgit add' tracks it here; 'mvgit checkout' removes what a commit names; all else is yours to remove",
            style,
          ),
        ]
      : []),
  ];
}

/** What to do is said once below neighbours of the same state. */
export function linesOf(each: PathStatus, { next, style }: { next: PathStatus | undefined; style: Style }): string[] {
  const word = each.state === "clean" ? "not in cache" : each.state;
  const details = [
    display(each.detail ?? ""),
    each.isUnknown ? "not known what it was made from" : "",
    openOf(each),
    countsOf(each),
    each.state !== "clean" && each.notInCache ? "not all in the cache" : "",
  ];
  const paint = each.state === "clean" ? style.warning : style.bad;
  return [
    ...entry(
      [word, paint(word)],
      each.path,
      details.filter((detail) => detail !== ""),
      style,
    ),
    ...namesOf(each, style),
    ...(next !== undefined && sameAdvice(next, each) ? [] : [faint(adviceOf(each), style)]),
  ];
}

/** `word  path  (details)`, with the path cut where the line would be longer than the terminal is wide. */
export function entry(
  [word, painted]: readonly [string, string],
  path: string,
  details: readonly string[],
  style: Style,
): string[] {
  const told = details.length > 0 ? `  (${details.join("; ")})` : "";
  const room = Math.max(20, style.width - word.length - 2 - told.length);
  return [`${painted}  ${shorten(display(path), room)}${told}`];
}

export function faint(advice: string, style: Style): string {
  return `    ${style.faint(advice)}`;
}

export function remoteLines({ remote }: StatusReport): string[] {
  if (!remote) return [];
  const { name, address, looked, lacks, damaged, lost, unknown } = remote;
  const where = `remote '${display(name)}' (${display(address)})`;
  if (lacks.blobs + unknown.length === 0)
    return [`${where} lacks nothing; looked at ${looked}: ${plural(remote.blobs, "blob")}`];
  const lines =
    lacks.blobs > 0
      ? [`${where} lacks ${plural(lacks.blobs, "blob")} (${formatSize(lacks.bytes)}); looked at ${looked}`]
      : [];
  if (damaged > 0)
    lines.push(
      `    ${damaged === lacks.blobs ? "" : `${damaged} of them `}${damaged === 1 ? "is" : "are"} damaged there: of another size`,
    );
  if (lacks.blobs > lost.blobs) lines.push("    'mvgit push' brings what your cache has");
  if (lost.blobs > 0)
    lines.push(
      `    ${plural(lost.blobs, "blob")} (${formatSize(lost.bytes)}) not in your cache either: ask whoever ` +
        ("has " + "them to push, or 'mvgit add' the files again"),
    );
  for (const path of unknown)
    lines.push(`${where} lacks the list of files of '${display(path)}', and so does your cache`);
  return lines;
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
    return [
      `    ${FILES[state]}: ` +
        `${shorten(names.join(", "), Math.max(20, style.width - FILES[state].length - more.length - 6))}${more}`,
    ];
  });
}

function sameAdvice(a: PathStatus, b: PathStatus): boolean {
  return a.state === b.state && adviceOf(a) === adviceOf(b);
}
