/** stdout and stderr: flushed before the process ends, and quiet when their reader is gone. */
import type { Writable } from "node:stream";

export class Output {
  readonly #stream: Writable;
  #closed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("error", () => {
      // The reader went away (`mvgit ls | head`). What was to be written is of use to nobody.
      this.#closed = true;
    });
  }

  /** Resolves when the system has the bytes: true, or false when nobody reads any more. */
  write(bytes: string | Uint8Array): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#stream.write(bytes, (error) => {
        if (error) this.#closed = true;
        resolve(!error);
      });
    });
  }
}
