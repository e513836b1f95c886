/**
 * stdout and stderr: flushed before the process ends, quiet when their reader is gone, and failed when they cannot take
 * what was written.
 */
import * as fs from "node:fs";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";
import { MvgitError, systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";

/**
 * What a pipe or a terminal says whose reader went away (`mvgit ls | head`): what was to be written is of use to
 * nobody.
 */
const NOBODY_READS = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

/**
 * One of the streams that the process prints to. Writing never throws: a reader that went away is no failure, and any
 * other reason why the bytes are not there is kept in `failure`.
 */
export class Output {
  readonly #stream: Writable;
  readonly #file: number | null;
  #closed = false;
  #failure: MvgitError | null = null;

  /**
   * `fd`: that of the stream. Where it is a file or a device, it is written without the stream, which takes a write
   * that was cut short (a full disk) for a whole one.
   */
  constructor(stream: Writable, fd?: number) {
    this.#stream = stream;
    this.#file = fd !== undefined && isFile(fd) ? fd : null;
    stream.on("error", (error: Error) => this.#end(error));
  }

  /** Why not all that was written is there; null where it is, or where nobody reads any more. */
  get failure(): MvgitError | null {
    return this.#failure;
  }

  /**
   * Resolves when the system has the bytes: true, or false when nobody reads any more or it does not take them
   * (`failure`).
   */
  write(bytes: string | Uint8Array): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (this.#file !== null) return Promise.resolve(this.#writeFile(this.#file, Buffer.from(bytes)));
    return new Promise((resolve) => {
      this.#stream.write(bytes, (error) => {
        if (error) this.#end(error);
        resolve(!error);
      });
    });
  }

  #writeFile(fd: number, bytes: Uint8Array): boolean {
    try {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done);
      return true;
    } catch (error) {
      this.#end(error);
      return false;
    }
  }

  #end(error: unknown): void {
    this.#closed = true;
    if (this.#file !== null || !NOBODY_READS.has(systemCode(error) ?? "")) this.#failure ??= failureOf(error);
  }
}

/** Pipes, sockets and terminals are the stream's: they may have to be waited for. */
function isFile(fd: number): boolean {
  try {
    const kind = fs.fstatSync(fd);
    return kind.isFile() || (kind.isCharacterDevice() && !isatty(fd));
  } catch {
    return false;
  }
}

function failureOf(error: unknown): MvgitError {
  const { code, message } = fromSystem(error, "write the output", "stdout");
  return new MvgitError(code, message, {
    subject: "stdout",
    cause: error,
    hint: "what stands there is cut short; make room where the output goes",
  });
}
