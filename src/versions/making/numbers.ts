/**
 * Which numbers of a model were given before: by tags here and on the Git host, by packages in the history of any ref,
 * and by events. None of them is given again, also where its tag was deleted, and where that cannot be known no number
 * is given.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { fetchFromHost, hostOf, listHost } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { type ModelName, nextNumber, readRef } from "../../values/label.ts";
import { PACKAGE_CAP, packagePath, readPackage } from "../../values/package.ts";
import { readEvent } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { eventRefs } from "../../registry/chain.ts";
import { nameOf, versionRefs } from "../../registry/versions.ts";

/** What this clone knows, without asking anybody. */
interface Known {
  tags: ReadonlySet<number>;
  /** Named by packages or events; with a tag or without. */
  named: ReadonlySet<number>;
}

/** Milliseconds that a host has to say which tags it has. */
const PATIENCE = 20_000;

async function knownHere(repo: Repo, refs: readonly GitRef[], model: ModelName): Promise<Known> {
  const versions = versionRefs(refs, model);
  const named = new Set([
    ...(await inEvents(repo, refs, model)),
    ...(await inPackages(repo, { model, newest: versions.at(-1)?.oid ?? null })),
  ]);
  return { tags: new Set(versions.map(({ version }) => version)), named };
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
  const { tags, named } = await knownHere(repo, await repo.git.refs(), model);
  return new Set([...tags, ...named]);
}

/**
 * Refuses before anything is done where this clone cannot know which numbers are free: its history is cut, or tags that
 * the host has were not fetched. Throws `not-supported`.
 */
export async function requireNumbers(repo: Repo, model: ModelName): Promise<void> {
  if (fs.existsSync(join(repo.git.place.commonDir, "shallow")))
    throw unknowable(
      model,
      "this clone's history is cut, so that packages of earlier versions may be out of sight",
      "run 'git fetch --unshallow --tags' first (in CI, clone with 'fetch-depth: 0')",
    );
  const known = await knownHere(repo, await repo.git.refs(), model);
  const untagged = [...known.named].filter((number) => !known.tags.has(number));
  if (untagged.length > 0) await askHost(repo, model, { known, untagged });
}

/**
 * What the host has, `null` without a host or an answer. Throws where it has a tag of a version that is only named
 * here.
 */
async function askHost(
  repo: Repo,
  model: ModelName,
  { known, untagged }: { known: Known; untagged: readonly number[] },
): Promise<{ name: string; refs: ReadonlyMap<string, Oid> } | null> {
  const name = await hostOf(repo.git);
  if (name === null) return null;
  const fetch = `run 'git fetch ${display(name)} --tags' first`;
  const limit = AbortSignal.timeout(PATIENCE);
  try {
    const refs = await listHost(
      repo.git,
      name,
      [`refs/tags/${model}@v*`, `refs/tags/${model}#*`],
      AbortSignal.any([limit, repo.watch.signal]),
    );
    const there = untagged.find((version) => refs.has(`refs/tags/${nameOf({ model, version })}`));
    if (there !== undefined)
      throw unknowable(
        model,
        `'${nameOf({ model, version: there })}' is on '${display(name)}', and its tag is not here`,
        fetch,
      );
    return { name, refs };
  } catch (error) {
    if (!limit.aborted && !isMvgitError(error, "remote-unavailable")) throw error;
    repo.watch.signal.throwIfAborted();
    if (known.tags.size === 0 && known.named.size > 0)
      throw unknowable(
        model,
        `there were versions of it, whose tags are not here, and the Git host '${display(name)}' does not answer`,
        fetch,
      );
    repo.watch.note(
      `the Git host '${display(name)}' does not answer: the version is numbered by what is known here; ` +
        ("should " + `somebody have the number already, 'git push' tells, and 'mvgit renumber ${model}' gives another`),
    );
    return null;
  }
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

/**
 * The number of the next version. Throws `not-supported` after the highest that there is, and where none can be known.
 */
export async function freeNumber(repo: Repo, model: ModelName): Promise<number> {
  let known = await knownHere(repo, await repo.git.refs(), model);
  const untagged = [...known.named].filter((number) => !known.tags.has(number));
  const host = await askHost(repo, model, { known, untagged });
  const here = new Set((await repo.git.refs()).map(({ name }) => name));
  const events = [...(host?.refs.keys() ?? [])].filter((name) => readRef(name)?.kind === "event" && !here.has(name));
  if (host !== null && events.length > 0 && (await fetchEvents(repo, host.name, events)))
    known = await knownHere(repo, await repo.git.refs(), model);
  const theirs = [...(host?.refs.keys() ?? [])]
    .map(readRef)
    .flatMap((each) => (each?.kind === "version" && each.model === model ? [each.version] : []));
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
