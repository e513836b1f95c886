/** Bytes that come piece by piece. */

/**
 * As `bytes`, once the first piece has come: what fails before that rejects, and can be answered otherwise. Who ends
 * it early ends `bytes`.
 */
export async function begun(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const from = bytes[Symbol.asyncIterator]();
  let first: IteratorResult<Uint8Array> | null = await from.next();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = first ?? (await from.next());
    first = null;
    return result;
  };
  const end = async (): Promise<IteratorResult<Uint8Array>> =>
    (await from.return?.()) ?? { done: true, value: undefined };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

/** All of it, for what is small. */
export async function allOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}
