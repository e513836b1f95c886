/** Which blobs are likely to be like a new one: by their paths, and how long ago they stood there. */
import { dirname, extname } from "node:path/posix";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";

/** A large blob that stood, or stands, at a path; a folder's files each by their own. */
export interface Standing {
  path: string;
  hash: Hash;
  /** Bytes. */
  size: number;
  /** What of the repository needs it. */
  pointer: Pointer;
}

/** What has something in common; sorted by name when that is asked for. */
interface Group {
  newest: Standing[];
  byName: Standing[] | null;
}

/** The most blobs that may be told as alike, */
const MOST = 64;
/** and of those the most that stood at its own path. */
const MOST_AT_PATH = 24;
/** Smaller ones are compared with what stood at their own paths alone: many of them are hardly parts of one thing. */
const LEAST_OF_OTHERS = 8 * 1024 * 1024;

/** Blobs by where they stood; what stood there last comes first. */
export class Alike {
  readonly #byPath = new Map<string, Group>();
  /** Of one folder and one extension. */
  readonly #siblings = new Map<string, Group>();
  readonly #byExtension = new Map<string, Group>();
  readonly #ages = new Map<Hash, number>();
  readonly #paths = new Map<Hash, string>();

  /** The newest comes first. */
  constructor(all: Iterable<Standing>) {
    let age = 0;
    const seen = new Set<string>();
    for (const each of all) {
      if (!this.#paths.has(each.hash)) this.#paths.set(each.hash, each.path);
      // When it came counts for what came before what.
      this.#ages.set(each.hash, age++);
      const place = `${each.hash} ${each.path}`;
      if (seen.has(place)) continue;
      seen.add(place);
      push(this.#byPath, each.path, each);
      push(this.#siblings, siblingsOf(each.path), each);
      push(this.#byExtension, extname(each.path), each);
    }
  }

  /**
   * The closest first: at the same path, then in the same folder, then with the same extension. `isMeant`: of no other
   * one is told.
   */
  to({ hash, size }: { hash: Hash; size: number }, isMeant: (hash: Hash) => boolean = () => true): Standing[] {
    const path = this.#paths.get(hash);
    if (path === undefined) return [];
    const found = new Map<Hash, Standing>();
    const isOther = (each: Standing): boolean => each.hash !== hash && isMeant(each.hash);
    for (const each of this.#byPath.get(path)?.newest ?? [])
      if (found.size < MOST_AT_PATH && isOther(each)) found.set(each.hash, each);
    if (size < LEAST_OF_OTHERS) return [...found.values()];
    const others = [this.#siblings.get(siblingsOf(path)), this.#byExtension.get(extname(path))];
    for (const each of others.flatMap((group) => (group ? around(group, path) : [])))
      if (each.size >= LEAST_OF_OTHERS && found.size < MOST && !found.has(each.hash) && isOther(each))
        found.set(each.hash, each);
    return [...found.values()];
  }

  /** Whether anything else stood at the path where it stood last. */
  hasVersions(hash: Hash): boolean {
    const path = this.#paths.get(hash);
    return path !== undefined && this.#byPath.get(path)?.newest.some((each) => each.hash !== hash) === true;
  }

  /** Where it stood last. */
  pathOf(hash: Hash): string | undefined {
    return this.#paths.get(hash);
  }

  /** Larger for what stood there earlier. */
  ageOf(hash: Hash): number {
    return this.#ages.get(hash) ?? 0;
  }
}

/** The folder and the extension: parts of one thing have both in common, however they are numbered. */
function siblingsOf(path: string): string {
  return `${dirname(path)}\n${extname(path)}`;
}

/** Of more than are looked at: those whose names stand closest to it in order. */
function around(group: Group, path: string): readonly Standing[] {
  if (group.newest.length <= MOST) return group.newest;
  group.byName ??= group.newest.toSorted((a, b) => compare(a.path, b.path));
  let [low, high] = [0, group.byName.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare((group.byName[middle] as Standing).path, path) < 0) low = middle + 1;
    else high = middle;
  }
  const start = Math.max(0, Math.min(low - MOST / 2, group.byName.length - MOST));
  return group.byName.slice(start, start + MOST);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function push(groups: Map<string, Group>, key: string, each: Standing): void {
  const group = groups.get(key);
  if (group) group.newest.push(each);
  else groups.set(key, { newest: [each], byName: null });
}
