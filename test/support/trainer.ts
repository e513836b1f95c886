/** A tiny trainer in sh, and what tests ask about the versions that it makes. */
import { parse } from "yaml";
import type { Package } from "../../src/values/package.ts";
import type { Sandbox } from "./sandbox.ts";

/** Reads `data/`, writes `weights.bin` and `metrics.json`, and logs two steps. */
const TRAINER = `cat data/* > weights.bin
rows=$(cat data/* | wc -l | tr -d ' ')
echo '{"params": {"optimizer": {"name": "adam"}}}' >> "$MVGIT_LOG"
echo '{"step": 1, "loss": 0.5}' >> "$MVGIT_LOG"
echo '{"step": 2, "loss": NaN}' >> "$MVGIT_LOG"
printf '{"accuracy": 0.%s}' "$rows" > metrics.json
echo "trained on $rows rows"
`;

/** A project in `work`: code, settings and data, of which nothing is committed yet. */
export function makeProject(box: Sandbox): void {
  box.write("work/train.sh", TRAINER);
  box.write("work/params.yaml", "lr: 0.1\nmodel:\n  layers: [1, 2]\n");
  box.write("work/data/a.txt", "1\n2\n3\n");
}

export const RUN = ["run", "spam", "--data", "data", "--weights", "weights.bin"];

/** The package file as it is in a revision. */
export async function packageOf(box: Sandbox, revision: string, folder = "work"): Promise<Package> {
  return parse((await box.git(folder, ["show", `${revision}:.mvgit/models/spam.yaml`])).stdout) as Package;
}

/** The tree that a version began with, rebuilt from its commit and package alone. */
export async function startTree(box: Sandbox, folder: string, revision: string): Promise<string> {
  const { code } = await packageOf(box, revision, folder);
  const env = `GIT_INDEX_FILE=${box.dir}/scratch-index`;
  const git = async (...args: string[]): Promise<string> =>
    (await box.git(folder, ["-c", `alias.with=!env ${env} git`, "with", ...args])).stdout.trim();
  await git("read-tree", revision);
  for (const { path, before, mode } of code.outputs) {
    if (before === null) await git("update-index", "--force-remove", path);
    else await git("update-index", "--add", "--cacheinfo", `${mode},${before},${path}`);
  }
  return git("write-tree");
}
