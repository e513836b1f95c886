/** `mvgit add PATH...` */
import { display, firstOf } from "../../../base/paths.ts";
import { add as operation, type Added } from "../../../files/add.ts";
import { refuseOutputs } from "../../../repo/runs.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { formatSize, plural } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";

export const command = defineCommand({
  arguments: "PATH...",
  output: "deed",
  details: `
    Puts the bytes into the cache, writes PATH.mvgit and an ignore line, and stages both in Git. Again on a
    changed file or folder: takes in the new bytes. What is behind its pointer, never arrived, or is changed in
    the pointer as well is no change of yours, and refused.
  `,
  options: {
    glob: flag("PATHs are patterns: '*.bin', 'runs/**/*.pt'"),
    "as-is": flag("record what stands here, also where it is behind its pointer or incomplete"),
  },
  async run({ operands, glob, "as-is": asIs }, session) {
    const repo = await session.repo();
    refuseOutputs(repo, glob ? [] : operands.map((each) => repo.pathOf(each)));
    return operation(repo, { paths: operands, glob, asIs });
  },
  text(report, style) {
    const rows = report.added.map((each) => [each.what, display(each.path), amount(each), each.hash.slice(0, 10)]);
    const lines = [table(rows, [{}, { cut: true }, { align: "right" }, {}], style.width)];
    const { takenFromGit } = report;
    const itself = takenFromGit.length === 1 ? "itself" : "themselves";
    if (takenFromGit.length > 0)
      lines.push(`Git no longer keeps ${firstOf(takenFromGit)} ${itself} from the next commit on`);
    for (const path of report.unknown ?? [])
      lines.push(`'${display(path)}' is recorded as it stands here: it was not known what it was made from`);
    return lines.join("\n");
  },
});

function amount({ size, files }: Added): string {
  return files === undefined ? formatSize(size) : `${plural(files, "file")}, ${formatSize(size)}`;
}
