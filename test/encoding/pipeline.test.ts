import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Malformed } from "../../src/encoding/malformed.ts";
import { noise, npyOf, safetensorsOf, tarOf, zipOf } from "../support/containers.ts";
import { bf16, fp32, normals, same } from "./numbers.ts";
import { earlier, pack, unpack } from "./pipeline.ts";

const TEXT = Buffer.from("Weights are numbers, and most of them stay nearly as they were.\n".repeat(200));

/** A part of a file: of a kind, so long, and the same for the same seed; `moved` is its next version. */
interface Part {
  kind: "bf16" | "fp32" | "noise" | "text";
  count: number;
  seed: number;
}

function bytesOf({ kind, count, seed }: Part, moved = false): Buffer {
  if (kind === "noise") return noise(count, seed + (moved ? 1 : 0));
  if (kind === "text") return TEXT.subarray(seed % 60, (seed % 60) + (moved ? count >> 1 : count));
  const steps = moved ? normals(count, seed + 1) : null;
  const values = normals(count, seed).map((value, at) => value * (1 + 0.001 * (steps?.[at] ?? 0)));
  return Buffer.from(kind === "bf16" ? bf16(values) : fp32(values));
}

const DTYPES = { bf16: "BF16", fp32: "F32", noise: "U8", text: "U8" } as const;
const WIDTHS = { bf16: 2, fp32: 4, noise: 1, text: 1 } as const;

/** Each makes a file of parts; the order is that of the parts. */
const KINDS: Record<string, (parts: readonly (readonly [Part, Buffer])[]) => Buffer> = {
  safetensors: (parts) =>
    safetensorsOf(
      parts.map(([{ kind, seed }, bytes]) => {
        const shape = [bytes.length / WIDTHS[kind]];
        return { name: `t${seed}`, dtype: DTYPES[kind], shape, bytes };
      }),
    ),
  tar: (parts) => tarOf(parts.map(([{ seed }, bytes]) => ({ name: `t${seed}`, bytes }))),
  zip: (parts) =>
    zipOf(parts.map(([{ kind, seed }, bytes]) => ({ name: `t${seed}`, bytes, isPacked: kind === "text" }))),
  npy: (parts) => npyOf("<f4", [1], parts[0]?.[1] ?? Buffer.alloc(4)),
  bytes: (parts) => Buffer.concat([Buffer.from("x"), ...parts.map(([, bytes]) => bytes)]),
};

const part = fc.record({
  kind: fc.constantFrom<Part["kind"]>("bf16", "fp32", "noise", "text"),
  count: fc.oneof(fc.nat(40), fc.integer({ min: 3000, max: 9000 })),
  seed: fc.nat(1_000_000),
});
const drawn = fc.record({
  kind: fc.constantFrom(...Object.keys(KINDS)),
  parts: fc.uniqueArray(part, { maxLength: 5, selector: ({ seed }) => seed }),
  moved: fc.nat(31),
  isTurned: fc.boolean(),
  lies: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
  cut: fc.oneof(fc.constant(0), fc.nat(2000)),
});

/** A version and the next one, in which parts moved, stand in another order, and anything may have been damaged. */
function versionsOf({ kind, parts, moved, isTurned, lies, cut }: DrawnVersions): [Buffer, Buffer] {
  const make = KINDS[kind] as (typeof KINDS)["tar"];
  const first = make(parts.map((each) => [each, bytesOf(each)]));
  const next = parts.map((each, at) => [each, bytesOf(each, (moved >> at) % 2 === 1)] as const);
  const second = make(isTurned ? next.toReversed() : next);
  for (const [at, byte] of lies) second[at % Math.min(second.length, 700)] = byte;
  return [first, second.subarray(0, Math.max(1, second.length - cut))];
}

type DrawnVersions = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

describe("a file in regions, pieces, codecs, a recipe and a pack", () => {
  it("is the same again, whatever it is and whatever it says of itself", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (versions) => {
        const [first, second] = versionsOf(versions);
        for (const before of [null, await earlier(first)]) {
          const packed = await pack(second, before);
          expect(same(await unpack(packed.pack, before), second)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("is refused or the same where a byte of its pack, or of the version before, is another", async () => {
    const parts: Part[] = [
      { kind: "bf16", count: 5000, seed: 1 },
      { kind: "fp32", count: 3000, seed: 2 },
      { kind: "text", count: 9000, seed: 3 },
    ];
    const [first, second] = versionsOf({ kind: "safetensors", parts, moved: 7, isTurned: true, lies: [], cut: 0 });
    const before = await earlier(first);
    const packed = await pack(second, before);
    const outcome = async (bytes: Buffer, whole: Buffer): Promise<string> => {
      try {
        return same(await unpack(bytes, { hash: before.hash, bytes: whole }), second) ? "same" : "wrong";
      } catch (error) {
        return error instanceof Malformed ? "refused" : String(error);
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, change, inPack) => {
        const bytes = Buffer.from(inPack ? packed.pack : first);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] as number) ^ change;
        const found = inPack ? await outcome(bytes, first) : await outcome(packed.pack, bytes);
        expect(["refused", "same"]).toContain(found);
      }),
      { numRuns: 150 },
    );
  });

  it("costs what moved: a fine-tune of tensors that stand in another order", async () => {
    const parts = Array.from({ length: 4 }, (_, at): Part => ({ kind: "bf16", count: 30_000, seed: 10 * at }));
    const [first, second] = versionsOf({ kind: "safetensors", parts, moved: 5, isTurned: true, lies: [], cut: 0 });
    const { pack: packed, codecs } = await pack(second, await earlier(first));
    expect(codecs.get("delta16")).toBe(2);
    expect(packed.length).toBeLessThan(second.length * 0.06);
  });
});
