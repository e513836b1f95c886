/**
 * What git said of an index, as long as it is the same one: git writes a new file each time and puts a sum of all that
 * is in it at its end.
 */
import * as fs from "node:fs";
import type { Oid } from "../reader.ts";

/** One line of the index. */
export interface IndexEntry {
  path: string;
  oid: Oid;
  mode: string;
  /** 0, or 1 to 3 (base, ours, theirs) while a merge is unfinished. */
  stage: number;
  /** Left out of the work tree by sparse checkout. */
  skipped: boolean;
  /** Git was told to take the file for unchanged (`update-index --assume-unchanged`), and does not look at it. */
  assumed: boolean;
}

/** Bytes of an index that is listed as a whole, to be looked through here: some thousands of files. */
const SMALL = 512 * 1024;
/** Answers kept of one index. */
const MOST = 50;

/** One state of one file. */
export interface IndexState {
  /** Another one for another state. */
  mark: string;
  isSmall: boolean;
}

interface Known {
  mark: string;
  answers: Map<string, readonly IndexEntry[]>;
}

/** Of the indexes of one repository. */
export class IndexMemory {
  /** By the file. */
  readonly #known = new Map<string, Known>();

  /** What is known of the file in that state; asks, and keeps the answer if the file did not change meanwhile. */
  async answer(
    { file, state, question }: { file: string; state: IndexState; question: string },
    ask: () => Promise<readonly IndexEntry[]>,
  ): Promise<readonly IndexEntry[]> {
    let known = this.#known.get(file);
    if (known?.mark !== state.mark) this.#known.set(file, (known = { mark: state.mark, answers: new Map() }));
    const kept = known.answers.get(question);
    if (kept) return kept;
    const told = await ask();
    if (known.answers.size < MOST && indexState(file)?.mark === state.mark) known.answers.set(question, told);
    return told;
  }
}

/**
 * The state of an index, null where nothing tells it: no file, or one without a sum (`index.skipHash`). Its times and
 * place are part of the mark as well, so that one that was put back is not taken for one that stayed.
 */
export function indexState(file: string): IndexState | null {
  let fd: number;
  try {
    fd = fs.openSync(file, "r");
  } catch {
    return null;
  }
  try {
    const { size, dev, ino, mtimeNs, ctimeNs } = fs.fstatSync(fd, { bigint: true });
    const end = Buffer.alloc(SUM);
    const isWhole = size > SUM && fs.readSync(fd, end, 0, SUM, size - BigInt(SUM)) === SUM;
    if (!isWhole || end.subarray(-SHORTEST_SUM).every((byte) => byte === 0)) return null;
    return { mark: [dev, ino, size, mtimeNs, ctimeNs, end.toString("hex")].join(" "), isSmall: size <= SMALL };
  } catch {
    return null;
  } finally {
    fs.closeSync(fd);
  }
}

/** Bytes of a sum of SHA-256, and of SHA-1. */
const SUM = 32;
const SHORTEST_SUM = 20;

/**
 * Whether a path matches one of the patterns, as Git has it; null where a pattern is none of those that are known here:
 * one path, as it stands or in any letter case, with all below it, and all files of a suffix.
 */
export function matcherOf(patterns: readonly string[]): ((path: string) => boolean) | null {
  if (patterns.length === 0) return () => true;
  const suffixes: string[] = [];
  const [exact, anyCase] = [new Set<string>(), new Set<string>()];
  for (const pattern of patterns) {
    const [, magic = "", text = ""] = /^:\(top,(literal|icase,literal|glob)\)([^]*)$/.exec(pattern) ?? [];
    const suffix = /^\*\*\/\*(\.[a-z]+)$/.exec(text)?.[1];
    if (magic === "glob" && suffix !== undefined) suffixes.push(suffix);
    else if (magic.endsWith("literal") && isPlain(text)) {
      if (magic === "literal") exact.add(text);
      else anyCase.add(lowerCase(text));
    } else return null;
  }
  return (path) =>
    suffixes.some((suffix) => path.endsWith(suffix)) ||
    (exact.size > 0 && isAtOrBelow(path, exact)) ||
    (anyCase.size > 0 && isAtOrBelow(lowerCase(path), anyCase));
}

/** A path that Git takes as it stands, and that was text before it was read. */
function isPlain(path: string): boolean {
  return !/\ufffd/.test(path) && path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

function isAtOrBelow(path: string, wanted: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
    if (wanted.has(path.slice(0, end))) return true;
  return false;
}

/** As Git folds it: letters of ASCII alone. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
