/** What every operation is given besides its request: how to tell, when to stop, what time it is. */
import type { Clock } from "./clock.ts";
import type { Progress } from "./progress.ts";

export interface Watch {
  progress: Progress;
  /** Aborted with an MvgitError `interrupted` when the user asks to stop. */
  signal: AbortSignal;
  clock: Clock;
  /** One line for stderr that is neither result nor failure; shown once, in the order told. */
  note(text: string): void;
  /** As `note`, for what the user should not overlook. */
  warn(text: string): void;
}
