/** Puts hooks in place beside those of others, and takes them away again. */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeFolder, moveFile, removeFile, replaceFile, setMode } from "../base/disk.ts";
import { fromSystem } from "../base/system-errors.ts";
import { callOf, type HookName, type HooksFolder, isOurs, managerOf, textOf } from "./hooks.ts";

/** What a hook that stood in our way is called now; a second one gets `-2` after it, and so on. */
const KEPT = ".before-mvgit";
/** What the Python tool pre-commit, and lefthook, call a hook that stood in their way. */
const DISPLACED = [".legacy", ".old"];

/** Puts our hook in place; a foreign one is kept beside it, and will be run first. */
export function installHook({ folder, husky }: HooksFolder, name: HookName, text: string): void {
  if (husky !== null) return addCall(join(husky, name), name);
  const file = join(folder, name);
  try {
    makeFolder(folder);
    const there = textOf(file);
    if (there !== "" && !isOurs(there)) moveFile(file, roomFor(file, there));
    replaceFile(file, text);
    setMode(file, 0o755);
    // An earlier one of ours that another tool moved away: lefthook does nothing more while its `.old` is taken.
    for (const suffix of DISPLACED) if (isOurs(textOf(file + suffix))) removeFile(file + suffix);
  } catch (error) {
    throw fromSystem(error, `install the hook '${file}'`, file);
  }
}

/**
 * A name for a hook that must make room. What a tool generated takes the place of its earlier text; a person's own
 * never does.
 */
function roomFor(file: string, text: string): string {
  const kept = keptOf(file);
  const manager = managerOf(text);
  const same = kept.find((each) => textOf(each) === text || (manager !== null && managerOf(textOf(each)) === manager));
  return same ?? keptName(file, kept.length + 1);
}

function keptName(file: string, number: number): string {
  return `${file}${KEPT}${number === 1 ? "" : `-${number}`}`;
}

/** The hooks kept beside ours, oldest first. */
function keptOf(file: string): string[] {
  const kept: string[] = [];
  // A link that leads nowhere has its name as well.
  for (let number = 1; fs.lstatSync(keptName(file, number), { throwIfNoEntry: false }) !== undefined; number++)
    kept.push(keptName(file, number));
  return kept;
}

/** Husky's own files are regenerated at will; the user's script beside them is what it runs. */
function addCall(file: string, name: HookName): void {
  const text = textOf(file);
  replaceFile(file, `${text === "" || text.endsWith("\n") ? text : `${text}\n`}${callOf(name)}\n`);
}

/** Takes our hook away, wherever it stands by now, and puts back what stood there before. */
export function uninstallHook({ folder, ownFolder, refusal, husky }: HooksFolder, name: HookName): void {
  if (husky !== null) removeCall(join(husky, name), name);
  for (const each of new Set(refusal === null && husky === null ? [folder, ownFolder] : [ownFolder]))
    restore(join(each, name));
}

function restore(file: string): void {
  for (const place of [file, ...DISPLACED.map((suffix) => file + suffix)]) {
    if (!isOurs(textOf(place))) continue;
    const kept = keptOf(file).at(-1);
    // A tool's script that ran before ours has come back above it; called by itself it would fail.
    const manager = managerOf(textOf(file));
    const isTwice = kept !== undefined && manager !== null && managerOf(textOf(kept)) === manager;
    if (kept === undefined || isTwice) removeFile(place);
    else moveFile(kept, place);
    if (isTwice) removeFile(kept);
  }
}

function removeCall(file: string, name: HookName): void {
  const text = textOf(file);
  if (!text.includes(callOf(name))) return;
  const rest = text.replace(`${callOf(name)}\n`, "");
  if (rest === "") removeFile(file);
  else replaceFile(file, rest);
}
