/** The second reading of a new blob: what is new of it goes into packs, and then the recipe of all of it. */
import { isDelta } from "../../../encoding/coded.ts";
import type { Recipe, Segment, Source, StoredRange } from "../../../encoding/types.ts";
import { mapOrdered } from "../../../base/tasks.ts";
import type { Hash } from "../../../values/hash.ts";
import type { PackBuilder, PlacedPiece, SourceOf } from "../packs/pack-builder.ts";
import type { Plain } from "./coder.ts";
import { AT_ONCE, type Means, plainOf } from "./estimate.ts";
import { nameOf, type StoredAt } from "./layout.ts";
import type { KnownPart, Part, StoredPart } from "./parts.ts";

/** A new part where it is now. */
interface Placed {
  kind: "placed";
  hash: Hash;
  length: number;
  placed: PlacedPiece;
  at: Pick<StoredPart, "codec" | "base">;
}

type Done = Placed | KnownPart;

/** What the blob took. */
export interface StoredParts {
  /** Bytes of its new parts, as they are stored. */
  bytes: number;
  /** The same as they are in the blob. */
  plain: number;
  /** Bytes of new parts that are the same as others. */
  repeated: number;
  /** The recipe, for who knows which packs the parts are in. */
  recipe(sourceOf: SourceOf): Recipe;
}

/** Stores each new part, once. `passed` is told of bytes of the blob that are done. */
export async function storeParts(
  parts: readonly Part[],
  { means, builder, passed }: { means: Means; builder: PackBuilder; passed: (bytes: number) => void },
): Promise<StoredParts> {
  const done: Done[] = [];
  const placed = new Map<Hash, Placed>();
  const sum = { bytes: 0, plain: 0, repeated: 0 };
  for await (const part of mapOrdered(readInOrder(parts, means), AT_ONCE, (each) => encoded(each, means))) {
    if (part.kind === "encoded") {
      const { hash, length, coded, at } = part;
      const fresh: Placed = { kind: "placed", hash, length, at, placed: await builder.addPiece(coded) };
      placed.set(hash, fresh);
      done.push(fresh);
      sum.bytes += coded.length;
      sum.plain += length;
    } else if (part.kind === "again") {
      done.push(placed.get(part.hash) as Placed);
      sum.repeated += part.length;
    } else done.push(part);
    passed(part.length);
  }
  return { ...sum, recipe: (sourceOf) => recipeOf(done, sourceOf) };
}

interface Encoded {
  kind: "encoded";
  hash: Hash;
  length: number;
  coded: Uint8Array;
  at: Placed["at"];
}

/** A part that was read; `again` where another one has the same bytes. */
type ReadPart =
  | { kind: "plain"; hash: Hash; length: number; plain: Plain }
  | { kind: "again"; hash: Hash; length: number }
  | KnownPart;

/** One after the other, so that the disk is read from its beginning to its end. */
async function* readInOrder(parts: readonly Part[], means: Means): AsyncGenerator<ReadPart> {
  const seen = new Set<Hash>();
  for (const part of parts) {
    if (part.kind === "known") {
      yield part;
      continue;
    }
    const plain = await plainOf(part, means);
    const { hash, length } = plain.span;
    if (seen.has(hash)) {
      yield { kind: "again", hash, length };
      continue;
    }
    seen.add(hash);
    if (means.coder.readsHere(plain)) await plain.span.read();
    yield { kind: "plain", hash, length, plain };
  }
}

async function encoded(part: ReadPart, { coder }: Means): Promise<Encoded | Exclude<ReadPart, { kind: "plain" }>> {
  if (part.kind !== "plain") return part;
  const { hash, length, plain } = part;
  const { codec, stored } = await coder.code(plain);
  const base = isDelta(codec) && plain.base !== null ? { base: plain.base.at } : {};
  return { kind: "encoded", hash, length, coded: stored, at: { codec, ...base } };
}

function recipeOf(parts: readonly Done[], sourceOf: SourceOf): Recipe {
  const sources = new Sources();
  let size = 0;
  const segments = parts.map((part): Segment => {
    size += part.length;
    const { hash, length, at } = part;
    const place =
      part.kind === "known"
        ? sources.range(part.at)
        : { source: sources.numberOf(sourceOf(part.placed)), offset: part.placed.offset, stored: part.placed.stored };
    if (at.base === undefined) return { hash, length, codec: at.codec, ...place };
    const { codec, length: plain } = at.base;
    const base = { codec, ...sources.range(at.base), ...(plain !== undefined && { length: plain }) };
    return { hash, length, codec: at.codec, ...place, base };
  });
  return { size, sources: sources.all, segments };
}

/** The objects that a recipe names, each once. */
class Sources {
  readonly all: Source[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(source: Source): number {
    const name = source.kind === "own" ? "own" : nameOf(source);
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.all.push(source) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  range({ source, offset, stored }: StoredAt): StoredRange {
    return { source: this.numberOf(source), offset, stored };
  }
}
