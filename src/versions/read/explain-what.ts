/**
 * What somebody hands over, understood: a label, a move, something on the disk, a hash or its beginning, a commit of
 * Git.
 */
import * as fs from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { andMore } from "../../base/counts.ts";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display, isWithin } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import { tagsContaining } from "../../git/history.ts";
import { DELIVERY_CAP, readDelivery } from "../../values/delivery.ts";
import { type Hash, parseHash, shortHash } from "../../values/hash.ts";
import { asLabel, formatLabel, readRef } from "../../values/label.ts";
import { isPointerPath, POINTER_CAP, pointerPathOf, readPointer } from "../../values/pointer.ts";
import { readReceipt } from "../../values/receipt.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, type Tracked } from "../../repo/tracked.ts";
import { readChain, stageName } from "../../registry/chain.ts";
import { nameOf, versionRefs } from "../../registry/versions.ts";
import { readManifest } from "../../values/manifest-io.ts";
import { identifyOnce } from "../../worktree/read-file.ts";
import { RECEIPT, STATE } from "../deliver/release-folder.ts";
import { show } from "../show.ts";
import { bytesMatches, hashesStarting, type Match, type Place, sourceMatches } from "./explain-hash.ts";

/** What was handed over, in words, and every version that it belongs to, those first that it most likely means. */
export interface Found {
  what: string;
  matches: Match[];
}

/** Tries one meaning after the other. Throws `usage` for what has none, and where it may mean several things. */
export async function findNamed(place: Place, text: string): Promise<Found> {
  const { repo } = place;
  const tried: Found[] = [];
  for (const attempt of [asMove, asVersionLabel, asDelivered, asFile, asTracked, asHash, asCommit]) {
    const found = await attempt(place, text);
    if (found !== null && found.matches.length > 0) return found;
    if (found !== null && !tried.some(({ what }) => what === found.what)) tried.push(found);
  }
  if (tried.length > 0) return { what: tried.map(({ what }) => what).join(", nor of "), matches: [] };
  const shown = display(text.slice(0, 200));
  const isFolder = fs.statSync(resolve(repo.cwd, text), { throwIfNoEntry: false })?.isDirectory() === true;
  const why = isFolder
    ? "is a folder that mvgit neither tracks nor delivered"
    : "is neither a receipt, a hash, a commit, a file nor a label";
  throw new MvgitError("usage", `'${shown}' ${why}`, { subject: shown, hint: HINT });
}

const HINT =
  "hand over a receipt in quotes, '@FILE', '-', a hash or commit (7 characters at least), a label, a move " +
  ("such " + "as 'MODEL#STAGE#3', or a file, also one that 'get' or 'export' brought");

/** `MODEL#STAGE#N`, also with `refs/tags/`. */
async function asMove({ repo, refs }: Place, text: string): Promise<Found | null> {
  const read = readRef(text.startsWith("refs/tags/") ? text : `refs/tags/${text}`);
  if (read?.kind !== "event") return null;
  const what = `move ${text.replace("refs/tags/", "")}`;
  const chain = await readChain(repo.git, refs, read);
  const found = chain?.events.find(({ event }) => event.number === read.number);
  if (found === undefined) return { what, matches: [] };
  const { version } = found.event;
  if (version === null)
    throw new MvgitError("label-unknown", `${what} emptied ${stageName(read)}: no version came of it`, {
      subject: text,
      hint: `'mvgit history ${stageName(read)}' lists all moves`,
    });
  return {
    what,
    matches: [{ model: read.model, version, as: "event", event: { stage: read.stage, number: read.number } }],
  };
}

async function asVersionLabel({ repo }: Place, text: string): Promise<Found | null> {
  const label = isShapedAsLabel(text) ? asLabel(text.replace("refs/tags/", "")) : null;
  if (label === null) return null;
  const { package: pack } = await show(repo, formatLabel(label));
  return { what: formatLabel(label), matches: [{ model: pack.model, version: pack.version, as: "label" }] };
}

function isShapedAsLabel(text: string): boolean {
  return /^(?:refs\/tags\/)?[a-z0-9][a-z0-9._-]*(?:@v[0-9]+|@latest|#[^@#]+)$/.test(text);
}

/**
 * A folder that `get` or `export` filled, or something in it: its receipt says which version, whatever else has the
 * same bytes.
 */
async function asDelivered(place: Place, text: string): Promise<Found | null> {
  const { repo } = place;
  const receipt = receiptFileOver(resolve(repo.cwd, text));
  const delivery = receipt && readDelivery(readUpTo(receipt.file, DELIVERY_CAP)?.toString("utf8") ?? "");
  if (!delivery) return null;
  const name = `'${display(text)}', delivered as ${display(delivery.what)}`;
  if (delivery.receipt === null) return { what: name, matches: await commitMatches(place, delivery.commit as Oid) };
  const { model, version, package: hash } = delivery.receipt;
  const named = (await bytesMatches(place, hash)).find((each) => each.model === model && each.version === version);
  if (named === undefined) return { what: `${name}, package ${shortHash(hash)},`, matches: [] };
  const file = receipt?.inside
    ? await inDelivery(place, resolve(repo.cwd, text), { model, version })
    : { ...named, as: "receipt" as const };
  return { what: name, matches: [file ?? { model, version, as: "receipt" }] };
}

/** Which of the version's files a delivered one is; null where its bytes are no longer the version's. */
async function inDelivery(
  place: Place,
  file: string,
  { model, version }: Pick<Match, "model" | "version">,
): Promise<Match | null> {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
  const { hash } = await identifyOnce(fs.realpathSync(file));
  const found = (await bytesMatches(place, hash)).find((each) => each.model === model && each.version === version);
  if (found === undefined)
    place.repo.watch.warn(
      `'${display(file)}' (blake3 ${shortHash(hash)}) is no file of ${nameOf({ model, version })} as it was ` +
        "delivered: somebody changed it, or it was taken from Git itself",
    );
  return found ?? null;
}

/**
 * The receipt of the release that a path lies in, by its links where it has some; `inside`: the path is a file of it,
 * not the whole.
 */
function receiptFileOver(file: string): { file: string; inside: boolean } | null {
  const real = realPath(file);
  const parts = real.split(sep);
  const at = parts.lastIndexOf(STATE);
  if (at >= 0 && /^r-[0-9a-f]{16}$/.test(parts[at + 1] ?? ""))
    return { file: [...parts.slice(0, at + 2), "receipt.json"].join(sep), inside: parts.length > at + 3 };
  const whole = basename(real) === STATE ? dirname(real) : real;
  return fs.existsSync(join(whole, STATE)) && fs.existsSync(join(whole, RECEIPT))
    ? { file: join(whole, RECEIPT), inside: false }
    : null;
}

/** Of a link that leads nowhere, where it would lead. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    return found?.isSymbolicLink() ? resolve(dirname(file), fs.readlinkSync(file)) : file;
  }
}

/** A pointer by what it says, another file by its bytes. */
async function asFile(place: Place, text: string): Promise<Found | null> {
  const file = resolve(place.repo.cwd, text);
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
  const reading = isPointerPath(text) ? readPointer(readUpTo(file, POINTER_CAP) ?? new Uint8Array()) : null;
  if (reading?.kind === "pointer") return byHash(place, `pointer '${display(text)}'`, reading.pointer.hash);
  return byHash(place, `'${display(text)}'`, (await identifyOnce(fs.realpathSync(file))).hash);
}

async function byHash(place: Place, name: string, hash: Hash): Promise<Found> {
  return { what: `${name} (blake3 ${shortHash(hash)})`, matches: await bytesMatches(place, hash) };
}

/** A tracked path, or one inside a tracked folder, by its pointer: it need not be in the work tree. */
async function asTracked(place: Place, text: string): Promise<Found | null> {
  const { repo } = place;
  const path = pathOf(repo, text);
  if (path === null) return null;
  const holder = (await listTracked(repo)).find((each) => path !== "" && isWithin(path, each.path));
  if (holder?.reading.kind !== "pointer") return null;
  const { hash } = holder.reading.pointer;
  if (holder.path === path) return byHash(place, `the pointer of '${display(text)}'`, hash);
  const inside = await fileInside(repo, holder, path.slice(holder.path.length + 1));
  return inside && byHash(place, `'${display(text)}' as '${display(pointerPathOf(holder.path))}' has it`, inside);
}

function pathOf(repo: Repo, text: string): ReturnType<Repo["pathOf"]> | null {
  try {
    return repo.pathOf(text);
  } catch (error) {
    if (isMvgitError(error)) return null;
    throw error;
  }
}

async function fileInside(repo: Repo, { reading }: Tracked, path: string): Promise<Hash | null> {
  if (reading.kind !== "pointer" || reading.pointer.files === undefined) return null;
  try {
    for await (const entries of readManifest(
      reading.pointer.hash,
      manifestLoader(repo.cache, () => repo.remote()),
    )) {
      const found = entries.find((entry) => entry.path === path);
      if (found) return found.hash;
    }
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
  }
  return null;
}

const SHORTEST = 7;

/** A hash or its beginning: BLAKE3 of bytes or of a package, or the SHA-256 or MD5 that imported bytes had before. */
async function asHash(place: Place, text: string): Promise<Found | null> {
  const [, scheme = "", digits = ""] = /^(?:(blake3|sha256|md5):)?([0-9a-f]+)$/.exec(text.toLowerCase()) ?? [];
  if (digits.length < SHORTEST || digits.length > 64) return null;
  const hash = parseHash(digits);
  const full = scheme === "" || scheme === "blake3" ? (hash ? [hash] : await hashesStarting(place, digits)) : [];
  const commit = scheme === "" && full.length > 0 && hash === null ? await place.repo.git.resolveCommit(digits) : null;
  if (full.length + (commit === null ? 0 : 1) > 1)
    throw ambiguous(text, [
      ...full.map((each) => `bytes ${each.slice(0, digits.length + 4)}…`),
      ...(commit === null ? [] : [`commit ${commit.slice(0, digits.length + 4)}…`]),
    ]);
  const [only] = full;
  const direct = only === undefined ? [] : await bytesMatches(place, only);
  if (only !== undefined && direct.length > 0)
    return { what: `bytes with the hash ${shortHash(only)}`, matches: direct };
  const sources = scheme === "blake3" ? [] : await sourceMatches(place, digits, scheme);
  return {
    what:
      sources.length > 0
        ? `bytes that had the name ${digits.slice(0, 10)} before they were imported`
        : `bytes with the hash ${digits.slice(0, 10)}`,
    matches: sources,
  };
}

function ambiguous(text: string, all: readonly string[]): MvgitError {
  return new MvgitError(
    "usage",
    `'${display(text)}' is the beginning of several: ${all.slice(0, 5).join(", ")}${andMore(all.length - 5)}`,
    { subject: display(text), hint: "give more characters of it" },
  );
}

/**
 * A commit by any name that Git has for it: the versions that it is the commit of, else the first of each model that
 * have it in their history.
 */
async function asCommit(place: Place, text: string): Promise<Found | null> {
  const commit = text.startsWith("-") || /\s/.test(text) ? null : await place.repo.git.resolveCommit(text);
  return commit && { what: `commit ${commit.slice(0, 10)}`, matches: await commitMatches(place, commit) };
}

async function commitMatches({ repo, refs }: Place, commit: Oid): Promise<Match[]> {
  const all = versionRefs(refs);
  const exact = all
    .filter((each) => each.commit === commit)
    .map(({ model, version }): Match => ({ model, version, as: "commit" }));
  if (exact.length > 0 || (await isAbsent(repo, commit))) return exact;
  const having = new Set(await tagsContaining(repo.git, commit));
  const first = new Map<string, Match>();
  for (const { model, version } of all)
    if (having.has(`refs/tags/${nameOf({ model, version })}`) && !first.has(model))
      first.set(model, { model, version, as: "history" });
  return [...first.values()];
}

async function isAbsent(repo: Repo, commit: Oid): Promise<boolean> {
  return (await repo.git.resolveCommit(commit)) === null;
}

/** A document of one of mvgit's commands, or a receipt of its own. */
export function readDocumentOf(text: string): { receipt: ReturnType<typeof readReceipt>; named: string | null } {
  const receipt = readReceipt(text);
  if (receipt !== null) return { receipt, named: null };
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const named = [data["packageHash"], data["label"], data["commit"]].find(
      (each) => typeof each === "string" && each !== "",
    );
    return { receipt, named: data["mvgit"] === 1 && typeof named === "string" ? named : null };
  } catch {
    // The caller says what is wrong with it.
    return { receipt, named: null };
  }
}
