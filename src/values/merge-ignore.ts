/** Conflicts in a `.gitignore` that are only of mvgit's own lines, which have no order among each other. */

/** Of the markers that are read here: more than anybody writes into such a file. */
export const MARKER_SIZE = 63;

const MARK = {
  ours: "<".repeat(MARKER_SIZE),
  base: "|".repeat(MARKER_SIZE),
  theirs: "=".repeat(MARKER_SIZE),
  end: ">".repeat(MARKER_SIZE),
};

interface Hunk {
  ours: string[];
  base: string[];
  theirs: string[];
}

/**
 * The text of a diff3 with markers of that size, without the conflicts that are of mvgit's lines alone: of those each
 * side's additions and removals count. Others stay, between markers of the usual size; `open`: how many.
 */
export function resolveIgnoreConflicts(text: string): { text: string; open: number } {
  let [out, open] = ["", 0];
  let hunk: Hunk | null = null;
  let part: keyof Hunk = "ours";
  for (const line of text.split(/(?<=\n)/)) {
    if (line.startsWith(MARK.ours)) [hunk, part] = [{ ours: [], base: [], theirs: [] }, "ours"];
    else if (hunk === null) out += line;
    else if (line.startsWith(MARK.base)) part = "base";
    else if (line.startsWith(MARK.theirs)) part = "theirs";
    else if (line.startsWith(MARK.end)) {
      const lines = resolveHunk(hunk);
      if (lines === null) open++;
      out += lines === null ? between(hunk) : lines.join("");
      hunk = null;
    } else hunk[part].push(line);
  }
  return hunk === null ? { text: out, open } : { text: out + between(hunk), open: open + 1 };
}

/** Null where both sides changed lines that are not mvgit's. */
function resolveHunk({ base, ours, theirs }: Hunk): string[] | null {
  const [was, our, their] = [base, ours, theirs].map((lines) => lines.filter((line) => !isOwn(line)).join(""));
  const isOurs = their === was || our === their;
  if (!isOurs && our !== was) return null;
  const [kept, other] = isOurs ? [ours, theirs] : [theirs, ours];
  const plain = (lines: readonly string[]): Set<string> => new Set(lines.filter(isOwn).map(bare));
  const [before, here, there] = [plain(base), plain(kept), plain(other)];
  const removed = (line: string): boolean => before.has(bare(line)) && !there.has(bare(line));
  // In an order of their own, so that whoever merges gets the same.
  const added = other.filter((line) => isOwn(line) && !before.has(bare(line)) && !here.has(bare(line)));
  const stay = kept.filter((line) => !isOwn(line) || !removed(line));
  const isNew = (line: string): boolean => isOwn(line) && !before.has(bare(line));
  const at = stay.findLastIndex((line) => !isNew(line)) + 1;
  return [...stay.slice(0, at).map(ended), ...[...stay.slice(at), ...added].map(ended).sort()];
}

/** As `ignoreLine` writes them: of one name in this folder. */
function isOwn(line: string): boolean {
  return /^\/[^/]+$/.test(bare(line));
}

function bare(line: string): string {
  return line.replace(/\r?\n$/, "");
}

function ended(line: string): string {
  return line.endsWith("\n") ? line : `${line}\n`;
}

function between({ ours, theirs }: Hunk): string {
  return `<<<<<<< ours\n${ours.map(ended).join("")}=======\n${theirs.map(ended).join("")}>>>>>>> theirs\n`;
}
