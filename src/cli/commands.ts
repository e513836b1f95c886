/**
 * Every command, in the order of the help. To add one: an entry in the table of its family, and
 * `commands/FAMILY/NAME.ts` that exports as `command` what `defineCommand` made. Nothing but the tables is read at
 * start; a command's module is loaded when it runs.
 */
import type { CommandEntry, CommandGroup } from "./command.ts";
import { BRIDGES } from "./commands/bridges.ts";
import { careGroup } from "./commands/care.ts";
import { FILES } from "./commands/files.ts";
import { MODELS } from "./commands/versions.ts";

export const GROUPS: readonly CommandGroup[] = [FILES, MODELS, careGroup(allCommands), BRIDGES];

/** All entries in order. */
export function allCommands(): readonly CommandEntry[] {
  return GROUPS.flatMap((group) => group.commands);
}
