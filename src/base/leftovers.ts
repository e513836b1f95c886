/** What processes that ended left half-made in folders of mvgit's own, beside what they were about to replace. */
import * as fs from "node:fs";
import { join } from "node:path";
import { pattern } from "./pattern.ts";
import { systemCode } from "./errors.ts";
import { removeIfAllowed, timeIn } from "./file-time.ts";
import { stateOfOwner } from "./processes.ts";
import { ABANDONED } from "./times.ts";

/** The end of a name by `nameOfOwner`, with or without the `.lock` that git puts behind it. */
const OWNED = /[.-]([A-Za-z0-9-]+\.[1-9][0-9]*\.[0-9]*-[0-9a-f]*-[0-9]*-[0-9a-f]{16})(?:\.lock)?$/;
/** Names that earlier versions gave, which do not say whose they are. */
const UNOWNED = pattern()`
  ^(?:\..+\.mvgit-[0-9a-f]{16}|.*lock\.[0-9a-f]{16}|(?:targets|
  folder-[0-9a-f]{32})\.[0-9]+-[0-9a-f]{16}|index-[0-9]+-[0-9a-f]{16}(?:\.lock)?|
  \.?[0-9]+-[0-9a-f]{16}\.mvgit-[0-9a-f]{16})$`;

/**
 * Cleans one folder, not those below it; one that is absent has nothing. What may not be removed stays, and fails
 * nobody.
 */
export function cleanLeftovers(folder: string): void {
  let now: number | null = null;
  for (const name of namesIn(folder)) {
    const owner = OWNED.exec(name)?.[1];
    if (owner === undefined && !UNOWNED.test(name)) continue;
    const state = owner === undefined ? "unknown" : stateOfOwner(owner);
    if (state === "runs") continue;
    const file = join(folder, name);
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) continue;
    if (state === "unknown" && (now ??= timeIn(folder)) - found.mtimeMs < ABANDONED) continue;
    removeIfAllowed(file);
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw error;
  }
}
