/** Bytes on their way into the cache, which become a blob only when all of them turned out to be right. */
import { discard } from "../../base/disk.ts";
import type { Hash } from "../../values/hash.ts";
import type { Repo } from "../../repo/repo.ts";
import { HashedFile } from "../../store/hashed-file.ts";

export interface Draft {
  /** A temporary file of the cache. */
  file: string;
  hash: Hash;
  size: number;
}

/** What was taken, and what was learned of it: values for `source.*` keys by their last part. */
export interface Taken {
  draft: Draft;
  facts: Map<string, string>;
}

/** Writes the bytes beside the blobs. What goes wrong, with the disk or with the source, leaves nothing. */
export async function makeDraft(
  repo: Repo,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<Draft> {
  const growing = HashedFile.create(repo.cache.temporary.newName());
  let done = false;
  try {
    await growing.append(chunks, { early: true, onBytes });
    const draft = { file: growing.file, ...growing.finish() };
    done = true;
    return draft;
  } finally {
    growing.close();
    if (!done) discard(growing.file);
  }
}

/** Makes the draft a blob, durably. */
export async function landDraft(repo: Repo, { file, hash, size }: Draft): Promise<void> {
  if (!repo.cache.freshen(hash, size)) return void (await repo.cache.land(file, hash));
  discard(file);
  await repo.cache.settle();
}

export function dropDraft({ file }: Draft): void {
  discard(file);
}
