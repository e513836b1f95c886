/**
 * Writes packs: takes stored pieces, recipes and small blobs one after the other, and brings them to a place.
 *
 *     const builder = new PackBuilder(place, index);
 *     const piece = await builder.addPiece(stored);           // a piece of a large blob, as its codec stores it
 *     const written = await builder.addRecipe({ hash, size }, (sourceOf) => ({
 *       size, sources: [sourceOf(piece)], segments: [{ …, source: 0, offset: piece.offset, stored: piece.stored }],
 *     }));
 *     const small = await builder.addBlob({ hash, codec: "raw", stored, plain: stored.length });
 *     await builder.flush();                                  // all of it is visible, or it throws
 *     await written?.visible;                                 // that one is
 *
 * A pack is finished when there is no room for what comes next; then it is written, and after it its table, which makes
 * its blobs and recipes visible. A table is written only after every pack that was begun before it. So a recipe may
 * name pieces that were added before it, whatever pack they are in. The place is prepared, and what is relied on is
 * claimed, before the first call.
 */
import { type Clock, systemClock } from "../../../base/clock.ts";
import { MvgitError } from "../../../base/errors.ts";
import { gate } from "../../../base/tasks.ts";
import { CLAIM_TRUST } from "../../../base/times.ts";
import { MOST_IN_PACK } from "../../../encoding/limits.ts";
import { formatRecipe } from "../../../encoding/recipe.ts";
import type { PlainCodec, Recipe, Source } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import { indexName, packName } from "../layout.ts";
import type { Place } from "../place.ts";
import { putOwn, putOwnSource } from "../put-own.ts";
import { FillingPack, type FullPack, type PackRef } from "./filling-pack.ts";
import { writeIndexList } from "./index-list.ts";
import type { PlaceIndex } from "./place-index.ts";

/** A piece that was added: where it will be. `sourceOf` of a recipe's `build` says which object that is. */
export interface PlacedPiece {
  readonly pack: PackRef;
  /** In the pack. */
  readonly offset: number;
  /** Bytes in the pack. */
  readonly stored: number;
}

/** For a recipe: the pack that a piece is in. */
export type SourceOf = (piece: Pick<PlacedPiece, "pack">) => Source;

/** A small blob, as its codec stores it. */
export interface StoredBlob {
  hash: Hash;
  codec: PlainCodec;
  stored: Uint8Array;
  /** Bytes of the blob. */
  plain: number;
}

/** What was added to be found by its name. */
export interface Written {
  /** Resolves when everybody can find it; rejects with what hindered that. Nobody needs to wait for it. */
  readonly visible: Promise<void>;
}

/** `piece`: what recipes may rest on. */
export interface WrittenBlob extends Written {
  readonly piece: PlacedPiece;
}

/** Packs in memory at once. */
const AT_ONCE = 2;

/**
 * One writer of packs; several blobs may be added to it at once. Bytes that it is given are copied, and may be used
 * again when a call ended. When a pack could not be written every later call throws why.
 */
export class PackBuilder {
  readonly #place: Place;
  readonly #index: PlaceIndex | null;
  readonly #most: number;
  readonly #inTurn = gate(1);
  /** Each writes one pack that is full. */
  readonly #writing = new Set<Promise<void>>();
  /** That the packs before are written. */
  #before: Promise<void> = Promise.resolve();
  /** Memory of packs that are written: made anew for each, it costs as much as what is done in it. */
  readonly #spare: Buffer[] = [];
  #filling: Filling = newFilling(this.#spare);
  #failure: { error: unknown } | null = null;
  #isVisible = false;
  readonly #clock: Clock;
  /** When the first piece came: what is written before its recipe is nobody's yet, and gc takes it when it is old. */
  #since: number | null = null;

  /** `index`: what is told of tables that were written. `most`: bytes of pieces and blobs in a pack. */
  constructor(
    place: Place,
    index: PlaceIndex | null,
    { most = MOST_IN_PACK, clock = systemClock }: { most?: number; clock?: Clock } = {},
  ) {
    this.#most = most;
    this.#clock = clock;
    this.#place = place;
    this.#index = index;
  }

  /** Adds a piece that recipes name. */
  addPiece(stored: Uint8Array): Promise<PlacedPiece> {
    return this.#inTurn(async () => {
      await this.#makeRoom(stored.length);
      this.#since ??= this.#clock.now();
      const { pack } = this.#filling;
      return { pack: pack.ref, offset: pack.add(stored), stored: stored.length };
    });
  }

  /**
   * Adds a recipe, after all pieces that it names. `build` may be called twice, where it first turns out that the pack
   * has no room for it. Null where it is too long for any pack.
   */
  addRecipe(
    { hash, size }: { hash: Hash; size: number },
    build: (sourceOf: SourceOf) => Recipe,
  ): Promise<Written | null> {
    return this.#inTurn(async () => {
      if (this.#filling.pack.has({ hash, kind: "recipe" })) return this.#filling;
      for (let attempt = 0; attempt < 2; attempt++) {
        const stored = formatRecipe(build((piece) => this.#sourceOf(piece)));
        if (this.#filling.pack.hasRoomFor(stored.length)) {
          this.#filling.pack.addEntry({ hash, kind: "recipe", codec: "raw", plain: stored.length, size }, stored);
          return this.#filling;
        }
        await this.#next();
      }
      return null;
    });
  }

  /** Adds a blob that is small: at most `MOST_PIECE` bytes. */
  async addBlob(blob: StoredBlob): Promise<WrittenBlob> {
    return (await this.addBlobs([blob]))[0] as WrittenBlob;
  }

  /** As `addBlob`, of many at once, which may come into several packs. */
  addBlobs(blobs: readonly StoredBlob[]): Promise<WrittenBlob[]> {
    return this.#inTurn(async () => {
      const written: WrittenBlob[] = [];
      for (const { hash, codec, stored, plain } of blobs) {
        if (!this.#hasRoom(stored.length)) await this.#makeRoom(stored.length);
        const { pack } = this.#filling;
        if (!pack.has({ hash, kind: "blob" })) pack.addEntry({ hash, kind: "blob", codec, plain, size: plain }, stored);
        written.push({ visible: this.#filling.visible, piece: { pack: pack.ref, ...pack.blobAt(hash) } });
      }
      return written;
    });
  }

  /** Writes what is left. Throws the first failure, of whichever pack. */
  async flush(): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#filling.pack.isEmpty && this.#failure === null) await this.#next();
    });
    await Promise.all(this.#writing);
    if (this.#failure !== null) throw this.#failure.error;
    if (!this.#isVisible) return;
    this.#isVisible = false;
    if (this.#index === null) await writeIndexList(this.#place);
    else await this.#index.renewList();
  }

  /** Writes nothing more of what is not written; returns when nothing is under way. */
  async abandon(error: unknown): Promise<void> {
    this.#fail(error);
    await Promise.all(this.#writing);
  }

  #sourceOf({ pack }: Pick<PlacedPiece, "pack">): Source {
    return pack.hash === null ? { kind: "own" } : { kind: "pack", hash: pack.hash };
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    if (!this.#hasRoom(bytes)) await this.#next();
  }

  /** False as well where nothing can be written any more. */
  #hasRoom(bytes: number): boolean {
    const { pack } = this.#filling;
    return this.#failure === null && pack.hasRoomFor(bytes) && pack.size + bytes <= this.#most;
  }

  /** Lets the pack that is being filled be written, and begins another when there is memory for it. */
  async #next(): Promise<void> {
    const { pack, resolve, reject } = this.#filling;
    const full = pack.finish();
    const since = this.#since ?? this.#clock.now();
    const { before, uploaded } = this.#uploaded(full);
    const writing = this.#show(full, since, Promise.all([uploaded, before]))
      .then(
        () => {
          // Where it failed, one that is still being uploaded may be read on.
          full.source.release();
          resolve();
        },
        (error: unknown) => {
          this.#fail(error);
          reject(error);
        },
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    while (this.#writing.size >= AT_ONCE) await Promise.race(this.#writing);
    this.#filling = newFilling(this.#spare);
    if (this.#failure !== null) this.#filling.reject(this.#failure.error);
  }

  /** Begins to write a pack. `before`: until those are there that its recipes may name. */
  #uploaded({ hash, source }: FullPack): { before: Promise<void>; uploaded: Promise<void> } {
    const before = this.#before;
    const uploaded = (async () => {
      if (!(await this.#place.raise())) throw cannotPack(this.#place);
      if (this.#failure !== null) throw this.#failure.error;
      await putOwnSource(this.#place.writable(), packName(hash), source);
    })();
    this.#before = Promise.all([before, uploaded]).then(() => undefined);
    this.#before.catch(() => undefined);
    return { before, uploaded };
  }

  /** `since`: when the oldest was begun that it may tell of. */
  async #show({ hash, table }: FullPack, since: number, written: Promise<unknown>): Promise<void> {
    await written;
    if (this.#failure !== null) throw this.#failure.error;
    if (table === null) return;
    if (this.#clock.now() - since > CLAIM_TRUST) throw tookTooLong(this.#place);
    await putOwn(this.#place.writable(), indexName(hash), table);
    this.#index?.wrote(hash, table);
    this.#isVisible = true;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#filling.reject(this.#failure.error);
  }
}

interface Filling extends Written {
  pack: FillingPack;
  resolve(): void;
  reject(error: unknown): void;
}

function newFilling(spare: Buffer[]): Filling {
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const visible = new Promise<void>((...settle) => ([resolve, reject] = settle));
  visible.catch(() => undefined);
  return { pack: new FillingPack(spare), visible, resolve, reject };
}

/** The machine slept for days: what was written before may be gone, and no table may tell of it. */
function tookTooLong({ name, address }: Place): MvgitError {
  return new MvgitError("remote-unavailable", `what was written to ${name} days ago may be gone by now`, {
    subject: address,
    hint: "run the command again",
  });
}

/** Where the mark stays, an older mvgit would not know what it misses. */
function cannotPack({ name, address }: Place): MvgitError {
  return new MvgitError("not-supported", `${name} cannot keep packs: its mark may not be replaced`, {
    subject: address,
    hint: "set 'mvgit.encoding' to 'whole'; 'mvgit doctor --remote' says what is missing",
  });
}
