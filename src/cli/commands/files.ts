/** `mvgit cat`, `rm`, `mv`, and what Git calls for pointers: `merge-driver`, `textconv`. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { cat as catBytes, parseRange } from "../../ops/cat.ts";
import { isPointerPath } from "../../model/pointer.ts";
import { STAGES_FILE } from "../../model/stages-file.ts";
import { mergeFile } from "../../ops/merge/driver.ts";
import { move, remove } from "../../ops/rm-mv.ts";
import { textOf } from "../../ops/textconv.ts";
import { resolve } from "node:path";
import { andMore } from "../../base/counts.ts";
import { keptErrors } from "../../ops/checkout/kept.ts";
import { defineCommand } from "../command.ts";
import { flag, value } from "../options.ts";
import { displacedLines } from "../render/transfer.ts";

export const cat = defineCommand({
  arguments: "[[REV:]PATH]",
  output: "bytes",
  options: {
    range: value("A-B", "these bytes only, both ends included"),
    hash: value("HASH", "a blob by its hash, or the first 7 characters of it at least"),
  },
  async run({ operands: [path], hash, range }, session) {
    if ((path === undefined) === (hash === undefined)) throw new MvgitError("usage", "'mvgit cat' needs either a path or '--hash'", { hint: "usage: mvgit cat [REV:]PATH, or mvgit cat --hash HASH" });
    const repo = await session.repo();
    for await (const chunk of catBytes(repo, { what: hash ?? path ?? "", byHash: hash !== undefined, ...(range === undefined ? {} : { range: parseRange(range) }) })) {
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
  options: { keep: flag("leave the file in the work tree"), force: flag("also a file whose bytes are in no store; the cache keeps them", "f") },
  run: async ({ operands, keep, force }, session) => remove(await session.repo(), { paths: operands, keep, force }),
  text: ({ removed, kept, displaced, left }) => [
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
    const files = { base: resolve(session.cwd, base), ours: resolve(session.cwd, ours), theirs: resolve(session.cwd, theirs) };
    return { path, ...(await mergeFile(await session.repo(), path, files)) };
  },
  text({ path, merged, conflicts }) {
    if (merged) return "";
    const both = conflicts.length > 0 ? `: both sides changed ${conflicts.slice(0, 10).map((each) => `'${display(each)}'`).join(", ")}${andMore(conflicts.length - 10)}` : "";
    const advice = path === STAGES_FILE ? "decide and 'git add' it; 'mvgit stage check --write' makes it anew from the events" : isPointerPath(path) ? "choose a side with 'mvgit checkout --ours' or '--theirs'" : "choose a side with 'git checkout --ours' or '--theirs'";
    return `mvgit: conflict in '${display(path)}'${both}; ${advice}`;
  },
  exit: ({ merged }) => (merged ? 0 : 1),
});

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
