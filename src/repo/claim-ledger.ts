/** What this clone claimed lately, and where: so that a push that needs nothing new writes nothing new. */
import { join } from "node:path";
import { makeFolder, replaceFile } from "../base/disk.ts";
import { readOwnJson } from "../base/own-json.ts";
import { CLAIM_TRUST } from "../base/times.ts";
import type { WrittenClaim } from "../store/remote/claims.ts";
import type { Claimed } from "../values/claim.ts";
import type { Hash } from "../values/hash.ts";
import { cloneFile } from "../values/own-files.ts";

/** What was claimed at once, and the objects that say so. */
interface Entry {
  /** Milliseconds since 1970. */
  time: number;
  objects: readonly WrittenClaim[];
  pointers: readonly Claimed[];
}

/** By remote and repository. */
type Book = Record<string, readonly Entry[]>;

/** Claims of one repository in one remote, as this clone remembers them. */
export class ClaimLedger {
  readonly #file: string;
  readonly #remote: string;
  readonly #place: string;
  readonly #now: () => number;

  constructor(commonDir: string, { remote, repository, now }: { remote: string; repository: Hash; now: () => number }) {
    this.#file = cloneFile({ commonDir }, "claims");
    this.#remote = remote;
    this.#place = `${remote} ${repository}`;
    this.#now = now;
  }

  /** True when this clone never pushed there, be it before it had a Git host, and so under another id. */
  get isNew(): boolean {
    return !Object.keys(readBook(this.#file)).some((place) => place.startsWith(`${this.#remote} `));
  }

  /** The objects that stand for what was claimed lately; null where nothing was ever claimed under this id. */
  get standing(): WrittenClaim[] | null {
    const entries = this.#entries(readBook(this.#file));
    if (entries.length === 0) return null;
    return entries.filter((each) => this.#isFresh(each)).flatMap(({ objects }) => objects);
  }

  /** Those that no claim of this clone's stands for. */
  unclaimed(pointers: Iterable<Claimed>): Set<Claimed> {
    const known = new Set<Claimed>();
    for (const each of this.#entries(readBook(this.#file)))
      if (this.#isFresh(each)) for (const pointer of each.pointers) known.add(pointer);
    return new Set([...pointers].filter((each) => !known.has(each)));
  }

  /** Remembers what was claimed, all of whose blobs are in the remote now. */
  record(entry: Entry): void {
    this.#write((entries) => [...entries.filter((each) => this.#isFresh(each)), entry]);
  }

  /** Nothing that rests on one of these objects counts any more. */
  forget(gone: ReadonlySet<WrittenClaim["name"]>): void {
    this.#write((entries) =>
      entries.filter((each) => this.#isFresh(each) && !each.objects.some(({ name }) => gone.has(name))),
    );
  }

  #write(change: (entries: readonly Entry[]) => Entry[]): void {
    const book = readBook(this.#file);
    book[this.#place] = change(this.#entries(book));
    makeFolder(join(this.#file, ".."));
    replaceFile(this.#file, JSON.stringify({ mvgit: 1, claims: book }), false);
  }

  /** What an earlier mvgit noted names no objects: it counts for nothing, and is claimed once more. */
  #entries(book: Book): readonly Entry[] {
    const entries: unknown = book[this.#place];
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  }

  #isFresh({ time }: Entry): boolean {
    return Math.abs(this.#now() - time) < CLAIM_TRUST;
  }
}

function isEntry(value: unknown): value is Entry {
  const { time, objects, pointers } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>;
  return typeof time === "number" && Array.isArray(objects) && Array.isArray(pointers);
}

/** True when this clone claimed something at an address. */
export function everClaimedAt(commonDir: string, address: string): boolean {
  return Object.keys(readBook(cloneFile({ commonDir }, "claims"))).some((place) => place.startsWith(`${address} `));
}

/** True when this clone claimed something anywhere. */
export function everClaimed(commonDir: string): boolean {
  return Object.values(readBook(cloneFile({ commonDir }, "claims"))).some((claims) => Object.keys(claims).length > 0);
}

/** Lost or unreadable, it only costs another claim. */
function readBook(file: string): Book {
  const { mvgit, claims } = readOwnJson<{ mvgit?: unknown; claims?: Book }>(file) ?? {};
  return mvgit === 1 && typeof claims === "object" && claims !== null ? claims : {};
}
