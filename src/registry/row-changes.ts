/** How a table differs between two versions: CSV, JSON Lines, Parquet. */
import { systemClock } from "../base/clock.ts";
import { isMvgitError } from "../base/errors.ts";
import { Pool } from "../base/pool.ts";
import { notHere, openBoth, type Sides } from "./content.ts";
import { differingRows } from "./csv-rows.ts";
import { differingLines } from "./jsonl-rows.ts";
import { parquetJob } from "./parquet-job.ts";
import { type ParquetAnswer, type RowChanges, RowsLeft } from "./row-sum.ts";

/** Bytes of both sides up to which rows are compared. */
const ROWS_CAP = 512 * 1024 * 1024;
/** What a thread that reads Parquet may take. */
const PARQUET = { heap: 1024, ms: 120_000 };

const [CSV, JSONL, PARQUET_FILE] = [/\.(csv|tsv)$/i, /\.(jsonl|ndjson)$/i, /\.(parquet|pq)$/i];

export function mayHaveRows(path: string): boolean {
  return CSV.test(path) || JSONL.test(path) || PARQUET_FILE.test(path);
}

/** Of a file that both have: what differs in it, or why that is not known. */
export async function rowChanges(sides: Sides): Promise<{ rows: RowChanges } | { note: string }> {
  const { path, a, b } = sides;
  if (a.size + b.size > ROWS_CAP)
    return { note: "its rows were not compared: it is larger than what is read for that" };
  try {
    if (PARQUET_FILE.test(path)) return await parquetChanges(sides);
    const [open, other] = [() => a.read(), () => b.read()];
    return { rows: JSONL.test(path) ? await differingLines(open, other) : await differingRows(open(), other()) };
  } catch (error) {
    if (error instanceof RowsLeft) return { note: `its rows were not compared: ${error.message}` };
    throw error;
  }
}

async function parquetChanges(sides: Sides): Promise<{ rows: RowChanges } | { note: string }> {
  const [a, b] = ((await openBoth(sides)) ?? []).map(({ file }) => file);
  if (a === undefined || b === undefined) return { note: notHere("rows") };
  const answer = await inThread([a, b]);
  return "rows" in answer ? answer : { note: `its rows were not compared: ${answer.why}` };
}

async function inThread([a, b]: [string, string]): Promise<ParquetAnswer> {
  const pool = new Pool(parquetJob, null, { heap: PARQUET.heap });
  const over = new AbortController();
  try {
    return await Promise.race([
      pool.ask({ a, b }),
      systemClock
        .sleep(PARQUET.ms, over.signal)
        .then((): ParquetAnswer => ({ why: "reading it takes longer than is waited for it" })),
    ]);
  } catch (error) {
    if (isMvgitError(error, "bug")) return { why: "reading it took more memory than is given for that" };
    throw error;
  } finally {
    over.abort();
    await pool.close();
  }
}
