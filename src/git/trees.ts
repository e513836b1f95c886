/**
 * Trees in memory: what stands at given paths of many commits, and the id that a tree would have with some paths
 * changed. Names are kept byte for byte, as UTF-8 or not, since an id counts all of them.
 */
import { createHash } from "node:crypto";
import { parseTree, type TreeEntry } from "./objects.ts";
import type { GitReader, Oid } from "./reader.ts";

/** What stands under a name of a tree. */
export type Entry = Pick<TreeEntry, "mode" | "oid">;

const FOLDER = "040000";

/** Paths by their components; names in Latin-1, one character a byte. */
interface Node {
  below: Map<string, Node>;
  /** What is to be there instead, null for nothing; undefined where the path itself is not changed. */
  change?: Entry | null;
}

/** Wanted paths of one tree. */
export class Paths {
  readonly root: Node = { below: new Map() };

  add(path: string, change?: Entry | null): void {
    let node = this.root;
    for (const name of parts(path)) {
      const next = node.below.get(name) ?? { below: new Map<string, Node>() };
      node.below.set(name, next);
      node = next;
    }
    if (change !== undefined) node.change = change;
  }
}

function parts(path: string): string[] {
  return Buffer.from(path, "utf8").toString("latin1").split("/");
}

/** Trees of one repository, each read once. Throws what its reader throws, and `git-failed` for a damaged tree. */
export class Trees {
  readonly #reader: GitReader;
  readonly #known = new Map<Oid, Map<string, Entry>>();

  constructor(reader: GitReader) {
    this.#reader = reader;
  }

  /** Reads every tree on the way to the paths, a level of all of them at once. */
  async read(wanted: readonly { root: Oid; paths: Paths }[]): Promise<void> {
    let level = wanted.map(({ root, paths }) => ({ tree: root, node: paths.root }));
    while (level.length > 0) {
      const lacking = [...new Set(level.map(({ tree }) => tree))].filter((tree) => !this.#known.has(tree));
      for await (const { oid, bytes } of this.#reader.trees(lacking)) this.#known.set(oid, entriesOf(oid, bytes));
      level = level.flatMap(({ tree, node }) =>
        [...node.below].flatMap(([name, below]) => {
          const entry = this.#known.get(tree)?.get(name);
          return entry?.mode === FOLDER && below.below.size > 0 ? [{ tree: entry.oid, node: below }] : [];
        }),
      );
    }
  }

  /** What stands at a path that was read; null for nothing. */
  at(root: Oid, path: string): Entry | null {
    const names = parts(path);
    const last = names.pop() as string;
    let tree: Oid | undefined = root;
    for (const name of names) {
      const entry: Entry | undefined = tree && this.#known.get(tree)?.get(name);
      tree = entry?.mode === FOLDER ? entry.oid : undefined;
    }
    return (tree && this.#known.get(tree)?.get(last)) ?? null;
  }

  /** The id of the tree with the changes of `paths`, which were read; folders without anything in them are left out. */
  changed(root: Oid, paths: Paths): Oid {
    return this.#changed(root, paths.root, root.length) ?? idOf(new Map(), root.length);
  }

  #changed(tree: Oid | null, node: Node, length: number): Oid | null {
    const entries = new Map(tree === null ? [] : this.#known.get(tree));
    for (const [name, { below, change }] of node.below) {
      const before = entries.get(name);
      if (change === null) entries.delete(name);
      else if (change !== undefined) entries.set(name, change);
      if (below.size === 0) continue;
      const inside = this.#changed(before?.mode === FOLDER ? before.oid : null, { below }, length);
      if (inside !== null) entries.set(name, { mode: FOLDER, oid: inside });
      else if (before?.mode === FOLDER && !change) entries.delete(name);
    }
    return entries.size === 0 ? null : idOf(entries, length);
  }
}

function entriesOf(oid: Oid, bytes: Buffer): Map<string, Entry> {
  return new Map(parseTree(oid, bytes, "latin1").map(({ name, mode, oid: of }) => [name, { mode, oid: of }]));
}

/** As Git writes a tree: in byte order, with a slash behind folders. `length`: of an id, which tells its hash. */
function idOf(entries: ReadonlyMap<string, Entry>, length: number): Oid {
  const key = (name: string, { mode }: Entry): string => (mode === FOLDER ? `${name}/` : name);
  const sorted = [...entries]
    .map(([name, entry]) => ({ name, entry, key: key(name, entry) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = Buffer.concat(
    sorted.flatMap(({ name, entry }) => [
      Buffer.from(`${entry.mode.replace(/^0/, "")} ${name}\0`, "latin1"),
      Buffer.from(entry.oid, "hex"),
    ]),
  );
  return createHash(length === 64 ? "sha256" : "sha1")
    .update(`tree ${bytes.length}\0`)
    .update(bytes)
    .digest("hex") as Oid;
}
