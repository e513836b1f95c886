/** Who chooses codecs passes on what a reading met, once. */
import { expect, it } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { Coder } from "../../../src/store/remote/encoder/coder.ts";
import { Codecs } from "../../../src/store/remote/encoder/codecs.ts";

it("what was coded for an estimate is not coded again, unless it is to rest on other bytes", async () => {
  const bytes = Buffer.alloc(200_000, "as often as it is said ");
  const reads = { plain: 0, base: 0 };
  const hash = hashBytes(bytes);
  const spanOf = (use: keyof typeof reads) => ({
    length: bytes.length,
    hash,
    file: null,
    read: async () => (reads[use]++, bytes),
  });
  const at = { source: { kind: "blob" as const, hash }, offset: 0, stored: bytes.length, codec: "raw" as const };
  const part = {
    span: spanOf("plain"),
    region: { start: 0, length: bytes.length, kind: "opaque" as const, width: 1 as const },
    base: { at, span: spanOf("base") },
  };
  const codecs = new Codecs();
  const coder = new Coder(codecs);
  const ahead = await coder.codeAhead(part);
  expect(ahead.stored.length).toBeLessThan(5000);
  expect(await coder.code(part)).toBe(ahead);
  expect(reads).toEqual({ plain: 1, base: 1 });
  await coder.codeAhead(part);
  await coder.code({ ...part, base: { ...part.base, at: { ...at, offset: 1 } } });
  await coder.code({ ...part, base: null });
  expect(reads).toEqual({ plain: 4, base: 3 });
  await codecs.close();
});

it("bytes that changed since they were looked at are told by the call alone, and end no process", async () => {
  const own = new MvgitError("blob-damaged", "its bytes changed while they were read");
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const codecs = new Codecs();
  try {
    const span = { length: 9, hash: hashBytes(Buffer.of()), file: null, read: () => Promise.reject(own) };
    const region = { start: 0, length: 9, kind: "opaque" as const, width: 1 as const };
    await expect(new Coder(codecs).code({ span, region, base: null })).rejects.toBe(own);
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off("unhandledRejection", note);
    await codecs.close();
  }
  expect(unhandled).toEqual([]);
});
