/** `mvgit convert --to dvc|lfs DIR` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { convert as operation } from "../../../bridges/convert.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, value } from "../../options.ts";
import { formatSize, plural } from "../../render/numbers.ts";

export const command = defineCommand({
  arguments: "DIR",
  output: "deed",
  details: `
    Clones this repository at HEAD into DIR (absent or empty) and adds one commit there, in which DVC's files,
    or Git LFS's pointers, take the place of mvgit's. The bytes are put into DVC's cache or LFS's objects. This
    repository stays as it is.
  `,
  options: { to: value("dvc|lfs", "what the copy is for"), dryRun },
  async run({ operands, to, dryRun: only }, session) {
    if (to !== "dvc" && to !== "lfs")
      throw new MvgitError(
        "usage",
        to === undefined
          ? "'mvgit convert' needs '--to dvc' or '--to lfs'"
          : `'--to' is dvc or lfs, not '${display(to)}'`,
      );
    return operation(await session.repo(), { to, dir: operands[0] as string, dryRun: only });
  },
  text({ to, dir, dryRun: only, converted, fetched, commit, notes }) {
    if (converted.length === 0) return "nothing to convert: HEAD has no pointer";
    const files = converted.reduce((sum, each) => sum + each.files, 0);
    const bytes = converted.reduce((sum, each) => sum + each.bytes, 0);
    const amount = `${plural(converted.length, "tracked path")} (${plural(files, "file")}, ${formatSize(bytes)})`;
    const lines = [`${only ? "would convert" : "converted"} ${amount} into '${display(dir)}'`];
    if (fetched > 0) lines.push(`${only ? "would fetch" : "fetched"} ${plural(fetched, "blob")} first`);
    if (commit !== null) lines.push(`committed there as ${commit.slice(0, 10)}; next: ${NEXT[to]}`);
    return [...lines, ...notes.map((note) => `note: ${note}`)].join("\n");
  },
});

const NEXT = {
  dvc: "'dvc checkout' in it makes the files, 'dvc remote add' and 'dvc push' upload them",
  lfs: "'git lfs install --local' and 'git lfs checkout' in it make the files, 'git push' uploads them",
};
