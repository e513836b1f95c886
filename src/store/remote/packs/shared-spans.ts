/** Spans of packs that many blobs are read from: read once, a few at a time, and given up where nobody waits. */
import type { ReadableBucket } from "../../bucket.ts";
import { readSpan, type Span } from "./spans.ts";

/** Spans in memory at once. */
const AT_ONCE = 6;

/** A span, and who is to be given bytes of it. */
class SharedSpan {
  readonly span: Span;
  readonly order: number;
  /** Being read, or there. */
  bytes: Promise<Buffer> | null = null;
  /** Who waits for bytes of it at this moment. */
  waiting = 0;
  /** Who did not ask yet. */
  left: number;

  constructor(span: Span, order: number, left: number) {
    this.span = span;
    this.order = order;
    this.left = left;
  }
}

/** The spans of one copy, in the order in which they are wanted. Who is given bytes must not keep them. */
export class SharedSpans {
  readonly #bucket: ReadableBucket;
  readonly #all: readonly SharedSpan[];
  readonly #alive = new Set<SharedSpan>();
  #room: (() => void)[] = [];

  /** `wanted`: spans, and how many blobs each is to be read for. */
  constructor(bucket: ReadableBucket, wanted: readonly { span: Span; count: number }[]) {
    this.#bucket = bucket;
    this.#all = wanted.map(({ span, count }, order) => new SharedSpan(span, order, count));
  }

  /** Those of the span of this number that lie in `part`, once for each blob. Throws what the bucket throws. */
  async bytes(number: number, part: Span): Promise<Buffer> {
    const shared = this.#all[number] as SharedSpan;
    shared.waiting++;
    try {
      await this.#admit(shared);
      const bytes = await (shared.bytes as Promise<Buffer>);
      return bytes.subarray(part.start - shared.span.start, part.end - shared.span.start);
    } finally {
      shared.waiting--;
      shared.left--;
      if (shared.left <= 0) this.#drop(shared);
      this.#wake();
    }
  }

  /** Returns when it is being read: those that come next are, too, where there is room. */
  async #admit(shared: SharedSpan): Promise<void> {
    while (shared.bytes === null) {
      if (this.#alive.size < AT_ONCE || this.#giveUp(shared)) this.#begin(shared);
      else await new Promise<void>((resolve) => this.#room.push(resolve));
    }
    for (let next = shared.order + 1; next < this.#all.length && this.#alive.size < AT_ONCE; next++) {
      const later = this.#all[next] as SharedSpan;
      if (later.bytes === null && later.left > 0) this.#begin(later);
    }
  }

  #begin(shared: SharedSpan): void {
    shared.bytes = readSpan(this.#bucket, shared.span);
    shared.bytes.catch(() => undefined);
    this.#alive.add(shared);
  }

  /** Makes room by one that nobody waits for: what was passed over first, then what is wanted last. */
  #giveUp(wanted: SharedSpan): boolean {
    const idle = [...this.#alive].filter(({ waiting }) => waiting === 0);
    const passed = idle.filter(({ order }) => order < wanted.order);
    const [least] = passed.length > 0 ? passed : idle.toSorted((a, b) => b.order - a.order);
    if (least === undefined) return false;
    this.#drop(least);
    return true;
  }

  #drop(shared: SharedSpan): void {
    shared.bytes = null;
    this.#alive.delete(shared);
  }

  #wake(): void {
    const room = this.#room;
    this.#room = [];
    for (const resolve of room) resolve();
  }
}
