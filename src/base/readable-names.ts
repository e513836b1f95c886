/** What a folder holds, for those who only record what can be seen. */
import * as fs from "node:fs";

/**
 * Sorted; empty where there is no such folder, or this user may not list it. Never for what decides what is kept or
 * removed.
 */
export function readableNames(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}
