/** `mvgit conflicts [PATH...]` */
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { BESIDE_PLAIN, type ConflictingFile, conflicts as operation } from "../../../files/conflicts.ts";
import { defineCommand } from "../../command.ts";
import { flag, remote } from "../../options.ts";
import { formatSize } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";

const SIDES = ["base", "ours", "theirs"] as const;

export const command = defineCommand({
  arguments: "[PATH...]",
  details: `
    Lists the files that an unfinished merge, rebase, cherry-pick or stash waits for. What merged by path is not
    among them. '--files' puts both sides of each, and what they come from, into '.mvgit/conflict' to be looked
    at; they go when the file is decided.
  `,
  options: { files: flag("make both sides to look at"), remote },
  async run({ operands, files, remote: name }, session) {
    return operation(await session.repo(), { paths: operands, files, ...(name === undefined ? {} : { remote: name }) });
  },
  text({ conflicts: found, sides }, style) {
    if (found.length === 0) return "nothing is in conflict";
    const rows = found.map((each) => [display(each.path), each.kind, sizesOf(each)]);
    const files = found.flatMap((each) =>
      SIDES.flatMap((side) => (each[side]?.file === undefined ? [] : [[side, display(each[side].file)]])),
    );
    const isPlain = ({ kind }: ConflictingFile): boolean => kind === BESIDE_PLAIN;
    const advice: string[] = [];
    if (!found.every(isPlain)) advice.push(TO_DECIDE);
    if (found.some(isPlain)) advice.push(TO_DECIDE_PLAIN);
    if (!found.every(isPlain) && files.length === 0)
      advice.push("'mvgit conflicts --files' makes both sides to look at");
    return [
      table(rows, [{ cut: true }, {}, {}], style.width),
      ...(files.length > 0 ? ["", table(files, [{}, { cut: true }], style.width)] : []),
      "",
      `ours is ${sides.ours}; theirs is ${sides.theirs}`,
      ...advice.map((line) => style.faint(line)),
    ].join("\n");
  },
});

const TO_DECIDE = prose`
  'mvgit checkout --ours PATH' or '--theirs' decides a file; so does 'mvgit add PATH', with the bytes that stand here
`;
const TO_DECIDE_PLAIN = prose`
  of what Git tracks too, 'mvgit add PATH' keeps the bytes that stand here; 'git rm --cached PATH' and
  'mvgit checkout --force PATH' those that mvgit tracks
`;

function sizesOf(each: ConflictingFile): string {
  if (each.ours === null && each.theirs === null) return "";
  const size = (side: "ours" | "theirs"): string => (each[side] === null ? "none" : formatSize(each[side].size));
  return `ours ${size("ours")}, theirs ${size("theirs")}`;
}
