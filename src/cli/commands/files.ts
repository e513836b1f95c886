/** `mvgit cat`, `rm`, `mv`, and what Git calls for pointers: `merge-driver`, `textconv`. */
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { shellName } from "../../base/shell.ts";
import { cat as catBytes, parseRange } from "../../files/cat.ts";
import type { MergeConflict } from "../../values/merge-manifests.ts";
import { isPointerPath, targetOf } from "../../values/pointer.ts";
import { STAGES_FILE } from "../../values/stages-file.ts";
import { mergeFile } from "../../files/merge-driver.ts";
import { kindOf } from "../../files/merge-pointers.ts";
import { sidesOf } from "../../files/side-names.ts";
import { move, remove } from "../../files/rm-mv.ts";
import { textOf } from "../../files/textconv.ts";
import { resolve } from "node:path";
import { andMore } from "../../base/counts.ts";
import { keptErrors } from "../../files/kept.ts";
import { defineCommand } from "../command.ts";
import { flag, value } from "../options.ts";
import { plural } from "../render/numbers.ts";
import { displacedLines } from "../render/transfer.ts";

export const cat = defineCommand({
  arguments: "[[REV:]PATH]",
  output: "bytes",
  options: {
    range: value("A-B", "these bytes only, both ends included"),
    hash: value("HASH", "a blob by its hash, or the first 7 characters of it at least"),
  },
  async run({ operands: [path], hash, range }, session) {
    if ((path === undefined) === (hash === undefined))
      throw new MvgitError("usage", "'mvgit cat' needs either a path or '--hash'", {
        hint: "usage: mvgit cat [REV:]PATH, or mvgit cat --hash HASH",
      });
    const repo = await session.repo();
    for await (const chunk of catBytes(repo, {
      what: hash ?? path ?? "",
      byHash: hash !== undefined,
      ...(range === undefined ? {} : { range: parseRange(range) }),
    })) {
      if (!(await session.write(Buffer.from(chunk)))) break;
    }
    return {};
  },
  text: () => "",
});

export const rm = defineCommand({
  arguments: "PATH...",
  output: "deed",
  details: "Stops tracking: removes the pointer, the ignore line and the file.",
  options: {
    keep: flag("leave the file in the work tree"),
    force: flag("also a file whose bytes are in no store; the cache keeps them", "f"),
  },
  run: async ({ operands, keep, force }, session) => remove(await session.repo(), { paths: operands, keep, force }),
  text: ({ removed, kept, displaced, left }) =>
    [
      ...removed.map((path) => `${kept || left.includes(path) ? "no longer tracked" : "removed"}: '${display(path)}'`),
      ...displacedLines("removed", displaced),
    ].join("\n"),
  failures: ({ left }) => keptErrors({ kept: left }),
});

export const mv = defineCommand({
  arguments: "FROM TO",
  output: "deed",
  details: "Moves the file, its pointer and its ignore line.",
  options: {},
  run: async ({ operands: [from = "", to = ""] }, session) => move(await session.repo(), from, to),
  text: ({ from, to }) => `moved '${display(from)}' to '${display(to)}'`,
});

export const mergeDriver = defineCommand({
  aboutHooks: true,
  arguments: "BASE OURS THEIRS PATH",
  details: "What Git calls to merge pointers, package files and stages.yaml; 'mvgit init' configures it.",
  options: {},
  async run({ operands }, session) {
    const [base = "", ours = "", theirs = "", path = ""] = operands;
    const files = {
      base: resolve(session.cwd, base),
      ours: resolve(session.cwd, ours),
      theirs: resolve(session.cwd, theirs),
    };
    const repo = await session.repo();
    return { path, ...(await mergeFile(repo, path, files)), sides: sidesOf(repo) };
  },
  text({ path, merged, conflicts, open, sides }) {
    if (merged) return "";
    const which =
      sides.during === "rebase" ? `\nmvgit: in a rebase, ours is ${sides.ours}, and theirs is ${sides.theirs}` : "";
    return conflictText(path, conflicts, open ?? []) + which;
  },
  exit: ({ merged }) => (merged ? 0 : 1),
});

/** Paths named at most, of those in conflict. */
const NAMED = 10;

function conflictText(path: string, conflicts: readonly string[], open: readonly MergeConflict[]): string {
  const more = andMore(conflicts.length - NAMED);
  if (!isPointerPath(path)) {
    const both =
      conflicts.length > 0
        ? `: both sides changed ${conflicts
            .slice(0, NAMED)
            .map((each) => `'${display(each)}'`)
            .join(", ")}${more}`
        : "";
    const advice =
      path === STAGES_FILE
        ? "decide and 'git add' it; 'mvgit stage check --write' makes it anew from the events"
        : "choose a side with 'git checkout --ours' or '--theirs'";
    return `mvgit: conflict in '${display(path)}'${both}; ${advice}`;
  }
  const target = targetOf(path as RepoPath);
  if (open.length === 0)
    return (
      `mvgit: conflict in '${display(target)}': 'mvgit conflicts' shows it; ` +
      `'mvgit checkout --ours ${shellName(target)}' or '--theirs' takes a side`
    );
  const files = open.slice(0, NAMED).map((each) => `    ${display(`${target}/${each.path}`)}  (${kindOf(each)})`);
  const first = shellName(`${target}/${(open[0] as MergeConflict).path}`);
  return [
    `mvgit: ${plural(open.length, "file")} of '${display(target)}' in conflict, the others merged:`,
    ...files,
    ...(more === "" ? [] : [`   ${more}`]),
    `mvgit: decide each by 'mvgit checkout --ours ${first}' or '--theirs', or by 'mvgit add ${first}' with ` +
      ("the " + "bytes you want; 'mvgit conflicts' lists them"),
  ].join("\n");
}

export const textconv = defineCommand({
  arguments: "FILE",
  output: "bytes",
  details: "What Git calls to show a pointer in a diff; 'mvgit init' configures it.",
  options: {},
  async run({ operands: [file = ""] }, session) {
    for await (const text of textOf(await session.repo(), resolve(session.cwd, file))) {
      if (!(await session.write(Buffer.from(text)))) break;
    }
    return {};
  },
  text: () => "",
});
