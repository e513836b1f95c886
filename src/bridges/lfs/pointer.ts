/** Git LFS's pointer: the text that Git keeps in place of a file. */
import { isDigest } from "../foreign/name.ts";

/** Bytes; a larger file is no pointer of LFS. */
export const LFS_POINTER_CAP = 1024;
const VERSION = "version https://git-lfs.github.com/spec/v1";

export interface LfsPointer {
  /** SHA-256 in lower-case hexadecimal. */
  oid: string;
  /** Bytes. */
  size: number;
}

/** Null for every other file, a pointer with extensions too: what they did to the bytes is not known here. */
export function readLfsPointer(bytes: Uint8Array): LfsPointer | null {
  if (bytes.length > LFS_POINTER_CAP) return null;
  const lines = Buffer.from(bytes).toString("utf8").trimEnd().split("\n");
  if (lines.length !== 3 || lines[0] !== VERSION) return null;
  const oid = /^oid sha256:([0-9a-f]+)$/.exec(lines[1] as string)?.[1];
  const size = /^size (0|[1-9][0-9]{0,15})$/.exec(lines[2] as string)?.[1];
  if (oid === undefined || size === undefined || !isDigest("sha256", oid) || !Number.isSafeInteger(Number(size)))
    return null;
  return { oid, size: Number(size) };
}

/** The one encoding; of an empty file it is empty. */
export function formatLfsPointer({ oid, size }: LfsPointer): string {
  return size === 0 ? "" : `${VERSION}\noid sha256:${oid}\nsize ${size}\n`;
}
