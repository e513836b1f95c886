/** The first reading of a new blob: its pieces, which of them the remote has, and that all of it is what it must be. */
import { cut } from "../../../encoding/cuts/cut.ts";
import type { Cut, Piece, Region } from "../../../encoding/types.ts";
import { MvgitError } from "../../../base/errors.ts";
import { breathe } from "../../../base/stop.ts";
import { hashBytes, newHasher } from "../../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../../values/hash.ts";
import { Collector, Joiner } from "./collector.ts";
import type { KnownPieces } from "./matches.ts";
import type { NewPiece } from "./parts.ts";

/** From here on, only joints are remembered of what is cut by content: a list of all cuts would be too long. */
const COARSE_FROM = 2 * 1024 ** 3;
/** Pieces of one blob that are kept in memory; of more nothing is looked for. */
const MOST_PIECES = 256 * 1024;

/** What is read. */
export interface Surveyed {
  hash: Hash;
  /** Bytes. */
  size: number;
  bytes: AsyncIterable<Uint8Array>;
  regions: readonly Region[];
  /** Whether pieces are joined: what is coded takes less in larger portions. */
  isJoined: boolean;
}

/**
 * All pieces in order; those that were found one behind the other, stored raw, as one. Null for too many. Throws
 * `blob-damaged` for bytes that are not the blob's.
 */
export async function survey(blob: Surveyed, known: KnownPieces): Promise<NewPiece[] | null> {
  const whole = newHasher();
  const collector = new Collector(known);
  const isCoarse = blob.size >= COARSE_FROM;
  const joiner = isCoarse || blob.isJoined ? new Joiner(collector, { isCoarse }) : null;
  for await (const piece of cutRight(blob)) {
    const { start, bytes, region } = piece;
    await breathe();
    whole.update(bytes);
    if (joiner === null || region.kind === "tensor") {
      joiner?.end();
      collector.add({ start, region, length: bytes.length, hash: hashBytes(bytes) }, bytes);
    } else joiner.add(piece);
    if (collector.pieces.length > MOST_PIECES) return null;
  }
  joiner?.end();
  collector.end();
  if (whole.digest() !== blob.hash) throw damaged(blob.hash, "its bytes do not hash to its name");
  return collector.pieces;
}

/** Throws `blob-damaged` where the source has other bytes than it says. */
async function* cutRight({ hash, bytes, regions }: Surveyed): AsyncGenerator<Piece> {
  try {
    yield* cut(bytes, regions);
  } catch (error) {
    if (error instanceof MvgitError && error.code === "changed-while-reading")
      throw damaged(hash, "it has another size than its name says");
    throw error;
  }
}

/** The failure of a source of other bytes. */
export function damaged(hash: Hash, how: string): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} is damaged: ${how}`, { subject: hash });
}

/** As a cut list has them. */
export function cutsOf(pieces: readonly NewPiece[]): Cut[] {
  return pieces.flatMap(({ cuts, hash, length }) => cuts ?? [{ hash, length }]);
}
