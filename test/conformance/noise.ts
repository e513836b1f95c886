/** Bytes that tests of bytes are made of. */
import { createCipheriv, createHash } from "node:crypto";

/** The same for each seed, without a pattern that a shifted or doubled chunk could hide behind. */
export function noise(size: number, seed = "noise"): Buffer {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
