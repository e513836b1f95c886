/** Blobs that recipes put together: read portion by portion, several ahead, each segment checked by its own hash. */
import { isMvgitError, type MvgitError } from "../../../base/errors.ts";
import { Slots } from "../../../base/slots.ts";
import { mapOrdered } from "../../../base/tasks.ts";
import { decode } from "../../../encoding/codecs/codecs.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import { MOST_PLANNED } from "../../../encoding/limits.ts";
import { RecipeForm } from "../../../encoding/recipe-form.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Hash } from "../../../values/hash.ts";
import { type ObjectName, WrongBytes } from "../../bucket.ts";
import type { ByteRange } from "../../bytes.ts";
import { damagedIn } from "../blob-errors.ts";
import { packName } from "../layout.ts";
import type { Place } from "../place.ts";
import { type Needed, RecipePlan } from "./recipe-plan.ts";
import { joinSpans, ReadSpans, readSpan, type Span } from "./spans.ts";
import type { Located } from "./table-set.ts";
import { Windows } from "./windows.ts";

/** Portions that are under way at once. */
const AHEAD = 4;
/**
 * Ranges that a portion is read by, and their bytes, with what nobody wants between them; else it is read in halves.
 */
const [MOST_RANGES, MOST_READ] = [256, 32 * 1024 * 1024];
/** Bytes of a recipe that is read with what lies around it, where the one patch mostly lies that it tells of. */
const SHORT = 1024;

/** Of a blob that is one segment, where its bytes lie. */
export interface Single extends Needed {
  /** Its stored bytes, where they were read with the recipe; not verified. */
  bytes: Buffer | null;
}

/** Throws `blob-damaged`, which names blob and object where that is missing or damaged, and what the bucket throws. */
export class RecipeReading {
  readonly #place: Place;
  /** By where they lie, the one that was used last at the end: at most `MOST_PLANNED` bytes, or one. */
  readonly #kept = new Map<string, RecipePlan>();
  /** For bytes of recipes that are being read. */
  readonly #reading = new Slots(MOST_PLANNED);
  readonly #windows: Windows;

  constructor(place: Place) {
    this.#place = place;
    this.#windows = new Windows(place.bucket);
  }

  /** Bytes of the blob. */
  async *open(located: Located, range: ByteRange): AsyncGenerator<Uint8Array> {
    const { hash } = located.entry;
    const portions = this.#portions(located, range);
    for await (const parts of mapOrdered(portions, AHEAD, (portion) => this.#portion(hash, portion))) yield* parts;
  }

  /** Nobody holds a recipe while others are read from it: it is had again where it was not kept. */
  async *#portions(located: Located, { start, end }: ByteRange): AsyncGenerator<Needed[]> {
    for (let at = start; at < end;) {
      const portion = (await this.#planOf(located)).portion({ start: at, end });
      for (const { part } of portion) at += part.end - part.start;
      yield portion;
    }
  }

  async #planOf(located: Located): Promise<RecipePlan> {
    const key = `${located.table.pack} ${located.entry.offset}`;
    const plan = this.#kept.get(key) ?? (await this.#keptPlan(key, located));
    this.#kept.delete(key);
    this.#kept.set(key, plan);
    return plan;
  }

  /** One of all that wait for it reads it. */
  #keptPlan(key: string, located: Located): Promise<RecipePlan> {
    return this.#inTurn(located, async () => {
      const known = this.#kept.get(key);
      if (known !== undefined) return known;
      this.#makeRoom(located.entry.plain);
      const plan = new RecipePlan(await this.#read(located), located.table.pack);
      this.#makeRoom(plan.weight);
      this.#kept.set(key, plan);
      return plan;
    });
  }

  #makeRoom(bytes: number): void {
    let weight = bytes;
    for (const each of this.#kept.values()) weight += each.weight;
    for (const [oldest, each] of this.#kept) {
      if (weight <= MOST_PLANNED) return;
      this.#kept.delete(oldest);
      weight -= each.weight;
    }
  }

  /** The recipe that an entry tells of. Who holds several does so beside what is allowed here. */
  recipeIn(located: Located): Promise<RecipeForm> {
    return this.#inTurn(located, () => this.#read(located));
  }

  /** For who reads many together: null where the recipe has several segments. */
  async singleIn(located: Located): Promise<Single | null> {
    const { table, entry } = located;
    const [only, ...more] = new RecipePlan(await this.recipeIn(located), table.pack).portion({
      start: 0,
      end: entry.size,
    });
    if (only === undefined || more.length > 0 || only.segment.length !== entry.size) return null;
    return { ...only, bytes: await this.#windows.kept(only.stored) };
  }

  #inTurn<R>({ entry: { stored, plain } }: Located, work: () => Promise<R>): Promise<R> {
    return this.#reading.hold(work, Math.max(stored, plain));
  }

  async #read({ table, entry }: Located): Promise<RecipeForm> {
    const name = packName(table.pack);
    const span = { name, start: entry.offset, end: entry.offset + entry.stored };
    for (let attempt = 0; ; attempt++) {
      const isWide = attempt === 0 && entry.stored <= SHORT;
      const stored = await this.#bytes(
        entry.hash,
        span,
        isWide ? () => this.#windows.read(span, table.size) : undefined,
      );
      try {
        const recipe = new RecipeForm(await decode(entry.codec, stored, { length: entry.plain }));
        if (recipe.size === entry.size) return recipe;
        throw new Malformed("it is of a blob of another size");
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        this.#windows.forget(name);
        if (attempt > 0)
          throw this.#damaged(entry.hash, `its recipe in '${name}' is damaged: ${error.message}`, [name], error);
      }
    }
  }

  async #portion(hash: Hash, portion: readonly Needed[]): Promise<Uint8Array[]> {
    const ranges = joinSpans(portion.flatMap(({ stored, base }) => (base === null ? [stored] : [stored, base])));
    if (portion.length > 1 && isTooMuch(ranges)) {
      const half = portion.length >>> 1;
      const parts: Uint8Array[] = [];
      // Copied, since a part may hold on to all that was read with it.
      for (const some of [portion.slice(0, half), portion.slice(half)])
        parts.push(...(await this.#portion(hash, some)).map((each) => Buffer.from(each)));
      return parts;
    }
    const bytesOf = async (span: Span): Promise<Buffer> =>
      (await this.#windows.kept(span)) ?? (await this.#bytes(hash, span));
    const spans = await Promise.all(ranges.map(async (span) => ({ span, bytes: await bytesOf(span) })));
    const read = new ReadSpans(spans);
    const parts: Uint8Array[] = [];
    for (const needed of portion) parts.push(await this.#segment(hash, needed, read));
    return parts;
  }

  /** The needed bytes of a segment. Those that came wrong are asked for once more, by themselves. */
  async #segment(hash: Hash, needed: Needed, read: ReadSpans): Promise<Uint8Array> {
    const first = await plainOf(needed, read);
    if (!(first instanceof Malformed)) return first;
    const spans = needed.base === null ? [needed.stored] : [needed.stored, needed.base];
    const again = await Promise.all(spans.map(async (span) => ({ span, bytes: await this.#bytes(hash, span) })));
    const second = await plainOf(needed, new ReadSpans(again));
    if (!(second instanceof Malformed)) return second;
    const objects = [...new Set(spans.map(({ name }) => name))];
    throw this.#damaged(hash, `${objects.map(quoted).join(" or ")} is damaged: ${second.message}`, objects, second);
  }

  async #bytes(
    hash: Hash,
    span: Span,
    read = (): Promise<Buffer> => readSpan(this.#place.bucket, span),
  ): Promise<Buffer> {
    try {
      return await read();
    } catch (error) {
      if (isMvgitError(error, "object-missing"))
        throw this.#damaged(hash, `${quoted(span.name)} is missing`, [span.name], error);
      if (!(error instanceof WrongBytes)) throw error;
      throw this.#damaged(hash, `${quoted(span.name)} is damaged: ${error.message}`, [span.name], error);
    }
  }

  #damaged(hash: Hash, how: string, objects: readonly ObjectName[], cause: unknown): MvgitError {
    return damagedIn(this.#place.name, hash, `cannot be put together: ${how}`, cause, objects);
  }
}

function isTooMuch(ranges: readonly Span[]): boolean {
  return ranges.length > MOST_RANGES || ranges.reduce((sum, { start, end }) => sum + end - start, 0) > MOST_READ;
}

/** What cannot be right is an answer here: it may be so on the way alone. A part of raw bytes is not checked. */
async function plainOf({ segment, part, stored, base }: Needed, read: ReadSpans): Promise<Uint8Array | Malformed> {
  const { codec, length, hash } = segment;
  try {
    const bytes = read.bytesOf(stored);
    if (codec === "raw" && part.end - part.start < length) return bytes;
    const plainBase =
      base &&
      segment.base &&
      (await decode(segment.base.codec, read.bytesOf(base), { length: segment.base.length ?? length }));
    const plain = await decode(codec, bytes, { length, ...(plainBase && { base: plainBase }) });
    if (hashBytes(plain) !== hash) return new Malformed("a segment does not hash to its name");
    return plain.subarray(part.start, part.end);
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
}

function quoted(name: ObjectName): string {
  return `'${name}'`;
}
