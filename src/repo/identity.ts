/**
 * Which repository this is, so that its claims in a remote are told from those of every other one: by the id that it
 * carries, made once, or else by its first commits; and by its Git host, since a fork carries the same.
 * docs/decisions/0014-who-is-who.md says why.
 */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { randomBytes, uniqueName } from "../base/clock.ts";
import { makeFolder, readUpTo, replaceFile } from "../base/disk.ts";
import type { GitPlace } from "../git/place.ts";
import type { GitProgram } from "../git/program.ts";
import type { Oid } from "../git/reader.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { readGitConfig } from "../values/git-config.ts";
import type { Hash } from "../values/hash.ts";
import { REPOSITORY_KEY, readRepositoryId, type Setting } from "../values/settings.ts";
import { gitHost, isCut } from "./git-host.ts";
import { COMMITTED_CONFIG, committedSettings } from "./settings.ts";
import { cloneFile } from "../values/own-files.ts";

const CAP = 64 * 1024;

/** A new id for a repository to carry. */
export function newRepositoryId(): string {
  return randomBytes(16).toString("hex");
}

/** Under which name this repository's claims stand: the same for every clone of it. */
export async function repositoryId(git: GitProgram): Promise<Hash> {
  const place = (await gitHost(git))?.place ?? ownPlace(git);
  const carried = await carriedId(git);
  if (carried !== undefined) return named(carried, place);
  const first = await firstCommits(git);
  return first.length > 0 ? named(first.join(" "), place) : ofClone(git);
}

/**
 * Every name under which claims of this repository may stand: those of all ids that it ever carried, here before it had
 * a host too, and what older writers used, which others may have used as well.
 */
export async function repositoryIds(git: GitProgram): Promise<Set<Hash>> {
  const host = await gitHost(git);
  const first = await firstCommits(git);
  const who = [...(await idsEver(git)), ...(first.length > 0 ? [first.join(" ")] : [])];
  const places = [...(host === null ? [] : [host.place]), ownPlace(git)];
  const older = [
    ...(host === null ? [] : [`mvgit host\n${host.place}\n`]),
    ...(first.length > 0 ? [`mvgit commits\n${first.join("\n")}\n`] : []),
  ];
  return new Set([
    ...who.flatMap((each) => places.map((place) => named(each, place))),
    ...older.map((text) => hashBytes(Buffer.from(text))),
    ofClone(git),
    await repositoryId(git),
  ]);
}

/** The id that the branches of this clone and its host carry, undefined for none. */
export async function carriedId(git: GitProgram): Promise<string | undefined> {
  return idIn(await committedSettings(git)) ?? (await idsAtTips(git))[0];
}

function named(who: string, place: string): Hash {
  return hashBytes(Buffer.from(`mvgit repository\n${who}\n${place}\n`));
}

/** Without a host there is nothing that clones share, so that each folder is its own. */
function ownPlace(git: GitProgram): string {
  return JSON.stringify([hostname(), fs.realpathSync(git.place.commonDir)]);
}

function ofClone(git: GitProgram): Hash {
  return hashBytes(Buffer.from(`mvgit clone\n${cloneToken(git)}\n`));
}

function idIn(settings: readonly Setting[]): string | undefined {
  const entry = settings.findLast(({ key }) => key === REPOSITORY_KEY);
  return entry && readRepositoryId(entry);
}

async function idsAtTips(git: GitProgram): Promise<string[]> {
  const { stdout } = await git.run(["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"]);
  const refs = stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  if (refs.length === 0) return [];
  const found = await git.run(["cat-file", "--batch-check=%(objecttype) %(objectname)"], {
    input: refs.map((ref) => `${ref}:${COMMITTED_CONFIG}\n`).join(""),
  });
  return idsOf(
    git,
    found.stdout
      .toString("latin1")
      .split("\n")
      .flatMap((line) => /^blob ([0-9a-f]+)$/.exec(line)?.[1] ?? []) as Oid[],
  );
}

async function idsEver(git: GitProgram): Promise<string[]> {
  const oids: Oid[] = [];
  for await (const { path, oid } of git.history({ include: ["--all", "--reflog"], exclude: [] }, COMMITTED_CONFIG))
    if (path === COMMITTED_CONFIG) oids.push(oid);
  return [...new Set([...(await idsOf(git, oids)), ...(await idsAtTips(git))])];
}

/** Of versions of the committed settings; one that cannot be read has none. */
async function idsOf(git: GitProgram, oids: readonly Oid[]): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { bytes } of git.blobs([...new Set(oids)], CAP)) {
    for (const { key, value } of (bytes && readGitConfig(bytes.toString("utf8"))) ?? [])
      if (key === REPOSITORY_KEY && /^[0-9a-f]{32}$/.test(value)) ids.add(value);
  }
  return [...ids].toSorted();
}

/** Empty where they cannot be known. */
async function firstCommits(git: GitProgram): Promise<string[]> {
  if ((await isCut(git)) || (await git.resolveCommit("HEAD")) === null) return [];
  const { stdout } = await git.run(["rev-list", "--max-parents=0", "HEAD", "--"]);
  return stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

/** The same for all that is run in this clone; a copy of the clone elsewhere has another. */
export function cloneToken({ place: { commonDir } }: { place: Pick<GitPlace, "commonDir"> }): string {
  const file = cloneFile({ commonDir }, "gc-remote");
  const here = JSON.stringify([hostname(), commonDir]);
  const [token = "", place] = (readUpTo(file, 8192)?.toString("utf8") ?? "").split("\n");
  if (/^[0-9a-f]{16}$/.test(token) && place === here) return token;
  const made = uniqueName();
  makeFolder(join(file, ".."));
  replaceFile(file, `${made}\n${here}\n`);
  return made;
}
