/** Who chooses codecs passes on what a reading met, once. */
import { expect, it } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { Coder } from "../../../src/store/remote/encoder/coder.ts";
import { Codecs } from "../../../src/store/remote/encoder/codecs.ts";

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
