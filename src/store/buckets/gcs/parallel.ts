/** A large range in parallel requests, all of one generation of the object, its sum checked where all of it is read. */
import { crc32c } from "@node-rs/crc32";
import type { ObjectRange } from "../../bucket.ts";
import { type ReadAhead, readAhead } from "../../cloud/read-ahead.ts";
import type { GcsApi } from "./api.ts";
import { download, sumFits, unknownIdentity } from "./download.ts";
import { wrongBytes } from "./verdict.ts";

/** 32 MiB for a reading: two of them, and two uploads, fit into the memory that mvgit allows itself. */
export const PARTS: ReadAhead = { parts: 4, partSize: 8 * 1024 * 1024 };

/** As `download`; a part is given only when it is complete, the last one only when the sum fits. */
export async function* downloadParallel(api: GcsApi, name: string, range: ObjectRange): AsyncGenerator<Uint8Array> {
  const identity = unknownIdentity();
  let done = range.start;
  let crc = 0;
  for await (const bytes of readAhead(
    (part) => download(api, { name, range: { ...range, ...part }, identity }),
    range,
    PARTS,
  )) {
    crc = crc32c(bytes, crc);
    done += bytes.length;
    if (done === range.end && !sumFits(identity, range, crc)) {
      throw wrongBytes("sent bytes that do not fit their CRC32C", { action: `read '${name}'`, address: api.address });
    }
    yield bytes;
  }
}
