/** Blobs of a store, read whole: the only way to know. */
import { mapOrdered } from "../base/tasks.ts";
import type { Hash } from "../values/hash.ts";
import type { BlobStore } from "../store/blob-store.ts";
import type { BlobSource } from "../store/bytes.ts";
import { isLack, lackOf, type Lack } from "../store/lack.ts";
import { verifiedSource } from "../store/verified-source.ts";
import type { MvgitError } from "../base/errors.ts";

/**
 * What is wrong with a blob, null when it is right. Bytes that came wrong over a network may be right in their place: a
 * remote's are read once more before they are called damaged. What hinders the reading itself is thrown. `onBytes` is
 * told of what is read the first time, `onLack` of what each reading met.
 */
export async function examine(
  store: Pick<BlobStore, "read">,
  hash: Hash,
  { isRemote, onBytes = () => undefined, onLack = () => undefined }: Examining,
): Promise<Lack | null> {
  const first = await readOnce(store, hash, { onBytes, onLack });
  return first === "damaged" && isRemote ? readOnce(store, hash, { onBytes: () => undefined, onLack }) : first;
}

interface Examining {
  isRemote: boolean;
  onBytes?: (count: number) => void;
  onLack?: (error: MvgitError) => void;
}

async function readOnce(
  store: Pick<BlobStore, "read">,
  hash: Hash,
  { onBytes, onLack }: Required<Omit<Examining, "isRemote">>,
): Promise<Lack | null> {
  try {
    for await (const chunk of store.read(hash)) onBytes(chunk.length);
    return null;
  } catch (error) {
    if (!isLack(error)) throw error;
    onLack(error);
    return lackOf(error);
  }
}

/**
 * Whether each of many blobs of a remote is right, as far as one reading tells: those that lie together are read
 * together. Which is not, `examine` looks at. `jobs`: how many at a time.
 */
export async function* readTogether<W extends { hash: Hash; size: number }>(
  remote: { sources(wanted: readonly W[]): AsyncIterable<{ wanted: W; source: BlobSource }> },
  wanted: readonly W[],
  jobs: number,
): AsyncGenerator<{ wanted: W; isRight: boolean }> {
  yield* mapOrdered(remote.sources(wanted), jobs, async ({ wanted: each, source }) => ({
    wanted: each,
    isRight: await isRight(verifiedSource(each.hash, source)),
  }));
}

/** What hinders the reading itself is thrown. */
async function isRight(source: BlobSource): Promise<boolean> {
  try {
    for await (const chunk of source.open(0)) void chunk;
    return true;
  } catch (error) {
    if (isLack(error)) return false;
    throw error;
  }
}
