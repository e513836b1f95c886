/** The remotes that may have what is wanted, asked one after the other: the first that can give a blob gives it. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { plural } from "../base/counts.ts";
import { prose } from "../base/prose.ts";
import type { Watch } from "../base/watch.ts";
import type { BlobRange, BlobStat, BlobStore, StoredPart } from "../store/blob-store.ts";
import type { BlobSource } from "../store/bytes.ts";
import { lackOf, type Lack } from "../store/lack.ts";
import { missingIn, RENEWING } from "../store/remote/blob-errors.ts";
import type { Remote } from "../store/remote/remote.ts";
import { type Hash, shortHash } from "../values/hash.ts";
import {
  absentIn,
  type BlobReader,
  type BlobTaker,
  copyAbsent,
  type CopyReport,
  type Need,
  nothingCopied,
} from "./copy.ts";
import { Beginning } from "./resumed.ts";
import { lackOfSaid, NotGiven, type Said } from "./said.ts";

/** A remote that may be asked. */
export interface Askable {
  /** In the settings. */
  name: string;
  address: string;
  open(): Promise<Remote>;
}

/** What came from one remote. */
export interface Given {
  /** As messages call it: `remote 'store'`. */
  remote: string;
  address: string;
  copied: number;
  bytes: number;
}

export interface RemotesReport extends CopyReport {
  /** From each remote that gave something, in the order in which they were asked. */
  given: Given[];
}

export interface RemotesOptions {
  /** What progress says before `from`. */
  verb?: string;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
}

/** One of the remotes, as it turns out to be. */
interface Asked extends Askable {
  /** As messages call it. */
  readonly title: string;
  /** Why it is asked no more. */
  failure: MvgitError | null;
  /** What it said of single blobs that it did not give. */
  readonly said: Map<Hash, Lack | MvgitError>;
  opened: Remote | null;
}

/** A remote that answers. */
interface Usable {
  asked: Asked;
  remote: Remote;
}

/**
 * Reads from the first remote that can give a blob: for what one lacks, has damaged or does not give, the next is
 * asked. One that cannot be used at all is told once, and asked no more. Where one alone may be asked, what it throws
 * is thrown; of several, one error says what each of them said, `blob-missing` only where all were certain.
 */
export class Remotes {
  readonly #all: readonly Asked[];
  readonly #watch: Watch;

  /** Nothing is opened yet. The first is the one that is expected to have all. */
  constructor(askable: readonly Askable[], watch: Watch) {
    this.#watch = watch;
    this.#all = askable.map(({ name, address, open }) => {
      const title = `remote '${name}'`;
      return { name, address, open, title, failure: null, said: new Map(), opened: null };
    });
  }

  /** As messages call them: `remote 'store'`, `remotes 'a' and 'b'`. */
  get name(): string {
    const names = this.#all.map(({ name }) => `'${name}'`);
    return names.length === 1 ? this.first.title : `remotes ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  }

  /** The one that is asked first. */
  get first(): { title: string; address: string } {
    const [{ title, address, opened }] = this.#all as [Asked];
    return { title, address: opened?.address ?? address };
  }

  get #isOne(): boolean {
    return this.#all.length === 1;
  }

  /** Of the first remote that has it. */
  stat(hash: Hash): Promise<BlobStat | null> {
    return this.#ask(hash, (remote) => remote.stat(hash));
  }

  /** All bytes of a small blob, verified; null where every remote is certain not to have it. */
  readSmall(hash: Hash, cap: number): Promise<Buffer | null> {
    return this.#ask(hash, (remote) => remote.readSmall(hash, cap));
  }

  /** The error for a blob that none of them has. */
  missing(hash: Hash): MvgitError {
    const [{ title, opened }] = this.#all as [Asked];
    if (this.#isOne) return opened?.missing(hash) ?? missingIn({ name: title, isReadOnly: false }, hash);
    return new NotGiven(
      hash,
      this.#all.map(({ title }) => ({ remote: title, said: "missing" })),
    );
  }

  /** As `BlobStore.read`. Where a remote goes away in the middle, the next one goes on if what was given is right. */
  async *read(hash: Hash, range?: BlobRange): AsyncGenerator<Uint8Array> {
    const given = new Beginning();
    for await (const { asked, remote } of this.#usable()) {
      try {
        for await (const chunk of chunksOf(remote, { hash, range, given })) {
          if (!this.#isOne) given.add(chunk);
          yield chunk;
        }
        return;
      } catch (error) {
        this.#hear(asked, hash, error);
        // What was wrong is given already.
        if (given.size > 0 && lackOf(error) !== null) throw error;
        this.#sayNext(asked, hash);
      }
    }
    throw new NotGiven(hash, this.#said(hash));
  }

  /** Brings what `to` does not have: what one remote does not give is copied from the next. */
  async copyTo(to: BlobStore, needs: readonly Need[], options: RemotesOptions = {}): Promise<RemotesReport> {
    const report = { ...nothingCopied(), given: [] };
    const left = await absentIn(to, needs, report);
    await this.copyAbsentTo(to, left, { ...options, report });
    return report;
  }

  /** As `copyTo`, of what is known to be absent; what came is taken out of `left`. */
  async copyAbsentTo(
    to: BlobTaker,
    left: Map<Hash, Need>,
    { report, ...options }: RemotesOptions & { report: RemotesReport },
  ): Promise<void> {
    if (left.size === 0) return;
    const wanted = [...left.keys()];
    for await (const usable of this.#usable()) {
      await this.#copyFrom(usable, { to, left, report, ...options });
      if (left.size === 0) break;
    }
    report.failed.push(...this.#failed(left.keys()));
    await this.#tellShown([...left.keys()]);
    this.#tellFaults(wanted.filter((hash) => !left.has(hash)));
  }

  /** As `copyAbsentTo`, by what the remotes say of blobs alone: nothing is read. */
  async plan(left: Map<Hash, Need>): Promise<Pick<RemotesReport, "given" | "failed">> {
    const given: Given[] = [];
    for await (const { asked, remote } of this.#usable()) {
      if (left.size === 0) break;
      const part = { remote: asked.title, address: remote.address, copied: 0, bytes: 0 };
      try {
        for await (const { hash, stat } of remote.checked().statMany([...left.keys()])) {
          const { size } = left.get(hash) as Need;
          if (stat?.size !== size) asked.said.set(hash, stat === null ? "missing" : "damaged");
          else if (left.delete(hash)) Object.assign(part, { copied: part.copied + 1, bytes: part.bytes + size });
        }
      } catch (error) {
        if (this.#isOne) throw error;
        this.#leave(asked, error);
      }
      if (part.copied > 0) given.push(part);
    }
    await this.#tellShown([...left.keys()]);
    return { given, failed: this.#failed(left.keys()) };
  }

  #failed(hashes: Iterable<Hash>): CopyReport["failed"] {
    return [...hashes].map((hash) => {
      const said = this.#said(hash);
      return { hash, why: lackOfSaid(said), where: this.name, ...(!this.#isOne && { said }) };
    });
  }

  async #copyFrom(
    { asked, remote }: Usable,
    {
      to,
      left,
      report,
      verb = "fetching",
      jobs,
    }: RemotesOptions & { to: BlobTaker; left: Map<Hash, Need>; report: RemotesReport },
  ): Promise<void> {
    const part = { ...nothingCopied(), differing: report.differing };
    const own = new WeakSet<object>();
    try {
      await copyAbsent(
        left,
        { from: marking(remote, own), to },
        {
          watch: this.#watch,
          label: `${verb} from ${asked.title}`,
          jobs,
          report: part,
          passOver: (hash, error) =>
            !this.#isOne && isIn(own, error) && isOfOneBlob(error) && this.#note(asked, hash, error),
        },
      );
    } catch (error) {
      // What the target throws is no failure of the remote's.
      if (this.#isOne || !isIn(own, error)) throw error;
      this.#leave(asked, error);
    }
    for (const { hash, why } of part.failed) asked.said.set(hash, why);
    report.copied += part.copied;
    report.bytes += part.bytes;
    report.replaced += part.replaced;
    report.present += part.present;
    const { copied, bytes } = part;
    if (copied > 0) report.given.push({ remote: asked.title, address: remote.address, copied, bytes });
  }

  async #ask<T>(hash: Hash, question: (remote: Remote) => Promise<T | null>): Promise<T | null> {
    for await (const { asked, remote } of this.#usable()) {
      try {
        const answer = await question(remote);
        if (answer !== null) return answer;
        asked.said.set(hash, "missing");
      } catch (error) {
        this.#hear(asked, hash, error);
        this.#sayNext(asked, hash);
      }
    }
    const said = this.#said(hash);
    if (said.every((each) => each.said === "missing")) return null;
    throw new NotGiven(hash, said);
  }

  /** Those that answer, each opened when its turn comes. */
  async *#usable(): AsyncGenerator<Usable> {
    for (const asked of this.#all) {
      this.#watch.signal.throwIfAborted();
      if (asked.failure !== null) continue;
      try {
        asked.opened ??= await asked.open();
        await asked.opened.place.look();
      } catch (error) {
        if (this.#isOne) throw error;
        this.#leave(asked, error);
        continue;
      }
      yield { asked, remote: asked.opened };
    }
  }

  /** Keeps what went wrong with a blob for whoever asks the next remote. Throws it where there is no other. */
  #hear(asked: Asked, hash: Hash, error: unknown): void {
    if (this.#isOne) throw error;
    const lack = lackOf(error);
    if (lack !== null) asked.said.set(hash, lack);
    else if (!isOfOneBlob(error) || !this.#note(asked, hash, error)) this.#leave(asked, error);
  }

  #note(asked: Asked, hash: Hash, error: unknown): boolean {
    asked.said.set(hash, error as MvgitError);
    return true;
  }

  /** From now on the remote is not asked. */
  #leave(asked: Asked, error: unknown): void {
    if (!isMvgitError(error) || error.kind === "bug" || error.kind === "interrupted") throw error;
    asked.failure = error;
    const next = this.#after(asked);
    if (next) this.#watch.note(`${asked.title} cannot be used: ${error.message}; ${next.title} is asked instead`);
  }

  #after(asked: Asked): Asked | undefined {
    return this.#all.slice(this.#all.indexOf(asked) + 1).find(({ failure }) => failure === null);
  }

  /** Of a single blob that is not right. */
  #sayNext(asked: Asked, hash: Hash): void {
    const next = this.#after(asked);
    if (asked.said.get(hash) === "damaged" && next)
      this.#watch.warn(`blob ${shortHash(hash)} is damaged in ${asked.title}; ${next.title} is asked instead`);
  }

  #said(hash: Hash): Said[] {
    return this.#all.map(({ title, said, failure }) => ({
      remote: title,
      said: said.get(hash) ?? failure ?? "missing",
    }));
  }

  /** Of blobs that nobody has, as far as a web server shows what is there. */
  async #tellShown(lacking: readonly Hash[]): Promise<void> {
    for (const { title, opened, said } of this.#all) {
      if (opened?.place.isReadOnly !== true || !lacking.some((hash) => said.get(hash) === "missing")) continue;
      const since = await opened.shownSince();
      const time = since === null ? "" : new Date(since).toISOString().slice(0, 16).replace("T", " ");
      const list = time === "" ? "" : ` (its list of packs is of ${time} UTC)`;
      this.#watch.note(`what is shown of ${title} may be old${list}: ${RENEWING}`);
    }
  }

  /** Of blobs that came: what is wrong with them elsewhere, and what the first remote lacks, that should have all. */
  #tellFaults(came: readonly Hash[]): void {
    for (const { name, title, said, opened } of this.#all) {
      const count = (lack: Lack): number => came.filter((hash) => said.get(hash) === lack).length;
      const [missing, damaged] = [count("missing"), count("damaged")];
      const isServed = opened?.place.isReadOnly === true;
      const mending = isServed ? "whoever keeps it mends" : `'mvgit push --remote ${name} --repair' mends`;
      if (damaged > 0)
        this.#watch.warn(prose`
          ${plural(damaged, "blob")} came from another remote, because ${title} has
          ${damaged === 1 ? "it" : "them"} damaged; ${mending} that
        `);
      if (missing > 0 && title === this.first.title && !isServed)
        this.#watch.note(prose`
          ${plural(missing, "blob")} came from another remote, because ${title} does not have
          ${missing === 1 ? "it" : "them"}; 'mvgit push --remote ${name} --all' brings what this clone has
        `);
    }
  }
}

/** What is to come of the blob after what was given. */
function chunksOf(
  remote: Remote,
  { hash, range, given }: { hash: Hash; range: BlobRange | undefined; given: Beginning },
): AsyncGenerator<Uint8Array> {
  if (given.size === 0) return remote.read(hash, range);
  if (range) return remote.read(hash, { ...range, start: range.start + given.size });
  return given.rest(hash, remote.read(hash));
}

/** The remote, with each failure to read it marked as its own. */
function marking(remote: Remote, own: WeakSet<object>): BlobReader {
  const mark = (error: unknown): never => {
    if (typeof error === "object" && error !== null) own.add(error);
    throw error;
  };
  const marked = async function* (chunks: ReturnType<BlobSource["open"]>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of chunks) yield chunk;
    } catch (error) {
      mark(error);
    }
  };
  const markedSource = (source: BlobSource): BlobSource => ({
    size: source.size,
    open: (from) => marked(source.open(from)),
  });
  const markedPart = ({ codec, stored }: StoredPart): StoredPart => ({ codec, stored: () => stored().catch(mark) });
  return {
    name: remote.name,
    stat: (hash) => remote.stat(hash).catch(mark),
    read: (hash, range) => marked(remote.read(hash, range)),
    source: (hash, size) => markedSource(remote.source(hash, size)),
    async *sources(wanted) {
      try {
        for await (const { wanted: each, source, part } of remote.sources(wanted))
          yield { wanted: each, source: markedSource(source), ...(part && { part: markedPart(part) }) };
      } catch (error) {
        mark(error);
      }
    },
  };
}

function isIn(own: WeakSet<object>, error: unknown): boolean {
  return typeof error === "object" && error !== null && own.has(error);
}

/** The others may be had from the same remote. */
function isOfOneBlob(error: unknown): boolean {
  return isMvgitError(error, "access-denied") || isMvgitError(error, "file-unreadable");
}
