/** The folder of files that are being written: whose each one is, and which may be cleaned. */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import { uniqueName } from "../base/clock.ts";
import { makeFolder, moveFile, removeFile } from "../base/disk.ts";
import { systemCode } from "../base/errors.ts";
import { isRunning } from "../base/lock.ts";
import type { Hash } from "../model/hash.ts";

/** Milliseconds. */
const ABANDONED_AFTER = 3 * 24 * 3600 * 1000;

/** Names are `[part.<hash>.]<host>.<pid>.<random>`: a `part` is the beginning of that blob. */
export class TemporaryFolder {
  readonly folder: string;
  readonly #suffix: string;
  readonly #abandonedAfter: number;
  #isMade = false;

  /** `abandonedAfter`: milliseconds after which a file of an unknown process, or a beginning, is of no use to anybody. */
  constructor(folder: string, abandonedAfter = ABANDONED_AFTER) {
    this.folder = folder;
    this.#abandonedAfter = abandonedAfter;
    this.#suffix = `${hostname().replace(/[^A-Za-z0-9-]/g, "-")}.${pid}`;
  }

  /** A name in the folder, which is made if it is not there. */
  newName(part?: Hash): string {
    if (!this.#isMade && !fs.existsSync(this.folder)) makeFolder(this.folder);
    this.#isMade = true;
    return join(this.folder, `${part ? `part.${part}.` : ""}${this.#suffix}.${uniqueName()}`);
  }

  /** The beginning of a blob that a dead process left, now ours; null when there is none. */
  adoptPart(hash: Hash): string | null {
    for (const name of this.#names()) {
      if (!name.startsWith(`part.${hash}.`) || this.#owner(name) !== "dead") continue;
      const ours = this.newName(hash);
      try {
        moveFile(join(this.folder, name), ours);
        return ours;
      } catch (error) {
        // Another process adopted it first.
        if (systemCode(error) !== "ENOENT") throw error;
      }
    }
    return null;
  }

  /** Removes what dead processes of this host left; beginnings of blobs only when they are old. */
  clean(now: number): void {
    for (const name of this.#names()) {
      const file = join(this.folder, name);
      const found = fs.lstatSync(file, { throwIfNoEntry: false });
      if (found === undefined) continue;
      const old = now - found.mtimeMs > this.#abandonedAfter;
      const owner = this.#owner(name);
      if (owner === "alive" || (owner === "unknown" && !old)) continue;
      if (name.startsWith("part.") && !old) continue;
      removeFile(file);
    }
  }

  /** Removes what this process made, after its work failed and nothing of it is under way; beginnings of blobs stay. */
  discardOwn(): void {
    for (const name of this.#names()) {
      if (name.startsWith(`${this.#suffix}.`)) fs.rmSync(join(this.folder, name), { force: true });
    }
  }

  #names(): string[] {
    try {
      return fs.readdirSync(this.folder);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw error;
    }
  }

  #owner(name: string): "alive" | "dead" | "unknown" {
    const [host, process] = name.split(".").slice(-3, -1);
    if (`${host}.${process}` === this.#suffix) return "alive";
    if (host !== this.#suffix.split(".")[0] || !/^\d+$/.test(process ?? "")) return "unknown";
    return isRunning(Number(process)) ? "alive" : "dead";
  }
}
