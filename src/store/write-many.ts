/** Many writes at once, small ones many at a time, large ones few. */
import { gate, mapOrdered } from "../base/tasks.ts";
import type { BlobStore, WriteAnswer, WriteItem } from "./blob-store.ts";

/** Up to this many bytes a blob counts as small. */
export const SMALL_BLOB = 1024 * 1024;

/** How many are written at a time: `jobs`, where that is said. */
export function together(usual: { small: number; large: number }, jobs?: number): { small: number; large: number } {
  return jobs === undefined ? usual : { small: jobs, large: jobs };
}

/** Answers each item with its outcome or its own error. */
export async function* writeEach(
  store: Pick<BlobStore, "write">,
  items: AsyncIterable<WriteItem> | Iterable<WriteItem>,
  together: { small: number; large: number },
): AsyncGenerator<WriteAnswer> {
  const largeGate = gate(together.large);
  const write = async (item: WriteItem): Promise<WriteAnswer> => {
    try {
      return { item, outcome: await store.write(item.hash, item.source) };
    } catch (error) {
      return { item, error };
    }
  };
  yield* mapOrdered(items, together.small, (item) =>
    item.source.size > SMALL_BLOB ? largeGate(() => write(item)) : write(item),
  );
}
