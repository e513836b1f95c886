/** What folders of mvgit's own hold. */
import * as fs from "node:fs";
import { systemCode } from "./errors.ts";
import { fromSystem } from "./system-errors.ts";
import { display } from "./paths.ts";

/** Sorted; empty where there is no such folder. Throws where it cannot be listed. */
export function ownNames(folder: string): string[] {
  try {
    return fs.readdirSync(folder).toSorted();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw fromSystem(error, `list '${display(folder)}'`, display(folder));
  }
}
