/**
 * Rows of two Parquet files, in a thread of their own: the library that reads them believes what a file says, and what
 * a hostile one makes of that must cost the thread and nothing else.
 */
import type { Job } from "../base/job.ts";
import type { ParquetAnswer } from "./row-sum.ts";

/** Files on this disk. */
interface ParquetRequest {
  a: string;
  b: string;
}

export const parquetJob: Job<null, ParquetRequest, ParquetAnswer> = {
  name: "parquet",
  start: () => async (request) => (await import("./parquet-rows.ts")).parquetRows(request),
};
