import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { CLAIM_CAP, type Claimed, claimedOf, formatClaims, parseClaim, readClaimed } from "../../src/values/claim.ts";
import type { Hash } from "../../src/values/hash.ts";

const hash = fc
  .array(fc.constantFrom(..."0123456789abcdef"), { minLength: 64, maxLength: 64 })
  .map((digits) => digits.join("") as Hash);
const claimed = fc
  .tuple(hash, fc.boolean())
  .map(([name, isFolder]) => claimedOf({ hash: name, ...(isFolder ? { files: 3 } : {}) }));

function codeOf(text: string): string {
  try {
    parseClaim(Buffer.from(text, "latin1"), "roots/x");
    return "none";
  } catch (error) {
    return isMvgitError(error) ? error.code : String(error);
  }
}

describe("a claim", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.uniqueArray(claimed, { minLength: 1, maxLength: 20 }), (lines) => {
        const [bytes, ...more] = formatClaims(new Set(lines));
        expect(more).toEqual([]);
        expect(parseClaim(bytes as Buffer, "x")).toEqual(lines.toSorted());
      }),
    );
  });

  it("has one encoding: any other bytes that are read are the same again", () => {
    const [bytes] = formatClaims(
      new Set(
        ["a", "b"].flatMap((digit) => [
          claimedOf({ hash: digit.repeat(64) as Hash }),
          claimedOf({ hash: digit.repeat(64) as Hash, files: 1 }),
        ]),
      ),
    ) as [Buffer];
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        const code = codeOf(changed.toString("latin1"));
        if (code === "none") expect(formatClaims(new Set(parseClaim(changed, "x")))[0]?.equals(changed)).toBe(true);
        else expect(["blob-damaged", "format-newer"]).toContain(code);
      }),
    );
  });

  const line = `${"a".repeat(64)} f\n`;
  it.each([
    "",
    "mvgit-claim 1\n",
    `mvgit-claim 1\n${line}${line}`,
    `mvgit-claim 1\n${line.trimEnd()}`,
    `mvgit-claim 1\n${line}\n`,
    `mvgit-claim 01\n${line}`,
    `mvgit-claim 1\r\n${line}`,
    `mvgit-claim 1\n${line.toUpperCase()}`,
    `mvgit-claim 1\n${"b".repeat(64)} f\n${line}`,
    `mvgit-root 1\n${line}`,
  ])("is not %j", (text) => {
    expect(codeOf(text)).toBe("blob-damaged");
  });
  it("of a newer format is told apart", () => expect(codeOf(`mvgit-claim 2\nwhatever`)).toBe("format-newer"));

  it("is cut in several where it would be too long, and is none for nothing", () => {
    const many = new Set(
      Array.from({ length: 300_000 }, (_, at) => claimedOf({ hash: at.toString(16).padStart(64, "0") as Hash })),
    );
    const claims = formatClaims(many);
    expect(claims.length).toBe(2);
    for (const each of claims) expect(each.length).toBeLessThanOrEqual(CLAIM_CAP);
    expect(new Set(claims.flatMap((each) => parseClaim(each, "x")))).toEqual(many);
    expect(formatClaims(new Set())).toEqual([]);
  });

  it("says of each pointer what it is", () => {
    expect(readClaimed(`${"a".repeat(64)} d` as Claimed)).toEqual({ hash: "a".repeat(64), isFolder: true });
  });
});
