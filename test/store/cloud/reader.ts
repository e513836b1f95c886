/** An object of no service in particular, read as a driver reads it: with answers that a test spoils. */
import { MvgitError } from "../../../src/base/errors.ts";
import { CLOUD_RETRY } from "../../../src/base/retry.ts";
import type { Answered, EndsBefore, ObjectReader, Wanted } from "../../../src/store/cloud/download.ts";
import { unavailable } from "../../../src/store/cloud/failures.ts";
import { Tries } from "../../../src/store/cloud/tries.ts";
import { WaitlessClock } from "../../support/watch.ts";

export const PURPOSE = {
  action: "read 'object'",
  address: "cloud://bucket",
  words: { vendor: "Nobody", signIn: "sign in", makeBucket: "make bucket" },
};

type Answer = Answered | EndsBefore;

/** Gives `bytes`; `spoil` may put another answer in the place of the nth, counted from 1. */
export class TestReader implements ObjectReader {
  readonly purpose = PURPOSE;
  readonly asked: Wanted[] = [];
  readonly #bytes: Buffer;
  readonly #spoil: (answer: Answered, nth: number) => Answer | null;

  constructor(bytes: Buffer, spoil: (answer: Answered, nth: number) => Answer | null = (answer) => answer) {
    this.#bytes = bytes;
    this.#spoil = spoil;
  }

  tries(): Tries {
    const failure = unavailable(503, "", this.purpose);
    const judge = () => ({ failure, again: true, signInAgain: false, afterMs: 0 });
    const signal = new AbortController().signal;
    return new Tries({ clock: new WaitlessClock(), signal, retry: CLOUD_RETRY, judge, renew: async () => undefined });
  }

  async ask(wanted: Wanted): Promise<Answer | null> {
    this.asked.push(wanted);
    const total = this.#bytes.length;
    const { start, end } = { start: wanted.start, end: wanted.end ?? total };
    if (start >= total && end > start) return { total, bytes: null };
    const range = { start, end, total };
    const bytes = chunksOf(this.#bytes.subarray(start, end));
    return this.#spoil({ version: "1", range, total, sum: null, bytes }, this.asked.length);
  }
}

/** In chunks of three bytes; cut behind the first `most` bytes. */
export async function* chunksOf(bytes: Buffer, most = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 3) {
    if (at >= most) throw new MvgitError("remote-unavailable", "cut");
    yield bytes.subarray(at, at + 3);
  }
}

export async function allOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
