/** Paths as a version keeps them: without the names of the user's own folders. */
import * as fs from "node:fs";
import { homedir } from "node:os";
import { relative, sep } from "node:path";
import type { RecordedPlace } from "../../../values/environment-record.ts";
import { isInside } from "../../../program/neutral.ts";
import type { Environment } from "../../../program/find.ts";

/** Where a command runs. */
export interface Place {
  /** Absolute; where it starts. */
  cwd: string;
  /** Absolute; the top of the work tree. */
  top: string;
  env: Environment;
  /** Tops of other work trees that count as the same, from which a program was taken. */
  alsoTops?: readonly string[];
}

/** Folders that places are told from; absolute. */
export interface Origins {
  /** Tops of work trees, each of which counts as the run's own. */
  tops: readonly string[];
  home: string | null;
}

export function originsOf(tops: readonly string[], env: Environment): Origins {
  const home = env["HOME"] ?? homedir();
  const isOfUse = home.startsWith(sep) && home.length > 1 ? home : null;
  return { tops, home: isOfUse };
}

export function placeOf(path: string, { tops, home }: Origins): RecordedPlace {
  const below = (folder: string): string | null =>
    [folder, realOf(folder)]
      .filter((each) => isInside(path, each))
      .map((each) => relative(each, path).split(sep).join("/"))[0] ?? null;
  const inTree = tops.map(below).find((each) => each !== null);
  if (inTree !== undefined && inTree !== null) return { place: "work tree", path: inTree };
  const inHome = home === null ? null : below(home);
  return inHome === null ? { place: "elsewhere", path } : { place: "home", path: inHome };
}

function realOf(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return folder;
  }
}
