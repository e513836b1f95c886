/** What the Git host has of a model's versions. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import { type ModelName, readRef } from "../../model/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf } from "../../version/versions.ts";

/** Tag objects by the name of the version. */
export type HostTags = ReadonlyMap<string, Oid>;

/** The named Git remote, or the one that the branch follows, or the only one. Throws `remote-unknown`. */
export async function hostOf(repo: Repo, named?: string): Promise<string> {
  const { stdout } = await repo.git.run(["remote"]);
  const remotes = stdout.toString("utf8").split("\n").filter((line) => line !== "");
  const branch = await repo.git.currentBranch();
  const followed = branch === null ? "" : (await repo.git.run(["config", "--get", `branch.${branch}.remote`], { answers: [0, 1] })).stdout.toString("utf8").trim();
  const chosen = named ?? ([followed, "origin"].find((each) => remotes.includes(each)) || (remotes.length === 1 ? remotes[0] : undefined));
  if (chosen !== undefined && remotes.includes(chosen)) return chosen;
  throw new MvgitError("remote-unknown", chosen === undefined ? "no Git remote is known" : `no Git remote is called '${display(chosen)}'`, { hint: "add one with 'git remote add origin URL'" });
}

/** The host is asked now. Throws `git-failed`. */
export async function hostTags(repo: Repo, host: string, model: ModelName): Promise<HostTags> {
  const { stdout } = await repo.git.run(["ls-remote", "--tags", "--refs", host, `refs/tags/${model}@v*`]);
  const lines = stdout.toString("utf8").split("\n").map((line) => line.split("\t"));
  return new Map(lines.flatMap(([oid, name = ""]) => {
    const ref = readRef(name);
    return ref?.kind === "version" && ref.model === model ? [[nameOf(ref), oid as Oid]] : [];
  }));
}
