/** Artifacts on their way: files in a folder of mvgit's own, under paths that were checked. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { plural } from "../base/counts.ts";
import { discard, makeFolder, moveFile, removeFile, removeTree, writeStream } from "../base/disk.ts";
import { systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { Refusal } from "./answers.ts";
import { type Entry, invalidPath, ownerOf } from "./http.ts";
import type { Recording } from "./state.ts";

/** Files that are taken in all, and bytes of one. */
const CAPS = { files: 200_000, bytes: 256 * 1024 ** 3 };

/** The artifacts of one recording; sizes in bytes. Throws refusals, and system errors as MvgitErrors. */
export class Spool {
  /** Absolute; made with the first artifact. */
  readonly folder: string;
  #count = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * The file or folder of an artifact path as clients send it (decoded). Throws INVALID_PARAMETER_VALUE for every other
   * path.
   */
  #resolve(recording: Recording, path: string): string {
    const { experiment, run, model } = ownerOf(path);
    const owner = run === null ? recording.models.get(model ?? "") : recording.runs.get(run);
    if (owner?.experiment !== experiment) throw invalidPath();
    return join(this.folder, ...path.split("/"));
  }

  /** Takes a file in; nothing of it stays when the body is cut. Throws refusals, and system errors as MvgitErrors. */
  async put(recording: Recording, path: string, body: Readable): Promise<void> {
    const file = this.#resolve(recording, path);
    if (this.#count >= CAPS.files)
      throw new Refusal("RESOURCE_EXHAUSTED", `More than ${plural(CAPS.files, "artifact")} are not recorded.`);
    const temporary = join(this.folder, `part-${++this.#count}`);
    try {
      makeFolder(this.folder);
      await writeStream(temporary, counted(body));
      makeFolder(join(file, ".."));
      moveFile(temporary, file);
    } catch (error) {
      discard(temporary);
      if (error instanceof Refusal) throw error;
      if (["ENOTDIR", "EEXIST", "EISDIR", "ENOTEMPTY"].includes(systemCode(error) ?? ""))
        throw new Refusal("INVALID_PARAMETER_VALUE", "A file and a folder have one artifact path");
      throw fromSystem(error, `write '${file}'`, file);
    }
  }

  /** A file's bytes. Throws RESOURCE_DOES_NOT_EXIST. */
  get(recording: Recording, path: string): { stream: Readable; size: number } {
    const file = this.#resolve(recording, path);
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) throw new Refusal("RESOURCE_DOES_NOT_EXIST", "No such artifact");
    return { stream: fs.createReadStream(file), size: found.size };
  }

  /** What is in a folder, with names relative to it; of a file or of nothing, nothing. */
  list(recording: Recording, path: string): Entry[] {
    const folder = this.#resolve(recording, path);
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .map((each) => ({
        path: each.name,
        isFolder: each.isDirectory(),
        size: each.isFile() ? fs.statSync(join(folder, each.name)).size : 0,
      }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Of a folder, all that is in it. */
  remove(recording: Recording, path: string): void {
    const file = this.#resolve(recording, path);
    if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) removeTree(file);
    else removeFile(file);
  }
}

async function* counted(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > CAPS.bytes) throw new Refusal("RESOURCE_EXHAUSTED", "The artifact is too large.");
    yield chunk;
  }
}
