import { describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../../../src/base/errors.ts";
import { type ReadPart, readAhead } from "../../../src/store/cloud/read-ahead.ts";
import { noise } from "../../conformance/noise.ts";

const BYTES = noise(1000);
const SETTINGS = { parts: 3, partSize: 64 };

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe("read-ahead", () => {
  it("gives bytes in order although later parts come first, with no more than its parts under way", async () => {
    let underWay = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const read: ReadPart = async function* ({ start, end }) {
      most = Math.max(most, ++underWay);
      // The last to ask is the first to be answered.
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        setImmediate(() => waiting.pop()?.());
      });
      yield BYTES.subarray(start, start + 10);
      yield BYTES.subarray(start + 10, end);
      underWay--;
    };
    const bytes = await collect(readAhead(read, { start: 5, end: 993 }, SETTINGS));
    expect(bytes.equals(BYTES.subarray(5, 993))).toBe(true);
    expect(most).toBe(3);
  });

  it("throws the first failure and starts nothing after it", async () => {
    let asked = 0;
    const own = new MvgitError("remote-stalled", "silence");
    const read: ReadPart = async function* ({ start, end }) {
      asked++;
      if (start === 128) throw own;
      yield BYTES.subarray(start, end);
    };
    await expect(collect(readAhead(read, { start: 0, end: 1000 }, SETTINGS))).rejects.toBe(own);
    expect(asked).toBeLessThanOrEqual(6);
  });

  it.each([-1, 1])("refuses a part that is %i byte off", async (off) => {
    const read: ReadPart = async function* ({ start, end }) {
      yield BYTES.subarray(start, end + off);
    };
    const error = await collect(readAhead(read, { start: 0, end: 200 }, SETTINGS)).catch((caught: unknown) => caught);
    expect(isMvgitError(error, "remote-unavailable")).toBe(true);
  });
});
