/** What differs in the code of two versions, line by line. Text in it is anybody's: whoever shows it makes it safe. */
import { plural } from "../base/counts.ts";
import { fields } from "../git/run.ts";
import { GitProgram } from "../git/program.ts";
import type { GitReader } from "../git/reader.ts";
import { type Side, sideOf } from "../values/compare-side.ts";
import { formatLabel, type Label } from "../values/label.ts";
import { changedFiles, codeSpecs } from "./code-changes.ts";
import type { Look } from "./look.ts";
import { type Hunk, readHunks } from "./patch-hunks.ts";
import { readLabel } from "./read-label.ts";
import { resolve } from "./resolve.ts";
import type { Version } from "./versions.ts";

export interface PatchFile {
  path: string;
  /** Of a file that was renamed: its path before. */
  from: string | null;
  /** `type`: a file became a link, or the other way round. */
  status: "added" | "removed" | "changed" | "renamed" | "type";
  /** Git's modes; null where a side lacks the file, or they are not known. */
  modes: { a: string | null; b: string | null };
  isBinary: boolean;
  /** Lines; null where they were not counted. */
  added: number | null;
  removed: number | null;
  /** Null where lines are not shown: of binary and large files, and above the caps. */
  hunks: Hunk[] | null;
}

/** Files that Git keeps, in path order; without pointers and what the runs wrote. */
export interface PatchReport {
  a: Side;
  b: Side;
  files: PatchFile[];
  /** What is not shown, in sentences. */
  notes: string[];
}

/** Files that are listed; files, bytes of one, of all, and lines of which hunks are shown. */
const MOST = { listed: 1000, shown: 200, file: 1024 * 1024, bytes: 16 * 1024 * 1024, lines: 20_000 };

/** Throws as `compare`. */
export async function patch(look: Look, labels: readonly [string, string]): Promise<PatchReport> {
  const named = (await Promise.all(labels.map((text) => readLabel(look, text)))) as [Label, Label];
  const found = await Promise.all(named.map((label) => resolve(look, label)));
  const [a, b] = found.map(({ version }) => version) as [Version, Version];
  return {
    a: sideOf(formatLabel(named[0]), a.pack),
    b: sideOf(formatLabel(named[1]), b.pack),
    ...(look.git instanceof GitProgram ? await byProgram(look.git, [a, b]) : await byName(look.git, [a, b])),
  };
}

type Found = Pick<PatchReport, "files" | "notes">;

/** Which files differ, for a hand that compares no lines. */
async function byName(git: GitReader, sides: readonly [Version, Version]): Promise<Found> {
  const { changes, isWhole } = await changedFiles(git, sides);
  const files = changes.map(({ path, how }): PatchFile => ({
    ...NOTHING_SHOWN,
    path,
    status: how,
    modes: { a: null, b: null },
  }));
  const notes = files.length === 0 ? [] : ["there is no git program: lines of files were not compared"];
  return { files, notes: isWhole ? notes : [...notes, "there are more files than these"] };
}

const NOTHING_SHOWN = { from: null, isBinary: false, added: null, removed: null, hunks: null };

/** One line of `git diff-tree --raw`. */
interface RawEntry {
  modes: [string, string];
  oids: [string, string];
  /** The first letter: A, D, M, R, T. */
  letter: string;
  paths: [string, string];
}

async function byProgram(git: GitProgram, sides: readonly [Version, Version]): Promise<Found> {
  const commits = sides.map(({ commit }) => commit);
  const raw = async (specs: readonly string[]): Promise<RawEntry[]> =>
    parseRaw(fields((await git.run([...RAW, ...commits, "--", ...specs])).stdout));
  const specs = codeSpecs(sides);
  const all = await raw(specs);
  const listed = all.slice(0, MOST.listed);
  const shown = await small(git, listed);
  const hunks = new Map<string, ReturnType<typeof readHunks>[number]>();
  if (shown.length > 0) {
    const paths = [...new Set(shown.flatMap((entry) => entry.paths))].map((path) => `:(top,literal)${path}`);
    // Asked again of these alone, so that the order of both answers is the same.
    const entries = await raw(paths);
    const { stdout } = await git.run([...PATCH, ...commits, "--", ...paths]);
    const parts = readHunks(stdout.toString("utf8"), MOST.lines);
    let at = 0;
    for (const {
      letter,
      paths: [, path],
    } of entries) {
      const part = parts[at];
      // A file that became a link is one that goes and one that comes.
      at += letter === "T" ? 2 : 1;
      if (part !== undefined && letter !== "T") hunks.set(path, part);
    }
  }
  const files = listed.map((entry) => fileOf(entry, hunks.get(entry.paths[1])));
  return { files, notes: notesOf(files, all.length) };
}

const RAW = ["diff-tree", "-r", "-M", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv"];
const PATCH = [
  ...["diff-tree", "-r", "-M", "-p", "-U3", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index"],
  ...["--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--diff-algorithm=myers"],
];

function parseRaw(words: readonly string[]): RawEntry[] {
  const entries: RawEntry[] = [];
  for (let at = 0; at + 1 < words.length;) {
    const [, a = "", b = "", x = "", y = "", letter = ""] =
      /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/.exec(words[at] as string) ?? [];
    const path = words[at + 1] as string;
    const isMoved = letter === "R" || letter === "C";
    entries.push({ modes: [a, b], oids: [x, y], letter, paths: [path, isMoved ? (words[at + 2] ?? path) : path] });
    at += isMoved ? 3 : 2;
  }
  return entries;
}

const [FOLDER_OF_ANOTHER, ABSENT] = ["160000", "000000"];

/** The first that are small enough to be shown. */
async function small(git: GitProgram, entries: readonly RawEntry[]): Promise<RawEntry[]> {
  const blobs = entries.flatMap(({ oids, modes }) =>
    oids.filter((_, at) => modes[at] !== ABSENT && modes[at] !== FOLDER_OF_ANOTHER),
  );
  if (blobs.length === 0) return entries.slice(0, MOST.shown);
  const { stdout } = await git.run(["cat-file", "--batch-check=%(objectname) %(objectsize)"], {
    input: `${blobs.join("\n")}\n`,
  });
  const sizes = new Map(
    stdout
      .toString("utf8")
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  let left = MOST.bytes;
  let letters = 100_000;
  return entries
    .filter(({ oids, paths, modes }) => {
      const each = oids.map((oid, at) =>
        modes[at] === ABSENT || modes[at] === FOLDER_OF_ANOTHER ? 0 : Number(sizes.get(oid) ?? Infinity),
      ) as [number, number];
      const [bytes, length] = [each[0] + each[1], paths[0].length + paths[1].length];
      // What is passed over leaves its room to those behind it.
      if (!(Math.max(...each) <= MOST.file && bytes <= left && length <= letters)) return false;
      left -= bytes;
      letters -= length;
      return true;
    })
    .slice(0, MOST.shown);
}

function fileOf(
  { letter, modes, paths }: RawEntry,
  part: { hunks: Hunk[] | null; isBinary: boolean; added: number; removed: number } | undefined,
): PatchFile {
  const [a, b] = modes.map((mode) => (mode === ABSENT ? null : mode)) as [string | null, string | null];
  const isCounted = part !== undefined && !part.isBinary;
  return {
    path: paths[1],
    from: paths[0] === paths[1] ? null : paths[0],
    status: STATUS[letter] ?? "changed",
    modes: { a, b },
    isBinary: part?.isBinary ?? false,
    added: isCounted ? part.added : null,
    removed: isCounted ? part.removed : null,
    hunks: part?.isBinary === false ? part.hunks : null,
  };
}

const STATUS: Readonly<Record<string, PatchFile["status"]>> = { A: "added", D: "removed", R: "renamed", T: "type" };

function notesOf(files: readonly PatchFile[], all: number): string[] {
  const unseen = files.filter(({ hunks, isBinary, status }) => hunks === null && !isBinary && status !== "type").length;
  return [
    ...(all > files.length ? [`${plural(all - files.length, "more file differs", "more files differ")}`] : []),
    ...(unseen > 0 ? [`the lines of ${plural(unseen, "file")} are not shown, since they are too many`] : []),
  ];
}
