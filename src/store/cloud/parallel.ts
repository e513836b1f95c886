/** A large range in parallel requests, all of one version of the object, its sum checked where all of it is read. */
import { crc32c } from "../../base/crc32c.ts";
import type { ObjectRange } from "../bucket.ts";
import { download, type Identity, type ObjectReader, sumFits, unknownIdentity } from "./download.ts";
import { wrongBytes } from "./failures.ts";
import { type ReadAhead, readAhead } from "./read-ahead.ts";

/** 32 MiB for a reading: two of them, and two uploads, fit into the memory that mvgit allows itself. */
const PARTS: ReadAhead = { parts: 4, partSize: 8 * 1024 * 1024 };

/** What whoever tries a part first reads alone. */
export const FIRST_PART = PARTS.partSize;

/** As `download`; a range of more than one part is asked for in several requests at once. */
export function downloadRange(
  reader: ObjectReader,
  range?: ObjectRange,
  identity = unknownIdentity(),
): AsyncGenerator<Uint8Array> {
  const isLarge = range !== undefined && range.end - range.start > PARTS.partSize;
  return isLarge ? downloadParallel(reader, range, identity) : download(reader, { range, identity });
}

/** A part is given only when it is complete, the last one only when the sum fits. */
async function* downloadParallel(
  reader: ObjectReader,
  range: ObjectRange,
  identity: Identity,
): AsyncGenerator<Uint8Array> {
  const tries = reader.tries();
  let done = range.start;
  let crc = 0;
  const readPart = (part: { start: number; end: number }): AsyncGenerator<Uint8Array> =>
    download(reader, { range: { ...range, ...part }, identity });
  for await (const bytes of readAhead(readPart, range, PARTS)) {
    if (identity.sum !== null) crc = crc32c(bytes, crc);
    done += bytes.length;
    if (done === range.end && !sumFits(identity, range, crc))
      throw wrongBytes("sent bytes that do not fit their CRC32C", reader.purpose);
    yield bytes;
    tries.throwIfStopped();
  }
}
