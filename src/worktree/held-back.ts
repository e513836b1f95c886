/**
 * Which files no checkout brings out and no add takes in: those that some program runs, or reads as settings, for their
 * name.
 */
import { formatCount } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display, isWithin, type RepoPath, sameOnSomeSystem } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { shellName } from "../base/shell.ts";
import { ALLOW_KEY } from "../values/settings.ts";
import { readerOf } from "../values/settings-file.ts";

export interface HoldingRules {
  /** Paths, or folders, that the user's own configuration lets through by name. */
  allowed: readonly string[];
  /** Paths, or folders, of the work tree that Git's configuration names: hooks, attributes, further configuration. */
  named: readonly string[];
}

/** Answers who would read or run a path of the work tree; null for one that may come and go. */
export class HeldBack {
  readonly #rules: HoldingRules;

  constructor(rules: HoldingRules) {
    this.#rules = rules;
  }

  readerOf(path: RepoPath): string | null {
    const { named } = this.#rules;
    const reader = named.some((each) => isAtOrBelow(path, each)) ? "Git" : readerOf(path);
    return reader !== null && this.isAllowed(path) ? null : reader;
  }

  /** Whether the user named the path, or a folder that it lies in, to be let through. */
  isAllowed(path: RepoPath): boolean {
    return this.#rules.allowed.some((each) => isWithin(path, each));
  }
}

/** A path that was not brought out. */
export interface Held {
  path: RepoPath;
  /** Who would read or run it for its name; null where `clash` is the reason. */
  reader: string | null;
  /** Another tracked path that is the same file on some systems. */
  clash: RepoPath | null;
}

const SHOWN = 10;

/** What is to be said of paths that were held back: one error for each reason. */
export function heldErrors(held: readonly Held[]): MvgitError[] {
  const [read, clashing] = [held.filter((each) => each.clash === null), held.filter((each) => each.clash !== null)];
  return [...(read.length > 0 ? [readError(read)] : []), ...(clashing.length > 0 ? [clashError(clashing)] : [])];
}

function readError(held: readonly Held[]): MvgitError {
  const { path, reader } = held[0] as Held;
  return new MvgitError(
    "unsafe-path",
    `held back ${shown(held)}: ${reader} would read or run what stands there, and no review showed it`,
    {
      subject: display(path),
      hint: prose`
          all else was brought out. Look at it with 'mvgit cat ${shellName(path)}';
          to let it come: 'git config --add ${ALLOW_KEY} ${shellName(path)}'
        `,
    },
  );
}

function clashError(held: readonly Held[]): MvgitError {
  const { path, clash } = held[0] as Held;
  return new MvgitError(
    "name-clash",
    `held back ${shown(held)}: '${display(path)}' and '${display(clash as string)}' are one file on some systems`,
    {
      subject: display(path),
      hint: prose`
          all else was brought out. Rename one with 'mvgit mv ${shellName(path)} NAME';
          to have both here all the same: 'git config --add ${ALLOW_KEY} ${shellName(path)}'
        `,
    },
  );
}

function shown(held: readonly Held[]): string {
  const names = held
    .slice(0, SHOWN)
    .map((each) => `'${display(each.path)}'`)
    .join(", ");
  return held.length > SHOWN ? `${names} and ${formatCount(held.length - SHOWN)} more` : names;
}

function isAtOrBelow(path: string, folder: string): boolean {
  const [names, folders] = [path.split("/"), folder.split("/")];
  return folders.length <= names.length && folders.every((each, at) => sameOnSomeSystem(each, names[at] as string));
}
