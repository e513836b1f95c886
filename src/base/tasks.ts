/**
 * Bounded concurrency over iterables. Nothing new is started when the process is to stop: that is a failure as any
 * other.
 */
import { breathe } from "./stop.ts";

/**
 * Runs `work` on each item with at most `limit` under way, and yields results in the order of the items.
 * The first failure is thrown when its turn comes; nothing new is started after it, and what is under way is
 * waited for before the generator ends.
 */
export async function* mapOrdered<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  try {
    for await (const item of items) {
      await breathe();
      const result = work(item);
      result.catch(() => {});
      pending.push(result);
      if (pending.length >= limit) yield await (pending.shift() as Promise<R>);
    }
    while (pending.length > 0) yield await (pending.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(pending);
  }
}

/**
 * Runs `work` on each item with at most `limit` under way. Rejects with the first failure, after what was
 * under way has ended; nothing new is started after a failure.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  for await (const item of items) {
    if (failure) break;
    await breathe().catch((error: unknown) => void (failure ??= { error }));
    if (failure) break;
    const task = work(item).then(
      () => void running.delete(task),
      (error: unknown) => {
        running.delete(task);
        failure ??= { error };
      },
    );
    running.add(task);
    if (running.size >= limit) await Promise.race(running);
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}

/** Groups items into arrays of at most `size`. */
export async function* inGroups<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length >= size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

/** Lets at most `places` pieces of work run at once; the others wait in the order they came. */
export function gate(places: number): <R>(work: () => Promise<R>) => Promise<R> {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

/** The same items in their order, at most so many at a time. */
export async function* portions<T>(items: AsyncIterable<T>, most: number): AsyncGenerator<T[]> {
  let portion: T[] = [];
  for await (const item of items) {
    portion.push(item);
    if (portion.length < most) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
