/** What Git's user reads where a merge of pointers is not all decided. */
import { andMore } from "../../../base/counts.ts";
import { display, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { shellName } from "../../../base/shell.ts";
import { kindOf, type MergeConflict } from "../../../values/merge-manifests.ts";
import { isPointerPath, targetOf } from "../../../values/pointer.ts";
import { STAGES_FILE } from "../../../values/stages-file.ts";
import { plural } from "../numbers.ts";

/** Paths named at most, of those in conflict. */
const NAMED = 10;

/** `conflicts`: what is in conflict inside of the file; `open`: of a folder, each with what both sides did. */
export function conflictText(path: string, conflicts: readonly string[], open: readonly MergeConflict[]): string {
  const more = andMore(conflicts.length - NAMED);
  if (!isPointerPath(path)) return plainText(path, conflicts);
  const target = targetOf(path as RepoPath);
  if (open.length === 0)
    return prose`mvgit: conflict in '${display(target)}': 'mvgit conflicts' shows it;
      'mvgit checkout --ours ${shellName(target)}' or '--theirs' takes a side`;
  const files = open.slice(0, NAMED).map((each) => `    ${display(`${target}/${each.path}`)}  (${kindOf(each)})`);
  const first = shellName(`${target}/${(open[0] as MergeConflict).path}`);
  return [
    `mvgit: ${plural(open.length, "file")} of '${display(target)}' in conflict, the others merged:`,
    ...files,
    ...(more === "" ? [] : [`   ${more}`]),
    prose`mvgit: decide each by 'mvgit checkout --ours ${first}' or '--theirs', or by 'mvgit add ${first}' with
      the bytes you want; 'mvgit conflicts' lists them`,
  ].join("\n");
}

/** Of a package file, or stages.yaml. */
function plainText(path: string, conflicts: readonly string[]): string {
  const named = conflicts.slice(0, NAMED).map((each) => `'${display(each)}'`);
  const more = andMore(conflicts.length - NAMED);
  const both = named.length > 0 ? `: both sides changed ${named.join(", ")}${more}` : "";
  const advice =
    path === STAGES_FILE
      ? "decide and 'git add' it; 'mvgit stage check --write' makes it anew from the events"
      : "choose a side with 'git checkout --ours' or '--theirs'";
  return `mvgit: conflict in '${display(path)}'${both}; ${advice}`;
}
