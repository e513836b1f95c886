/** Memory that several transfers share, so that all of them together stay within it. */

/**
 * Buffers are lent in the order in which they were asked for; one that is larger than all there is waits to be alone.
 */
export class Memory {
  readonly #bytes: number;
  readonly #isShared: boolean;
  #free: number;
  readonly #waiting: { size: number; lend: (buffer: Buffer) => void }[] = [];
  /** Given back while others are still lent, for the next one of that size. */
  #spare: Buffer[] = [];

  /** `isShared`: other threads see what is lent. */
  constructor(bytes: number, { isShared = false } = {}) {
    this.#isShared = isShared;
    this.#bytes = bytes;
    this.#free = bytes;
  }

  /** As many bytes as these, once there is room; what they hold is not said. `give` them back in every case. */
  take(size: number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#waiting.push({ size, lend: resolve });
      this.#lend();
    });
  }

  give(buffer: Buffer): void {
    this.#free += this.#weight(buffer.length);
    if (this.#free === this.#bytes) this.#spare = [];
    else this.#spare.push(buffer);
    this.#lend();
  }

  #lend(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || this.#weight(first.size) > this.#free) return;
      this.#waiting.shift();
      this.#free -= this.#weight(first.size);
      first.lend(this.#bufferOf(first.size));
    }
  }

  #bufferOf(size: number): Buffer {
    const spare = this.#spare.pop();
    if (spare?.length === size) return spare;
    this.#spare = [];
    return this.#isShared ? Buffer.from(new SharedArrayBuffer(size)) : Buffer.allocUnsafeSlow(size);
  }

  #weight(size: number): number {
    return Math.min(size, this.#bytes);
  }
}
