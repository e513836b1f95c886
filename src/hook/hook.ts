/** What every hook is. */
import type { Repo } from "../repo/repo.ts";

/** What a hook is given. */
export interface HookCall {
  args: readonly string[];
  open: () => Promise<Repo>;
  /** One line to the person at the keyboard. */
  say: (line: string) => void;
  input: () => Promise<string>;
}

/** Answers the exit status. */
export type Hook = (call: HookCall) => Promise<number>;
