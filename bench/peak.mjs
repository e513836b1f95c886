/** Loaded into a measured process: leaves the KiB of memory that it had at its peak. */
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.env.MVGIT_BENCH_PEAK) {
  process.on("exit", () => writeFileSync(process.env.MVGIT_BENCH_PEAK, String(process.resourceUsage().maxRSS)));
}
