/**
 * Weights in the safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes one after the other.
 */

/** One file's bytes from tensors by name: 32-bit floats with their shapes. */
export function toSafetensors(tensors) {
  const header = {};
  let offset = 0;
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  // Padded with blanks, so that the tensors start at a multiple of 8.
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const bodies = Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, padded, ...bodies]);
}

/** Tensors by name, as `toSafetensors` takes them. */
export function fromSafetensors(bytes) {
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, end));
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const copy = new Uint8Array(bytes.subarray(end + from, end + to));
        return [name, { data: new Float32Array(copy.buffer), shape }];
      },
    ),
  );
}
