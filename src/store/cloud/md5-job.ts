/** A worker thread's part of `Md5Thread`. */
import { createHash } from "node:crypto";
import type { Job } from "../../base/job.ts";

/** Base64, as headers have it. */
export function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}

/** Bytes in shared memory pass without a copy. */
export const md5Job: Job<null, Uint8Array, string> = { name: "md5", start: () => md5Of };
