/** Readings of one blob that follow each other, or lie near each other, ask for few larger ones. */
import { expect, it } from "vitest";
import type { RandomAccess } from "../../../src/values/tensors/access.ts";
import { inWindows, readAhead } from "../../../src/store/remote/encoder/window.ts";
import { noise } from "../../support/containers.ts";

const bytes = noise(3_000_000, 1);

function told(): { access: RandomAccess; asked: number[] } {
  const asked: number[] = [];
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    asked.push(length);
    return bytes.subarray(offset, offset + length);
  };
  return { access: { size: bytes.length, read }, asked };
}

it("reads on in portions that grow, and begins anew elsewhere", async () => {
  const { access, asked } = told();
  const ahead = readAhead(access);
  for (let at = 0; at < 1_000_000; at += 40_000)
    expect(Buffer.compare(await ahead.read(at, 40_000), bytes.subarray(at, at + 40_000))).toBe(0);
  expect(asked).toEqual([40_000, 256 * 1024, 512 * 1024, 1024 * 1024]);
  await ahead.read(2_500_000, 100);
  await ahead.read(2_500_100, 100);
  expect(asked.slice(4)).toEqual([100, 256 * 1024]);
});

it("reads a window for what is looked at here and there in it, and no more than there is", async () => {
  const { access, asked } = told();
  const windows = inWindows(access, 10_000);
  for (const at of [5000, 5061, 14_900, 5000, 2_999_990, 2_999_995]) {
    const length = at > 2_000_000 ? 5 : 32;
    expect(Buffer.compare(await windows.read(at, length), bytes.subarray(at, at + length))).toBe(0);
  }
  expect((await windows.read(2_999_990, 32)).length).toBe(10);
  expect(asked).toEqual([10_000, 10, 32]);
});
