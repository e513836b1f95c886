/**
 * The folder that a deployment reads: real files behind links that all move at once.
 *
 *     DIR/weights.bin          -> .mvgit-release/now/files/weights.bin
 *     DIR/.mvgit-receipt.json  -> .mvgit-release/now/receipt.json
 *     DIR/.mvgit-release/now   -> r-81c0…        replaced in one step: the whole folder changes at that moment
 *     DIR/.mvgit-release/r-81c0…/files/weights.bin
 *
 * All of it lies inside DIR, so DIR may be a mounted volume, be moved, and be removed as one. The release before stays
 * until the next change, for whoever still reads it and for a way back without a download.
 */
import * as fs from "node:fs";
import { dirname, join, sep } from "node:path";
import { uniqueName } from "../../base/clock.ts";
import {
  flushFolder,
  makeFolder,
  makeLink,
  moveAcross,
  moveFile,
  readUpTo,
  removeFile,
  removeTree,
  replaceLink,
  replaceVia,
  writeNewFile,
} from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { withLock } from "../../base/lock.ts";
import { display, isGitFolderName } from "../../base/paths.ts";
import { type Delivery, DELIVERY_CAP, readDelivery } from "../../values/delivery.ts";
import { formatSeen, nothingSeen, readSeen, type Seen, SEEN_CAP } from "../../values/seen.ts";
import { look } from "../../worktree/stamp.ts";

/** Names at the top of DIR that no file of a version may have. */
export const STATE = ".mvgit-release";
export const RECEIPT = ".mvgit-receipt.json";
const NOW = "now";
const SEEN = "seen.json";
/** Paths of a release's files, each ended by a NUL. */
const OWN = "own";
/** The same files as they were made: size, modification time in whole seconds, and path, each ended by a NUL. */
const MADE = "made";
const OWN_CAP = 256 * 1024 * 1024;
const RELEASE = /^r-[0-9a-f]{16}$/;

/**
 * A folder that `get` and `export` fill: the release that it shows by links, the one before, and what it has seen of
 * labels. Methods throw `local-changes` where files of others stand in the way, and what the disk throws.
 */
export class DeliveryFolder {
  /** Absolute. */
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /**
   * Looks at what is there. Throws `local-changes` for files of others unless `force`, `unsafe-path` inside a `.git`.
   */
  static open(dir: string, options: { force: boolean }): DeliveryFolder {
    try {
      const folder = new DeliveryFolder(fs.existsSync(dir) ? fs.realpathSync(dir) : dir);
      folder.#check(display(dir), options);
      return folder;
    } catch (error) {
      throw fromSystem(error, `look at '${display(dir)}'`, display(dir));
    }
  }

  #check(shown: string, { force }: { force: boolean }): void {
    const refuse = (code: "local-changes" | "unsafe-path", why: string): never => {
      throw new MvgitError(code, `'${shown}' ${why}`, { subject: shown, hint: "name another folder with '-o'" });
    };
    const found = look(this.dir);
    if (found !== null && found.kind !== "folder") refuse("local-changes", "is not a folder");
    if (this.dir.split(sep).some(isGitFolderName)) refuse("unsafe-path", "lies in a '.git' folder");
    const foreign = this.#names().filter((name) => !this.#isOurs(name));
    if (foreign.some(isGitFolderName)) refuse("local-changes", "is a repository of its own");
    if (foreign.length === 0 || force) return;
    throw new MvgitError(
      "local-changes",
      `'${shown}' holds '${display(foreign[0] as string)}', which mvgit did not put there`,
      {
        subject: shown,
        hint: "name an empty folder with '-o', or use '--force': what stands in the way is then kept aside",
      },
    );
  }

  /** The folder of mvgit's own things in it. */
  get state(): string {
    return join(this.dir, STATE);
  }

  /** Where a release is, whatever happens to DIR later on. */
  releaseFolder(release: string): string {
    return join(this.state, release);
  }

  /** Runs `work` while no other mvgit changes the folder, which is made where it is absent. */
  async locked<R>(work: () => Promise<R>): Promise<R> {
    if (!fs.existsSync(this.dir)) makeFolder(this.dir);
    refuseLinks(this.state);
    return withLock(join(this.state, "lock"), work);
  }

  /** The release that DIR shows, null for none. */
  get now(): string | null {
    const release = goalOf(join(this.state, NOW));
    return release !== null && RELEASE.test(release) ? release : null;
  }

  /** What DIR holds now; null when it holds nothing of mvgit's. */
  delivery(): Delivery | null {
    const bytes = this.now === null ? null : readUpTo(join(this.state, this.now, "receipt.json"), DELIVERY_CAP);
    return bytes && readDelivery(bytes.toString("utf8"));
  }

  /**
   * What the folder has shown before, also by an mvgit that kept no more of it than the receipt. Throws
   * `file-unreadable`.
   */
  seen(): Seen {
    const file = join(this.state, SEEN);
    const bytes = readUpTo(file, SEEN_CAP);
    if (bytes === null && look(file) === null) return seenBy(this.delivery());
    const seen = bytes && readSeen(bytes.toString("utf8"));
    if (seen) return seen;
    throw new MvgitError(
      "file-unreadable",
      `'${display(file)}', which keeps what the folder has shown before, cannot be read`,
      { subject: display(file), hint: "if nobody else changed it, remove it; '--accept-older' does without it once" },
    );
  }

  /** Keeps what the folder has shown. Durable. */
  remember(seen: Seen): void {
    const file = join(this.state, SEEN);
    const text = formatSeen(seen);
    if (readUpTo(file, SEEN_CAP)?.toString("utf8") !== text)
      replaceVia({ file, temporary: join(this.state, `.${NOW}.seen-${uniqueName()}`) }, text);
  }

  /** A new release's name; its folder is empty. */
  begin(): string {
    const release = `r-${uniqueName()}`;
    makeFolder(join(this.state, release, "files"));
    return release;
  }

  /** Shows a complete release that is on disk; answers where things of others in its way were moved. Durable. */
  show(release: string): { displaced: string | null } {
    const tops = [...fs.readdirSync(join(this.state, release, "files")), RECEIPT];
    let displaced = this.#clearWay(tops, null);
    // A link that leads nowhere yet shows nothing, and what it shows appears together with all else.
    for (const name of tops) {
      // What came to the name since it was looked at makes way as well.
      while (!this.#isOurs(name) && !makeLink(join(this.dir, name), goalFor(name)))
        displaced = this.#clearWay([name], displaced);
    }
    replaceLink(join(this.state, NOW), release);
    for (const name of this.#names())
      if (name !== STATE && !tops.includes(name) && this.#isOurs(name)) removeFile(join(this.dir, name));
    flushFolder(this.state);
    flushFolder(this.dir);
    return { displaced };
  }

  /** Writes down which files of a release are mvgit's, and what each is like; answers the lists, to be flushed. */
  noteOwn(release: string, paths: readonly string[]): string[] {
    const root = join(this.state, release);
    const texts = new Map([
      [OWN, paths.map((path) => `${path}\0`)],
      [MADE, paths.map((path) => `${likeness(join(root, "files", path))} ${path}\0`)],
    ]);
    return [...texts].map(([name, lines]) => {
      writeNewFile(join(root, name), lines.join(""));
      return join(root, name);
    });
  }

  /**
   * Removes releases, and what killed processes left of them, but those named. What others wrote into one, through the
   * links of DIR, is moved aside first; answers where to.
   */
  keepOnly(releases: readonly (string | null)[]): string[] {
    const aside: string[] = [];
    for (const name of fs.readdirSync(this.state)) {
      if (RELEASE.test(name) && !releases.includes(name)) {
        const place = this.#setAside(name);
        if (place !== null) aside.push(place);
        removeTree(join(this.state, name));
      }
      if (name.startsWith(`.${NOW}.`)) removeFile(join(this.state, name));
    }
    return aside;
  }

  /**
   * Files of a release that mvgit did not make, or that changed since it was whole; null where there are none, or
   * nobody knows.
   */
  #setAside(release: string): string | null {
    const root = join(this.state, release);
    const whole = look(join(root, "receipt.json"));
    const list = readUpTo(join(root, OWN), OWN_CAP);
    if (whole === null || list === null) return null;
    const own = namesIn(list);
    const made = readUpTo(join(root, MADE), OWN_CAP);
    const asMade = made === null ? undefined : namesIn(made);
    const since = fs.lstatSync(join(root, "receipt.json")).mtimeMs;
    const top = join(root, "files");
    if (look(top)?.kind !== "folder") return null;
    // A file that took another one's place may be older than the release.
    const isOurs = (file: string): boolean => {
      const path = file
        .slice(top.length + 1)
        .split(sep)
        .join("/");
      if (!own.has(path) || fs.lstatSync(file).mtimeMs > since) return false;
      return asMade === undefined || asMade.has(`${likeness(file)} ${path}`);
    };
    const all = fs.readdirSync(top, { withFileTypes: true, recursive: true }).filter((each) => !each.isDirectory());
    const theirs = all.map((each) => join(each.parentPath, each.name)).filter((file) => !isOurs(file));
    if (theirs.length === 0) return null;
    const aside = join(this.state, `displaced-${uniqueName()}`);
    for (const file of theirs) {
      const to = join(aside, file.slice(top.length + 1));
      makeFolder(dirname(to));
      moveFile(file, to);
    }
    return aside;
  }

  #names(): string[] {
    return fs.existsSync(this.dir) ? fs.readdirSync(this.dir) : [];
  }

  #isOurs(name: string): boolean {
    if (name === STATE) return look(join(this.dir, name))?.kind === "folder";
    const goal = goalOf(join(this.dir, name));
    // Links that a killed process did not rename yet have a name of their own.
    return (
      goal !== null && (goal === goalFor(name) || (name.includes(".mvgit-") && goal.startsWith(`${STATE}/${NOW}/`)))
    );
  }

  /** Moves what is in the way into a folder, `aside` where there is one already; answers that, or null. */
  #clearWay(tops: readonly string[], aside: string | null): string | null {
    const inTheWay = tops.filter((name) => look(join(this.dir, name)) !== null && !this.#isOurs(name));
    if (inTheWay.length === 0) return aside;
    const folder = aside ?? join(this.state, `displaced-${uniqueName()}`);
    makeFolder(folder);
    for (const name of inTheWay) {
      const placeOf = (number: number): string => join(folder, number === 1 ? name : `${name}-${number}`);
      // What lies in a lower layer of an overlay is copied.
      for (let number = 1; !moveAcross(join(this.dir, name), placeOf(number), `${folder}-copy`);) number++;
    }
    return folder;
  }
}

/** What mvgit makes none of its own in: its names are those of others. */
const ASIDE = /^(?:damaged|displaced-.*)$/;

/**
 * A commit can bring the folder of a release. Throws `link-refused` where a link in it would lead mvgit elsewhere: of
 * its own it makes none there but `now`, and in the files of a release.
 */
function refuseLinks(state: string): void {
  const found = look(state);
  if (found === null) return;
  if (found.kind !== "folder") throw linkRefused(state);
  for (const entry of fs.readdirSync(state, { withFileTypes: true })) {
    const place = join(state, entry.name);
    if (entry.isSymbolicLink() && entry.name !== NOW && !entry.name.startsWith(`.${NOW}.`)) throw linkRefused(place);
    if (!entry.isDirectory() || ASIDE.test(entry.name)) continue;
    for (const each of fs.readdirSync(place, { withFileTypes: true }))
      if (each.isSymbolicLink()) throw linkRefused(join(place, each.name));
  }
}

function linkRefused(place: string): MvgitError {
  const shown = display(place);
  return new MvgitError("link-refused", `'${shown}' is a link, or no folder, where mvgit keeps what is its own`, {
    subject: shown,
    hint: "nothing was written; remove it, then run the command again",
  });
}

/** None of a list that is too long to be mvgit's. */
function namesIn(list: Buffer): Set<string> {
  return new Set(list.length > OWN_CAP ? [] : list.toString("utf8").split("\0"));
}

function likeness(file: string): string {
  const { size, mtimeMs } = fs.lstatSync(file);
  return `${size} ${Math.floor(mtimeMs / 1000)}`;
}

function goalFor(name: string): string {
  return name === RECEIPT ? `${STATE}/${NOW}/receipt.json` : `${STATE}/${NOW}/files/${name}`;
}

function seenBy(delivery: Delivery | null): Seen {
  const seen = nothingSeen();
  if (delivery?.receipt) {
    const { model, version, package: hash, stage, event } = delivery.receipt;
    seen.versions.set(`${model}@v${version}`, { package: hash, tag: null });
    if (stage !== undefined && event !== undefined) seen.events.set(`${model}#${stage}`, { event, tag: null });
    if (delivery.what === `${model}@latest`) seen.latest.set(model, version);
  }
  return seen;
}

/** Where a link leads, null when there is none. */
function goalOf(file: string): string | null {
  return look(file)?.kind === "link" ? fs.readlinkSync(file) : null;
}
