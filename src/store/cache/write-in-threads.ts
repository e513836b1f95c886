/** Many small blobs written into a cache by threads: this one reads what comes, others check, write and name it. */
import { discardTree } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { answerOf, type Attempt } from "../../base/job.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../../base/pool.ts";
import { gate } from "../../base/tasks.ts";
import type { PlainCodec } from "../../encoding/types.ts";
import { AnswerQueue } from "../answer-queue.ts";
import type { BlobStore, WriteAnswer, WriteItem, WriteOptions } from "../blob-store.ts";
import { readAll, type WriteOutcome } from "../bytes.ts";
import { SMALL_BLOB, writeEach } from "../write-many.ts";
import { Cache, TOGETHER } from "./cache.ts";
import { writeManyJob } from "./write-many-job.ts";

type Items = AsyncIterable<WriteItem> | Iterable<WriteItem>;

/** Of one request to a thread. */
const MOST_BLOBS = 256;
const MOST_BYTES = 2 * 1024 * 1024;
/** Blobs that are being read. */
const READ_AT_ONCE = 64;

/** The same cache for bytes that can be had again: flushing is left to the system, and threads write many. */
export function quickCache({ folder }: Pick<Cache, "folder">): Cache {
  return new QuickCache(folder, { durable: false });
}

class QuickCache extends Cache {
  override writeMany(items: Items, options: WriteOptions = {}): AsyncGenerator<WriteAnswer> {
    return options.jobs === undefined ? writeInThreads(this, items) : super.writeMany(items, options);
  }
}

/** Few are written by this thread. */
async function* writeInThreads(cache: Cache, items: Items): AsyncGenerator<WriteAnswer> {
  const iterator = iteratorOf(items);
  const first: WriteItem[] = [];
  for (let next = await iterator.next(); !next.done; next = await iterator.next())
    if (first.push(next.value) === WORTH_A_POOL) break;
  if (first.length < WORTH_A_POOL) return yield* writeEach(cache, first, TOGETHER);
  const room = cache.temporary.newFolderName();
  const pool = new Pool(writeManyJob, { cacheFolder: cache.folder, room });
  const writing = new ThreadedWriting(cache, pool, TOGETHER.large);
  const taking = writing.takeAll(first, iterator);
  try {
    yield* writing.answers;
  } finally {
    writing.stop();
    await taking;
    await pool.close();
    discardTree(room);
  }
}

/** Its answers are to be waited for. */
function iteratorOf(items: Items): AsyncIterator<WriteItem> | Iterator<WriteItem> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** The bytes of a blob as they go to a thread. */
interface Taken {
  codec: PlainCodec;
  stored: Uint8Array;
}

/** A blob whose bytes are known, or come; null: not as many as there must be. */
interface Begun {
  item: WriteItem;
  taken: Promise<Taken | null>;
  settle(answer: WriteAnswer): void;
}

/** Blobs of one request. */
interface Batch {
  begun: { item: WriteItem; taken: Taken; settle: Begun["settle"] }[];
  size: number;
}

class ThreadedWriting {
  readonly answers = new AnswerQueue<WriteAnswer>();
  readonly #store: Pick<BlobStore, "write">;
  readonly #pool: PoolOf<typeof writeManyJob>;
  readonly #largeInTurn: ReturnType<typeof gate>;
  readonly #atOnce: number;
  /** What is under way: requests, and large blobs. */
  readonly #running = new Set<Promise<unknown>>();
  #batch: Batch = { begun: [], size: 0 };
  #isStopped = false;

  constructor(store: Pick<BlobStore, "write">, pool: PoolOf<typeof writeManyJob>, large: number) {
    this.#store = store;
    this.#pool = pool;
    this.#largeInTurn = gate(large);
    this.#atOnce = pool.width + large;
  }

  /** Never rejects: who takes the answers is told. */
  async takeAll(first: readonly WriteItem[], rest: ReturnType<typeof iteratorOf>): Promise<void> {
    try {
      const reading: Begun[] = [];
      for (const item of first) await this.#take(item, reading);
      for (let next = await rest.next(); !next.done && !this.#isStopped; next = await rest.next())
        await this.#take(next.value, reading);
      for (const each of reading) await this.#add(each);
      await this.#send();
      await Promise.all(this.#running);
      this.answers.end();
    } catch (error) {
      await Promise.allSettled(this.#running);
      this.answers.fail(error);
    } finally {
      await rest.return?.();
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #take(item: WriteItem, reading: Begun[]): Promise<void> {
    if (this.#isStopped) return;
    if (item.source.size > SMALL_BLOB) return this.#writeLarge(item);
    const begun = begin(item);
    this.answers.put(begun.answer);
    reading.push(begun);
    if (reading.length >= READ_AT_ONCE) await this.#add(reading.shift() as Begun);
  }

  async #writeLarge(item: WriteItem): Promise<void> {
    const answer = this.#largeInTurn(() => this.#write(item));
    this.answers.put(answer);
    await this.#run(answer);
  }

  /** By this thread. */
  async #write(item: WriteItem): Promise<WriteAnswer> {
    try {
      return { item, outcome: await this.#store.write(item.hash, item.source) };
    } catch (error) {
      return { item, error };
    }
  }

  async #add({ item, taken: coming, settle }: Begun): Promise<void> {
    try {
      const taken = await coming;
      // What is not as long as it must be is told by who writes it.
      if (taken === null) return settle(await this.#write(item));
      this.#batch.begun.push({ item, taken, settle });
      this.#batch.size += taken.stored.length;
    } catch (error) {
      settle({ item, error });
    }
    if (this.#batch.begun.length >= MOST_BLOBS || this.#batch.size >= MOST_BYTES) await this.#send();
  }

  async #send(): Promise<void> {
    const batch = this.#batch;
    this.#batch = { begun: [], size: 0 };
    if (batch.begun.length > 0 && !this.#isStopped) await this.#run(this.#ask(batch));
  }

  async #ask({ begun, size }: Batch): Promise<void> {
    const blobs = begun.map(({ item, taken: { codec, stored } }) => ({
      hash: item.hash,
      size: item.source.size,
      codec,
      stored: stored.length,
    }));
    // Memory of its own, which goes over to the thread.
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const each of begun) {
      bytes.set(each.taken.stored, at);
      at += each.taken.stored.length;
    }
    // What shares memory with others holds it up no longer.
    const waiting = begun.map(({ item, settle }) => ({ item, settle }));
    begun.length = 0;
    try {
      const answers = await this.#pool.ask({ blobs, bytes }, [bytes.buffer]);
      for (const [index, { item, settle }] of waiting.entries())
        settle(await this.#answered(item, answers[index] as (typeof answers)[number]));
    } catch (error) {
      for (const { item, settle } of waiting) settle({ item, error });
    }
  }

  /** What came wrong as a part of what many are read from is read by itself. */
  async #answered(item: WriteItem, attempt: Attempt<WriteOutcome>): Promise<WriteAnswer> {
    try {
      return { item, outcome: answerOf(attempt) };
    } catch (error) {
      return item.part && isMvgitError(error, "blob-damaged") ? this.#write(item) : { item, error };
    }
  }

  /** Waits where too much is under way. */
  async #run(work: Promise<unknown>): Promise<void> {
    const done: Promise<unknown> = work.finally(() => this.#running.delete(done));
    this.#running.add(done);
    while (this.#running.size >= this.#atOnce) await Promise.race(this.#running);
  }
}

function begin(item: WriteItem): Begun & { answer: Promise<WriteAnswer> } {
  let settle = (_answer: WriteAnswer): void => undefined;
  const answer = new Promise<WriteAnswer>((resolve) => (settle = resolve));
  const taken = take(item);
  taken.catch(() => undefined);
  return { item, taken, answer, settle };
}

async function take({ source, part }: WriteItem): Promise<Taken | null> {
  const stored = part ? await part.stored() : null;
  if (part && stored !== null) return { codec: part.codec, stored };
  const bytes = await readAll(source.open(0), source.size);
  return bytes?.length === source.size ? { codec: "raw", stored: bytes } : null;
}
