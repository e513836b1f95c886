/** What this clone claimed lately, and where: so that a push that needs nothing new writes nothing new. */
import { join } from "node:path";
import { makeFolder, replaceFile } from "../base/disk.ts";
import { readOwnJson } from "../base/own-json.ts";
import { CLAIM_TRUST } from "../base/times.ts";
import type { Claimed } from "../values/claim.ts";
import type { Hash } from "../values/hash.ts";
import { cloneFile } from "../values/own-files.ts";

/** Times in milliseconds since 1970, by remote and then by pointer. */
type Book = Record<string, Record<Claimed, number>>;

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

  /** Those that no claim of this clone's stands for. */
  unclaimed(pointers: Iterable<Claimed>): Set<Claimed> {
    const known = readBook(this.#file)[this.#place] ?? {};
    return new Set([...pointers].filter((each) => !this.#isFresh(known[each])));
  }

  /** Remembers that claims made at `time` stand for the pointers, all of whose blobs are in the remote now. */
  record(pointers: Iterable<Claimed>, time: number): void {
    const book = readBook(this.#file);
    const kept = Object.entries(book[this.#place] ?? {}).filter(([, made]) => this.#isFresh(made));
    book[this.#place] = {
      ...Object.fromEntries(kept),
      ...Object.fromEntries([...pointers].map((each) => [each, time])),
    };
    makeFolder(join(this.#file, ".."));
    replaceFile(this.#file, JSON.stringify({ mvgit: 1, claims: book }), false);
  }

  #isFresh(time: unknown): boolean {
    return typeof time === "number" && Math.abs(this.#now() - time) < CLAIM_TRUST;
  }
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
