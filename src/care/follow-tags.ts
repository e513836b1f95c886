/** `push.followTags`: with it `git push` takes the tags of versions along with their commits. */
import { makeFolder, readUpTo, removeFile, replaceFile } from "../base/disk.ts";
import type { Repo } from "../repo/repo.ts";
import { cloneFile, cloneFolder } from "../values/own-files.ts";

const KEY = "push.followTags";
const SET = "set\n";

/** Whether `git push` takes versions' tags along, and who said so; nobody where it is Git's default. */
export interface FollowTags {
  value: boolean;
  by: "mvgit" | "you" | null;
}

/** Shared by all work trees, as the clone's configuration is. */
function noteOf(repo: Repo): string {
  return cloneFile(repo.git.place, "follow-tags");
}

/** As Git's configuration has it, of whatever scope. */
export async function followTags(repo: Repo): Promise<FollowTags> {
  const last = (await repo.git.config()).findLast(({ key }) => key === KEY.toLowerCase());
  if (!last) return { value: false, by: null };
  const isOurs =
    last.scope === "local" && last.value === "true" && readUpTo(noteOf(repo), 64)?.toString("utf8") === SET;
  // Git takes a key without a value for true.
  return { value: !/^(?:false|no|off|0)$/i.test(last.value), by: isOurs ? "mvgit" : "you" };
}

/** Sets it for this clone where nobody has said anything of it. */
export async function setFollowTags(repo: Repo): Promise<FollowTags> {
  const now = await followTags(repo);
  if (now.by !== null) return now;
  makeFolder(cloneFolder(repo.git.place));
  replaceFile(noteOf(repo), SET, false);
  await repo.git.setConfig(KEY, "true");
  return { value: true, by: "mvgit" };
}

/** Takes it back where mvgit set it and nobody changed it since. True when it did. */
export async function unsetFollowTags(repo: Repo): Promise<boolean> {
  const isOurs = (await followTags(repo)).by === "mvgit";
  if (isOurs) await repo.git.unsetConfig(KEY);
  removeFile(noteOf(repo));
  return isOurs;
}
