/** Who reads a blob for the first time: this thread, or another one where that is worth its start. */
import { answerOf } from "../../../base/job.ts";
import { unlessStopped } from "../../../base/stop.ts";
import { Pool } from "../../../base/pool.ts";
import type { ProgressTask } from "../../../base/progress.ts";
import type { Region } from "../../../encoding/types.ts";
import type { WriteItem } from "../../blob-store.ts";
import type { Layout } from "./layout.ts";
import { KnownPieces } from "./matches.ts";
import type { NewPiece } from "./parts.ts";
import { survey } from "./survey.ts";
import { surveyJob } from "./survey-job.ts";

/** From so many bytes on. */
export const WORTH_A_THREAD = 64 * 1024 * 1024;
/** Milliseconds between two tellings of how far the thread is. */
const TELL_EVERY = 100;

/** A blob of which the bytes can be looked at. */
export type Looked = WriteItem & Required<Pick<WriteItem, "look">>;

/** As `survey`, of the blob of an item. */
export async function surveyOf(
  { hash, source: { size }, look }: Looked,
  { regions, isJoined, layouts }: { regions: readonly Region[]; isJoined: boolean; layouts: readonly Layout[] },
): Promise<NewPiece[] | null> {
  const blob = { hash, size, regions, isJoined };
  if (look.file === undefined || size < WORTH_A_THREAD)
    return survey({ ...blob, bytes: look.read({ start: 0, end: size }) }, new KnownPieces(layouts));
  const pool = new Pool(surveyJob, null, { most: 1 });
  const told = new BigUint64Array(new SharedArrayBuffer(8));
  const stopTelling = tellOf(told, look.looking?.());
  try {
    const sent = answerOf(await unlessStopped(pool.ask({ ...blob, file: look.file, layouts, told })));
    const named = (number: number): Layout => layouts[number] as Layout;
    return (
      sent &&
      sent.map(({ found, ...piece }) => ({ ...piece, found: found && { ...found, layout: named(found.layout) } }))
    );
  } finally {
    stopTelling();
    await pool.close();
  }
}

/** Tells now and then how many bytes a thread has read, until what it answers is called. */
function tellOf(told: BigUint64Array<SharedArrayBuffer>, task: ProgressTask | undefined): () => void {
  let last = 0;
  const timer = setInterval(() => {
    const read = Number(Atomics.load(told, 0));
    task?.advance(read - last);
    last = read;
  }, TELL_EVERY);
  return () => {
    clearInterval(timer);
    task?.done();
  };
}
