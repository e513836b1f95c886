/** Help texts, within 80 columns on any terminal: they are read in papers and issues, too. */
import { EXAMPLE_ADDRESS } from "../store/drivers.ts";
import type { AnyCommand, CommandEntry } from "./command.ts";
import { GROUPS } from "./commands.ts";
import { GLOBAL_OPTIONS, type Option, type Options, typedName } from "./options.ts";
import type { Style } from "./render/style.ts";
import { table } from "./render/table.ts";
import { wrap } from "./render/wrap.ts";

const WIDTH = 80;
const ABOUT =
  "Version control for AI models, built on Git: large files go into a store, and Git keeps a small pointer to each.";
const USAGE = "usage: mvgit [-C DIR] [--json] [-q] [-v] COMMAND [OPTION...] [ARGUMENT...]";

/** What `mvgit` alone says: every command by its task. */
export function mainHelp(style: Style): string {
  const names = GROUPS.flatMap((group) => group.commands.map((each) => each.name));
  const width = Math.max(...names.map((name) => name.length));
  const groups = GROUPS.filter((group) => group.commands.length > 0).map((group) =>
    [
      style.strong(group.title),
      ...group.commands.map((each) => `  ${each.name.padEnd(width)}  ${each.summary}`),
      style.faint(`  $ ${shown(group.example)}`),
    ].join("\n"),
  );
  return [
    USAGE,
    wrap(ABOUT, WIDTH).join("\n"),
    ...groups,
    `${style.strong("Options of every command")}\n${optionLines(GLOBAL_OPTIONS)}`,
    "'mvgit help COMMAND' tells more about one of them.",
  ].join("\n\n");
}

/** What `mvgit help NAME` says. */
export function commandHelp(entry: CommandEntry, command: AnyCommand, style: Style): string {
  const hasOptions = Object.keys(command.options).length > 0;
  return [
    `usage: mvgit ${entry.name}${hasOptions ? " [OPTION...]" : ""} ${command.arguments}`.trimEnd(),
    capitalised(entry.summary) + ".",
    ...(command.details ? [wrap(command.details, WIDTH).join("\n")] : []),
    ...(hasOptions ? [`${style.strong("Options")}\n${optionLines(command.options)}`] : []),
    `${style.strong("Options of every command")}\n${optionLines(GLOBAL_OPTIONS)}`,
    `${style.strong("Example")}\n  $ ${shown(entry.example)}`,
  ].join("\n\n");
}

/** What `mvgit help remote` says: the commands that begin with this word. */
export function familyHelp(name: string, members: readonly CommandEntry[], style: Style): string {
  const rows = members.map((each) => [`  ${each.name}`, each.summary]);
  return [
    `usage: mvgit ${name} ${members.map((each) => each.name.slice(name.length + 1)).join("|")} ...`,
    table(rows, [{}, {}]),
    `${style.strong("Example")}\n  $ ${shown(members[0]?.example ?? "")}`,
    `'mvgit help ${name} COMMAND' tells more about one of them.`,
  ].join("\n\n");
}

function optionLines(options: Options): string {
  const left = Math.max(0, ...Object.entries(options).map(([name, option]) => spelling(name, option).length)) + 4;
  const rows = Object.entries(options).flatMap(([name, option]) =>
    wrap(option.summary, WIDTH - left).map((line, at) => [at === 0 ? `  ${spelling(name, option)}` : "", line]),
  );
  return table(rows, [{}, {}]);
}

function spelling(name: string, option: Option): string {
  const short = option.short ? `-${option.short}, ` : "    ";
  const long = typedName(name);
  if (option.kind === "flag") return `${short}--${long}`;
  if (option.kind === "off") return `${short}--no-${long}`;
  return `${short}--${long}${option.kind === "maybe" ? `[=${option.value}]` : ` ${option.value}`}`;
}

/** An example with the address of a remote in it. */
function shown(example: string): string {
  return example.replaceAll("ADDRESS", EXAMPLE_ADDRESS);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
