/** MD5 of large parts, which can take longer than sending them: on a thread of its own. */
import { Pool } from "../../base/pool.ts";
import { md5Job, md5Of } from "./md5-job.ts";

/** Base64, as headers have it. The bytes must not change until it answers. */
export type Md5 = (bytes: Uint8Array) => Promise<string>;

/** From so many bytes of an object on, a thread saves more than its start takes. */
const WORTH_A_THREAD = 64 * 1024 * 1024;

/** One thread for all large objects of a bucket that are on their way: each further one would take memory. */
export class Md5Thread {
  #pool: Pool<null, Uint8Array, string> | null = null;
  #users = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** What an object of `size` bytes is sent with. The thread ends with the last use. */
  async during<T>(size: number, use: (md5: Md5) => Promise<T>): Promise<T> {
    if (size < WORTH_A_THREAD) return use(async (bytes) => md5Of(bytes));
    const pool = (this.#pool ??= new Pool(md5Job, null));
    this.#users++;
    try {
      return await use((bytes) => this.#ask(pool, bytes));
    } finally {
      if (--this.#users === 0) {
        this.#pool = null;
        // What was asked and not waited for is never answered.
        this.#last = Promise.resolve();
        await pool.close();
      }
    }
  }

  /** One after the other: a pool starts a thread for each request that would wait. */
  #ask(pool: Pool<null, Uint8Array, string>, bytes: Uint8Array): Promise<string> {
    const answer = this.#last.then(() => pool.ask(bytes));
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}
