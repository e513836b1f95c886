/** Files that Git keeps and that differ between two versions, as lines for people. */
import { plural } from "../base/counts.ts";
import { display } from "../base/paths.ts";
import { parseTree, type TreeEntry } from "../git/objects.ts";
import { GitProgram } from "../git/program.ts";
import type { GitReader, Oid } from "../git/reader.ts";
import { POINTER_SUFFIX } from "../values/pointer.ts";
import { STAGES_FILE } from "../values/stages-file.ts";
import type { Version } from "./versions.ts";

/**
 * As `git diff --stat` shows them; a reader without the git program tells which files differ, and not by how many
 * lines. What the runs wrote is no code, and pointers are told as data.
 */
export async function codeChanges(git: GitReader, a: Version, b: Version): Promise<string[]> {
  return git instanceof GitProgram ? statOf(git, [a, b]) : listOf(git, [a, b]);
}

type Sides = readonly [a: Version, b: Version];

function leftOut(sides: Sides): string[] {
  const written = sides.flatMap(({ pack }) => [...pack.code.outputs.map(({ path }) => path), ...pack.sources.metrics]);
  return [".mvgit", STAGES_FILE, ...new Set(written)];
}

/** Code, as Git is told of paths. */
export function codeSpecs(sides: Sides): string[] {
  return [
    ":(top)",
    `:(top,exclude,glob)**/*${POINTER_SUFFIX}`,
    ":(top,exclude,glob)**/.gitignore",
    ...leftOut(sides).map((path) => `:(top,exclude,literal)${path}`),
  ];
}

async function statOf(git: GitProgram, [a, b]: Sides): Promise<string[]> {
  const specs = codeSpecs([a, b]);
  const { stdout } = await git.run(["diff-tree", "-r", "-M", "--stat=76", a.commit, b.commit, "--", ...specs]);
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => display(line.slice(1)));
}

/** Files that are named, and folders that are opened: a commit that somebody made up may have any number of them. */
const MOST = { files: 1000, folders: 100_000 };

interface FileChange {
  path: string;
  how: "added" | "removed" | "changed";
}

/** Files of code that differ, in path order, without the git program. */
export async function changedFiles(
  git: GitReader,
  [a, b]: Sides,
): Promise<{ changes: FileChange[]; isWhole: boolean }> {
  const trees: Oid[] = [];
  for await (const { commit } of git.commits([a.commit, b.commit])) trees.push(commit.tree);
  const left = leftOut([a, b]);
  const isLeft = (path: string): boolean =>
    path.endsWith(POINTER_SUFFIX) ||
    /(?:^|\/)\.gitignore$/.test(path) ||
    left.some((each) => path === each || path.startsWith(`${each}/`));
  const changes: FileChange[] = [];
  const open = { left: MOST.folders };
  for await (const change of changesOf(git, { a: trees[0] ?? null, b: trees[1] ?? null, folder: "" }, open)) {
    if (!isLeft(change.path)) changes.push(change);
    if (changes.length > MOST.files) break;
  }
  return { changes: changes.slice(0, MOST.files), isWhole: changes.length <= MOST.files && open.left > 0 };
}

async function listOf(git: GitReader, sides: Sides): Promise<string[]> {
  const { changes, isWhole } = await changedFiles(git, sides);
  if (changes.length === 0) return [];
  const shown = changes.map(({ path, how }) => ({ name: display(path), how }));
  const width = Math.max(...shown.map(({ name }) => name.length));
  return [
    ...shown.map(({ name, how }) => `${name.padEnd(width)} | ${how}`),
    `${isWhole ? "" : "more than "}${plural(shown.length, "file")} changed`,
  ];
}

const FOLDER = "040000";

interface Pair {
  /** Null for a folder that the side lacks. */
  a: Oid | null;
  b: Oid | null;
  /** Its path, with a slash behind; "" for the top. */
  folder: string;
}

/** In path order; only folders that differ are opened. */
async function* changesOf(git: GitReader, pair: Pair, open: { left: number }): AsyncGenerator<FileChange> {
  if (pair.a === pair.b || open.left-- <= 0) return;
  const [a, b] = [await entriesOf(git, pair.a), await entriesOf(git, pair.b)];
  for (const name of [...new Set([...a.keys(), ...b.keys()])].toSorted()) {
    const [before, after] = [a.get(name) ?? null, b.get(name) ?? null];
    if (before?.oid === after?.oid && before?.mode === after?.mode) continue;
    const path = `${pair.folder}${name}`;
    const [oldFile, newFile] = [before?.mode !== FOLDER && before !== null, after?.mode !== FOLDER && after !== null];
    if (oldFile || newFile) yield { path, how: howOf(oldFile, newFile) };
    yield* changesOf(git, { a: treeOf(before), b: treeOf(after), folder: `${path}/` }, open);
  }
}

function treeOf(entry: TreeEntry | null): Oid | null {
  return entry?.mode === FOLDER ? entry.oid : null;
}

function howOf(wasFile: boolean, isFile: boolean): FileChange["how"] {
  if (!wasFile) return "added";
  return isFile ? "changed" : "removed";
}

async function entriesOf(git: GitReader, tree: Oid | null): Promise<Map<string, TreeEntry>> {
  if (tree === null) return new Map();
  for await (const { oid, bytes } of git.trees([tree]))
    return new Map(parseTree(oid, bytes).map((entry) => [entry.name, entry]));
  return new Map();
}
