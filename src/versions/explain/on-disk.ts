/** What `explain` finds on the disk: files by their bytes, what was delivered, and what this clone tracks. */
import * as fs from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display, isWithin } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Oid } from "../../git/reader.ts";
import { DELIVERY_CAP, readDelivery } from "../../values/delivery.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { readManifest } from "../../values/manifest-io.ts";
import { isPointerPath, POINTER_CAP, pointerPathOf, readPointer } from "../../values/pointer.ts";
import { bytesMatches } from "../../registry/explain/by-bytes.ts";
import { commitMatches } from "../../registry/explain/by-commit.ts";
import type { Found, Match } from "../../values/found.ts";
import type { Finder, Finders, Look, Means } from "../../registry/look.ts";
import { nameOf } from "../../registry/versions.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, type Tracked } from "../../repo/tracked.ts";
import { identifyOnce } from "../../worktree/read-file.ts";
import { RECEIPT, STATE } from "../deliver/release-folder.ts";

/** Of a folder that is no clone's: `repo` null. `cwd`: absolute. */
export interface Disk {
  cwd: string;
  repo: Repo | null;
}

/** What a registry is opened with so that `explain` understands files. */
export function findersOn({ cwd, repo }: Disk): Finders {
  const finders: Finder[] = [
    (look, text) => asDelivered(look, text, cwd),
    (look, text) => asFile(look, text, cwd),
    ...(repo === null ? [] : [(look: Look, text: string) => asTracked(look, text, repo)]),
  ];
  return { finders, meaningless: (text) => meaningless(text, cwd) };
}

const HINT = prose`hand over a receipt in quotes, '@FILE', '-', a hash or commit (7 characters at least), a label,
    a move such as 'MODEL#STAGE#3', or a file, also one that 'get' or 'export' brought`;

function meaningless(text: string, cwd: string): MvgitError {
  const shown = display(text.slice(0, 200));
  const isFolder = fs.statSync(resolve(cwd, text), { throwIfNoEntry: false })?.isDirectory() === true;
  const why = isFolder
    ? "is a folder that mvgit neither tracks nor delivered"
    : "is neither a receipt, a hash, a commit, a file nor a label";
  return new MvgitError("usage", `'${shown}' ${why}`, { subject: shown, hint: HINT });
}

/**
 * A folder that `get` or `export` filled, or something in it: its receipt says which version, whatever else has the
 * same bytes.
 */
async function asDelivered(look: Look, text: string, cwd: string): Promise<Found | null> {
  const receipt = receiptFileOver(resolve(cwd, text));
  const delivery = receipt && readDelivery(readUpTo(receipt.file, DELIVERY_CAP)?.toString("utf8") ?? "");
  if (!delivery) return null;
  const name = `'${display(text)}', delivered as ${display(delivery.what)}`;
  if (delivery.receipt === null) return { what: name, matches: await commitMatches(look, delivery.commit as Oid) };
  const { model, version, package: hash } = delivery.receipt;
  const named = (await bytesMatches(look, hash)).find((each) => each.model === model && each.version === version);
  if (named === undefined) return { what: `${name}, package ${shortHash(hash)},`, matches: [] };
  const file = receipt?.inside
    ? await inDelivery(look, resolve(cwd, text), { model, version })
    : { ...named, as: "receipt" as const };
  return { what: name, matches: [file ?? { model, version, as: "receipt" }] };
}

/** Which of the version's files a delivered one is; null where its bytes are no longer the version's. */
async function inDelivery(
  look: Look,
  file: string,
  { model, version }: Pick<Match, "model" | "version">,
): Promise<Match | null> {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
  const { hash } = await identifyOnce(fs.realpathSync(file));
  const found = (await bytesMatches(look, hash)).find((each) => each.model === model && each.version === version);
  if (found === undefined)
    look.means.warn(
      prose`'${display(file)}' (blake3 ${shortHash(hash)}) is no file of ${nameOf({ model, version })} as it
        was delivered: somebody changed it, or it was taken from Git itself`,
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
async function asFile(look: Look, text: string, cwd: string): Promise<Found | null> {
  const file = resolve(cwd, text);
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
  const reading = isPointerPath(text) ? readPointer(readUpTo(file, POINTER_CAP) ?? new Uint8Array()) : null;
  if (reading?.kind === "pointer") return byHash(look, `pointer '${display(text)}'`, reading.pointer.hash);
  return byHash(look, `'${display(text)}'`, (await identifyOnce(fs.realpathSync(file))).hash);
}

async function byHash(look: Look, name: string, hash: Hash): Promise<Found> {
  return { what: `${name} (blake3 ${shortHash(hash)})`, matches: await bytesMatches(look, hash) };
}

/** A tracked path, or one inside a tracked folder, by its pointer: it need not be in the work tree. */
async function asTracked(look: Look, text: string, repo: Repo): Promise<Found | null> {
  const path = pathOf(repo, text);
  if (path === null) return null;
  const holder = (await listTracked(repo)).find((each) => path !== "" && isWithin(path, each.path));
  if (holder?.reading.kind !== "pointer") return null;
  const { hash } = holder.reading.pointer;
  if (holder.path === path) return byHash(look, `the pointer of '${display(text)}'`, hash);
  const inside = await fileInside(look.means, holder, path.slice(holder.path.length + 1));
  return inside && byHash(look, `'${display(text)}' as '${display(pointerPathOf(holder.path))}' has it`, inside);
}

function pathOf(repo: Repo, text: string): ReturnType<Repo["pathOf"]> | null {
  try {
    return repo.pathOf(text);
  } catch (error) {
    if (isMvgitError(error)) return null;
    throw error;
  }
}

async function fileInside({ loader }: Means, { reading }: Tracked, path: string): Promise<Hash | null> {
  if (reading.kind !== "pointer" || reading.pointer.files === undefined || loader === null) return null;
  try {
    for await (const entries of readManifest(reading.pointer.hash, loader.manifest)) {
      const found = entries.find((entry) => entry.path === path);
      if (found) return found.hash;
    }
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
  }
  return null;
}
