/** Which command a command line means. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { CommandEntry } from "./command.ts";
import { allCommands } from "./commands.ts";
import { nearest } from "../base/nearest.ts";
import { findName } from "./parse.ts";

/**
 * `command` with what is left for it; `family` for the first word of two-word commands alone; `none` without any word.
 */
export type Resolved =
  | { kind: "command"; entry: CommandEntry; rest: string[] }
  | { kind: "family"; name: string; members: CommandEntry[]; rest: string[] }
  | { kind: "none" };

/** Throws `usage` for a name that no command has. */
export function resolveCommand(argv: readonly string[]): Resolved {
  const at = findName(argv);
  if (at < 0) return { kind: "none" };
  const first = argv[at] as string;
  const rest = argv.toSpliced(at, 1);
  const entry = allCommands().find((each) => each.name === first);
  if (entry) return longerCommand(entry, rest);
  const members = allCommands().filter((each) => each.name.startsWith(`${first} `));
  if (members.length === 0) throw unknownCommand(first, [...new Set(allCommands().map(firstWord))]);
  return resolveMember(first, members, rest);
}

/** `runs show` where there is such a command, though `runs` is one as well. */
function longerCommand(entry: CommandEntry, rest: readonly string[]): Resolved {
  const at = findName(rest);
  const longer = at < 0 ? undefined : allCommands().find((each) => each.name === `${entry.name} ${rest[at]}`);
  return longer === undefined
    ? { kind: "command", entry, rest: [...rest] }
    : { kind: "command", entry: longer, rest: rest.toSpliced(at, 1) };
}

function resolveMember(first: string, members: CommandEntry[], rest: readonly string[]): Resolved {
  const at = findName(rest);
  if (at < 0) return { kind: "family", name: first, members, rest: [...rest] };
  const name = `${first} ${rest[at]}`;
  const entry = members.find((each) => each.name === name);
  if (entry) return { kind: "command", entry, rest: rest.toSpliced(at, 1) };
  throw unknownCommand(
    name,
    members.map((each) => each.name),
  );
}

function firstWord(entry: CommandEntry): string {
  return entry.name.split(" ")[0] as string;
}

function unknownCommand(name: string, known: string[]): MvgitError {
  const guess = nearest(name, known);
  return new MvgitError("usage", `there is no command '${display(name)}'`, {
    subject: name,
    hint: guess ? `did you mean 'mvgit ${guess}'?` : "'mvgit help' lists all commands",
  });
}
