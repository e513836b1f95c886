/**
 * Which numbers of a model were given before: by tags here and on the Git host, by packages in the history of any ref,
 * and by events and remarks. None of them is given again, also where its tag was deleted, and where that cannot be
 * known no number is given.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { fetchFromHost, hostOf, listHost } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { type ModelName, nextNumber, readRef, versionRef } from "../../values/label.ts";
import { PACKAGE_CAP, packagePath, readPackage } from "../../values/package.ts";
import { readEvent } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { eventRefs } from "../../registry/chain.ts";
import { nameOf, versionRefs } from "../../registry/versions.ts";
import { chainsSeen } from "../stage/seen.ts";

/** What this clone knows, without asking anybody. */
interface Known {
  tags: ReadonlySet<number>;
  /** Named by packages, events or remarks; with a tag or without. */
  named: ReadonlySet<number>;
}

/** What the Git host said. */
interface Host {
  name: string;
  refs: ReadonlyMap<string, Oid>;
}

/** Milliseconds that a host has to say which tags it has. */
const PATIENCE = 20_000;

async function knownHere(repo: Repo, refs: readonly GitRef[], model: ModelName): Promise<Known> {
  const versions = versionRefs(refs, model);
  const named = new Set([
    ...inRefs(
      refs.map(({ name }) => name),
      model,
    ),
    ...chainsSeen(repo).flatMap(({ of }) => (of.model === model && "version" in of ? [of.version] : [])),
    ...(await inEvents(repo, refs, model)),
    ...(await inPackages(repo, { model, newest: versions.at(-1)?.oid ?? null })),
  ]);
  return { tags: new Set(versions.map(({ version }) => version)), named };
}

/** Of tags of versions, and of remarks on them, which may be all that is left of one. */
function inRefs(names: Iterable<string>, model: ModelName): number[] {
  return [...names].map(readRef).flatMap((each) => {
    const isNumbered = each?.kind === "version" || each?.kind === "remark";
    return isNumbered && each.model === model ? [each.version] : [];
  });
}

async function inEvents(repo: Repo, refs: readonly GitRef[], model: ModelName): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { tag } of repo.git.tags(eventRefs(refs, { model }).map(({ oid }) => oid))) {
    const reading = tag && readEvent(tag.message);
    if (reading?.kind === "read" && reading.value.model === model)
      numbers.push(reading.value.version ?? 0, reading.value.before ?? 0);
  }
  return numbers.filter((number) => number > 0);
}

/** Of every package in history that the newest version's commit does not come from: its own are older. */
async function inPackages(repo: Repo, { model, newest }: { model: ModelName; newest: Oid | null }): Promise<number[]> {
  const path = packagePath(model);
  const head = (await repo.git.resolveCommit("HEAD")) === null ? [] : ["HEAD"];
  const { stdout } = await repo.git.run([
    "rev-list",
    "--full-history",
    "--all",
    ...head,
    ...(newest === null ? [] : ["--not", `${newest}^{}`]),
    "--",
    `:(top,literal)${path}`,
  ]);
  const commits = stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "") as Oid[];
  const numbers: number[] = [];
  for await (const bytes of repo.git.filesAt(
    commits.map((commit) => ({ commit, path })),
    PACKAGE_CAP,
  )) {
    const reading = bytes && readPackage(bytes);
    if (reading?.kind === "package" && reading.pack.model === model) numbers.push(reading.pack.version);
  }
  return numbers;
}

/** Every number of the model that this clone knows to have been given. */
export async function numbersHere(repo: Repo, model: ModelName): Promise<Set<number>> {
  const { tags, named } = (await knownOf(repo, [model])).get(model) as Known;
  return new Set([...tags, ...named]);
}

async function knownOf(repo: Repo, models: readonly ModelName[]): Promise<Map<ModelName, Known>> {
  const refs = await repo.git.refs();
  const all = new Map<ModelName, Known>();
  for (const model of models) all.set(model, await knownHere(repo, refs, model));
  return all;
}

/**
 * Refuses before anything is done where this clone cannot know which numbers are free: its history is cut, or tags that
 * the host has were not fetched. Throws `not-supported`.
 */
export async function requireNumbers(repo: Repo, model: ModelName): Promise<void> {
  refuseCut(repo, model);
  const known = await knownOf(repo, [model]);
  if (untaggedOf(known.get(model) as Known).length > 0) await askHost(repo, known);
}

function refuseCut(repo: Repo, model: ModelName): void {
  if (!fs.existsSync(join(repo.git.place.commonDir, "shallow"))) return;
  throw unknowable(
    model,
    "this clone's history is cut, so that packages of earlier versions may be out of sight",
    "run 'git fetch --unshallow --tags' first (in CI, clone with 'fetch-depth: 0')",
  );
}

function untaggedOf({ tags, named }: Known): number[] {
  return [...named].filter((number) => !tags.has(number));
}

/** Which tags of versions that the host has must be here: of those that are only named here, of all, of none. */
type Wanted = "named" | "all" | "none";

/** What the host has, `null` without a host or an answer. Throws where it has a tag that must be here and is not. */
async function askHost(repo: Repo, all: ReadonlyMap<ModelName, Known>, wanted: Wanted = "named"): Promise<Host | null> {
  const name = await hostOf(repo.git);
  if (name === null) return null;
  const limit = AbortSignal.timeout(PATIENCE);
  try {
    const refs = await listHost(
      repo.git,
      name,
      [...all.keys()].flatMap((model) => [`refs/tags/${model}@v*`, `refs/tags/${model}#*`]),
      AbortSignal.any([limit, repo.watch.signal]),
    );
    for (const [model, known] of all) {
      const theirs = wanted === "all" ? inRefs(refs.keys(), model).filter((each) => !known.tags.has(each)) : [];
      const there = (wanted === "named" ? untaggedOf(known) : theirs).find((version) =>
        refs.has(versionRef(model, version)),
      );
      if (there !== undefined)
        throw unknowable(
          model,
          `'${nameOf({ model, version: there })}' is on '${display(name)}', and its tag is not here`,
          fetchTags(name),
        );
    }
    return { name, refs };
  } catch (error) {
    if (!limit.aborted && !isMvgitError(error, "remote-unavailable")) throw error;
    repo.watch.signal.throwIfAborted();
    withoutHost(repo, all, name);
    return null;
  }
}

function fetchTags(host: string): string {
  return `run 'git fetch ${display(host)} --tags' first`;
}

/** Goes on with what is known here, where that is something. */
function withoutHost(repo: Repo, all: ReadonlyMap<ModelName, Known>, host: string): void {
  for (const [model, known] of all) {
    if (known.tags.size === 0 && known.named.size > 0)
      throw unknowable(
        model,
        `there were versions of it, whose tags are not here, and the Git host '${display(host)}' does not answer`,
        fetchTags(host),
      );
  }
  const [model, ...more] = all.keys();
  const what = more.length === 0 ? "the version is" : "versions are";
  repo.watch.note(
    prose`the Git host '${display(host)}' does not answer: ${what} numbered by what is known here; should somebody have
      a number already, 'git push' tells, and 'mvgit renumber ${more.length === 0 ? (model ?? "") : "MODEL"}' gives
      another`,
  );
}

function unknowable(model: ModelName, why: string, hint: string): MvgitError {
  return new MvgitError("not-supported", `cannot tell which number the next version of '${model}' has: ${why}`, {
    subject: model,
    hint,
  });
}

/**
 * Brings moves of others, since what they name counts as well. False, after a note, where the host went away meanwhile.
 */
async function fetchEvents(repo: Repo, host: string, names: readonly string[]): Promise<boolean> {
  try {
    await fetchFromHost(
      repo.git,
      host,
      names.map((name) => `${name}:${name}`),
    );
    return true;
  } catch (error) {
    if (!isMvgitError(error, "remote-unavailable")) throw error;
    repo.watch.note(
      `newer moves at the Git host '${display(host)}' could not be had: the version is numbered without them`,
    );
    return false;
  }
}

/** As `knownOf`, after moves that only the host has were brought; of what it has itself nothing else is in it. */
async function knownAfter(repo: Repo, all: Map<ModelName, Known>, host: Host | null): Promise<Map<ModelName, Known>> {
  if (host === null) return all;
  const here = new Set((await repo.git.refs()).map(({ name }) => name));
  const events = [...host.refs.keys()].filter((name) => readRef(name)?.kind === "event" && !here.has(name));
  return events.length > 0 && (await fetchEvents(repo, host.name, events)) ? knownOf(repo, [...all.keys()]) : all;
}

/**
 * Every number of each model that was given, as far as this clone and its host know. For an import, where what was
 * imported before must be here so that it is not made again, `wanted` is "all", and a cut history is refused. Throws
 * `not-supported`.
 */
export async function numbersGiven(
  repo: Repo,
  models: readonly ModelName[],
  { wanted, dryRun = false }: { wanted: Wanted; dryRun?: boolean },
): Promise<Map<ModelName, Set<number>>> {
  const [first] = models;
  if (first === undefined) return new Map();
  if (wanted === "all") refuseCut(repo, first);
  const known = await knownOf(repo, models);
  const host = await askHost(repo, known, wanted);
  const all = dryRun ? known : await knownAfter(repo, known, host);
  return new Map(
    [...all].map(([model, { tags, named }]) => {
      const theirs = inRefs(host?.refs.keys() ?? [], model);
      return [model, new Set([...tags, ...named, ...theirs])];
    }),
  );
}

/**
 * The number of the next version. Throws `not-supported` after the highest that there is, and where none can be known.
 */
export async function freeNumber(repo: Repo, model: ModelName): Promise<number> {
  const before = await knownOf(repo, [model]);
  const host = await askHost(repo, before);
  const known = (await knownAfter(repo, before, host)).get(model) as Known;
  const theirs = inRefs(host?.refs.keys() ?? [], model);
  const ours = [...known.tags, ...known.named].reduce((most, each) => Math.max(most, each), 0);
  const highest = theirs.reduce((most, each) => Math.max(most, each), ours);
  const number = nextNumber(highest, nameOf({ model, version: highest }));
  if (highest > ours)
    repo.watch.note(
      prose`'${nameOf({ model, version: highest })}' is on '${display(host?.name ?? "")}' and not here
        ('git fetch --tags' brings it), so this is v${number}`,
    );
  return number;
}
