/** What this clone has seen of stages and versions, kept beside Git: a tag that is pruned or lost is noticed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeFolder, readUpTo, replaceFile } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { shellName } from "../../base/shell.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { asLabel, type Label, type ModelName, versionRef } from "../../values/label.ts";
import { formatSeen, keepLink, nothingSeen, readSeen, type Seen, SEEN_CAP } from "../../values/seen.ts";
import { readStages } from "../../values/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { stageName, type StageOf } from "../../registry/chain.ts";
import { type ChainOf, chainName, chainTags } from "../../registry/chain-of.ts";
import { eventTags, type Resolved } from "../../registry/labels.ts";
import type { Memory } from "../../registry/look.ts";
import { namedRefs, type VersionRef } from "../../registry/named-refs.ts";
import { remarksSeen } from "../../registry/held-against.ts";
import { NO_REMARKS, type Remarks } from "../../registry/remarks.ts";
import { resolve } from "../../registry/resolve.ts";
import { checkLinks } from "../../registry/seen-events.ts";
import { nameOf } from "../../registry/versions.ts";
import { cloneFile } from "../../values/own-files.ts";
import { enforceHere } from "./judge.ts";
import { unfinishedMove } from "../unfinished.ts";

function fileOf(repo: Repo): string {
  return cloneFile(repo.git.place, "seen.json");
}

function read(repo: Repo): Seen {
  const bytes = readUpTo(fileOf(repo), SEEN_CAP);
  const seen = bytes === null ? nothingSeen() : readSeen(bytes.toString("utf8"));
  if (seen) return seen;
  throw new MvgitError(
    "file-unreadable",
    `'${display(fileOf(repo))}', which keeps what this clone has seen of stages, cannot be read`,
    { subject: display(fileOf(repo)), hint: "if nobody else changed it, remove it" },
  );
}

function write(repo: Repo, seen: Seen): void {
  makeFolder(join(fileOf(repo), ".."));
  replaceFile(fileOf(repo), formatSeen(seen));
}

/** Throws `chain-broken` where an event or remark that was here before is not any more, or is another one. */
export function checkSeen(repo: Repo, of: ChainOf, refs: readonly GitRef[]): void {
  const seen = read(repo);
  const known = seen.events.get(chainName(of));
  const ref = known && shellName(`refs/tags/${chainName(of)}#${known.event}`);
  const back = known?.tag ? `'git update-ref ${ref} ${known.tag}' brings it back as long as Git has the object; ` : "";
  checkLinks(seen, of, {
    tags: chainTags(refs, of),
    hint: prose`${back}'git fetch --tags' or another clone may have it; what moves stages and remarks on versions goes
        on without it with '--accept-older'`,
  });
}

/** As `checkSeen`, in words; null where all of it is here. */
export function lostSince(repo: Repo, of: ChainOf, refs: readonly GitRef[]): string | null {
  try {
    checkSeen(repo, of, refs);
    return null;
  } catch (error) {
    if (isMvgitError(error, "chain-broken")) return error.message;
    throw error;
  }
}

/** Every stage that this clone saw an event of, every version that it saw a remark on, and the newest that it saw. */
export function chainsSeen(repo: Repo): { of: ChainOf; newest: number }[] {
  return [...read(repo).events].flatMap(([name, { event: newest }]) => {
    const of = chainNamed(name);
    return of === null ? [] : [{ of, newest }];
  });
}

function chainNamed(name: string): ChainOf | null {
  const label = asLabel(name);
  if (label === null || label.kind === "latest") return null;
  const { model } = label;
  return label.kind === "stage" ? { model, stage: label.stage } : { model, version: label.version };
}

/**
 * Keeps the newest event of the stage, or remark on the version, that the command itself made: to others the tag of a
 * move under way is nothing that was seen, since it goes again when the host does not take it.
 */
export function rememberMade(repo: Repo, of: ChainOf, refs: readonly GitRef[]): void {
  const made = newestLinks(refs).get(chainName(of));
  if (made !== undefined) keepSeen(repo, { links: [{ of, ...made }] }, null);
}

/** Keeps events, remarks and newest versions; where nothing may be written, nothing is kept. */
function keepSeen(
  repo: Repo,
  { links = [], latest = [] }: Parameters<Memory["remember"]>[0],
  unfinished: string | null,
): void {
  if (links.length + latest.length === 0) return;
  const seen = read(repo);
  let isNew = false;
  for (const { of, number, oid } of links) {
    const name = chainName(of);
    const known = seen.events.get(name);
    if (`refs/tags/${name}#${number}` === unfinished || (known?.event === number && known.tag === oid)) continue;
    keepLink(seen, name, { event: number, tag: oid });
    isNew ||= seen.events.get(name)?.tag === oid;
  }
  for (const { model, version } of latest) {
    if ((seen.latest.get(model) ?? 0) >= version) continue;
    seen.latest.set(model, version);
    isNew = true;
  }
  if (isNew && isWritable(repo.git.place.commonDir)) write(repo, seen);
}

interface NewestLink {
  number: number;
  oid: Oid;
}

const NEWEST = new WeakMap<readonly GitRef[], Map<string, NewestLink>>();

/** The newest event or remark of each chain, by the chain's name. Told once for each list of refs. */
function newestLinks(refs: readonly GitRef[]): Map<string, NewestLink> {
  const known = NEWEST.get(refs);
  if (known) return known;
  const { events, remarks } = namedRefs(refs);
  const newest = new Map<string, NewestLink>();
  for (const { number, oid, ...of } of [...events, ...remarks]) {
    newest.set(chainName(of), { number, oid });
  }
  NEWEST.set(refs, newest);
  return newest;
}

/** For a chain whose change was told, and is to be gone on with. */
export function forgetSeen(repo: Repo, of: ChainOf): void {
  const seen = read(repo);
  if (seen.events.delete(chainName(of))) write(repo, seen);
}

/** For a version that is gone on with although remarks on it, or newer versions, are lost. */
export function forgetVersion(repo: Repo, version: Pick<VersionRef, "model" | "version">): void {
  forgetSeen(repo, { model: version.model, version: version.version });
  const seen = read(repo);
  if ((seen.latest.get(version.model) ?? 0) <= version.version) return;
  seen.latest.delete(version.model);
  write(repo, seen);
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What this clone has seen, as a registry asks for it. */
export function memoryOf(repo: Repo): Memory {
  return {
    check: (of, refs) => checkSeen(repo, of, refs),
    lost: async (refs, { model }) => {
      const lost = lostHere(repo, refs, model);
      return lost.length === 0 ? lost : lostHere(repo, await repo.git.refs(), model);
    },
    lostLatest: (model, newest, refs) => lostLatest(repo, { model, newest, refs }),
    remember: (found) => keepSeen(repo, found, unfinishedMove(repo)?.ref ?? null),
  };
}

/** The remarks on a version, held against what this clone has seen. */
export async function remarksHere(
  repo: Repo,
  refs: readonly GitRef[],
  { model, version }: Pick<VersionRef, "model" | "version">,
): Promise<Remarks> {
  const look = { git: repo.git, refs, means: { memory: async () => memoryOf(repo) } };
  return (await remarksSeen(look, { model, version })).get(nameOf({ model, version })) ?? NO_REMARKS;
}

function lostHere(repo: Repo, refs: readonly GitRef[], model?: ModelName): { of: ChainOf; problem: string }[] {
  const { events } = read(repo);
  const newest = newestLinks(refs);
  return [...events].flatMap(([name, { tag }]) => {
    // Of most nothing is new since.
    const of = newest.get(name)?.oid === tag ? null : chainNamed(name);
    if (of === null || (model !== undefined && of.model !== model)) return [];
    const problem = lostSince(repo, of, refs);
    return problem === null ? [] : [{ of, problem }];
  });
}

function lostLatest(
  repo: Repo,
  { model, newest, refs }: { model: ModelName; newest: number; refs: readonly GitRef[] },
): string | null {
  const known = read(repo).latest.get(model) ?? 0;
  if (known <= newest || refs.some(({ name }) => name === versionRef(model, known))) return null;
  return prose`${nameOf({ model, version: known })} was the newest here before, and v${newest} is now: its tag was
    deleted`;
}

/** Throws `version-damaged` where a newer version was seen before, and is not here any more. */
export function checkLatest(
  repo: Repo,
  { version: { model, version }, refs }: { version: Pick<VersionRef, "model" | "version">; refs: readonly GitRef[] },
): void {
  const problem = lostLatest(repo, { model, newest: version, refs });
  if (problem === null) return;
  throw new MvgitError("version-damaged", problem, {
    subject: model,
    hint: prose`'git fetch --tags' or another clone may have it; if it was yours to delete, name
      '${nameOf({ model, version })}' by its number`,
  });
}

/** As `resolveLabel`, in this clone, held against what it has seen. */
export async function resolveHere(repo: Repo, refs: readonly GitRef[], label: Label): Promise<Resolved> {
  const means = {
    memory: async () => memoryOf(repo),
    enforce: (stage: Label & { kind: "stage" }) => enforceHere(repo, stage, refs),
    warn: (text: string) => repo.watch.warn(text),
  };
  return resolve({ git: repo.git, refs, means }, label);
}

/**
 * Throws `chain-broken` where `stages.yaml` was written after an event of the stage that is not known: whoever lost it
 * must not give its number to another. `text`: the file's; one that cannot be read says nothing.
 */
export async function checkWritten(text: string | null, of: StageOf, refs: readonly GitRef[]): Promise<void> {
  const lines = await readStages(text ?? "").catch((error: unknown) => {
    if (isMvgitError(error, "setting-invalid")) return [];
    throw error;
  });
  const written = lines.find((line) => line.model === of.model && line.stage === of.stage)?.event ?? 0;
  const newest = [...eventTags(refs, of).keys()].at(-1) ?? 0;
  if (written <= newest) return;
  const known = newest === 0 ? "none" : `event ${newest}`;
  throw new MvgitError(
    "chain-broken",
    `'stages.yaml' was written after event ${written} of ${stageName(of)}, and the newest that is known is ${known}`,
    {
      subject: stageName(of),
      hint: prose`its tag was deleted, or was never pushed: a clone that has it can push it again. If the file is
          wrong, 'mvgit stage check --write' makes it anew; '--accept-older' goes on as it is`,
    },
  );
}
