/** One blob of a store, read whole: the only way to know. */
import type { Hash } from "../values/hash.ts";
import type { BlobStore } from "../store/blob-store.ts";
import { lackOf, type Lack } from "../store/lack.ts";

/**
 * What is wrong with a blob, null when it is right. Bytes that came wrong over a network may be right in their place: a
 * remote's are read once more before they are called damaged. What hinders the reading itself is thrown. `onBytes` is
 * told of what is read the first time.
 */
export async function examine(
  store: BlobStore,
  hash: Hash,
  options: { isRemote: boolean; onBytes?: (count: number) => void },
): Promise<Lack | null> {
  const first = await readOnce(store, hash, options.onBytes ?? (() => {}));
  return first === "damaged" && options.isRemote ? readOnce(store, hash, () => {}) : first;
}

async function readOnce(store: BlobStore, hash: Hash, onBytes: (count: number) => void): Promise<Lack | null> {
  try {
    for await (const chunk of store.read(hash)) onBytes(chunk.length);
    return null;
  } catch (error) {
    const lack = lackOf(error);
    if (lack === null) throw error;
    return lack;
  }
}
