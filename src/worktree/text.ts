/**
 * Small texts of the work tree (pointers, `.gitignore`, settings), changed as a whole: what came to one meanwhile is
 * never lost.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { createFile, discard, flushFile, flushFolder, readUpTo, writeAll } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { type ActContext, putInPlace, takeAway } from "./act.ts";
import type { OpenFolders } from "./open-folders.ts";
import type { Places } from "./places.ts";
import { type Found, look } from "./stamp.ts";

/** Bytes of the largest text that is read. */
const CAP = 16 * 1024 * 1024;
/** Times that the text may be changed by somebody else while it is. */
const TRIES = 5;

export interface TextContext extends ActContext {
  folders: OpenFolders;
  places: Places;
}

/**
 * Answers the text to be written; null for none at all. It is given a way to read the one that is there, null for none.
 */
export type TextChange = (read: () => string | null) => string | null;

/**
 * Changes the text durably; true when it is another now. A change that was made from a text which is no longer there is
 * made again, or with `once` an error: `local-changes`. Throws `link-refused` for a link, which Git does not follow
 * there either.
 */
export function changeText(path: RepoPath, change: TextChange, context: TextContext, { once = false } = {}): boolean {
  try {
    for (let attempt = 1; attempt <= (once ? 1 : TRIES); attempt++) {
      const at = context.folders.reach(path, { make: true });
      const found = look(at);
      if (found !== null && found.kind !== "file") throw notAText(path, found.kind);
      const text = change(() => read(at, path, found));
      if (found === null ? text === null : text !== null && isThere(at, text)) return false;
      if (replace(at, { path, found, text }, context)) {
        context.folders.renew();
        return true;
      }
    }
  } catch (error) {
    throw fromSystem(error, `write '${display(path)}'`, display(path));
  } finally {
    context.folders.close();
  }
  throw new MvgitError("local-changes", `'${display(path)}' is written by somebody else, and was left as it is`, {
    subject: display(path),
    hint: "look at it, then run the command again",
  });
}

function read(at: string, path: RepoPath, found: Found | null): string | null {
  const bytes = found === null ? null : readUpTo(at, CAP);
  if (bytes === null) return null;
  if (bytes.length > CAP)
    throw new MvgitError("setting-invalid", `'${display(path)}' is larger than 16 MiB`, { subject: display(path) });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw fromSystem(error, `read '${display(path)}': it is not UTF-8`, display(path));
  }
}

function isThere(at: string, text: string): boolean {
  return readUpTo(at, Buffer.byteLength(text))?.equals(Buffer.from(text)) ?? false;
}

function replace(
  at: string,
  { path, found, text }: { path: RepoPath; found: Found | null; text: string | null },
  context: TextContext,
): boolean {
  const spot = { at, shown: path, seen: found?.stamp ?? null };
  if (text === null) return takeAway({ ...spot, seen: (found as Found).stamp }, context);
  const temporary = context.places.newName(spot);
  try {
    write(temporary, text, found === null ? 0o666 : fs.lstatSync(at).mode & 0o777);
    if (!putInPlace(temporary, spot, context)) return false;
    flushFolder(dirname(at));
    return true;
  } catch (error) {
    discard(temporary);
    throw error;
  }
}

function write(temporary: string, text: string, mode: number): void {
  const fd = createFile(temporary, mode);
  try {
    writeAll(fd, Buffer.from(text), temporary);
    flushFile(fd, temporary);
  } finally {
    fs.closeSync(fd);
  }
}

function notAText(path: RepoPath, kind: Found["kind"]): MvgitError {
  const [code, what] =
    kind === "link"
      ? (["link-refused", "a symbolic link"] as const)
      : (["local-changes", kind === "folder" ? "a folder" : "no file"] as const);
  return new MvgitError(code, `cannot use '${display(path)}': it is ${what}`, {
    subject: display(path),
    hint: "replace it by a real file, then run the command again",
  });
}
