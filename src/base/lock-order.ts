/**
 * Finds locks that are taken in another order than the one agreed upon, in tests: two processes that take two locks in
 * other orders wait for each other, which is seen too rarely to be found by waiting.
 */
import type { AsyncLocalStorage } from "node:async_hooks";
import { basename } from "node:path";
import process from "node:process";
import { bug } from "./errors.ts";

let order: readonly string[] = [];
/** What the work that goes on holds; null where nothing is checked. */
let held: AsyncLocalStorage<readonly string[]> | null = null;

/** From now on a lock that is taken while a later one is held is an error of the program. `names`: of their files. */
export function checkLockOrder(names: readonly string[]): void {
  order = names;
  // Loaded by tests alone: it makes every promise cost more.
  held = new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)();
}

/** Does `work`, for which the lock is taken. Locks that the order does not name are taken as anybody likes. */
export function inLockOrder<R>(file: string, work: () => Promise<R>): Promise<R> {
  const name = basename(file);
  const at = order.indexOf(name);
  if (held === null || at < 0) return work();
  const before = held.getStore() ?? [];
  const later = before.find((each) => order.indexOf(each) >= at);
  if (later !== undefined) throw bug(`the lock '${name}' is taken while '${later}' is held`);
  return held.run([...before, name], work);
}
