/** Many small blobs that lie in files: threads read and code them, packs take them in the order in which they came. */
import { answerOf } from "../../../base/job.ts";
import { Pool, type PoolOf } from "../../../base/pool.ts";
import type { Hash } from "../../../values/hash.ts";
import type { WriteAnswer, WriteItem } from "../../blob-store.ts";
import type { PackBuilder, StoredBlob, Written } from "./pack-builder.ts";
import { type CodedBlobs, type FileToCode, packJob } from "./pack-job.ts";
import { addPatched, type PatchBase } from "./small-patch.ts";

/** Of one request to a thread. */
const MOST_BLOBS = 256;
const MOST_BYTES = 1024 * 1024;
/** Beside the one that fills packs: packs and these together must not take more memory than a push may. */
const THREADS = 1;

/** A blob that somebody waits for. */
export interface Awaited {
  item: WriteItem;
  /** What it may be told as a patch of. */
  base: PatchBase | null;
  settle(answer: WriteAnswer): void;
}

/** One that was coded. */
interface Right {
  each: Awaited;
  codec: StoredBlob["codec"] | "patch";
  stored: Uint8Array;
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
    const coded = this.#pool.ask(all.map(fileOf));
    coded.catch(() => undefined);
    this.#asked.push({ all, coded });
    if (this.#asked.length > this.#pool.width) await this.#add(this.#asked.shift() as Portion);
  }

  async #add({ all, coded }: Portion): Promise<void> {
    try {
      const right = await this.#rightOf(all, await coded);
      const alone = right.flatMap(({ each, codec, stored }) => (codec === "patch" ? [] : [{ each, codec, stored }]));
      const written = await this.#builder.addBlobs(alone.map((each) => ({ ...each, ...plainOf(each.each) })));
      for (const [at, { each, stored }] of alone.entries()) settleBy(written[at] as Written, each, stored.length);
      for (const { each, codec, stored } of right) if (codec === "patch") await this.#addPatch(each, stored);
    } catch (error) {
      for (const { item, settle } of all) settle({ item, error });
    }
  }

  async #addPatch(each: Awaited, stored: Uint8Array): Promise<void> {
    const written = await addPatched(this.#builder, { stored, base: each.base as PatchBase, ...plainOf(each) });
    settleBy(written, each, written.bytes);
  }

  /** Those that are what they must be; the others are written by themselves. */
  async #rightOf(all: readonly Awaited[], { blobs, bytes }: CodedBlobs): Promise<Right[]> {
    const right: Right[] = [];
    let at = 0;
    for (const [index, each] of all.entries()) {
      const { source, look } = each.item;
      const coded = blobs[index] as CodedBlobs["blobs"][number];
      if ("error" in coded) await this.#writeAlone(each);
      else {
        const { codec, stored } = answerOf(coded);
        right.push({ each, codec, stored: bytes.subarray(at, at + stored) });
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

function fileOf({ item: { hash, source, look }, base }: Awaited): FileToCode {
  const file = { file: look?.file as string, hash, size: source.size };
  return base?.file === undefined ? file : { ...file, base: { file: base.file, hash: base.hash, size: base.length } };
}

function plainOf({ item }: Awaited): { hash: Hash; plain: number } {
  return { hash: item.hash, plain: item.source.size };
}

/** `bytes`: that it took. The stored ones themselves are not to be kept until then. */
function settleBy({ visible }: Written, { item, settle }: Awaited, bytes: number): void {
  const taken = { bytes, known: 0, shorter: item.source.size - bytes };
  visible.then(
    () => settle({ item, outcome: "written", stored: taken }),
    (error: unknown) => settle({ item, error }),
  );
}
