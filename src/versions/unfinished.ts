/**
 * A move under way, kept on the disk until all of it is done, so that one that was killed is found by the next and
 * told.
 */
import { readUpTo, removeFile, replaceVia } from "../base/disk.ts";
import { isOid } from "../git/objects.ts";
import type { Oid } from "../git/reader.ts";
import type { Repo } from "../repo/repo.ts";
import { TemporaryFolder } from "../store/temporary.ts";
import { cloneFile } from "../values/own-files.ts";

export interface Unfinished {
  /** Full name of the event's tag. */
  ref: string;
  /** Of the tag object; null while it was being made. */
  oid: Oid | null;
  /** What was asked for, in words that the same request gives again. */
  request: string;
  /** Made without a Git host: its tag counts as soon as it is there. */
  alone: boolean;
}

function fileOf(repo: Repo): string {
  return cloneFile(repo.git.place, "unfinished-move");
}

/** Where the file is written before it gets its name. */
function temporary(repo: Repo): TemporaryFolder {
  return new TemporaryFolder(cloneFile(repo.git.place, "tmp"));
}

/** Removes what killed moves were writing. */
export function cleanAfterMoves(repo: Repo): void {
  for (const folder of [temporary(repo), repo.temporary]) folder.clean();
}

/** Durable before the tag is made, so that no tag of a killed process is taken for one of the user's. */
export function rememberMove(repo: Repo, { ref, oid, request, alone }: Unfinished): void {
  replaceVia(
    { file: fileOf(repo), temporary: temporary(repo).newName() },
    `${ref}\n${oid ?? ""}\n${request}\n${alone ? "alone" : "host"}\n`,
  );
}

/** The move that did not come to its end, null for none. What it left may be a tag here, at the host, or nothing. */
export function unfinishedMove(repo: Repo): Unfinished | null {
  const [ref = "", oid = "", request = "", how = ""] = readUpTo(fileOf(repo), 1024)?.toString("utf8").split("\n") ?? [];
  // What stands there may be anything, and goes to git as a name.
  const isOurs = /^refs\/tags\/[^\0]+$/.test(ref) && (oid === "" || isOid(oid)) && !request.includes("\0");
  return isOurs ? { ref, oid: oid === "" ? null : oid, request, alone: how === "alone" } : null;
}

/** For a move that is done, or whose end was told. */
export function forgetMove(repo: Repo): void {
  removeFile(fileOf(repo));
}
