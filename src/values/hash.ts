/** A blob's name: the BLAKE3-256 of its bytes in 64 lower-case hexadecimal characters, as `b3sum` prints it. */

declare const hashBrand: unique symbol;
export type Hash = string & { readonly [hashBrand]: true };

const HASH = /^[0-9a-f]{64}$/;

/** The text as a Hash, or null when it is not exactly one. */
export function parseHash(text: string): Hash | null {
  return HASH.test(text) ? (text as Hash) : null;
}

/** The ten characters that messages show. */
export function shortHash(hash: Hash): string {
  return hash.slice(0, 10);
}

/** The hash of no bytes. */
export const EMPTY_HASH = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262" as Hash;
