/** What was sent as an object, held against what is there under its name. */
import { isMvgitError } from "../../base/errors.ts";
import type { ObjectStat, PutOutcome } from "../bucket.ts";

export interface Sent {
  /** Of the object, prefix included. */
  name: string;
  /** Bytes. */
  size: number;
  /** CRC32C as `crcText` writes it; null while none of it can be what is there. */
  sum: string | null;
}

/** As a service confirms it. */
interface Stored {
  /** CRC32C of the whole object. */
  sum: unknown;
  /** Bytes, as a number or as a text; without this key where the service does not tell a size. */
  size?: unknown;
}

/** Whether the service's own confirmation fits what was sent: the sum always, the size where it is told. */
export function isConfirmed({ size, sum }: Sent, stored: Stored): boolean {
  return sum !== null && stored.sum === sum && (!("size" in stored) || String(stored.size) === String(size));
}

/** What has the name that was refused; `sum` where the service tells it. */
export function outcomeFor(sent: Sent, found: ObjectStat, sum: unknown): PutOutcome {
  const hasOtherSum = sent.sum !== null && typeof sum === "string" && sum !== sent.sum;
  return found.size === sent.size && !hasOtherSum ? "present" : { found };
}

/**
 * What has the name after a write that was cut, before it is sent again: a service that refuses by the headers alone
 * may reset the connection before its refusal is heard, and does so each time. Null also where nothing can be known,
 * as for whoever may write and not look.
 */
export async function afterCut(look: () => Promise<PutOutcome | null>): Promise<PutOutcome | null> {
  try {
    return await look();
  } catch (error) {
    if (isMvgitError(error, "access-denied")) return null;
    throw error;
  }
}
