/**
 * Where the committed settings send bytes and credentials. A clone believes what it meets first, and remembers it
 * outside of what is committed: whatever a branch names later, instead or besides, needs its user's consent.
 */
import { join } from "node:path";
import { showAddress } from "../base/address.ts";
import { makeFolder, readUpTo, replaceFile } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { GitProgram } from "../git/program.ts";
import { isPlainBucket, REMOTE_PARTS } from "../store/drivers.ts";
import { remotePart, type Setting } from "../values/settings.ts";
import { isReadOnly } from "./known-stores.ts";
import { cloneFile } from "../values/own-files.ts";

const CAP = 1024 * 1024;

/** A remote's place, or which remote is the default, as the committed settings have it. */
export interface Destination {
  /** Null for the default. */
  remote: string | null;
  /** The address; of the default, the remote's name. */
  value: string;
  /** The same for exactly the same place. */
  mark: string;
  /** All that is committed of it. It counts as a whole or not at all: an address elsewhere is another place. */
  entries: Setting[];
  /** A bucket of a known cloud and nothing more: a clone that has met none takes it without its user's consent. */
  isPlain: boolean;
}

/** What committed settings name; the last value of a key counts, as in Git. */
export function destinationsOf(committed: readonly Setting[]): Destination[] {
  const found: Destination[] = [];
  const chosen = committed.filter(({ key }) => key === "mvgit.remote");
  const name = chosen.at(-1)?.value ?? "";
  if (name !== "")
    found.push({ remote: null, value: name, mark: JSON.stringify([name]), entries: chosen, isPlain: true });
  const remotes = new Map<string, Setting[]>();
  for (const entry of committed) {
    const remote = remotePart(entry.key, REMOTE_PARTS)?.remote;
    if (remote !== undefined) remotes.set(remote, [...(remotes.get(remote) ?? []), entry]);
  }
  for (const [remote, entries] of remotes) {
    const last = (part: string): string => entries.findLast(({ key }) => key.endsWith(`.${part}`))?.value ?? "";
    const value = last("url");
    const isPlain = entries.every(({ key }) => key.endsWith(".url")) && isPlainBucket(value);
    found.push({ remote, value, mark: markOf(remote, last), entries, isPlain });
  }
  return found;
}

/** What every mark lists, set or not: what the first release wrote, and clones remember. */
const ALWAYS = ["url", "endpoint", "keyfile"];

/** Parts that came later are listed where they are set, so that what clones remember stays true. */
function markOf(remote: string, last: (part: string) => string): string {
  const later = REMOTE_PARTS.filter((part) => !ALWAYS.includes(part) && last(part) !== "").toSorted();
  return JSON.stringify([remote, ...ALWAYS.map(last), ...later.map((part) => `${part}=${last(part)}`)]);
}

/** The memory of a clone: marks of destinations. */
export class Accepted {
  readonly #file: string;

  constructor(git: GitProgram) {
    this.#file = cloneFile(git.place, "destinations");
  }

  /**
   * Null where this clone has met none yet. Throws `setting-invalid` for a memory that cannot be read: it is no
   * consent.
   */
  read(): Set<string> | null {
    const bytes = readUpTo(this.#file, CAP);
    if (bytes === null) return null;
    try {
      const { mvgit, accepted } = JSON.parse(bytes.toString("utf8")) as { mvgit?: unknown; accepted?: unknown };
      if (mvgit === 1 && Array.isArray(accepted)) return new Set(accepted.filter((each) => typeof each === "string"));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw new MvgitError(
      "setting-invalid",
      `'${display(this.#file)}', which says where this clone may send bytes, cannot be read`,
      { subject: this.#file, hint: "look at the addresses in '.mvgit/config'; if you know them, remove the file" },
    );
  }

  write(marks: Iterable<string>): void {
    makeFolder(join(this.#file, ".."));
    replaceFile(this.#file, `${JSON.stringify({ mvgit: 1, accepted: [...new Set(marks)].toSorted() })}\n`);
  }

  /** Adds what the user has just named, or consents to. */
  add(destinations: readonly Destination[]): void {
    const known = this.read();
    const added = destinations.filter(({ mark }) => known?.has(mark) !== true);
    if (added.length > 0 || known === null) this.write([...(known ?? []), ...added.map(({ mark }) => mark)]);
  }

  /** Takes consent back: none of these counts any more. */
  drop(destinations: readonly Destination[]): void {
    const dropped = new Set(destinations.map(({ mark }) => mark));
    this.write([...(this.read() ?? [])].filter((mark) => !dropped.has(mark)));
  }

  /** The first meeting. A clone that may not be written meets them anew each time. */
  meet(destinations: readonly Destination[]): Set<string> {
    const marks = new Set(destinations.map(({ mark }) => mark));
    try {
      this.write(marks);
    } catch (error) {
      if (!isReadOnly(error)) throw error;
    }
    return marks;
  }
}

/** Git's own configuration says it, so that the committed value does not count. */
export function isOverruled({ remote }: Destination, own: readonly { key: string; value: string }[]): boolean {
  const key = remote === null ? "mvgit.remote" : `mvgit-remote.${remote}.url`;
  return own.some((entry) => entry.key === key && entry.value !== "");
}

/** A place in words: its address, and all that is set besides. */
export function placeInWords(mark: string): string {
  const [, url = "", endpoint = "", keyFile = "", ...later] = JSON.parse(mark) as string[];
  const parts = [endpoint && `endpoint=${endpoint}`, keyFile && `keyfile=${keyFile}`, ...later];
  return inWords(
    url,
    parts.filter((part) => part !== ""),
  );
}

/** `parts`: each as `PART=VALUE`. */
export function inWords(url: string, parts: readonly string[]): string {
  const shown = parts.map((part) => `'${showAddress(part)}'`);
  return `'${showAddress(url)}'${shown.length > 0 ? " with " : ""}${shown.join(" and ")}`;
}

/** The places that a remote of this name has had here, in words. */
export function placesIn(marks: ReadonlySet<string>, remote: string): string[] {
  return [...marks]
    .filter((mark) => {
      const [name, ...parts] = JSON.parse(mark) as string[];
      return name === remote && parts.length > 0;
    })
    .map(placeInWords);
}
