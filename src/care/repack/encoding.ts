/** Large blobs that lie whole through the encoder: by a recipe where that pays, compared as a push would. */
import type { ProgressTask } from "../../base/progress.ts";
import type { Watch } from "../../base/watch.ts";
import { formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import type { NearBlob } from "../../store/blob-store.ts";
import type { BlobSource, ByteRange } from "../../store/bytes.ts";
import type { Looked } from "../../store/remote/encoder/surveyor.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Hash } from "../../values/hash.ts";
import { largeItems } from "./history.ts";
import { type Encoded, type LargeEncoder, LargeEncoding, type LargeItem, nothingEncoded } from "./large.ts";
import { type Held, Nearby } from "./nearby.ts";

type Large = ReturnType<Remote["encoder"]>;

/**
 * Encodes those of `whole` that this repository needs; in a dry run, only looks at those that are in the cache. Throws
 * `disk-full` where those that are not have no room, and as `LargeEncoding.run`.
 */
export async function encodeWhole(
  repo: Repo,
  remote: Remote,
  { whole, isDry }: { whole: readonly { hash: Hash; size: number }[]; isDry: boolean },
): Promise<Encoded> {
  const load = manifestLoader(repo.cache, async () => remote);
  const items = await largeItems(repo, whole, load);
  if (items.length === 0) return nothingEncoded();
  if (isDry) return lookThrough(repo, remote, items);
  const near = items.flatMap((item) => item.near(() => true));
  const nearby = new Nearby(repo.cache, (blob) => toldSource(repo.watch, remote, blob), { blobs: items, near });
  tellRoom(repo, nearby, items);
  const told = new Told(repo.watch, `encoding in ${remote.name}`, items);
  try {
    const open = (): LargeEncoder => new Encoder(remote, nearby, told);
    const { signal } = repo.watch;
    return await new LargeEncoding(remote, {
      ...{ open, isDry, signal },
      onRead: (bytes) => told.passed(bytes),
      onSettled: (item) => told.settled(item),
    }).run(items);
  } finally {
    told.done();
    nearby.close();
  }
}

function tellRoom({ watch, cache }: Repo, nearby: Nearby, items: readonly LargeItem[]): void {
  const { bytes, folder, lack } = nearby.need();
  if (lack !== null) throw lack;
  const absent = items.filter((item) => !cache.has(item));
  if (absent.length === 0) return;
  const all = absent.reduce((sum, { size }) => sum + size, 0);
  watch.note(prose`
    ${plural(absent.length, "blob")} (${formatSize(all)}) not in the cache: read from the remote where that may pay,
    ${formatSize(bytes)} at most at a time in '${display(folder)}'
  `);
}

async function lookThrough(repo: Repo, remote: Remote, items: readonly LargeItem[]): Promise<Encoded> {
  const told = new Told(repo.watch, `looking at blobs of ${remote.name}`, items);
  const large = remote.encoder(repo.cache);
  const open = (): LargeEncoder => ({
    async encode(item, near) {
      if (!repo.cache.has(item)) return "unseen";
      const held = {
        file: repo.cache.fileOf(item.hash),
        source: repo.cache.source(item.hash, item.size),
        read: (range: ByteRange) => repo.cache.read(item.hash, { ...range, of: item.size }),
      };
      return large.estimate(lookedAt({ item, near }, held, told), { isListed: item.hasVersions });
    },
    close: () => large.close(),
  });
  const { signal } = repo.watch;
  try {
    return await new LargeEncoding(remote, {
      ...{ open, isDry: true, signal },
      onSettled: (item) => told.settled(item),
    }).run(items);
  } finally {
    told.done();
  }
}

/** Writes. */
class Encoder implements LargeEncoder {
  readonly #remote: Remote;
  readonly #nearby: Nearby;
  readonly #told: Told;
  readonly #large: Large;

  constructor(remote: Remote, nearby: Nearby, told: Told) {
    this.#remote = remote;
    this.#nearby = nearby;
    this.#told = told;
    this.#large = remote.encoder(nearby);
  }

  async encode(item: LargeItem, near: readonly NearBlob[]): Promise<number | null> {
    const isListed = item.hasVersions;
    if (!this.#nearby.has(item) && !isListed && !(await this.#isPromising(item))) return null;
    const stored = await this.#nearby.holding(item, (held) =>
      this.#large.rewrite(lookedAt({ item, near }, held, this.#told), { isListed }),
    );
    return stored?.bytes ?? null;
  }

  /** By a few of its bytes, as the remote gives them: of what is like no other, that tells most. */
  #isPromising(item: LargeItem): Promise<boolean> {
    const { hash, size } = item;
    const read = (range: ByteRange): AsyncIterable<Uint8Array> => this.#remote.read(hash, { ...range, of: size });
    const source = this.#remote.source(hash, size);
    return this.#large.isPromising({ hash, source, look: { read, passed: () => undefined } });
  }

  close(): Promise<void> {
    return this.#large.close();
  }
}

function lookedAt(
  { item: { hash }, near }: { item: LargeItem; near: readonly NearBlob[] },
  { file, source, read }: Held,
  told: Told,
): Looked {
  const [passed, looking] = [(bytes: number) => told.passed(bytes), () => told.looking(source.size)];
  return { hash, source, near, look: { file, read, passed, looking } };
}

/** The bytes of a blob that is there, whose reading is told of. */
function toldSource(
  { progress, signal }: Watch,
  remote: Remote,
  { hash, size }: { hash: Hash; size: number },
): BlobSource {
  return {
    size,
    async *open(from) {
      const task = progress.task(`reading ${remote.name}`, { bytes: size - from });
      try {
        for await (const chunk of remote.source(hash, size).open(from)) {
          signal.throwIfAborted();
          yield chunk;
          task.advance(chunk.length);
        }
      } finally {
        task.done();
      }
    },
  };
}

/** How far it is: each blob counts with its bytes, whatever of them is encoded. */
class Told {
  readonly #watch: Watch;
  readonly #task: ProgressTask;
  #passed = 0;

  constructor(watch: Watch, label: string, items: readonly LargeItem[]) {
    const bytes = items.reduce((sum, { size }) => sum + size, 0);
    this.#watch = watch;
    this.#task = watch.progress.task(label, { files: items.length, bytes });
  }

  /** Of a blob's bytes: they were encoded, or read back, which is half of the work each. */
  passed(bytes: number): void {
    this.#watch.signal.throwIfAborted();
    const half = Math.floor(bytes / 2);
    this.#passed += half;
    this.#task.advance(half);
  }

  /** A first reading of so many bytes. */
  looking(bytes: number): ProgressTask {
    return this.#watch.progress.task("looking for what is new", { bytes });
  }

  settled({ size }: LargeItem): void {
    this.#task.advance(Math.max(0, size - this.#passed), 1);
    this.#passed = 0;
  }

  done(): void {
    this.#task.done();
  }
}
