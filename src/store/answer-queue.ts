/** Answers that come in any order, given out in the order in which they were asked for. */

/** Places of answers that were taken, before they are given back. */
const KEPT = 1024;

/** One side puts promises in, the other takes their values out, and waits for each. */
export class AnswerQueue<T> implements AsyncIterable<T> {
  #waiting: (Promise<T> | undefined)[] = [];
  /** Of the next one in there: taking the first of very many out of an array moves all others. */
  #first = 0;
  #isEnded = false;
  #failure: { error: unknown } | null = null;
  /** Of what is waited for at this moment. */
  #wake: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  put(answer: Promise<T>): void {
    answer.catch(() => undefined);
    this.#waiting.push(answer);
    this.#wake();
  }

  /** Nothing comes after what was put in. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** What was put in and did not come yet never does. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#reject(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (this.#failure === null) {
      const next = this.#take();
      if (next !== undefined) yield await this.#unlessFailed(next);
      else if (this.#isEnded) return;
      else await this.#unlessFailed(new Promise<void>((resolve) => (this.#wake = resolve)));
    }
    throw this.#failure.error;
  }

  #take(): Promise<T> | undefined {
    const next = this.#waiting[this.#first];
    if (next === undefined) return undefined;
    // What was taken is kept by nobody.
    this.#waiting[this.#first++] = undefined;
    if (this.#first >= KEPT && this.#first * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return next;
  }

  #unlessFailed<R>(answer: Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      answer.then(resolve, reject);
    });
  }
}
