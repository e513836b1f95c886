/** Uploads what pushed commits need, and stops the push while the remote lacks any of it. */
import { isMvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Repo } from "../repo/repo.ts";
import { historyPointers } from "../repo/pointer-uses.ts";
import { lackingError, push } from "../ops/push.ts";
import { readRef } from "../model/label.ts";
import { nameOf } from "../version/versions.ts";
import type { Hook } from "./hook.ts";

/** A deleted ref, and one that the host does not have yet. */
const NOTHING = /^0+$/;

/** When Git's words were read by a script that ran before, and is not ours: any of these may be what is pushed. */
const EVERYTHING = ["HEAD", "--branches", "--tags"];

export const prePush: Hook = async ({ args, open, say, input }) => {
  const said = await input();
  const refs = said.split("\n").map((line) => line.split(" ")).filter((parts) => parts.length === 4);
  if (renumberFirst(refs, say)) return 1;
  const include = said.trim() === "" ? EVERYTHING : refs.map(([, local = ""]) => local).filter((oid) => !NOTHING.test(oid));
  if (include.length === 0) return 0;
  const repo = await open();
  const exclude = await published(repo, refs, args[0] ?? "");
  if (repo.settings.defaultRemote === null && (await historyPointers(repo, include, exclude)).uses.length === 0) return 0;
  const report = await push(repo, { paths: [], commits: { include, exclude } });
  if (report.lacking.length > 0) {
    for (const { path, where, why } of report.lacking) say(`'${display(path)}' of commit ${where.slice(0, 10)} is ${why}`);
    throw lackingError("push", report.lacking);
  }
  if (report.copied > 0) say(`pushed ${report.copied} ${report.copied === 1 ? "blob" : "blobs"} to ${report.remote} (${display(report.address)})`);
  return 0;
};

/** Says which pushed versions the host has with another object; true when there are any. */
function renumberFirst(refs: readonly string[][], say: (line: string) => void): boolean {
  const models = new Set<string>();
  for (const [, local = "", remoteName = "", theirs = ""] of refs) {
    const ref = readRef(remoteName);
    if (ref?.kind !== "version" || [theirs, local].some((oid) => NOTHING.test(oid)) || theirs === local) continue;
    models.add(ref.model);
    say(`the host has another '${nameOf(ref)}' already, and a version is never changed`);
  }
  for (const model of models) say(`    give yours the next number with: mvgit renumber ${model}`);
  return models.size > 0;
}

/** Commits that the host has already, as far as this clone knows them. */
async function published(repo: Repo, refs: readonly string[][], remote: string): Promise<string[]> {
  const known: string[] = [];
  for (const [, , , oid = ""] of refs) if (!NOTHING.test(oid) && (await isKnown(repo, oid))) known.push(oid);
  // A push to an address instead of a name has no tracking refs to go by.
  return /^[A-Za-z0-9._/-]+$/.test(remote) && !remote.startsWith("-") && !remote.includes("/") ? [...known, `--remotes=${remote}`] : known;
}

async function isKnown(repo: Repo, oid: string): Promise<boolean> {
  try {
    return (await repo.git.resolveCommit(oid)) !== null;
  } catch (error) {
    if (isMvgitError(error, "git-failed")) return false;
    throw error;
  }
}
