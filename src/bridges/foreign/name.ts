/** How another program names bytes: by a digest of its own, which mvgit checks while it takes them in. */

export interface ForeignName {
  algorithm: "md5" | "sha256";
  /** Lower-case hexadecimal, of the whole file. */
  digest: string;
  /** Bytes, where the other program wrote it down. */
  size: number | null;
  /** DVC 2: the digest of a text file was taken after each CRLF had become LF. */
  foldsLines: boolean;
}

/** How bytes were found to be the right ones: by their digest; by it after folding lines; by their size alone. */
export type Checked = "digest" | "folded" | "size";

const LENGTH = { md5: 32, sha256: 64 } as const;

/** True for a digest as the algorithm has it. */
export function isDigest(algorithm: ForeignName["algorithm"], text: string): boolean {
  return text.length === LENGTH[algorithm] && /^[0-9a-f]+$/.test(text);
}

/** Bytes from the start of a file by which DVC 2 tells a text. */
export const TEXT_BLOCK = 512;

/** DVC 2's own rule, from a file's first bytes: no NUL, and at most three in ten bytes that no text has. */
export function isTextToDvc2(start: Uint8Array): boolean {
  const block = start.subarray(0, TEXT_BLOCK);
  if (block.includes(0)) return false;
  const odd = block.filter(
    (byte) => !((byte >= 32 && byte < 127) || byte === 8 || byte === 9 || byte === 10 || byte === 12 || byte === 13),
  );
  return odd.length <= block.length * 0.3;
}

/** DVC 2 folds lines in portions of this many bytes, so that a CRLF across their edge stays. */
export const FOLD_PORTION = 1024 * 1024;

/** The bytes of one portion with each CRLF made LF. */
export function foldLines(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}
