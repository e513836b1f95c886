/**
 * Gives complete temporary files their final names, durably, many per flush.
 *
 * Each `land` waits until its file's bytes, and then its name, are on disk. Calls that arrive while a flush is under
 * way share the next one, so one caller pays one flush and a thousand at once pay one as well (group commit).
 */
import { dirname } from "node:path";
import { claimName, flushFolder, makeFolder, moveFile, removeFile } from "./disk.ts";
import { systemCode } from "./errors.ts";
import { flushFiles, flushFileSystem } from "./flush.ts";

interface Waiting {
  temporary: string;
  target: string;
  /** Gives the name, where that is the caller's own; as `land` answers. */
  place: (() => boolean) | undefined;
  resolve(placed: boolean): void;
  reject(error: unknown): void;
}

/** More folders than this are flushed with their file system instead of one by one. */
const MANY_FOLDERS = 16;

export class Landing {
  readonly #folder: string;
  readonly #durable: boolean;
  readonly #exclusive: boolean;
  #waiting: Waiting[] = [];
  #isRunning = false;

  /** `folder`: where the targets are. `exclusive`: a name that is taken is left alone; else it is replaced. */
  constructor(folder: string, options: { durable: boolean; exclusive: boolean }) {
    this.#folder = folder;
    this.#durable = options.durable;
    this.#exclusive = options.exclusive;
  }

  /**
   * True when the file got the name, false when the name was taken (exclusive only). `temporary` is gone either way. `place`
   * gives the name in another way than this does.
   */
  land(temporary: string, target: string, place?: () => boolean): Promise<boolean> {
    if (!this.#durable) return Promise.resolve().then(() => place?.() ?? this.#place(temporary, target));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ temporary, target, place, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
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
      await flushFiles(group.map((each) => each.temporary));
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
        placed.push([each, each.place?.() ?? this.#place(each.temporary, each.target)]);
      } catch (error) {
        discard(each.temporary);
        each.reject(error);
      }
    }
    try {
      await this.#flushNames(placed.map(([each]) => dirname(each.target)));
      for (const [each, answer] of placed) each.resolve(answer);
    } catch (error) {
      for (const [each] of placed) each.reject(error);
    }
  }

  #place(temporary: string, target: string): boolean {
    const give = (): boolean => {
      if (this.#exclusive) return claimName(temporary, target);
      moveFile(temporary, target);
      return true;
    };
    try {
      return give();
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
      makeFolder(dirname(target));
      return give();
    }
  }

  async #flushNames(folders: string[]): Promise<void> {
    const distinct = new Set(folders);
    if (distinct.size > MANY_FOLDERS && (await flushFileSystem(this.#folder))) return;
    for (const folder of distinct) flushFolder(folder);
    flushFolder(this.#folder);
  }
}

/** The file is of no use any more. What fails here fails no one: leftovers of dead processes are cleaned later. */
function discard(temporary: string): void {
  try {
    removeFile(temporary);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
