/** What anybody needs of a remote: by this clone's own pointers, and by the claims of every repository. */
import { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { PUSH_AWAITED } from "../../base/times.ts";
import { type Claimed, readClaimed } from "../../values/claim.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import type { LoadBlob } from "../../values/manifest-io.ts";
import { needsOf } from "../../repo/needs.ts";
import { isListLack, lackOf } from "../../store/lack.ts";
import type { ListedClaim } from "../../store/remote/claims.ts";

/** A repository that keeps blobs in the remote, as its claims tell. */
export interface RepositoryLine {
  id: Hash;
  isOwn: boolean;
  claims: number;
  pointers: number;
  /** Of the newest claim: ISO 8601; null for this repository when it has none. */
  newest: string | null;
  /** Blobs that it alone needs, and their bytes. */
  blobs: number;
  bytes: number;
  /** Folders that an interrupted push claimed and never brought; what they need is not kept. */
  unfinished: number;
}

/** Blobs that several repositories need. */
const SHARED = -1;

/** Who needs which blobs, as pointers are added to it: of each repository a line for the report. */
export class Needed {
  readonly repositories: RepositoryLine[] = [];
  readonly #load: LoadBlob;
  readonly #owners = new Map<Hash, number>();
  readonly #pointers = new Map<Hash, Set<Claimed>>();

  /** `load` gives manifests: from the cache or the remote. */
  constructor(load: LoadBlob) {
    this.#load = load;
  }

  /** Pointers of this clone. Throws when the needs of one cannot be known. */
  async addOwn(id: Hash, pointers: Iterable<Claimed>): Promise<void> {
    const line = this.#line(id);
    line.isOwn = true;
    for (const pointer of pointers)
      await this.#add(line, pointer, (error) =>
        unknown(
          error,
          "run 'mvgit fetch --all', then the command again; 'mvgit fsck --remote --all' says who needs it",
        ),
      );
  }

  /**
   * A claim and its pointers. Throws `lock-held` for one whose push is not at its end yet; `now` by the medium's clock.
   */
  async addClaim(claim: ListedClaim, pointers: readonly Claimed[], of: { now: number; isOwn: boolean }): Promise<void> {
    const { now, isOwn } = of;
    const line = this.#line(claim.repository);
    line.isOwn ||= isOwn;
    const made = new Date(claim.created).toISOString();
    line.claims++;
    if (line.newest === null || line.newest < made) line.newest = made;
    const isYoung = now - claim.created < PUSH_AWAITED;
    const failure = (error: MvgitError): MvgitError | null => {
      if (lackOf(error) !== "missing")
        return unknown(
          error,
          prose`repository ${shortHash(claim.repository)} needs it: 'mvgit push --repair' there brings it, from
            a clone that has it`,
        );
      return isYoung ? unfinished(claim) : null;
    };
    for (const pointer of pointers) if (!(await this.#add(line, pointer, failure))) line.unfinished++;
  }

  /** Whether anybody needs the blob. */
  has(hash: Hash): boolean {
    return this.#owners.has(hash);
  }

  /** Counts a blob that is there for whoever alone needs it. */
  count(hash: Hash, size: number): void {
    const owner = this.#owners.get(hash) ?? SHARED;
    if (owner === SHARED) return;
    const line = this.repositories[owner] as RepositoryLine;
    line.blobs++;
    line.bytes += size;
  }

  #line(id: Hash): RepositoryLine {
    const known = this.repositories.find((each) => each.id === id);
    if (known) return known;
    const line: RepositoryLine = {
      id,
      isOwn: false,
      claims: 0,
      pointers: 0,
      newest: null,
      blobs: 0,
      bytes: 0,
      unfinished: 0,
    };
    this.repositories.push(line);
    this.#pointers.set(id, new Set());
    return line;
  }

  /** False for a folder whose needs cannot be known, where `failure` forgives that. */
  async #add(
    line: RepositoryLine,
    pointer: Claimed,
    failure: (error: MvgitError) => MvgitError | null,
  ): Promise<boolean> {
    const seen = this.#pointers.get(line.id) as Set<Claimed>;
    if (seen.has(pointer)) return true;
    const { hash, isFolder } = readClaimed(pointer);
    const owner = this.repositories.indexOf(line);
    try {
      const { blobs, manifests } = await needsOf({ hash, size: 0, ...(isFolder ? { files: 1 } : {}) }, this.#load);
      for (const need of [...blobs, ...manifests]) this.#own(need.hash, owner);
    } catch (error) {
      const told = isListLack(error) ? failure(error) : error;
      if (told !== null) throw told;
      return false;
    }
    seen.add(pointer);
    line.pointers++;
    return true;
  }

  #own(hash: Hash, owner: number): void {
    const before = this.#owners.get(hash);
    this.#owners.set(hash, before === undefined || before === owner ? owner : SHARED);
  }
}

function unknown(error: MvgitError, hint: string): MvgitError {
  return new MvgitError(
    error.code,
    `nothing was removed: the list of a folder's files cannot be read (${error.message})`,
    { ...(error.subject === undefined ? {} : { subject: error.subject }), hint },
  );
}

function unfinished({ repository, created }: ListedClaim): MvgitError {
  return new MvgitError(
    "lock-held",
    prose`nothing was removed: a push of repository ${shortHash(repository)}, begun
      ${new Date(created).toISOString()}, is not at its end`,
    {
      subject: repository,
      hint: "try again later; if it was interrupted, run it again: after two days nobody waits for it",
    },
  );
}
