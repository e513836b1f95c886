/** `mvgit conflicts [PATH...]` */
import { display } from "../../base/paths.ts";
import { conflicts as operation } from "../../ops/merge/conflicts.ts";
import type { ConflictingFile } from "../../ops/merge/open.ts";
import { defineCommand } from "../command.ts";
import { flag, remote } from "../options.ts";
import { formatSize } from "../render/numbers.ts";
import { table } from "../render/table.ts";

const SIDES = ["base", "ours", "theirs"] as const;

export const conflicts = defineCommand({
  arguments: "[PATH...]",
  details: "Lists the files that an unfinished merge, rebase, cherry-pick or stash waits for. What merged by path is not among\nthem. '--files' puts both sides of each, and what they come from, into '.mvgit/conflict' to be looked at; they go\nwhen the file is decided.",
  options: { files: flag("make both sides to look at"), remote },
  async run({ operands, files, remote: name }, session) {
    return operation(await session.repo(), { paths: operands, files, ...(name === undefined ? {} : { remote: name }) });
  },
  text({ conflicts: found, sides }, style) {
    if (found.length === 0) return "nothing is in conflict";
    const rows = found.map((each) => [display(each.path), each.kind, sizesOf(each)]);
    const files = found.flatMap((each) => SIDES.flatMap((side) => (each[side]?.file === undefined ? [] : [[side, display(each[side].file)]])));
    const first = display((found[0] as ConflictingFile).path);
    return [
      table(rows, [{ cut: true }, {}, {}], style.width),
      ...(files.length > 0 ? ["", table(files, [{}, { cut: true }], style.width)] : []),
      "",
      `ours is ${sides.ours}; theirs is ${sides.theirs}`,
      style.faint(`'mvgit checkout --ours ${first}' or '--theirs' decides a file; so does 'mvgit add ${first}', with the bytes that stand here`),
      ...(files.length > 0 ? [] : [style.faint("'mvgit conflicts --files' makes both sides to look at")]),
    ].join("\n");
  },
});

function sizesOf(each: ConflictingFile): string {
  const size = (side: "ours" | "theirs"): string => (each[side] === null ? "none" : formatSize(each[side].size));
  return `ours ${size("ours")}, theirs ${size("theirs")}`;
}
