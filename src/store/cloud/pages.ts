/** A listing that comes in pages, each naming the next. */
import { type Purpose, unusable } from "./failures.ts";

export interface Page<T> {
  items: T[];
  /** By which the next one is asked for; null after the last. */
  next: string | null;
}

/** Every item of every page, the first asked for by "". Throws `remote-unavailable` where the pages go in a circle. */
export async function* allPages<T>(ask: (token: string) => Promise<Page<T>>, purpose: Purpose): AsyncGenerator<T> {
  const seen = new Set<string>();
  for (let token: string | null = ""; token !== null;) {
    const { items, next }: Page<T> = await ask(token);
    yield* items;
    if (next !== null && seen.has(next)) throw unusable("repeats a page of its listing", purpose);
    if (next !== null) seen.add(next);
    token = next;
  }
}
