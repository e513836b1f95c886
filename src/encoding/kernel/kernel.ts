/** Who does the loops over every byte: WebAssembly that takes sixteen at once where there is any, else JavaScript. */
import { plainKernel } from "./plain.ts";
import { stripKernel } from "./strips.ts";
import type { Kernel } from "./types.ts";

let chosen: Kernel | undefined;

/** The fastest that works here. */
export function kernel(): Kernel {
  chosen ??= stripKernel() ?? plainKernel;
  return chosen;
}
