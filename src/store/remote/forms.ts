/** All forms in which a remote may have a blob, one after the other: where one fails, the next goes on. */
import type { MvgitError } from "../../base/errors.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { Hash } from "../../values/hash.ts";
import type { BlobRange } from "../blob-store.ts";
import { isLack } from "../lack.ts";
import type { ObjectName } from "../bucket.ts";
import { missingIn } from "./blob-errors.ts";
import type { Form } from "./form.ts";
import { packName } from "./layout.ts";
import type { PackedBlobs } from "./packs/packed-blobs.ts";
import type { Place } from "./place.ts";
import type { WholeBlobs } from "./whole-blobs.ts";

/** The id of the whole blob among its forms. */
const WHOLE = "whole";

/** What one blob's bytes came from. */
export type Used = Set<string>;

/** Throws what whole and packed blobs throw; `blob-missing` only where the absence of every form is certain. */
export class Forms {
  readonly #place: Place;
  readonly #whole: WholeBlobs;
  readonly #packed: PackedBlobs;
  /** Forms that gave wrong bytes, by blob: they are asked last. */
  readonly #distrusted = new Map<Hash, Set<string>>();

  constructor(place: Place, whole: WholeBlobs, packed: PackedBlobs) {
    this.#place = place;
    this.#whole = whole;
    this.#packed = packed;
  }

  /** Bytes of the blob in the first form that has it. `used` is told which. Throws `blob-missing`. */
  async size(hash: Hash, used: Used): Promise<number> {
    for await (const form of this.#of(hash)) {
      const size = await form.size();
      if (size === null) continue;
      used.add(form.id);
      return size;
    }
    throw this.#absent(hash);
  }

  /** Unverified. `used` is told which forms gave something. */
  async *bytes(hash: Hash, range: BlobRange, used: Used = new Set()): AsyncGenerator<Uint8Array> {
    const failures = new Map<string, MvgitError>();
    let at = range.start;
    for await (const form of this.#of(hash)) {
      try {
        for await (const chunk of form.open({ ...range, start: at })) {
          used.add(form.id);
          at += chunk.length;
          yield chunk;
        }
        used.add(form.id);
        return;
      } catch (error) {
        if (!isLack(error)) throw error;
        failures.set(form.id, error);
      }
    }
    throw this.#worst(hash, failures);
  }

  /** The packs that small blobs were taken out of; none where the blob's own object, or a recipe, gave it. */
  objectsOf(hash: Hash, used: Used): ObjectName[] {
    return this.#packed.packsOf(hash, used).map(packName);
  }

  /** What these forms gave was wrong. */
  distrust(hash: Hash, used: Used): void {
    const before = this.#distrusted.get(hash) ?? [];
    this.#distrusted.set(hash, new Set([...before, ...used]));
  }

  /**
   * Those that are known, the whole blob, and those that were written meanwhile; last, those that gave wrong bytes.
   */
  async *#of(hash: Hash): AsyncGenerator<Form> {
    const distrusted = this.#distrusted.get(hash) ?? new Set();
    const last: Form[] = [];
    const seen = new Set<string>();
    const fresh = (forms: Form[]): Form[] => {
      const unseen = forms.filter(({ id }) => !seen.has(id));
      for (const { id } of unseen) seen.add(id);
      last.push(...unseen.filter(({ id }) => distrusted.has(id)));
      return unseen.filter(({ id }) => !distrusted.has(id));
    };
    yield* fresh(await this.#packed.known(hash));
    yield* fresh([this.#wholeForm(hash)]);
    // Written since, or in another pack by now.
    yield* fresh(await this.#packed.present(hash));
    yield* last;
  }

  #wholeForm(hash: Hash): Form {
    return {
      id: WHOLE,
      size: async () => (await this.#whole.stat(hash))?.size ?? null,
      open: (range) => this.#whole.open(hash, range),
    };
  }

  /** What a form said that is not known any more counts for nothing: the blob was removed, or is elsewhere. */
  #worst(hash: Hash, failures: ReadonlyMap<string, MvgitError>): MvgitError {
    const known = new Set([WHOLE, ...this.#packed.ids(hash)]);
    const counted = [...failures].filter(([id]) => known.has(id)).map(([, error]) => error);
    return counted.find((error) => isMvgitError(error, "blob-damaged")) ?? this.#absent(hash);
  }

  #absent(hash: Hash): MvgitError {
    return this.#packed.index.doubt ?? missingIn(this.#place, hash);
  }
}
