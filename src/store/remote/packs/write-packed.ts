/** Many writes at once, the small ones together in packs, the others each by itself. */
import { WORTH_A_POOL } from "../../../base/pool.ts";
import { gate } from "../../../base/tasks.ts";
import type { Hash } from "../../../values/hash.ts";
import type { Stored, WriteAnswer, WriteItem } from "../../blob-store.ts";
import type { WriteOutcome } from "../../bytes.ts";
import { verifiedBytes } from "../../verified-source.ts";
import { SMALL_BLOB } from "../../write-many.ts";
import type { Place } from "../place.ts";
import { AnswerQueue } from "../../answer-queue.ts";
import { PackBuilder, type StoredBlob } from "./pack-builder.ts";
import { type Awaited, isReadable, PackingThreads } from "./packing-threads.ts";
import type { PlaceIndex } from "./place-index.ts";
import { encodeSmall } from "./small-codec.ts";
import { addPatched, encodeSmallPatch, type PatchBase, type Patched } from "./small-patch.ts";

/** Fewer small blobs of one call are an object each, */
export const LEAST_PACKED = 8;
/** but patches of some that save so many bytes together: a pack takes two objects, and a reading of it two places. */
const LEAST_SAVED = 64 * 1024;
/** Bytes of a pack: two are in memory at once, beside what threads read. */
const MOST_IN_PACK = 48 * 1024 * 1024;
/** Items that are looked up together. */
const TOGETHER = 10_000;
/** Blobs read at once. */
const READ_AT_ONCE = 32;

/** Where blobs are written. */
interface Target {
  place: Place;
  index: PlaceIndex;
  /** What is there now, in the order asked. */
  look: {
    refresh(): Promise<void>;
    sizes(hashes: readonly Hash[]): AsyncIterable<{ hash: Hash; size: number | null }>;
  };
  /** What small blobs may be told as patches of. */
  bases: { of(item: WriteItem): Promise<PatchBase | null> };
  /** Writes under way at once. */
  concurrency: { small: number; large: number };
  /** Whether threads may read what lies in files. */
  isThreaded: boolean;
  /** Writes one by itself. */
  write(item: WriteItem): Promise<{ outcome: WriteOutcome; stored?: Stored }>;
}

/**
 * Answers as `writeMany` of `BlobStore`. Small blobs go into packs where there are at least `least`, in the order in
 * which they come; they are answered when their pack is visible.
 */
export async function* writePacked(
  target: Target,
  items: AsyncIterable<WriteItem> | Iterable<WriteItem>,
  least: number,
): AsyncGenerator<WriteAnswer> {
  const writing = new PackedWriting(target, least);
  const taking = writing.takeAll(items);
  try {
    yield* writing.answers;
  } finally {
    await writing.stop();
    await taking;
  }
}

const STOPPED = new Error("nobody waits for the answers any more");

/** One call of `writeMany`. */
class PackedWriting {
  readonly answers = new AnswerQueue<WriteAnswer>();
  readonly #target: Target;
  readonly #least: number;
  readonly #builder: PackBuilder;
  readonly #inTurn: Record<"small" | "large", ReturnType<typeof gate>>;
  /** Writes of single blobs that are under way. */
  readonly #single = new Set<Promise<unknown>>();
  #threads: PackingThreads | null = null;
  #isPacking = false;
  #isStopped = false;

  constructor(target: Target, least: number) {
    const { small, large } = target.concurrency;
    this.#target = target;
    this.#least = least;
    this.#builder = new PackBuilder(target.place, target.index, { most: MOST_IN_PACK });
    this.#inTurn = { small: gate(small), large: gate(large) };
  }

  /** Never rejects: who takes the answers is told. */
  async takeAll(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): Promise<void> {
    try {
      let group: WriteItem[] = [];
      for await (const item of items) {
        if (this.#isStopped) return;
        group.push(item);
        if (group.length < TOGETHER) continue;
        await this.#take(group);
        group = [];
      }
      await this.#take(group);
      await this.#threads?.end();
      await this.#builder.flush().catch(() => undefined);
      this.answers.end();
    } catch (error) {
      this.answers.fail(error);
    } finally {
      await this.#threads?.close();
    }
  }

  /** Nothing that is not visible by now will be, but single blobs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#builder.abandon(STOPPED);
    await Promise.allSettled(this.#single);
  }

  async #take(group: readonly WriteItem[]): Promise<void> {
    const small = group.filter(isSmall);
    this.#isPacking ||= small.length >= this.#least && (await this.#target.place.raise());
    if (this.#isPacking) return this.#pack(group, small);
    const patched = await this.#patchedOf(small);
    if (!group.every(({ isAbsent }) => isAbsent)) await this.#target.look.refresh();
    for (const item of group) {
      const patch = patched.get(item);
      if (patch === undefined) await this.#writeSingle(item);
      else {
        const { answer, settle } = awaited();
        this.answers.put(answer);
        await this.#add({ item, settle, base: patch.base, coded: Promise.resolve(patch) });
        item.look?.passed(item.source.size);
      }
    }
  }

  /** Of a few small blobs: those that are worth a pack as patches of what is there. */
  async #patchedOf(small: readonly WriteItem[]): Promise<ReadonlyMap<WriteItem, Patched>> {
    const patched = new Map<WriteItem, Patched>();
    let saved = 0;
    for (const item of small) {
      const base = item.look === undefined ? null : await this.#target.bases.of(item);
      const coded = base && (await codedItem(quiet(item), base).catch(() => null));
      if (coded === null || !("base" in coded)) continue;
      patched.set(item, coded);
      saved += coded.plain - coded.stored.length;
    }
    return saved >= LEAST_SAVED && (await this.#target.place.raise()) ? patched : new Map();
  }

  async #pack(group: readonly WriteItem[], small: readonly WriteItem[]): Promise<void> {
    const there = await this.#lookUp(small);
    const first = new Map<Hash, Promise<WriteAnswer>>();
    const begun: Begun[] = [];
    if (this.#target.isThreaded && small.filter(isReadable).length >= WORTH_A_POOL)
      this.#threads ??= new PackingThreads(this.#builder, (each) => this.#add({ ...each, ...coding(each) }));
    for (const item of group) {
      if (this.#isStopped) return;
      const size = isSmall(item) ? (there.get(item.hash) ?? null) : -1;
      const before = first.get(item.hash);
      if (size === item.source.size) this.answers.put(Promise.resolve({ item, outcome: "present" }));
      else if (before) this.answers.put(this.#again(item, before));
      else if (size !== null) await this.#writeSingle(item);
      else {
        const { answer, settle } = awaited();
        first.set(item.hash, answer);
        this.answers.put(answer);
        const each = { item, settle, base: await this.#target.bases.of(item) };
        if (this.#threads && isReadable(item)) await this.#threads.take(each);
        else begun.push({ ...each, ...coding(each) });
        if (begun.length >= Math.min(READ_AT_ONCE, this.#target.concurrency.small))
          await this.#add(begun.shift() as Begun);
      }
    }
    for (const each of begun) await this.#add(each);
  }

  /** Sizes of those that are there, by what the caller does not know better. */
  async #lookUp(small: readonly WriteItem[]): Promise<Map<Hash, number>> {
    const unknown = [...new Set(small.filter(({ isAbsent }) => !isAbsent).map(({ hash }) => hash))];
    const there = new Map<Hash, number>();
    for await (const { hash, size } of this.#target.look.sizes(unknown)) if (size !== null) there.set(hash, size);
    return there;
  }

  async #add({ item, coded, settle }: Begun): Promise<void> {
    try {
      const blob = await coded;
      const { visible, bytes } =
        "base" in blob
          ? await addPatched(this.#builder, blob)
          : { ...(await this.#builder.addBlob(blob)), bytes: blob.stored.length };
      const taken = { bytes, known: 0, shorter: blob.plain - bytes };
      visible.then(
        () => settle({ item, outcome: "written", stored: taken }),
        (error: unknown) => settle({ item, error }),
      );
    } catch (error) {
      settle({ item, error });
    }
  }

  /** Of a blob that came before: its source is asked only where that one failed. */
  async #again(item: WriteItem, before: Promise<WriteAnswer>): Promise<WriteAnswer> {
    return "error" in (await before) ? this.#writeNow(item) : { item, outcome: "present" };
  }

  async #writeSingle(item: WriteItem): Promise<void> {
    const answer = this.#inTurn[isSmall(item) ? "small" : "large"](() => this.#writeNow(item));
    this.answers.put(answer);
    const done = answer.finally(() => this.#single.delete(done));
    this.#single.add(done);
    while (this.#single.size >= this.#target.concurrency.small) await Promise.race(this.#single);
  }

  async #writeNow(item: WriteItem): Promise<WriteAnswer> {
    try {
      return { item, ...(await this.#target.write(item)) };
    } catch (error) {
      return { item, error };
    }
  }
}

/** As a pack stores it. */
type Coded = StoredBlob | Patched;

/** A blob that is being read, to be put into a pack. */
interface Begun extends Awaited {
  coded: Promise<Coded>;
}

function awaited(): { answer: Promise<WriteAnswer>; settle: Awaited["settle"] } {
  let settle = (_answer: WriteAnswer): void => undefined;
  const answer = new Promise<WriteAnswer>((resolve) => (settle = resolve));
  return { answer, settle };
}

function coding({ item, base }: Pick<Awaited, "item" | "base">): { coded: Promise<Coded> } {
  const coded = codedItem(item, base);
  coded.catch(() => undefined);
  return { coded };
}

/** The same, whose bytes pass unnoticed. */
function quiet({ hash, source: { size }, look }: WriteItem): WriteItem {
  return { hash, source: { size, open: (start) => (look as NonNullable<typeof look>).read({ start, end: size }) } };
}

/** Throws `blob-damaged` for a source of other bytes, and what it throws. */
async function codedItem({ hash, source }: WriteItem, base: PatchBase | null): Promise<Coded> {
  const plain = await verifiedBytes(hash, source);
  const alone = encodeSmall(plain);
  const known = base && (await base.read());
  const patch = known && (await encodeSmallPatch(plain, known, alone.stored.length));
  if (base === null || patch === null) return { hash, ...alone, plain: plain.length };
  return { hash, stored: patch, plain: plain.length, base };
}

function isSmall({ source }: WriteItem): boolean {
  return source.size <= SMALL_BLOB;
}
