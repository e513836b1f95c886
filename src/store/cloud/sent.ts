/** What was sent as an object, held against what is there under its name. */
import type { ObjectStat, PutOutcome } from "../bucket.ts";

export interface Sent {
  /** Of the object, prefix included. */
  name: string;
  /** Bytes. */
  size: number;
  /** CRC32C as `crcText` writes it; null while none of it can be what is there. */
  sum: string | null;
}

/** Whether the service's own confirmation fits what was sent; `stored` as its document has it. */
export function isConfirmed({ size, sum }: Sent, stored: { size: unknown; sum: unknown }): boolean {
  return stored.sum === sum && stored.size === String(size);
}

/** What has the name that was refused; `sum` where the service tells it. */
export function outcomeFor(sent: Sent, found: ObjectStat, sum: unknown): PutOutcome {
  const hasOtherSum = sent.sum !== null && typeof sum === "string" && sum !== sent.sum;
  return found.size === sent.size && !hasOtherSum ? "present" : { found };
}
