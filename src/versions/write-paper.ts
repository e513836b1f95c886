/** A document about a version into a file that somebody named. */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { uniqueName } from "../base/clock.ts";
import { claimName, discard, flushFiles, flushFolder, readRegularUpTo, writeNewFile } from "../base/disk.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { fromSystem } from "../base/system-errors.ts";
import { refuseCommittedLinks } from "../repo/committed-links.ts";
import type { Repo } from "../repo/repo.ts";

/**
 * Writes the file (absolute) as a whole, durably; one that says the same already stays. `repo`: null where there is
 * none, as beside a bare repository. Throws `local-changes` where something else is there, `link-refused`, and `usage`
 * without its folder.
 */
export async function writePaper(file: string, text: string, repo: Repo | null): Promise<void> {
  if (repo !== null) await refuseCommittedLinks(repo, [file], "write to");
  if (!fs.existsSync(dirname(file))) throw noFolder(file);
  const bytes = Buffer.from(text);
  const temporary = `${file}.${uniqueName()}`;
  try {
    if (says(file, bytes)) return;
    writeNewFile(temporary, text);
    await flushFiles([temporary]);
    if (!claimName(temporary, file)) throw inTheWay(file);
    flushFolder(dirname(file));
  } catch (error) {
    discard(temporary);
    throw systemCode(error) === undefined ? error : fromSystem(error, `write '${display(file)}'`, display(file));
  }
}

/** Throws `local-changes` where it says something else. */
function says(file: string, bytes: Buffer): boolean {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return false;
  const found = readRegularUpTo(file, bytes.length + 1);
  if (Buffer.isBuffer(found) && found.equals(bytes)) return true;
  throw inTheWay(file);
}

function noFolder(file: string): MvgitError {
  const [shown, folder] = [display(file), display(dirname(file))];
  return new MvgitError("usage", `cannot write '${shown}': there is no folder '${folder}'`, {
    subject: shown,
    hint: "make the folder first, or name another one with '-o'",
  });
}

function inTheWay(file: string): MvgitError {
  return new MvgitError("local-changes", `'${display(file)}' is there, and says something else`, {
    subject: display(file),
    hint: "name another file with '-o', or move that one away",
  });
}
