/** A blob that a recipe puts together of all that one can: parts of a whole blob, new pieces, a difference. */
import { encode } from "../../src/encoding/codecs/codecs.ts";
import type { Segment } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { PackBuilder } from "../../src/store/remote/packs/pack-builder.ts";
import type { Remote } from "../../src/store/remote/remote.ts";
import type { Hash } from "../../src/values/hash.ts";
import { noise } from "../conformance/noise.ts";

const KIB = 1024;

/** What was written. */
export interface Recipes {
  /** The whole blob that the recipe rests on. */
  base: { hash: Hash; bytes: Buffer };
  made: { hash: Hash; bytes: Buffer };
}

/** Writes both. `kib`: of the base. */
export async function writeRecipe(remote: Remote, kib = 3 * KIB): Promise<Recipes> {
  const old = noise(kib * KIB, "base");
  const base = { hash: hashBytes(old), bytes: old };
  await remote.place.prepare();
  await remote.whole.write(base.hash, bytesSource(old));
  const text = Buffer.from("a line that comes time after time\n".repeat(3000));
  const changed = Buffer.from(old.subarray(64 * KIB, 128 * KIB));
  for (let at = 0; at < changed.length; at += 100) changed[at] = (changed[at] as number) ^ 1;
  const fresh = noise(5000, "fresh");
  const parts = [old.subarray(0, KIB * KIB), text, changed, fresh, old.subarray(2 * KIB * KIB)];
  const bytes = Buffer.concat(parts);
  const made = { hash: hashBytes(bytes), bytes };
  const builder = new PackBuilder(remote.place, null);
  const difference = await encode("delta16", changed, old.subarray(64 * KIB, 128 * KIB));
  const deflated = await encode("deflate", text);
  const [first, second, third] = [
    await builder.addPiece(deflated),
    await builder.addPiece(difference),
    await builder.addPiece(fresh),
  ];
  await builder.addRecipe({ hash: made.hash, size: bytes.length }, (sourceOf) => {
    const whole = (part: Buffer, offset: number): Segment[] =>
      Array.from({ length: Math.ceil(part.length / (KIB * KIB)) }, (_, at) => {
        const piece = part.subarray(at * KIB * KIB, (at + 1) * KIB * KIB);
        const { length } = piece;
        return {
          hash: hashBytes(piece),
          length,
          codec: "raw",
          source: 0,
          offset: offset + at * KIB * KIB,
          stored: length,
        };
      });
    const own = { source: 1 };
    const segments: Segment[] = [
      ...whole(parts[0] as Buffer, 0),
      {
        hash: hashBytes(text),
        length: text.length,
        codec: "deflate",
        ...own,
        offset: first.offset,
        stored: first.stored,
      },
      {
        hash: hashBytes(changed),
        length: changed.length,
        codec: "delta16",
        ...own,
        offset: second.offset,
        stored: second.stored,
        base: { codec: "raw", source: 0, offset: 64 * KIB, stored: changed.length },
      },
      {
        hash: hashBytes(fresh),
        length: fresh.length,
        codec: "raw",
        ...own,
        offset: third.offset,
        stored: third.stored,
      },
      ...whole(parts[4] as Buffer, 2 * KIB * KIB),
    ];
    return { size: bytes.length, sources: [{ kind: "blob", hash: base.hash }, sourceOf(first)], segments };
  });
  await builder.flush();
  return { base, made };
}
