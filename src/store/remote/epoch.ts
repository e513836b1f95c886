/**
 * Whether anything was removed from a remote since: the names below `epoch/` are others after each gc that removes
 * blobs, from before its first one on.
 */
import { uniqueName } from "../../base/clock.ts";
import type { Bucket } from "../bucket.ts";
import { bytesSource } from "../bytes.ts";

const FOLDER = "epoch/";

/** The same text as long as nothing was removed. */
export async function readEpoch(bucket: Bucket): Promise<string> {
  const names: string[] = [];
  for await (const { name } of bucket.list(FOLDER)) names.push(name.slice(FOLDER.length));
  return names.toSorted().join(" ");
}

/**
 * To be called before the first blob is removed. The new name is there before an old one goes, so that no text comes
 * back.
 */
export async function beginEpoch(bucket: Bucket): Promise<void> {
  const name = `${FOLDER}${uniqueName()}`;
  await bucket.putIfAbsent(name, bytesSource(Buffer.from("mvgit-epoch 1\n")));
  for await (const old of bucket.list(FOLDER)) if (old.name !== name) await bucket.delete(old.name, old.version);
}
