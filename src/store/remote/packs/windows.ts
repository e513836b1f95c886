/** Short parts of packs, read with what lies around them: their neighbours are mostly wanted next. */
import { type ReadableBucket, WrongBytes } from "../../bucket.ts";
import { PACK_HEAD } from "../../../encoding/index-table.ts";
import { readSpan, type Span } from "./spans.ts";

/** Bytes that are read on either side. */
const AROUND = 16 * 1024;
/** Windows that are kept. */
const MOST = 64;

interface Window {
  span: Span;
  bytes: Promise<Buffer>;
}

/** Throws what the bucket throws. */
export class Windows {
  readonly #bucket: ReadableBucket;
  /** What was read last stands last. */
  readonly #all: Window[] = [];

  constructor(bucket: ReadableBucket) {
    this.#bucket = bucket;
  }

  /** Bytes of a pack that should have `size` of them. Not verified: what is kept may have come wrong on the way. */
  async read(span: Span, size: number): Promise<Buffer> {
    const wide = {
      name: span.name,
      start: Math.min(span.start, Math.max(PACK_HEAD, span.start - AROUND)),
      end: Math.max(span.end, Math.min(size, span.end + AROUND)),
    };
    const kept = await this.kept(span);
    if (kept !== null) return kept;
    this.#add({ span: wide, bytes: readSpan(this.#bucket, wide) });
    // Of a pack that was cut, what is left of it can be read.
    return (await this.kept(span)) ?? readSpan(this.#bucket, span);
  }

  /** The same, where they were read with others; else null. In memory of their own. */
  async kept({ name, start, end }: Span): Promise<Buffer | null> {
    const found = this.#all.find(({ span }) => span.name === name && span.start <= start && end <= span.end);
    if (found === undefined) return null;
    try {
      return Buffer.from((await found.bytes).subarray(start - found.span.start, end - found.span.start));
    } catch (error) {
      this.forget(name);
      if (error instanceof WrongBytes) return null;
      throw error;
    }
  }

  /** Nothing of the object is kept any more. */
  forget(name: string): void {
    for (let at = this.#all.length - 1; at >= 0; at--) if (this.#all[at]?.span.name === name) this.#all.splice(at, 1);
  }

  #add(window: Window): void {
    window.bytes.catch(() => undefined);
    this.#all.push(window);
    if (this.#all.length > MOST) this.#all.shift();
  }
}
