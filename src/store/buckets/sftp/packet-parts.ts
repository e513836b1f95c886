/** Packets out of what comes in pieces. */
import { plural } from "../../../base/counts.ts";
import { Malformed } from "./packets.ts";

/** Puts packets together from what comes in pieces. Throws `Malformed` for one longer than `cap`. */
export class PacketParts {
  readonly #cap: number;
  readonly #give: (body: Buffer) => void;
  /** Of the length of a packet, as far as it came. */
  #head = Buffer.alloc(4);
  #headFilled = 0;
  #body: Buffer | null = null;
  #filled = 0;

  constructor(cap: number, give: (body: Buffer) => void) {
    this.#cap = cap;
    this.#give = give;
  }

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === null) {
        const taken = Math.min(4 - this.#headFilled, chunk.length - at);
        chunk.copy(this.#head, this.#headFilled, at, at + taken);
        this.#headFilled += taken;
        at += taken;
        if (this.#headFilled < 4) return;
        this.#headFilled = 0;
        const length = this.#head.readUInt32BE(0);
        if (length < 1 || length > this.#cap) throw new Malformed(`a packet of ${plural(length, "byte")}`);
        if (at + length <= chunk.length) {
          this.#give(chunk.subarray(at, at + length));
          at += length;
          continue;
        }
        this.#body = Buffer.allocUnsafeSlow(length);
        this.#filled = 0;
      }
      const taken = Math.min(this.#body.length - this.#filled, chunk.length - at);
      chunk.copy(this.#body, this.#filled, at, at + taken);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.#body.length) return;
      const body = this.#body;
      this.#body = null;
      this.#give(body);
    }
  }
}
