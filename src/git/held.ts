/**
 * Everything by which Git still reaches objects beside refs and reflogs: what a merge, rebase, cherry-pick, revert,
 * bisect or `am` in progress remembers in files, in every linked work tree, also in one whose folder is away for a
 * while.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { systemCode } from "../base/errors.ts";
import { isOid } from "./objects.ts";
import type { GitProgram } from "./program.ts";
import type { Oid } from "./reader.ts";

/** Objects by their types, without doubles; tags are followed to what they stand for. */
export interface Held {
  commits: Oid[];
  trees: Oid[];
  blobs: Oid[];
}

/** Folders of a Git directory in which Git keeps what it is in the middle of: there it abbreviates ids. */
const STEPS = ["rebase-merge", "rebase-apply", "sequencer"];
/** Refs of one work tree alone. */
const OWN_REFS = ["refs/bisect", "refs/worktree", "refs/rewritten"];
/** Files beside them in which no object's name stands, or whose names are had from Git itself. */
const OTHER = /^(?:index|sharedindex|packed-refs|config|description|shallow|COMMIT_EDITMSG|gitdir|commondir)\b|\.lock$/;
/** Names of one work tree that a store of refs may keep where no file of the name is. */
const NAMES = [
  "HEAD",
  "ORIG_HEAD",
  "MERGE_AUTOSTASH",
  "AUTO_MERGE",
  "CHERRY_PICK_HEAD",
  "REVERT_HEAD",
  "REBASE_HEAD",
  "BISECT_HEAD",
];
const CAP = 64 * 1024 * 1024;

/**
 * The Git directories of all work trees: the common one first, then each linked one's. What Git takes for none is left
 * out.
 */
export function gitDirs(commonDir: string): string[] {
  const linked = foldersIn(join(commonDir, "worktrees"));
  return [
    commonDir,
    ...linked.filter((gitDir) => fs.lstatSync(join(gitDir, "HEAD"), { throwIfNoEntry: false }) !== undefined),
  ];
}

/** What refs, the state of all work trees, and grafts name, as far as it is here. `env`: may name a file of grafts. */
export async function heldObjects(git: GitProgram, env: Readonly<Record<string, string | undefined>>): Promise<Held> {
  const { commonDir } = git.place;
  const words = new Set<string>((await git.refs()).map(({ oid }) => oid));
  const grafts = [join(commonDir, "info", "grafts"), env["GIT_GRAFT_FILE"] ?? ""];
  for (const file of grafts) if (file !== "") collect(WHOLE, file, words);
  for (const gitDir of gitDirs(commonDir)) {
    for (const name of filesIn(gitDir)) if (!OTHER.test(name)) collect(WHOLE, join(gitDir, name), words);
    for (const folder of OWN_REFS) for (const file of filesBelow(join(gitDir, folder))) collect(WHOLE, file, words);
    for (const folder of STEPS) {
      const files = filesBelow(join(gitDir, folder));
      for (const form of [WHOLE, ABBREVIATED]) for (const file of files) collect(form, file, words);
    }
    if (!fs.existsSync(join(gitDir, "reftable"))) continue;
    for (const oid of await storedRefs(git.ofGitDir(gitDir))) words.add(oid);
  }
  return typed(git, words);
}

/** What only the store of refs of one work tree knows. */
async function storedRefs(git: GitProgram): Promise<string[]> {
  const names = NAMES.map((name) => `${name}^{}`);
  const { stdout } = await git.run(["rev-parse", "--revs-only", ...names], { answers: [0, 1, 128] });
  return [...(await git.refs()).map(({ oid }) => oid), ...stdout.toString("latin1").split("\n").filter(isOid)];
}

const WHOLE = /\b([0-9a-f]{64}|[0-9a-f]{40})\b/g;
/** `pick 1234abc words`, `fixup -C 1234abc`. */
const ABBREVIATED = /^[ \t]*[a-z]+(?: -[cC])? ([0-9a-f]{4,63})\b/gm;

/** Words of a file that may name an object. One that happens to look so keeps an object that could go, no more. */
function collect(form: RegExp, file: string, words: Set<string>): void {
  const text = readUpTo(file, CAP)?.toString("latin1") ?? "";
  for (const [, word = ""] of text.matchAll(form)) if (!/^0+$/.test(word)) words.add(word);
}

async function typed(git: GitProgram, words: ReadonlySet<string>): Promise<Held> {
  const found = await lookUp(git, [...words]);
  const unclear = [...words].filter((word, index) => found[index] === null && !isOid(word));
  const more: (Named | null)[] = [];
  for (const word of unclear) {
    const { stdout } = await git.run(["rev-parse", `--disambiguate=${word}`]);
    more.push(...(await lookUp(git, stdout.toString("latin1").split("\n").filter(isOid))));
  }
  const all = [...found, ...more].filter((each) => each !== null);
  const of = (type: string): Oid[] => [...new Set(all.filter((each) => each.type === type).map(({ oid }) => oid))];
  return { commits: of("commit"), trees: of("tree"), blobs: of("blob") };
}

interface Named {
  type: string;
  oid: Oid;
}

/** What each word finally stands for; null for nothing that is here, and for an abbreviation of several. */
async function lookUp(git: GitProgram, words: readonly string[]): Promise<(Named | null)[]> {
  if (words.length === 0) return [];
  const input = words.map((word) => `${word}^{}\n`).join("");
  const { stdout } = await git.run(["cat-file", "--batch-check=%(objecttype) %(objectname)"], { input });
  return stdout
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, type, oid] = /^(commit|tree|blob) ([0-9a-f]+)$/.exec(line) ?? [];
      return type === undefined ? null : { type, oid: oid as Oid };
    });
}

function filesIn(folder: string): string[] {
  return entriesOf(folder)
    .filter((each) => each.isFile())
    .map(({ name }) => name);
}

function foldersIn(folder: string): string[] {
  return entriesOf(folder)
    .filter((each) => each.isDirectory())
    .map(({ name }) => join(folder, name));
}

function filesBelow(folder: string): string[] {
  return [...filesIn(folder).map((name) => join(folder, name)), ...foldersIn(folder).flatMap(filesBelow)];
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw error;
  }
}
