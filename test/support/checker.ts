/**
 * Looks, with no code of mvgit's, whether everything that Git names is there and is what it is called: written from
 * docs/format.md, plain `git cat-file`, and a BLAKE3 of its own. Run it after a story, a kill, a race: `check({ ... })`
 * must answer [].
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { linesOf, parsePointer } from "./checker-formats.ts";
import { type GitObjects, readObjects } from "./checker-git.ts";
import { type PackedBlob, packedIn } from "./checker-packs.ts";
import { checkVersions } from "./checker-versions.ts";

const { blake3 } = createRequire(import.meta.url)("@napi-rs/blake-hash") as { blake3(bytes: Buffer): Buffer };

export interface Checked {
  /** Repositories, bare or not: every pointer of every commit that a ref, HEAD, a reflog or the index reaches. */
  repos: readonly string[];
  /** Folders that hold blobs: a blob that is needed must be, whole, in one of them. */
  stores: readonly string[];
  /** A repository that people push to, and the one store that must have everything that its refs name. */
  host?: { repo: string; store: string };
}

/** One pointer, and which commit or index names it. */
interface Named {
  hash: string;
  size: number;
  files: number | null;
  where: string;
}

/** What is wrong; each line says what and where. */
export function check({ repos, stores, host }: Checked): string[] {
  const wrong: string[] = [];
  const held = stores.map((store) => new Store(store));
  for (const store of held) wrong.push(...store.damaged());
  for (const repo of repos) {
    const objects = readObjects(repo);
    for (const each of pointersOf(objects)) need(held, each, wrong);
    wrong.push(...checkVersions(objects, repo, (bytes) => blake3(bytes).toString("hex")));
  }
  if (host !== undefined) {
    const store = held.find(({ folder }) => folder === host.store) ?? new Store(host.store);
    for (const each of pointersOf(readObjects(host.repo))) need([store], each, wrong);
  }
  return [...new Set(wrong)];
}

/** The blobs of a store's folder. */
class Store {
  readonly folder: string;
  readonly #sizes = new Map<string, number>();
  readonly #packed: Map<string, PackedBlob>;

  constructor(folder: string) {
    this.folder = folder;
    const blobs = join(folder, "blobs");
    for (const shelf of fs.existsSync(blobs) ? fs.readdirSync(blobs) : []) {
      for (const name of fs.readdirSync(join(blobs, shelf))) {
        this.#sizes.set(shelf + name, fs.statSync(join(blobs, shelf, name)).size);
      }
    }
    this.#packed = packedIn(folder, (bytes) => blake3(bytes).toString("hex"));
  }

  has(hash: string, size: number | null): boolean {
    const found = this.#sizes.get(hash) ?? this.#packed.get(hash)?.size;
    return found !== undefined && (size === null || found === size);
  }

  read(hash: string): Buffer {
    const packed = this.#packed.get(hash);
    if (packed !== undefined && !this.#sizes.has(hash)) return packed.read();
    return fs.readFileSync(join(this.folder, "blobs", hash.slice(0, 2), hash.slice(2)));
  }

  damaged(): string[] {
    const wrong = (hash: string): string | null => {
      try {
        return blake3(this.read(hash)).toString("hex") === hash ? null : "is not its bytes";
      } catch (error) {
        return `cannot be read: ${String(error)}`;
      }
    };
    return [...this.#sizes.keys(), ...this.#packed.keys()].flatMap((hash) => {
      const what = wrong(hash);
      return what === null ? [] : [`${this.folder}: ${hash} ${what}`];
    });
  }
}

/** Every pointer that a commit's tree or the index holds, each file of Git's looked at once. */
function pointersOf(objects: GitObjects): Named[] {
  const found = new Map<string, Named>();
  for (const { path, id, where } of objects.files()) {
    if (!path.endsWith(".mvgit") || found.has(id)) continue;
    const pointer = parsePointer(objects.bytesOf(id));
    if (pointer !== null) found.set(id, { ...pointer, where: `${objects.repo}: '${path}' of ${where}` });
  }
  return [...found.values()];
}

function need(stores: readonly Store[], { hash, size, files, where }: Named, wrong: string[]): void {
  if (files === null) {
    if (!stores.some((store) => store.has(hash, size))) wrong.push(`${where}: blob ${hash} of ${size} bytes is lost`);
    return;
  }
  const root = readBlob(stores, hash);
  if (root === null) return void wrong.push(`${where}: manifest ${hash} is lost`);
  let [count, total] = [0, 0];
  for (const leaf of linesOf(root, "mvgit-root 1\n")) {
    const bytes = readBlob(stores, leaf.hash);
    if (bytes === null) wrong.push(`${where}: leaf ${leaf.hash} of ${hash} is lost`);
    for (const entry of bytes === null ? [] : linesOf(bytes, "mvgit-leaf 1\n")) {
      const length = Number(entry.words[1]);
      count++;
      total += length;
      if (!stores.some((store) => store.has(entry.hash, length)))
        wrong.push(`${where}: '${entry.path}': blob ${entry.hash} of ${length} bytes is lost`);
    }
  }
  if (wrong.length === 0 && (count !== files || total !== size))
    wrong.push(`${where}: says ${files} files of ${size} bytes, the manifest ${count} of ${total}`);
}

function readBlob(stores: readonly Store[], hash: string): Buffer | null {
  return stores.find((store) => store.has(hash, null))?.read(hash) ?? null;
}

/** Repositories and stores below a folder, as Git's own settings name them; none that is deeper than two folders. */
export function findAll(dir: string): { repos: string[]; stores: string[] } {
  const below = (folder: string): string[] =>
    fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((each) => each.isDirectory())
      .map(({ name }) => join(folder, name));
  const first = below(dir);
  const all = [...first, ...first.flatMap(below)].filter((folder) => !folder.endsWith("/.git"));
  const repos = all.filter((folder) => isRepo(folder));
  const stores = [
    ...[...all, ...repos.map(cacheOf)].filter((folder) =>
      ["blobs", "packs"].some((kind) => fs.existsSync(join(folder, kind))),
    ),
  ];
  return { repos, stores: [...new Set(stores)] };
}

function isRepo(folder: string): boolean {
  return (
    fs.existsSync(join(folder, ".git", "HEAD")) ||
    (fs.existsSync(join(folder, "HEAD")) && fs.existsSync(join(folder, "objects")))
  );
}

function cacheOf(repo: string): string {
  const git = fs.existsSync(join(repo, ".git")) ? join(repo, ".git") : repo;
  const config = fs.readFileSync(join(git, "config"), "utf8");
  if (!/cacheDir/i.test(config)) return join(git, "mvgit");
  return execFileSync("git", ["config", "--file", join(git, "config"), "mvgit.cacheDir"], { encoding: "utf8" }).trim();
}
