/**
 * One file of the work tree made, replaced or removed, if what stands there is still what was looked at. A new file
 * takes no name that was taken meanwhile. One that goes is moved aside and looked at there before it is removed. One
 * that is replaced is looked at again right before the one step in which it is, so that the name always has the old
 * file or the new, whole. What is not what was seen stays. What a program writes later that holds the old file open
 * cannot be seen.
 */
import { basename, dirname, join } from "node:path";
import { uniqueName } from "../base/clock.ts";
import { claimName, linkFile, moveFile, moveOver, moveToFree, removeFile } from "../base/disk.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { TemporaryFolder } from "../store/temporary.ts";
import { lookThrough, sameContent, type Stamp } from "./stamp.ts";

/** A place in the work tree, and what was seen there. */
export interface Spot {
  /** A path by which it is reached, through folders that were looked at. */
  at: string;
  /** What it is called in messages. */
  shown: string;
  /** Stamp of the file that stood there; null: nothing did. */
  seen: Stamp | null;
}

type Seen = Spot & { seen: Stamp };

export interface ActContext {
  /** The cache's folder of blobs. */
  blobs: string;
  /** Takes what is moved aside, where it is on the same file system. */
  temporary: TemporaryFolder;
  /** False for texts, whose writers are done in an instant: they get no second name while they are replaced. */
  isWatched?: boolean;
}

/**
 * Gives a complete temporary file the name of the spot, in one step. False when something else stands, or is gone,
 * there than was seen: it is left alone then, and the temporary file is removed.
 */
export function putInPlace(temporary: string, spot: Spot, context: ActContext): boolean {
  if (spot.seen === null) return claimName(temporary, spot.at);
  const isDone = replace(temporary, { ...spot, seen: spot.seen }, context);
  if (!isDone) removeFile(temporary);
  return isDone;
}

/** The old file has a second name meanwhile: who writes into it after the last look is found out by that. */
function replace(temporary: string, spot: Seen, { blobs, temporary: folder, isWatched = true }: ActContext): boolean {
  const { at, seen } = spot;
  const found = lookThrough(at, blobs);
  if (found?.stamp !== seen) return false;
  const old = isWatched && found.real === at ? nameTwice(at, folder) : null;
  const isStill = (file: string): boolean => {
    const now = lookThrough(file, blobs);
    return now !== null && sameContent(seen, now.stamp);
  };
  if (old === null) return moveOver(temporary, at, () => isStill(at));
  try {
    if (!isStill(old) || !moveOver(temporary, at, () => isStill(at))) return false;
    if (isStill(old)) return true;
    moveFile(old, at);
    return false;
  } finally {
    removeFile(old);
  }
}

/** Null where the file system, or another one in the temporary folder's place, does not do it. */
function nameTwice(file: string, folder: TemporaryFolder): string | null {
  const name = folder.newAside();
  return linkFile(file, name) ? name : null;
}

/** Removes the file that was seen. False when it is another, or gone. */
export function takeAway(spot: Seen, context: ActContext): boolean {
  const old = setAside(spot, context);
  if (old !== null) removeFile(old);
  return old !== null;
}

/** Null when it is not what was seen, and then it stands where it stood. */
function setAside(spot: Seen, { blobs, temporary }: ActContext): string | null {
  if (lookThrough(spot.at, blobs)?.stamp !== spot.seen) return null;
  let aside = temporary.newAside();
  try {
    moveFile(spot.at, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    if (systemCode(error) !== "EXDEV") throw error;
    aside = join(dirname(spot.at), `.${basename(spot.at).slice(0, 100)}.mvgit-${uniqueName()}`);
    moveFile(spot.at, aside);
  }
  const moved = lookThrough(aside, blobs);
  if (moved !== null && sameContent(spot.seen, moved.stamp)) return aside;
  putBack(aside, spot);
  return null;
}

/** To its name, or where that was taken meanwhile to one beside it, which is an error. */
function putBack(aside: string, { at, shown }: Spot): void {
  if (moveToFree(aside, at)) return;
  const now = shown + nameAside(at, aside);
  throw new MvgitError("local-changes", `'${display(shown)}' was written twice while it was checked out`, {
    subject: display(shown),
    hint: `what stood there first is now '${display(now)}'; look at both, then run the command again`,
  });
}

/** Moves what stood at a place to a name beside it that is free; answers what was added to the name. */
export function nameAside(at: string, from = at): string {
  for (let number = 1; ; number++) {
    const ending = `${ASIDE}${number === 1 ? "" : `-${number}`}`;
    if (moveToFree(from, at + ending)) return ending;
  }
}

const ASIDE = ".before-checkout";
