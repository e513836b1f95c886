/** A run's log, read while it may still be written. */
import { RunLog } from "../../../values/run-log.ts";
import { look } from "../../../worktree/stamp.ts";
import { linesOf } from "./log-file.ts";

/** What a log says; nothing of one that is gone. */
export async function logOf(file: string): Promise<RunLog> {
  const log = new RunLog();
  if (look(file)?.kind === "file") for await (const line of linesOf(file)) log.add(line);
  return log;
}
