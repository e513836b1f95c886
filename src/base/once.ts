/** Work that is done once for all who ask for it, and again only where it failed. */
export class Once<T> {
  #done: Promise<T> | null = null;

  /** What the first work gave, or gives; that of the next one where it throws. */
  run(work: () => Promise<T>): Promise<T> {
    this.#done ??= work().catch((error: unknown) => {
      this.#done = null;
      throw error;
    });
    return this.#done;
  }

  /** It is known already. */
  settle(value: T): void {
    this.#done ??= Promise.resolve(value);
  }
}
