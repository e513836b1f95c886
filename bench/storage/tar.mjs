/** A writer of tar archives, as old as the format. */

/** `files`: `{ name, data }`. Yields the archive's bytes. */
export function* tarOf(files) {
  for (const { name, data } of files) {
    const head = Buffer.alloc(512);
    const octal = (value, at, length) => head.write(value.toString(8).padStart(length - 1, "0"), at);
    head.write(name, 0);
    octal(0o644, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(data.length, 124, 12);
    octal(1_700_000_000, 136, 12);
    head.write("        0", 148);
    head.write("ustar\x0000", 257);
    octal(
      head.reduce((sum, byte) => sum + byte, 0),
      148,
      7,
    );
    yield head;
    yield data;
    yield Buffer.alloc((512 - (data.length % 512)) % 512);
  }
  yield Buffer.alloc(1024);
}
