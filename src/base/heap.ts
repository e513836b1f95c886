/** How much memory stands that nothing uses any more. */

/** Milliseconds from which on a command is a long one; for a short one a setting costs more than it gives. */
const LONG = 300;
/** What may be added until it is looked for what is no longer used, in percent of what was in use. */
const GROWTH = 50;

/**
 * For a command that takes long: V8 by itself lets the heap grow to up to four times of what is in use, and buffers
 * stand as long as what pointed to them. It holds for the whole process and its threads: a library must not ask for it.
 */
export function keepHeapSmall(after = LONG): void {
  setTimeout(() => void grow(), after).unref();
}

async function grow(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
