/** Many small blobs written into a cache by threads: this one reads what comes, others check, write and name it. */
import { answerOf } from "../../base/job.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../../base/pool.ts";
import { gate } from "../../base/tasks.ts";
import { AnswerQueue } from "../answer-queue.ts";
import type { BlobStore, WriteAnswer, WriteItem, WriteOptions } from "../blob-store.ts";
import { readAll } from "../bytes.ts";
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
  override async *writeMany(items: Items, options: WriteOptions = {}): AsyncGenerator<WriteAnswer> {
    if (options.jobs === undefined) yield* writeInThreads(this, items);
    else yield* super.writeMany(items, options);
  }
}

/** Few are written by this thread. */
async function* writeInThreads(cache: Cache, items: Items): AsyncGenerator<WriteAnswer> {
  const iterator = iteratorOf(items);
  const first: WriteItem[] = [];
  for (let next = await iterator.next(); !next.done; next = await iterator.next())
    if (first.push(next.value) === WORTH_A_POOL) break;
  if (first.length < WORTH_A_POOL) return yield* writeEach(cache, first, TOGETHER);
  const pool = new Pool(writeManyJob, { cacheFolder: cache.folder });
  const writing = new ThreadedWriting(cache, pool, TOGETHER.large);
  const taking = writing.takeAll(first, iterator);
  try {
    yield* writing.answers;
  } finally {
    writing.stop();
    await taking;
    await pool.close();
  }
}

function iteratorOf(items: Items): AsyncIterator<WriteItem> {
  return (async function* () {
    yield* items;
  })();
}

/** A blob whose bytes are known, or come. */
interface Begun {
  item: WriteItem;
  bytes: Promise<Buffer | null>;
  settle(answer: WriteAnswer): void;
}

/** Blobs of one request. */
interface Batch {
  begun: { item: WriteItem; bytes: Buffer; settle: Begun["settle"] }[];
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
  async takeAll(first: readonly WriteItem[], rest: AsyncIterator<WriteItem>): Promise<void> {
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

  async #add({ item, bytes: coming, settle }: Begun): Promise<void> {
    try {
      const bytes = await coming;
      // What is not as long as it must be is told by who writes it.
      if (bytes?.length !== item.source.size) return settle(await this.#write(item));
      this.#batch.begun.push({ item, bytes, settle });
      this.#batch.size += bytes.length;
    } catch (error) {
      settle({ item, error });
    }
    if (this.#batch.begun.length >= MOST_BLOBS || this.#batch.size >= MOST_BYTES) await this.#send();
  }

  async #send(): Promise<void> {
    const { begun } = this.#batch;
    this.#batch = { begun: [], size: 0 };
    if (begun.length > 0 && !this.#isStopped) await this.#run(this.#ask(begun));
  }

  async #ask(begun: Batch["begun"]): Promise<void> {
    const blobs = begun.map(({ item }) => ({ hash: item.hash, size: item.source.size }));
    const bytes = Buffer.concat(begun.map((each) => each.bytes));
    try {
      const answers = await this.#pool.ask({ blobs, bytes });
      for (const [at, { item, settle }] of begun.entries())
        try {
          settle({ item, outcome: answerOf(answers[at] as (typeof answers)[number]) });
        } catch (error) {
          settle({ item, error });
        }
    } catch (error) {
      for (const { item, settle } of begun) settle({ item, error });
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
  const bytes = readAll(item.source.open(0), item.source.size);
  bytes.catch(() => undefined);
  return { item, bytes, answer, settle };
}
