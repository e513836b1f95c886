/** Blobs of a remote written anew, in packs: what is stored of them is copied as it is, once it was found right. */
import { decode } from "../../encoding/codecs/codecs.ts";
import { Malformed } from "../../encoding/malformed.ts";
import { recipeIn } from "../../encoding/recipe.ts";
import type { Recipe, Segment, Source, StoredRange } from "../../encoding/types.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { blobName } from "../../store/blob-layout.ts";
import { WrongBytes } from "../../store/bucket.ts";
import { readAll } from "../../store/bytes.ts";
import { isLack } from "../../store/lack.ts";
import { packName } from "../../store/remote/layout.ts";
import type { PackBuilder, PlacedPiece } from "../../store/remote/packs/pack-builder.ts";
import { encodeSmall } from "../../store/remote/packs/small-codec.ts";
import { readSpan } from "../../store/remote/packs/spans.ts";
import type { Located } from "../../store/remote/packs/table-set.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { verifiedSource } from "../../store/verified-source.ts";
import type { Hash } from "../../values/hash.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { Item, Survey } from "./survey.ts";

/** Bytes of spans that are kept, since their neighbours are read next. */
const SPAN = 4 * 1024 * 1024;
const MOST_SPANS = 8;

/** A source that has a name of its own. */
type Named = Exclude<Source, { kind: "own" }>;

/** Writes into one builder. */
export class Rewriting {
  readonly #remote: Remote;
  /** Out of which everything is taken. */
  readonly #packs: Survey["packs"];
  /** Blobs there are what recipes name. */
  readonly #bases: Survey["bases"];
  readonly #spans = new Map<string, Buffer>();
  /** Where pieces lie now, by where they lay. */
  readonly #moved = new Map<string, PlacedPiece>();

  constructor(remote: Remote, { packs, bases }: Pick<Survey, "packs" | "bases">) {
    this.#remote = remote;
    this.#packs = packs;
    this.#bases = bases;
  }

  /** Bytes that were added; null for what is not right, and stays as it is. */
  async add(item: Item, builder: PackBuilder): Promise<number | null> {
    try {
      if (item.kind === "whole") return await this.#addWhole(item.hash, builder);
      if (item.kind === "blob") return await this.#addBlob(item.located, builder);
      return await this.#addRecipe(item.located, builder);
    } catch (error) {
      const isGone = isMvgitError(error, "object-missing") || error instanceof WrongBytes;
      if (isGone || error instanceof Malformed || isLack(error)) return null;
      throw error;
    }
  }

  async #addWhole(hash: Hash, builder: PackBuilder): Promise<number> {
    const found = await this.#remote.whole.stat(hash);
    const source = verifiedSource(hash, this.#remote.source(hash, found?.size ?? 0));
    const plain = (await readAll(source.open(0), source.size)) as Buffer;
    const { codec, stored } = encodeSmall(plain);
    await builder.addBlob({ hash, codec, stored, plain: plain.length });
    return stored.length;
  }

  async #addBlob({ table, entry }: Located, builder: PackBuilder): Promise<number> {
    const { hash, codec, plain } = entry;
    const from: Named = { kind: "pack", hash: table.pack };
    const stored = await this.#bytes(from, entry);
    if (hashBytes(await decode(codec, stored, { length: plain })) !== hash) throw new Malformed("it is another blob");
    const { piece } = await builder.addBlob({ hash, codec, stored, plain });
    if (this.#bases.has(table.pack, entry.offset)) this.#moved.set(keyOf(from, entry.offset, entry.stored), piece);
    return stored.length;
  }

  async #addRecipe(located: Located, builder: PackBuilder): Promise<number> {
    const { table, entry } = located;
    const { size, sources, segments } = recipeIn(await this.#remote.packed.recipeIn(located));
    const own: Named = { kind: "pack", hash: table.pack };
    const named = sources.map((source): Named => (source.kind === "own" ? own : source));
    let bytes = 0;
    for (const segment of segments) bytes += await this.#move(segment, named, builder);
    await builder.addRecipe({ hash: entry.hash, size }, (sourceOf): Recipe => {
      const made: Source[] = [];
      const numbers = new Map<string, number>();
      const place = ({ source, offset, stored }: StoredRange): StoredRange => {
        const from = named[source] as Named;
        const piece = this.#moved.get(keyOf(from, offset, stored));
        const to = piece === undefined ? from : sourceOf(piece);
        const key = to.kind === "own" ? "own" : `${to.kind} ${to.hash}`;
        const number = numbers.get(key) ?? made.push(to) - 1;
        numbers.set(key, number);
        return { source: number, offset: piece?.offset ?? offset, stored };
      };
      const placed = segments.map((segment): Segment => {
        const { base, ...rest } = segment;
        return { ...rest, ...place(segment), ...(base && { base: { ...base, ...place(base) } }) };
      });
      return { size, sources: made, segments: placed };
    });
    return bytes + entry.stored;
  }

  /** Copies what lies in a pack that is to go. Bytes that were added. */
  async #move(segment: Segment, named: readonly Named[], builder: PackBuilder): Promise<number> {
    const { base } = segment;
    const ranges = [segment, ...(base ? [base] : [])].filter(({ source, offset, stored }) => {
      const from = named[source] as Named;
      return from.kind === "pack" && this.#packs.has(from.hash) && !this.#moved.has(keyOf(from, offset, stored));
    });
    if (ranges.length === 0) return 0;
    await this.#check(segment, named);
    let bytes = 0;
    for (const { source, offset, stored } of ranges) {
      const from = named[source] as Named;
      const piece = await builder.addPiece(await this.#bytes(from, { offset, stored }));
      this.#moved.set(keyOf(from, offset, stored), piece);
      bytes += stored;
    }
    return bytes;
  }

  /** Throws `Malformed` where the segment is not what its recipe says. */
  async #check(segment: Segment, named: readonly Named[]): Promise<void> {
    const { length, codec, base, hash } = segment;
    const stored = await this.#bytes(named[segment.source] as Named, segment);
    const known = base && (await this.#bytes(named[base.source] as Named, base));
    const under = base && known && (await decode(base.codec, known, { length: base.length ?? length }));
    const plain = await decode(codec, stored, { length, ...(under && { base: under }) });
    if (hashBytes(plain) !== hash) throw new Malformed("a segment does not hash to its name");
  }

  /** Read with what lies around it, which is mostly wanted next. */
  async #bytes(from: Named, { offset, stored }: { offset: number; stored: number }): Promise<Buffer> {
    const start = Math.floor(offset / SPAN) * SPAN;
    const end = offset + stored;
    if (end > start + SPAN || from.kind === "blob") return this.#read(from, offset, end);
    const key = `${from.hash} ${start}`;
    const span = this.#spans.get(key) ?? (await this.#span(from.hash, start));
    this.#spans.delete(key);
    this.#spans.set(key, span);
    for (const oldest of this.#spans.keys()) if (this.#spans.size > MOST_SPANS) this.#spans.delete(oldest);
    if (span.length < end - start) throw new Malformed("it lies outside of its pack");
    return span.subarray(offset - start, end - start);
  }

  async #span(pack: Hash, start: number): Promise<Buffer> {
    const size = (await this.#remote.place.bucket.head(packName(pack)))?.size ?? 0;
    return this.#read({ kind: "pack", hash: pack }, start, Math.max(start, Math.min(size, start + SPAN)));
  }

  #read(from: Named, start: number, end: number): Promise<Buffer> {
    const name = from.kind === "blob" ? blobName(from.hash) : packName(from.hash);
    return readSpan(this.#remote.place.bucket, { name, start, end });
  }
}

function keyOf({ kind, hash }: Named, offset: number, stored: number): string {
  return `${kind} ${hash} ${offset} ${stored}`;
}
