import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c, openNativeCrc32c, tableCrc32c } from "../../src/base/crc32c.ts";

describe("CRC32C", () => {
  // RFC 3720, appendix B.4.
  it.each([
    ["32 bytes of zero", Buffer.alloc(32), 0x8a9136aa],
    ["32 bytes of ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
    ["32 bytes that count up", Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    ["nothing", Buffer.alloc(0), 0],
    ["what such sums are told by", Buffer.from("123456789"), 0xe3069283],
  ])("of %s is known", (_, bytes, sum) => {
    expect(tableCrc32c(bytes)).toBe(sum);
    expect(crc32c(bytes)).toBe(sum);
  });

  it("by tables is that of the native implementation, at any length, in portions and of a view", () => {
    const native = openNativeCrc32c();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(20), (bytes, cut, skipped) => {
        const view = bytes.subarray(Math.min(skipped, bytes.length));
        const [first, rest] = [view.subarray(0, cut), view.subarray(cut)];
        expect(tableCrc32c(rest, tableCrc32c(first))).toBe(native(view));
      }),
    );
  });
});
