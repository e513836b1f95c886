/** Who encodes: this thread, and others once there is so much to do that they are worth their start. */
import { bug } from "../../../base/errors.ts";
import { Pool, type PoolOf } from "../../../base/pool.ts";
import { isDelta } from "../../../encoding/coded.ts";
import { code, type CodeAnswer, codeJob, type CodeRequest } from "./code-job.ts";
import { type FileSpan, type FreshSpan, PIECE, type Span } from "./spans.ts";

/** Plain bytes that are encoded before threads are started. */
const WORTH_THREADS = 8 * 1024 * 1024;
/** Threads, where there are as many processors: each takes some 25 MB. */
const MOST = 4;

/** A part of a blob, and what it may be told as a difference from. */
export interface ToCode extends Pick<CodeRequest, "width" | "codec"> {
  plain: FreshSpan;
  base: Span | null;
}

type CodePool = PoolOf<typeof codeJob>;

/** Encodes for one push. `close` it in every case. */
export class Codecs {
  #pool: CodePool | null = null;
  readonly #free: SharedArrayBuffer[] = [];
  #done = 0;

  /** Whether other threads read by themselves what is in files. */
  get haveThreads(): boolean {
    return this.#done >= WORTH_THREADS;
  }

  /** Much is to come, and soon: threads start at once. */
  expectMuch(): void {
    this.#done = Math.max(this.#done, WORTH_THREADS);
    this.#threads().warm();
  }

  #threads(): CodePool {
    this.#pool ??= new Pool(codeJob, null, { most: MOST });
    return this.#pool;
  }

  /** Throws `blob-damaged` for other bytes than the part must have. A base that has others is not used. */
  async code(part: ToCode): Promise<CodeAnswer> {
    const answer = this.haveThreads ? await this.#codeFiles(part) : null;
    return answer ?? this.#codeBytes(part);
  }

  /** Null where the bytes are not in files, or not in those. */
  async #codeFiles({ plain, base, width, codec }: ToCode): Promise<CodeAnswer | null> {
    if (plain.file === null || base?.file === null) return null;
    return this.#ask({ plain: plain.file, ...(base && { base: base.file }), width, codec });
  }

  async #codeBytes({ plain, base, width, codec }: ToCode): Promise<CodeAnswer> {
    const bytes = await plain.read();
    const known = (await base?.read()) ?? null;
    const request: CodeRequest = {
      plain: bytes,
      width,
      codec: known === null && codec !== null && isDelta(codec) ? null : codec,
    };
    if (known !== null) request.base = known;
    if (this.haveThreads) return this.#codeShared(request);
    const answer = await code(request);
    if (answer.chosen !== "raw") this.#done += bytes.length;
    return answer;
  }

  async #codeShared(request: CodeRequest): Promise<CodeAnswer> {
    const { plain, base } = request;
    const taken = [this.#share(plain), ...(base === undefined ? [] : [this.#share(base)])] as const;
    try {
      const [sharedPlain, sharedBase] = taken;
      const answer = await this.#ask({ ...request, plain: sharedPlain, ...(sharedBase && { base: sharedBase }) });
      if (answer === null) throw bug("a thread did not code what it was given");
      return answer;
    } finally {
      for (const { buffer } of taken) this.#free.push(buffer);
    }
  }

  #ask(request: CodeRequest<Uint8Array | FileSpan>): Promise<CodeAnswer | null> {
    return this.#threads().ask(request);
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
