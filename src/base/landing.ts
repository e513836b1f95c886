/**
 * Gives complete temporary files their final names, durably, many per flush.
 *
 * Each `land` waits until its file's bytes, and then its name, are on disk. Calls that arrive while a flush is under
 * way share the next one, so one caller pays one flush and a thousand at once pay one as well (group commit).
 *
 * A name is given before its folder is flushed, so a name alone proves nothing after a kill or a flush that failed.
 * Whoever finds a file there and relies on it asks for `ensure`; of exclusive landings the temporary name stays beside
 * the given one until the flush succeeded.
 */
import { dirname } from "node:path";
import { flushFolder, makeFolder, moveFile, nameBeside, removeFile } from "./disk.ts";
import { bug, systemCode } from "./errors.ts";
import { flushFiles, flushFileSystem } from "./disk/flush-many.ts";

interface Waiting {
  /** Null for a file that has its name. */
  temporary: string | null;
  target: string;
  /** Gives the name, where that is the caller's own; as `land` answers. */
  place: (() => boolean) | undefined;
  resolve(placed: boolean): void;
  reject(error: unknown): void;
}

/** More folders than this are flushed with their file system instead of one by one. */
const MANY_FOLDERS = 16;

/** Names given in one folder and those below it, many per flush. Throws system errors, and `disk-failed`. */
export class Landing {
  readonly #folder: string;
  readonly #durable: boolean;
  readonly #exclusive: boolean;
  readonly #like: string | undefined;
  #waiting: Waiting[] = [];
  #isRunning = false;

  /**
   * `folder`: where the targets are. `exclusive`: a name that is taken is left alone; else it is replaced. `like`: as
   * of `makeFolder`.
   */
  constructor(folder: string, options: { durable: boolean; exclusive: boolean; like?: string }) {
    this.#folder = folder;
    this.#like = options.like;
    this.#durable = options.durable;
    this.#exclusive = options.exclusive;
  }

  /**
   * True when the file got the name, false when the name was taken (exclusive only). `temporary` is gone either way.
   * `place` gives the name in another way than this does.
   */
  land(temporary: string, target: string, place?: () => boolean): Promise<boolean> {
    if (!this.#durable) return this.#landSoon(temporary, () => place?.() ?? this.#placeAtOnce(temporary, target));
    return this.#join(temporary, target, place);
  }

  /** As `land`, without waiting: of a landing that leaves flushing to the system. */
  landNow(temporary: string, target: string): boolean {
    if (this.#durable) throw bug("a file that is to be durable was landed without a flush");
    try {
      return this.#placeAtOnce(temporary, target);
    } catch (error) {
      discard(temporary);
      throw error;
    }
  }

  /** Returns when the bytes and the name of a file that is there are on disk, whoever wrote it. */
  async ensure(target: string): Promise<void> {
    if (this.#durable) await this.#join(null, target);
  }

  #join(temporary: string | null, target: string, place?: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ temporary, target, place, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #landSoon(temporary: string, place: () => boolean): Promise<boolean> {
    try {
      return place();
    } catch (error) {
      discard(temporary);
      throw error;
    }
  }

  #placeAtOnce(temporary: string, target: string): boolean {
    const placed = this.#place(temporary, target);
    if (this.#exclusive) removeFile(temporary);
    return placed;
  }

  /** Never rejects: each failure goes to those who wait for it. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // One turn of the event loop lets everything that is ready now join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#landGroup(group);
    }
    this.#isRunning = false;
  }

  async #landGroup(group: Waiting[]): Promise<void> {
    try {
      await flushFiles(group.map((each) => each.temporary ?? each.target));
    } catch (error) {
      for (const each of group) {
        discard(each.temporary);
        each.reject(error);
      }
      return;
    }
    const placed: [Waiting, boolean][] = [];
    for (const each of group) {
      try {
        placed.push([each, each.temporary === null || (each.place?.() ?? this.#place(each.temporary, each.target))]);
      } catch (error) {
        discard(each.temporary);
        each.reject(error);
      }
    }
    try {
      await this.#flushNames(placed.map(([each]) => dirname(each.target)));
    } catch (error) {
      for (const [each] of placed) each.reject(error);
      return;
    }
    for (const [each, answer] of placed) {
      try {
        if (this.#exclusive && each.temporary !== null) removeFile(each.temporary);
        each.resolve(answer);
      } catch (error) {
        each.reject(error);
      }
    }
  }

  #place(temporary: string, target: string): boolean {
    const give = (): boolean => {
      if (this.#exclusive) return nameBeside(temporary, target);
      moveFile(temporary, target);
      return true;
    };
    try {
      return give();
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
      makeFolder(dirname(target), this.#like);
      return give();
    }
  }

  async #flushNames(folders: string[]): Promise<void> {
    const distinct = new Set(folders);
    // Each of those above may be new as well.
    for (const folder of distinct) if (folder.length > this.#folder.length) distinct.add(dirname(folder));
    if (distinct.size > MANY_FOLDERS && (await flushFileSystem(this.#folder))) return;
    for (const folder of distinct) flushFolder(folder);
  }
}

/** The file is of no use any more. What fails here fails no one: leftovers of dead processes are cleaned later. */
function discard(temporary: string | null): void {
  if (temporary === null) return;
  try {
    removeFile(temporary);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
