/**
 * Which recorded commands and addresses this clone's user typed, or agreed to. A pointer comes with the repository:
 * what it names is run or asked only with consent that is kept outside of it.
 */
import { appendToFile, makeFolder, readUpTo } from "../base/disk.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Origin } from "../values/origin.ts";
import type { Repo } from "./repo.ts";
import { cloneFile, cloneFolder } from "../values/own-files.ts";

const CAP = 16 * 1024 * 1024;

/** Whether the user of this clone froze from exactly this before. */
export function isConsented(repo: Repo, origin: Origin): boolean {
  return readUpTo(fileOf(repo), CAP)?.toString("latin1").split("\n").includes(markOf(origin)) ?? false;
}

/** Remembers it. */
export function consent(repo: Repo, origin: Origin): void {
  if (isConsented(repo, origin)) return;
  makeFolder(cloneFolder(repo.git.place));
  appendToFile(fileOf(repo), `${markOf(origin)}\n`);
}

function fileOf(repo: Repo): string {
  return cloneFile(repo.git.place, "frozen");
}

function markOf(origin: Origin): string {
  const what = origin.kind === "command" ? ["command", origin.command, origin.folder] : ["url", origin.url];
  return hashBytes(Buffer.from(JSON.stringify([...what, origin.secrets])));
}
