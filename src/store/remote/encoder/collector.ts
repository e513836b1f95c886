/** Pieces of a new blob as they come, looked up, and joined where that makes fewer of them. */
import type { Cut, Piece, Region } from "../../../encoding/types.ts";
import { hashBytes, type Hasher, newHasher } from "../../../hashing/hasher.ts";
import { isBehind, type StoredPiece } from "./layout.ts";
import { type KnownPieces, LONGEST_CUT, pieceOf, type Place } from "./matches.ts";
import type { Found, NewPiece, StoredPart } from "./parts.ts";

/** Bytes of what is joined. */
const LONGEST = 1024 * 1024;
/**
 * A joint ends behind a piece whose hash begins so, one of two: the same bytes end one elsewhere too, and what is coded
 * goes anew as a whole.
 */
const JOINT = /^[0-7]/;

/** A piece without its bytes. */
type CutPiece = Omit<NewPiece, "found">;

/** Looks pieces up; those that were found one behind the other, stored raw, become one. */
export class Collector {
  readonly pieces: NewPiece[] = [];
  readonly #known: KnownPieces;
  #last: Place | null = null;
  #run: { piece: NewPiece; hasher: Hasher } | null = null;

  constructor(known: KnownPieces) {
    this.#known = known;
  }

  /** Whether the remote is known to have it. */
  has({ hash, length }: Cut): boolean {
    return this.#known.find(hash, length, this.#last) !== null;
  }

  add(cut: CutPiece, bytes: Uint8Array): void {
    const before = this.#last;
    const place = this.#known.find(cut.hash, cut.length, before);
    this.#last = place;
    if (place !== null && this.#goesOn(place, before)) return this.#extend(bytes);
    this.end();
    const piece = { ...cut, found: place && foundAt(place) };
    this.pieces.push(piece);
    if (piece.found?.at.codec !== "raw" || cut.length > LONGEST / 2) return;
    const hasher = newHasher();
    hasher.update(bytes);
    this.#run = { piece, hasher };
  }

  #goesOn(place: Place, before: Place | null): boolean {
    if (this.#run === null || before === null || place.layout !== before.layout) return false;
    const stored = pieceOf(place);
    const isNext = stored.codec === "raw" && isBehind(stored, pieceOf(before));
    return isNext && this.#run.piece.length + stored.length <= LONGEST;
  }

  #extend(bytes: Uint8Array): void {
    const { piece, hasher } = this.#run as { piece: NewPiece; hasher: Hasher };
    const found = piece.found as Found;
    hasher.update(bytes);
    piece.length += bytes.length;
    piece.found = { ...found, at: { ...found.at, stored: found.at.stored + bytes.length } };
  }

  /** To be called behind the last piece. */
  end(): void {
    if (this.#run !== null) this.#run.piece.hash = this.#run.hasher.digest();
    this.#run = null;
  }
}

function foundAt(place: Place): Found {
  const piece = pieceOf(place);
  return { layout: place.layout, start: piece.start, at: storedPart(piece) };
}

function storedPart({ codec, source, offset, stored, base }: StoredPiece): StoredPart {
  return { codec, source, offset, stored, ...(base !== undefined && { base }) };
}

/**
 * Joins pieces of which content decided where they end, where content says so too. Each joint is looked up as one, and
 * where the remote does not have it, its pieces are.
 */
export class Joiner {
  readonly #collector: Collector;
  readonly #isCoarse: boolean;
  readonly #bytes = Buffer.allocUnsafeSlow(LONGEST);
  #start = 0;
  #length = 0;
  #region: Region | null = null;
  #cuts: Cut[] = [];

  /** `isCoarse`: what a joint is made of is not looked at. */
  constructor(collector: Collector, { isCoarse }: { isCoarse: boolean }) {
    this.#collector = collector;
    this.#isCoarse = isCoarse;
  }

  add({ start, bytes, region }: Piece): void {
    if (this.#region !== region) this.end();
    if (this.#length === 0) this.#start = start;
    this.#region = region;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    const hash = hashBytes(bytes);
    this.#cuts.push({ hash, length: bytes.length });
    if (JOINT.test(hash) || this.#length > LONGEST - LONGEST_CUT) this.end();
  }

  /** To be called behind the last piece of a region. */
  end(): void {
    if (this.#region === null || this.#length === 0) return;
    const [bytes, cuts, region] = [this.#bytes.subarray(0, this.#length), this.#cuts, this.#region];
    const hash = cuts.length === 1 ? (cuts[0] as Cut).hash : hashBytes(bytes);
    const joint = { start: this.#start, length: this.#length, hash, region };
    this.#length = 0;
    this.#cuts = [];
    const isOne = this.#isCoarse || cuts.length === 1 || this.#collector.has(joint);
    if (isOne || !cuts.some((cut) => this.#collector.has(cut))) {
      this.#collector.add(isOne ? joint : { ...joint, cuts }, bytes);
    } else {
      let start = joint.start;
      for (const cut of cuts) {
        const from = start - joint.start;
        this.#collector.add({ start, region, ...cut }, bytes.subarray(from, from + cut.length));
        start += cut.length;
      }
    }
  }
}
