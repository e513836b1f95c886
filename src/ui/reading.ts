/** Documents and files of a source, for what is written once: each read as it is, or told to be out of reach. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { allOf } from "../base/piecewise.ts";
import { documentAt, type Source } from "./documents.ts";

/** What is not here, or not to be had here; every other failure ends the work. */
const OUT_OF_REACH = [
  "label-unknown",
  "blob-missing",
  "remote-unknown",
  "remote-unavailable",
  "not-supported",
] as const;

/** The same refs for every read, whatever moves meanwhile. */
export class Reading {
  readonly #source: Source;

  private constructor(source: Source) {
    this.#source = source;
  }

  static async of(source: Source): Promise<Reading> {
    const snapshot = await (await source.registry()).snapshot();
    return new Reading({ registry: async () => snapshot, repo: () => source.repo() });
  }

  /** Throws what the command throws whose document it is. */
  async document<T>(path: string): Promise<T> {
    const found = documentAt(path);
    if (found === null) throw new MvgitError("label-unknown", `there is no document '${path}'`, { subject: path });
    return JSON.parse(await found.make(this.#source)) as T;
  }

  /** Null where it is out of reach. */
  documentIfAny<T>(path: string): Promise<T | null> {
    return ifAny(this.document<T>(path));
  }

  /** The bytes of an artifact; null where they are out of reach. */
  bytes(label: string, path: string): Promise<Buffer | null> {
    return ifAny(this.#bytes(label, path));
  }

  async #bytes(label: string, path: string): Promise<Buffer | null> {
    const open = await (await this.#source.registry()).artifact(label, path);
    if (open === null) return null;
    return allOf(open.bytes);
  }
}

async function ifAny<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (OUT_OF_REACH.some((code) => isMvgitError(error, code))) return null;
    throw error;
  }
}
