/**
 * Every command, in the order of the help. To add one: a line here, and `commands/<name>.ts` that exports what
 * `defineCommand` made. Nothing but what is here is read at start; a module is loaded when its command runs.
 */
import type { AnyCommand } from "./command.ts";

export interface CommandEntry {
  /** One word, or two: `remote add`. */
  name: string;
  /** Up to 56 columns, an imperative without full stop. */
  summary: string;
  example: string;
  load(): Promise<AnyCommand>;
}

export interface CommandGroup {
  title: string;
  /** A line that shows how the commands of this group are used together. */
  example: string;
  commands: readonly CommandEntry[];
}

export const GROUPS: readonly CommandGroup[] = [
  {
    title: "Files",
    example: "mvgit add weights.bin && git commit -m 'First weights' && mvgit push",
    commands: [],
  },
  {
    title: "Remotes and care",
    example: "mvgit remote add store gs://my-bucket/team && mvgit doctor --remote",
    commands: [
      {
        name: "completion",
        summary: "print a script that completes commands and options",
        example: "mvgit completion bash > ~/.local/share/bash-completion/completions/mvgit",
        load: async () => (await import("./commands/completion.ts")).completion,
      },
    ],
  },
];

/** All entries in order. */
export function allCommands(): CommandEntry[] {
  return GROUPS.flatMap((group) => group.commands);
}
