/** Blobs that the user of this clone has given up: no store has them, and no push waits for them any more. */
import { join } from "node:path";
import { makeFolder, readUpTo, replaceFile } from "../base/disk.ts";
import { type Hash, parseHash } from "../values/hash.ts";
import { cloneFile } from "../values/own-files.ts";

const CAP = 64 * 1024 * 1024;

/** The list, in the folder that all work trees of the clone share. */
export class LostList {
  readonly #file: string;

  constructor(commonDir: string) {
    this.#file = cloneFile({ commonDir }, "lost");
  }

  /** Empty for a list that is lost or unreadable: then they are waited for again. */
  read(): Set<Hash> {
    const lines = readUpTo(this.#file, CAP)?.toString("latin1").split("\n") ?? [];
    return new Set(lines.flatMap((line) => parseHash(line) ?? []));
  }

  add(hashes: Iterable<Hash>): void {
    this.#write(new Set([...this.read(), ...hashes]));
  }

  /** They are had again. */
  remove(hashes: Iterable<Hash>): void {
    const lost = this.read();
    if ([...hashes].filter((hash) => lost.delete(hash)).length > 0) this.#write(lost);
  }

  #write(hashes: ReadonlySet<Hash>): void {
    makeFolder(join(this.#file, ".."));
    replaceFile(this.#file, [...hashes].map((hash) => `${hash}\n`).join(""));
  }
}
