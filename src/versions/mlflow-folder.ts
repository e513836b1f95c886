/** `mvgit export --mlflow`: the model that MLflow recorded in a version, as MLflow wrote it. */
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { MLMODEL, treeOf } from "../mlflow/artifact-tree.ts";
import { readRunsAt } from "../registry/recorded.ts";
import { readerOf } from "../values/settings-file.ts";
import type { Repo } from "../repo/repo.ts";
import { contentOf } from "./deliver/content.ts";
import type { Delivered } from "./deliver/deliver.ts";
import { layPlain, type PlainRequest } from "./deliver/lay-plain.ts";
import { partsOf } from "./deliver/parts.ts";

/** Throws what `exportVersion` throws, and `not-tracked` where the version has no model of MLflow's. */
export function exportMlflow(repo: Repo, request: PlainRequest): Promise<Delivered> {
  return layPlain(repo, request, async ({ commit, receipt, facts: { pack } }, { stores }) => {
    const { parts } = await partsOf(repo.git, { commit, pack, only: ["weights"] });
    const { files, left } = await contentOf({ reader: repo.git, parts, only: [] }, stores);
    for (const path of left)
      repo.watch.warn(`left out '${display(path)}': ${readerOf(path)} would read or run what stands there`);
    const recorded = await readRunsAt(repo.git, commit, pack.model);
    const of = { pack, packageHash: receipt.package, commit, recorded, retracted: null };
    const { files: model } = treeOf({ of, run: null, model: "" }, files);
    if (!model.has(MLMODEL))
      throw new MvgitError("not-tracked", `there is no model of MLflow's in '${display(request.label)}'`, {
        subject: display(request.label),
        hint: "'mvgit export LABEL -o DIR' brings its files as they are",
      });
    return { weights: [...model].map(([path, file]) => ({ ...file, path: path as RepoPath })), texts: new Map() };
  });
}
