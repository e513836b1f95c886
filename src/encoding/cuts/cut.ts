/** A file in pieces, from one pass over its bytes. */
import { MvgitError } from "../../base/errors.ts";
import type { RandomAccess } from "../../values/tensors/access.ts";
import type { Piece, Region } from "../types.ts";
import { LONGEST } from "./gear.ts";
import { giveBack, takeWindow } from "./gear-window.ts";

/** Bytes of a piece of a tensor. */
export const BLOCK = 1024 * 1024;

const READ = 4 * BLOCK;

/**
 * All pieces in order, none empty: of a tensor every MiB from its start, of other regions by their content. Throws
 * `changed-while-reading` where the bytes are not as many as those of the regions, and what the source throws.
 */
export async function* cut(
  source: RandomAccess | AsyncIterable<Uint8Array>,
  regions: readonly Region[],
): AsyncGenerator<Piece> {
  const window = new Window("read" in source ? blocks(source) : source);
  try {
    for (const region of regions) {
      const end = region.start + region.length;
      for (let at = region.start; at < end;) {
        const most = Math.min(end - at, region.kind === "tensor" ? BLOCK : LONGEST);
        await window.fill(most);
        const bytes = window.take(region.kind === "tensor" ? most : window.gear(most));
        yield { start: at, bytes, region };
        at += bytes.length;
      }
    }
    await window.end();
  } finally {
    await window.close();
  }
}

async function* blocks(access: RandomAccess): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < access.size; at += READ) yield await access.read(at, Math.min(READ, access.size - at));
}

/** The bytes that are being looked at, of those that come. */
class Window {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #window = takeWindow();
  readonly #bytes = this.#window.bytes;
  #from = 0;
  #to = 0;
  /** Came, and found no room. */
  #waiting: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least so many bytes, at most a block. */
  async fill(length: number): Promise<void> {
    if (this.#to - this.#from >= length) return;
    this.#bytes.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    while (this.#to < length) {
      if (this.#waiting.length === 0) this.#waiting = (await this.#next()) ?? changed();
      const room = this.#waiting.subarray(0, this.#bytes.length - this.#to);
      this.#bytes.set(room, this.#to);
      this.#to += room.length;
      this.#waiting = this.#waiting.subarray(room.length);
    }
  }

  gear(most: number): number {
    return this.#window.cut(this.#from, this.#from + most) - this.#from;
  }

  take(length: number): Uint8Array {
    this.#from += length;
    return this.#bytes.subarray(this.#from - length, this.#from);
  }

  async end(): Promise<void> {
    if (this.#to > this.#from || this.#waiting.length > 0) changed();
    for (let more = await this.#next(); more !== null; more = await this.#next()) if (more.length > 0) changed();
  }

  async #next(): Promise<Uint8Array | null> {
    const { done, value } = await this.#source.next();
    return done === true ? null : value;
  }

  /** What was taken may be overwritten from here on. */
  async close(): Promise<void> {
    giveBack(this.#window);
    await this.#source.return?.();
  }
}

function changed(): never {
  throw new MvgitError("changed-while-reading", "a file changed while it was read", { hint: "try again" });
}
