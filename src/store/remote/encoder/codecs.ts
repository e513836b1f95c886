/** Who encodes: this thread, and others once there is so much to do that they are worth their start. */
import { Pool } from "../../../base/pool.ts";
import { code, type CodeAnswer, codeJob, type CodeRequest } from "./code-job.ts";

/** Plain bytes that are encoded before threads are started. */
const WORTH_THREADS = 8 * 1024 * 1024;
/** Bytes that a piece has at most, as pieces are cut. */
const PIECE = 1024 * 1024;
/** Threads: each takes memory. */
const MOST = 2;

/** Encodes for one push. `close` it in every case. */
export class Codecs {
  #pool: Pool<null, CodeRequest, CodeAnswer> | null = null;
  readonly #free: SharedArrayBuffer[] = [];
  #done = 0;

  async code(request: CodeRequest): Promise<CodeAnswer> {
    if (this.#done < WORTH_THREADS) {
      const answer = await code(request);
      if (answer.chosen !== "raw") this.#done += request.plain.length;
      return answer;
    }
    this.#pool ??= new Pool(codeJob, null, { most: MOST });
    const { plain, base } = request;
    const taken = [this.#share(plain), ...(base === undefined ? [] : [this.#share(base)])] as const;
    try {
      const [sharedPlain, sharedBase] = taken;
      return await this.#pool.ask({ ...request, plain: sharedPlain, ...(sharedBase && { base: sharedBase }) });
    } finally {
      for (const { buffer } of taken) this.#free.push(buffer);
    }
  }

  /** A copy in memory that passes to a thread without another one, and is used again. */
  #share(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
    const fitting = this.#free.findIndex(({ byteLength }) => byteLength >= bytes.length);
    const [buffer] =
      fitting < 0 ? [new SharedArrayBuffer(Math.max(PIECE, bytes.length))] : this.#free.splice(fitting, 1);
    const copy = new Uint8Array(buffer as SharedArrayBuffer, 0, bytes.length);
    copy.set(bytes);
    return copy;
  }

  async close(): Promise<void> {
    await this.#pool?.close();
    this.#pool = null;
  }
}
