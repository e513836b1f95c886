/** CRC32C as clouds write it. */

/** Four bytes, big-endian, base64. */
export function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString("base64");
}

/** The sum that a header lists (`crc32c=n03x6A==,md5=…`); null where it lists none. */
export function crcIn(header: string | string[] | undefined): string | null {
  return /\bcrc32c=([A-Za-z0-9+/]{6}==)/.exec(String(header ?? ""))?.[1] ?? null;
}
