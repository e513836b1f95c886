/** Many small blobs that lie in files: threads read and code them, packs take them in the order in which they came. */
import { answerOf } from "../../../base/job.ts";
import { Pool, type PoolOf } from "../../../base/pool.ts";
import type { WriteAnswer, WriteItem } from "../../blob-store.ts";
import type { PackBuilder, StoredBlob, Written } from "./pack-builder.ts";
import { type CodedBlobs, packJob } from "./pack-job.ts";

/** Of one request to a thread. */
const MOST_BLOBS = 256;
const MOST_BYTES = 1024 * 1024;
/** Beside the one that fills packs: packs and these together must not take more memory than a push may. */
const THREADS = 1;

/** A blob that somebody waits for. */
export interface Awaited {
  item: WriteItem;
  settle(answer: WriteAnswer): void;
}

interface Portion {
  all: Awaited[];
  coded: Promise<CodedBlobs>;
}

/** `close` it in every case. */
export class PackingThreads {
  readonly #builder: PackBuilder;
  readonly #writeAlone: (each: Awaited) => Promise<void>;
  readonly #pool: PoolOf<typeof packJob> = new Pool(packJob, null, { most: THREADS });
  #next: Awaited[] = [];
  #bytes = 0;
  readonly #asked: Portion[] = [];

  /** `writeAlone`: what reads and adds one by itself, and says what is wrong with it. */
  constructor(builder: PackBuilder, writeAlone: (each: Awaited) => Promise<void>) {
    this.#builder = builder;
    this.#writeAlone = writeAlone;
  }

  /** Of an item that `isReadable` is true of. It is settled when its pack is visible. */
  async take(each: Awaited): Promise<void> {
    this.#next.push(each);
    this.#bytes += each.item.source.size;
    if (this.#next.length >= MOST_BLOBS || this.#bytes >= MOST_BYTES) await this.#send();
  }

  /** Returns when all that was taken is added. */
  async end(): Promise<void> {
    await this.#send();
    while (this.#asked.length > 0) await this.#add(this.#asked.shift() as Portion);
  }

  async #send(): Promise<void> {
    const all = this.#next;
    [this.#next, this.#bytes] = [[], 0];
    if (all.length === 0) return;
    const coded = this.#pool.ask(
      all.map(({ item: { hash, source, look } }) => ({ file: look?.file as string, hash, size: source.size })),
    );
    coded.catch(() => undefined);
    this.#asked.push({ all, coded });
    if (this.#asked.length > this.#pool.width) await this.#add(this.#asked.shift() as Portion);
  }

  async #add({ all, coded }: Portion): Promise<void> {
    try {
      const right = await this.#rightOf(all, await coded);
      const written = await this.#builder.addBlobs(right.map(({ blob }) => blob));
      for (const [at, { each, blob }] of right.entries()) settleBy(written[at] as Written, each, blob);
    } catch (error) {
      for (const { item, settle } of all) settle({ item, error });
    }
  }

  /** Those that are what they must be; the others are written by themselves. */
  async #rightOf(
    all: readonly Awaited[],
    { blobs, bytes }: CodedBlobs,
  ): Promise<{ each: Awaited; blob: StoredBlob }[]> {
    const right: { each: Awaited; blob: StoredBlob }[] = [];
    let at = 0;
    for (const [index, each] of all.entries()) {
      const { hash, source, look } = each.item;
      const coded = blobs[index] as CodedBlobs["blobs"][number];
      if ("error" in coded) await this.#writeAlone(each);
      else {
        const { codec, stored } = answerOf(coded);
        right.push({ each, blob: { hash, codec, stored: bytes.subarray(at, at + stored), plain: source.size } });
        at += stored;
        look?.passed(source.size);
      }
    }
    return right;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Whether a thread can read the item's bytes. */
export function isReadable({ look }: WriteItem): boolean {
  return look?.file !== undefined;
}

function settleBy({ visible }: Written, { item, settle }: Awaited, { stored, plain }: StoredBlob): void {
  // The bytes themselves are not to be kept until then.
  const taken = { bytes: stored.length, known: 0, shorter: plain - stored.length };
  visible.then(
    () => settle({ item, outcome: "written", stored: taken }),
    (error: unknown) => settle({ item, error }),
  );
}
