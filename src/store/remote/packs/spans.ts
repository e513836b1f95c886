/** Ranges of objects that lie close to each other, read together. */
import { bug } from "../../../base/errors.ts";
import { type ObjectName, type ReadableBucket, WrongBytes } from "../../bucket.ts";

/** Bytes of an object, from `start` up to, not including, `end`. */
export interface Span {
  name: ObjectName;
  start: number;
  end: number;
}

/** Bytes that nobody wants and that are read all the same, rather than asking twice. */
const WIDEST_GAP = 64 * 1024;
/** Bytes that are read at once. */
const LONGEST_SPAN = 4 * 1024 * 1024;

/** As few spans as hold all of these, in the order of names and places. What is empty is held by none. */
export function joinSpans(wanted: readonly Span[]): Span[] {
  return assignSpans(wanted).spans;
}

/** As `joinSpans`; `numbers`: for each of `wanted` the number of the span that holds it, -1 for what is empty. */
export function assignSpans(wanted: readonly Span[]): { spans: Span[]; numbers: number[] } {
  const spans: Span[] = [];
  const numbers = wanted.map(() => -1);
  const order = [...wanted.keys()].toSorted((a, b) => byPlace(wanted[a] as Span, wanted[b] as Span));
  for (const at of order) {
    const span = wanted[at] as Span;
    if (span.start === span.end) continue;
    const last = spans.at(-1);
    const isNear = last?.name === span.name && span.start - last.end <= WIDEST_GAP;
    if (isNear && Math.max(last.end, span.end) - last.start <= LONGEST_SPAN) last.end = Math.max(last.end, span.end);
    else spans.push({ ...span });
    numbers[at] = spans.length - 1;
  }
  return { spans, numbers };
}

function byPlace(a: Span, b: Span): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.start - b.start;
}

/** The bytes of spans that were read. */
export class ReadSpans {
  readonly #spans: readonly { span: Span; bytes: Buffer }[];

  constructor(spans: readonly { span: Span; bytes: Buffer }[]) {
    this.#spans = spans;
  }

  bytesOf({ name, start, end }: Span): Buffer {
    if (start === end) return Buffer.alloc(0);
    for (const { span, bytes } of this.#spans)
      if (span.name === name && span.start <= start && end <= span.end)
        return bytes.subarray(start - span.start, end - span.start);
    throw bug(`bytes of '${name}' were not read`);
  }
}

/** The bytes in memory that is made once: pieces and all of them together would be twice as much. */
async function readInto(bytes: Buffer, chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    if (at + chunk.length > bytes.length) break;
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== bytes.length) throw bug("a bucket gave another number of bytes than was asked for");
  return bytes;
}

/** All bytes of the span. What comes wrong is asked for once more. Throws what the bucket throws. */
export async function readSpan(bucket: ReadableBucket, { name, start, end }: Span): Promise<Buffer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await readInto(Buffer.allocUnsafe(end - start), bucket.get(name, { start, end }));
    } catch (error) {
      if (!(error instanceof WrongBytes) || attempt > 0) throw error;
    }
  }
}
