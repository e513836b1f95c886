/** A stream of which nobody has the last byte before all of it was found right. */

/**
 * As `bytes`, with the newest piece held back until the next one, or the end, has come: who reads as many bytes as
 * there should be has what did not throw.
 */
export async function* heldBack(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | null = null;
  for await (const piece of bytes) {
    if (piece.length === 0) continue;
    if (last !== null) yield last;
    last = piece;
  }
  if (last !== null) yield last;
}

/** All of it, for what is small. */
export async function allOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}
