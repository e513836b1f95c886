/** Places of which only so many are taken at once; who finds too few waits for its turn. */
export class Slots {
  readonly #count: number;
  #free: number;
  readonly #waiting: { wanted: number; enter(): void }[] = [];

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  /** The answered function gives the places back. Who wants more than there are takes all. */
  async enter(places = 1): Promise<() => void> {
    const wanted = Math.min(places, this.#count);
    if (this.#waiting.length === 0 && this.#free >= wanted) this.#free -= wanted;
    else await new Promise<void>((enter) => this.#waiting.push({ wanted, enter }));
    return () => this.#leave(wanted);
  }

  async hold<R>(work: () => Promise<R>, places = 1): Promise<R> {
    const leave = await this.enter(places);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  #leave(places: number): void {
    this.#free += places;
    for (let [first] = this.#waiting; first && first.wanted <= this.#free; [first] = this.#waiting) {
      this.#free -= first.wanted;
      this.#waiting.shift();
      first.enter();
    }
  }
}
