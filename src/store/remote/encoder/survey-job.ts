/** The first reading of a large blob in a thread, where it is a file of this machine. */
import * as fs from "node:fs";
import { type Attempt, attemptSoon, type Job } from "../../../base/job.ts";
import type { Region } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import type { Layout } from "./layout.ts";
import { KnownPieces } from "./matches.ts";
import type { Found, NewPiece } from "./parts.ts";
import { survey } from "./survey.ts";

/** Bytes read at once. */
const PORTION = 4 * 1024 * 1024;

export interface SurveyRequest {
  hash: Hash;
  /** Bytes. */
  size: number;
  file: string;
  regions: readonly Region[];
  isJoined: boolean;
  layouts: readonly Layout[];
  /** Where the thread says how many bytes it has read. */
  told: BigUint64Array<SharedArrayBuffer>;
}

/** A piece whose layout is told by its number: layouts are large. */
export type SentPiece = Omit<NewPiece, "found"> & { found: (Omit<Found, "layout"> & { layout: number }) | null };

async function surveyFile({
  hash,
  size,
  file,
  regions,
  isJoined,
  layouts,
  told,
}: SurveyRequest): Promise<SentPiece[] | null> {
  const bytes = readFile(file, { size, told });
  const pieces = await survey({ hash, size, bytes, regions, isJoined }, new KnownPieces(layouts));
  const numbers = new Map(layouts.map((layout, number) => [layout, number]));
  const sent = (found: Found): SentPiece["found"] => ({ ...found, layout: numbers.get(found.layout) as number });
  return pieces && pieces.map((piece) => ({ ...piece, found: piece.found && sent(piece.found) }));
}

/** The same memory for each portion. Fewer bytes than `size` end early. */
async function* readFile(
  file: string,
  { size, told }: Pick<SurveyRequest, "size" | "told">,
): AsyncGenerator<Uint8Array> {
  const handle = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PORTION, size));
    for (let at = 0; at < size;) {
      const read = fs.readSync(handle, buffer, 0, Math.min(buffer.length, size - at), at);
      if (read === 0) return;
      at += read;
      Atomics.store(told, 0, BigInt(at));
      yield buffer.subarray(0, read);
    }
  } finally {
    fs.closeSync(handle);
  }
}

export const surveyJob: Job<null, SurveyRequest, Attempt<SentPiece[] | null>> = {
  name: "survey",
  start: () => (request) => attemptSoon(request.file, () => surveyFile(request)),
};
