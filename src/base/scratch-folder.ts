/**
 * Folders of one process alone, in the system's place for such things; what a killed one left is removed by the next.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getuid } from "node:process";
import { makePrivateFolder, removeTree } from "./disk.ts";
import { systemCode } from "./errors.ts";
import { fromSystem } from "./system-errors.ts";
import { timeIn } from "./file-time.ts";
import { nameOfOwner, stateOfOwner } from "./processes.ts";
import { ABANDONED } from "./times.ts";

/** What such folders are for; the beginning of their names. */
const KINDS = ["mvgit-git", "mvgit-run", "mvgit-mlflow"] as const;
export type ScratchKind = (typeof KINDS)[number];

/** A new folder that only this user may enter. `discardTree` it in every case. */
export function makeScratchFolder(kind: ScratchKind): string {
  cleanScratchFolders([kind]);
  const folder = join(scratchPlace(), `${kind}-${nameOfOwner()}`);
  try {
    makePrivateFolder(folder);
  } catch (error) {
    throw fromSystem(error, `make the folder '${folder}'`, folder);
  }
  return folder;
}

/**
 * The system's place for such folders, but for one inside of a repository (`TMPDIR=./tmp`): programs look upwards for
 * settings and for code from where they are started.
 */
function scratchPlace(): string {
  const named = fs.existsSync(tmpdir()) ? fs.realpathSync(tmpdir()) : tmpdir();
  if (!isInRepository(named)) return named;
  return USUAL.find((place) => fs.existsSync(place) && !isInRepository(place)) ?? named;
}

const USUAL = ["/tmp", "/var/tmp"];

function isInRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (fs.existsSync(join(at, ".git"))) return true;
    if (at === dirname(at)) return false;
  }
}

/**
 * Removes what processes of this user that ended left. Others may put anything into such a place: only real folders of
 * ours are touched.
 */
export function cleanScratchFolders(kinds: readonly ScratchKind[] = KINDS): void {
  const place = scratchPlace();
  let now: number | null = null;
  for (const name of namesIn(place).filter((each) => kinds.some((kind) => each.startsWith(`${kind}-`)))) {
    const file = join(place, name);
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (!found?.isDirectory() || (getuid !== undefined && found.uid !== getuid())) continue;
    const state = stateOfOwner(name);
    if (state === "ended" || (state === "unknown" && (now ??= timeIn(place)) - found.mtimeMs > ABANDONED))
      removeTree(file);
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    // A place that may be written and not listed has nothing that could be found.
    if (["ENOENT", "EACCES"].includes(systemCode(error) ?? "")) return [];
    throw fromSystem(error, `list '${folder}'`, folder);
  }
}
