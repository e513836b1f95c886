/** Remotes whose small blobs lie in packs, each that is written by itself too, and what may become of them there. */
import type { IndexEntry } from "../../src/encoding/types.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import type { Bucket } from "../../src/store/bucket.ts";
import { type BlobSource, bytesSource, readAll, type WriteOutcome } from "../../src/store/bytes.ts";
import { packName } from "../../src/store/remote/layout.ts";
import { PackBuilder } from "../../src/store/remote/packs/pack-builder.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import type { Hash } from "../../src/values/hash.ts";

/** A remote that packs whatever may lie in a pack. */
export class PackedRemote extends Remote {
  constructor(bucket: Bucket, name = "store") {
    super(name, bucket, { leastPacked: 1 });
  }

  override async write(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    for await (const answer of this.writeMany([{ hash, source }])) {
      if ("error" in answer) throw answer.error;
      return answer.outcome;
    }
    throw new Error("there was no answer");
  }
}

/** Puts these bytes in the blob's place: into its pack, or into another one that says that they are the blob's. */
export async function damagePacked(bucket: Bucket, hash: Hash, bytes: Uint8Array): Promise<void> {
  const remote = new PackedRemote(bucket);
  await remote.packed.index.refresh();
  const found = remote.packed.index.find(hash);
  for (const { table, entry } of found) await overwrite(bucket, packName(table.pack), entry, bytes);
  if (found.length > 0 && found.every(({ entry }) => entry.size === bytes.length)) return;
  await remote.delete(hash);
  if (found.length === 0) return void (await bucket.putIfAbsent(blobName(hash), bytesSource(bytes)));
  const builder = new PackBuilder(remote.place, null);
  await builder.addBlob({ hash, codec: "raw", stored: bytes, plain: bytes.length });
  await builder.flush();
}

async function overwrite(
  bucket: Bucket,
  name: string,
  { offset, stored }: IndexEntry,
  bytes: Uint8Array,
): Promise<void> {
  const found = await bucket.head(name);
  if (found === null) return;
  const all = (await readAll(bucket.get(name), found.size)) as Buffer;
  all.fill(0, offset, offset + stored);
  all.set(bytes.subarray(0, stored), offset);
  await bucket.delete(name, found.version);
  await bucket.putIfAbsent(name, bytesSource(all));
}
