/** Locks of a clone that several families take. */
import { withLock } from "../base/lock.ts";
import { cloneFile } from "../values/own-files.ts";
import type { Repo } from "./repo.ts";

/** Does `work` while no other process numbers a version of this clone. */
export function whileNumbering<R>({ git }: Pick<Repo, "git">, work: () => Promise<R>): Promise<R> {
  return withLock(cloneFile(git.place, "version.lock"), work);
}

/** Does `work` while no other process moves a stage of this clone. */
export function whileNoStageMoves<R>({ git }: Pick<Repo, "git">, work: () => Promise<R>): Promise<R> {
  return withLock(cloneFile(git.place, "stage-lock"), work);
}
