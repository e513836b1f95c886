/**
 * The refs of a repository that keeps them as files. isomorphic-git's own listing takes an unreadable folder for an
 * empty one.
 */
import { join } from "node:path";
import { comparePaths } from "../../base/paths.ts";
import { brokenRef, isOid } from "../objects.ts";
import { isRefName } from "../object-reader.ts";
import type { Oid } from "../reader.ts";
import { isFolder, readFolder, readText } from "./files.ts";

/** What is read of a ref: where it points, and what packed-refs says its tag finally names. */
export interface StoredRef {
  name: string;
  oid: Oid;
  /** Null when it must be looked up. */
  peeled: Oid | null;
}

/** Refs that each work tree has for itself. */
const OWN = /^refs\/(?:bisect|worktree|rewritten)\//;
const MAX_SYMBOLIC = 5;

/** The refs of one repository as one of its work trees sees them. Throws `git-failed` for what cannot be read. */
export class RefFiles {
  readonly #gitDir: string;
  readonly #commonDir: string;

  /** `gitDir`: the work tree's own; `commonDir`: what all of them share. */
  constructor(gitDir: string, commonDir: string) {
    this.#gitDir = gitDir;
    this.#commonDir = commonDir;
  }

  /** All but HEAD, by name. A ref that cannot be read throws; a symbolic one that leads nowhere is left out. */
  list(): StoredRef[] {
    // Loose ones first: one that Git packs meanwhile is found in what is read later.
    const loose = new Map(this.#loose().map((name) => [name, this.#text(name)]));
    const packed = this.#packed();
    const names = [...new Set([...packed.keys(), ...loose.keys()])].sort(comparePaths);
    const look = { text: (name: string) => loose.get(name) ?? null, packed: () => packed };
    return names.map((name) => resolve(name, look, MAX_SYMBOLIC)).filter((ref) => ref !== null);
  }

  /** What HEAD or a full name finally points to. */
  oid(name: string): Oid | null {
    return resolve(name, { text: (each) => this.#text(each), packed: () => this.#packed() }, MAX_SYMBOLIC)?.oid ?? null;
  }

  #text(name: string): string | null {
    return readText(join(name === "HEAD" || OWN.test(name) ? this.#gitDir : this.#commonDir, name));
  }

  #loose(): string[] {
    const shared = looseNames(this.#commonDir);
    if (this.#gitDir === this.#commonDir) return shared;
    return [...shared.filter((name) => !OWN.test(name)), ...looseNames(this.#gitDir).filter((name) => OWN.test(name))];
  }

  #packed(): Map<string, StoredRef> {
    const refs = new Map<string, StoredRef>();
    const text = readText(join(this.#commonDir, "packed-refs")) ?? "";
    const fully = /^# pack-refs with:.* fully-peeled /.test(text);
    let last: StoredRef | null = null;
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const peeled = /^\^([0-9a-f]{40})$/.exec(line)?.[1];
      const [, oid, name] = /^([0-9a-f]{40}) (refs\/.+)$/.exec(line) ?? [];
      if (peeled !== undefined && last) last.peeled = peeled as Oid;
      else if (oid === undefined || name === undefined || !isRefName(name)) throw brokenRef("packed-refs");
      else refs.set(name, (last = { name, oid: oid as Oid, peeled: fully ? (oid as Oid) : null }));
    }
    return refs;
  }
}

/** How refs are looked up; `packed` is asked only after `text`. */
interface Look {
  text(name: string): string | null;
  packed(): Map<string, StoredRef>;
}

function resolve(name: string, look: Look, depth: number): StoredRef | null {
  const text = look.text(name);
  if (text === null) return look.packed().get(name) ?? null;
  const target = /^ref: *([^\n]+?)\s*$/.exec(text)?.[1];
  if (target === undefined) {
    const oid = text.trimEnd();
    if (!isOid(oid)) throw brokenRef(name);
    return { name, oid, peeled: null };
  }
  if (depth === 0 || !isRefName(target) || !target.startsWith("refs/")) throw brokenRef(name);
  const found = resolve(target, look, depth - 1);
  return found && { ...found, name };
}

function looseNames(base: string): string[] {
  const names: string[] = [];
  const waiting = ["refs"];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of readFolder(join(base, folder))) {
      const name = `${folder}/${entry.name}`;
      if (entry.name.startsWith(".") || entry.name.endsWith(".lock")) continue;
      // Git follows links here.
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(base, name)))) waiting.push(name);
      else if (isRefName(name)) names.push(name);
      else throw brokenRef(name);
    }
  }
  return names;
}
