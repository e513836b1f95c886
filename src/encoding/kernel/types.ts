/** What the loops over every byte of weights do, whoever does them. */

/** What is being written in bits, the first in the lowest of a byte. */
export interface BitSink {
  /** With room for four bytes behind what is written. */
  bytes: Uint8Array;
  /** Where the next byte goes. */
  at: number;
  /** What fills no byte yet, and how many they are: below 8. */
  bits: number;
  kept: number;
}

/** Words of two bytes by their distances from a base's, as `docs/format.md` says of one group that is packed. */
export interface Near {
  /** A byte for four words, or fewer at the end. */
  packed: Uint8Array;
  /** The bytes of each distance that stands elsewhere, less 3. */
  low: Uint8Array;
  high: Uint8Array;
}

/** The loops. Words are little-endian, as many as fill the bytes. */
export interface Kernel {
  /** Turns words of as many bytes as there are planes left by one bit, and writes bytes of one place into a plane. */
  apart(words: Uint8Array, planes: readonly Uint8Array[]): void;
  together(planes: readonly Uint8Array[], words: Uint8Array): void;
  /** Adds to 256 counts how often each byte is there. */
  count(bytes: Uint8Array, counts: Uint32Array): void;
  /** Writes the code of each byte: bits, the first in the lowest, and from bit 16 on how many, at most 12. */
  putCodes(bytes: Uint8Array, codes: Uint32Array, sink: BitSink): void;
  /** Answers how many stand elsewhere: there is room for one more than there are words. */
  packNear16(words: Uint8Array, base: Uint8Array, near: Near): number;
  /** Answers how many it took from elsewhere: of more than there are it takes anything. */
  moveNear16(words: Uint8Array, base: Uint8Array, near: Near): number;
}
