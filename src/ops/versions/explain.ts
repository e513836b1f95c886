/** `mvgit explain`: from a receipt, a hash or a file back to the version, its data, code and people, and its stages over time. */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { GitRef } from "../../git/reader.ts";
import { type Hash, parseHash, shortHash } from "../../model/hash.ts";
import { asLabel, formatLabel, type ModelName } from "../../model/label.ts";
import { readManifest } from "../../model/manifest-io.ts";
import type { PackageFile } from "../../model/package.ts";
import { readReceipt, type Receipt } from "../../model/receipt.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Chain, readChains, type StageEvent } from "../../stage/chain.ts";
import { findVersion, nameOf, openVersion, type MayBe, readVersions, type Version, versionRefs } from "../../version/versions.ts";
import { identifyOnce } from "../../worktree/read-file.ts";
import { type EventReport, reportOf } from "../stage/stages.ts";
import { show, showOf, type ShowReport } from "./show.ts";

/** A time during which a stage held the version. */
export interface Period {
  stage: string;
  /** The move that brought it there. */
  from: EventReport;
  /** The move that took it away; null while it is there. */
  to: EventReport | null;
}

/** How what was handed over belongs to a version. */
export interface Match {
  model: ModelName;
  version: number;
  as: "receipt" | "label" | "package" | "weights" | "data";
  /** Of the tracked file or folder; of the file inside it where that matched. */
  path?: string;
}

export interface ExplainReport extends Omit<ShowReport, "label"> {
  /** What was looked for, in words. */
  what: string;
  /** Every version that it belongs to, the newest first; the report is of the first of them. */
  matches: Match[];
  periods: Period[];
  /** Of a receipt with a stage: the move by which the version was there. */
  event: EventReport | null;
}

/**
 * `what`: a receipt in JSON, `@FILE` or `-` with one in it (`input` gives it), a hash, a label, or a file on the disk.
 * Throws `label-unknown` when nothing matches, `version-damaged` when a receipt names another package than the version's.
 */
export async function explain(repo: Repo, what: string, input: () => Promise<string>): Promise<ExplainReport> {
  const refs = await repo.git.refs();
  const text = what === "-" ? await input() : what.startsWith("@") ? fileText(repo, what.slice(1)) : what;
  if (text.trim() === "") throw new MvgitError("usage", `${what === "-" ? "stdin" : `'${display(what)}'`} holds nothing`, { hint: "hand over a receipt, as 'mvgit receipt LABEL' prints it" });
  const found = text.trimStart().startsWith("{") ? await byReceipt(repo, refs, text) : await byName(repo, refs, text.trim());
  const first = found.matches[0];
  if (first === undefined) throw new MvgitError("label-unknown", `no version here is made of ${found.what}`, { subject: display(what.slice(0, 200)), hint: "'git fetch --tags' brings the versions of others; 'mvgit log' lists all" });
  const chains = await readChains(repo.git, refs, { model: first.model });
  const { label: _, ...shown } = await showOf(repo, await openVersion(repo.git, findVersion(refs, first.model, first.version)), { chains, label: nameOf(first) });
  return { what: found.what, ...shown, matches: found.matches, periods: periodsOf(chains, first), event: eventOf(chains, found.receipt) };
}

interface Found {
  what: string;
  matches: Match[];
  receipt?: Receipt;
}

function fileText(repo: Repo, file: string): string {
  const bytes = readUpTo(resolve(repo.cwd, file), 64 * 1024);
  if (bytes === null) throw new MvgitError("usage", `there is no file '${display(file)}'`, { subject: display(file), hint: "'@FILE' names a file that holds a receipt" });
  return bytes.toString("utf8");
}

async function byReceipt(repo: Repo, refs: readonly GitRef[], text: string): Promise<Found> {
  const receipt = readReceipt(text);
  if (receipt === null) throw new MvgitError("usage", "this is not a receipt of mvgit's", { hint: "a receipt is the line that 'mvgit receipt LABEL' prints" });
  const version = await openVersion(repo.git, findVersion(refs, receipt.model, receipt.version));
  if (version.packageHash !== receipt.package) {
    throw new MvgitError("version-damaged", `the receipt names package ${shortHash(receipt.package)}, but ${nameOf(receipt)} here has ${shortHash(version.packageHash)}`, {
      subject: nameOf(receipt), hint: "the number may have been given anew before it was pushed, or the tag replaced: 'mvgit audit' tells more",
    });
  }
  return { what: "this receipt", receipt, matches: [{ model: receipt.model, version: receipt.version, as: "receipt" }] };
}

async function byName(repo: Repo, refs: readonly GitRef[], text: string): Promise<Found> {
  const hash = parseHash(text.toLowerCase());
  if (hash) return { what: `bytes with the hash ${shortHash(hash)}`, matches: await byHash(repo, refs, hash) };
  const file = resolve(repo.cwd, text);
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) {
    const identity = await identifyOnce(file);
    return { what: `'${display(text)}' (blake3 ${shortHash(identity.hash)})`, matches: await byHash(repo, refs, identity.hash) };
  }
  const label = asLabel(text);
  if (label === null) throw new MvgitError("usage", `'${display(text.slice(0, 200))}' is neither a receipt, a hash, a file nor a label`, { subject: display(text.slice(0, 200)), hint: "hand over a receipt in quotes, '@FILE', '-', a hash of 64 characters, or a weights file" });
  const { package: pack } = await show(repo, text);
  return { what: formatLabel(label), matches: [{ model: pack.model, version: pack.version, as: "label" }] };
}

/** Versions whose package, weights or data the hash is; else those in whose weights' folders a file has it. */
async function byHash(repo: Repo, refs: readonly GitRef[], hash: Hash): Promise<Match[]> {
  const named = await newestFirst(repo, refs, (bytes, packageHash) => packageHash === hash || bytes.includes(hash));
  const direct = named.flatMap((version) => matchesOf(version, hash));
  if (direct.length > 0) return direct;
  const versions = await newestFirst(repo, refs, (bytes) => bytes.includes(" files: "));
  const inside: Match[] = [];
  const searched = new Map<Hash, string | null>();
  for (const { pack } of versions) {
    for (const file of pack.weights.filter((each) => each.files !== undefined)) {
      if (!searched.has(file.hash)) searched.set(file.hash, await pathInside(repo, file, hash));
      const path = searched.get(file.hash) ?? null;
      if (path !== null) inside.push({ model: pack.model, version: pack.version, as: "weights", path: `${file.path}/${path}` });
    }
  }
  return inside;
}

async function newestFirst(repo: Repo, refs: readonly GitRef[], mayBe: MayBe): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const reading of readVersions(repo.git, versionRefs(refs), mayBe)) if (reading.kind === "version") versions.push(reading.version);
  return versions.sort((a, b) => madeAt(b) - madeAt(a) || b.version - a.version);
}

function madeAt({ tag }: Version): number {
  return tag.tagger?.time ?? 0;
}

function matchesOf({ pack, packageHash }: Version, hash: Hash): Match[] {
  const of = { model: pack.model, version: pack.version };
  if (packageHash === hash) return [{ ...of, as: "package" }];
  const weights = pack.weights.find((each) => each.hash === hash);
  if (weights) return [{ ...of, as: "weights", path: weights.path }];
  const data = pack.data.find((each) => each.hash === hash);
  return data ? [{ ...of, as: "data", path: data.path }] : [];
}

/** Where in a folder a file with that hash is; null when nowhere, or when its list of files is in no store. */
async function pathInside(repo: Repo, folder: PackageFile, hash: Hash): Promise<string | null> {
  try {
    for await (const entries of readManifest(folder.hash, manifestLoader(repo.cache, () => repo.remote()))) {
      const found = entries.find((entry) => entry.hash === hash);
      if (found) return found.path;
    }
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
    repo.watch.warn(`the list of files of '${display(folder.path)}' is neither in the cache nor in a remote, and was not searched`);
  }
  return null;
}

function periodsOf(chains: readonly Chain[], { version }: Match): Period[] {
  return chains.flatMap(({ events, stage }) => events.flatMap((each: StageEvent, index) => {
    const next = events[index + 1];
    return each.event.version === version ? [{ stage, from: reportOf(each), to: next ? reportOf(next) : null }] : [];
  }));
}

function eventOf(chains: readonly Chain[], receipt: Receipt | undefined): EventReport | null {
  if (receipt?.stage === undefined) return null;
  const { stage, model } = receipt;
  const chain = chains.find((each) => each.stage === stage);
  const found = chain?.events.find(({ event }) => event.number === receipt.event);
  if (found?.event.version === receipt.version) return reportOf(found);
  throw new MvgitError("chain-broken", `the receipt says that event ${receipt.event} brought v${receipt.version} to ${model}#${stage}, but the event tags do not`, { subject: `${model}#${stage}`, hint: "'git fetch --tags' brings later events; 'mvgit audit' tells whether tags were changed" });
}
