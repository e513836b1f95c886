/** Everything that a completion script knows. */
import type { CommandEntry } from "../command.ts";
import { GLOBAL_OPTIONS, type Option, type Options, typedName } from "../options.ts";
import { type Kind, kindsOf, valueKind } from "./names.ts";

/** An option as a script offers it. */
export interface OptionWord {
  /** As typed: `--dry-run`, `-n`. */
  words: string[];
  summary: string;
  takesValue: boolean;
  /** What its value is. */
  valueKind: Kind;
}

/** A command, and what can follow its name. */
export interface CommandWords {
  name: string;
  summary: string;
  options: OptionWord[];
  /** Words that its first operand is one of; empty where it is a path or a name. */
  choices: string[];
  /** What its operands are; an operand that is a path may stand beside a label. */
  operands: { kinds: Kind[]; repeats: boolean };
}

/** All commands, and the options that each of them takes. */
export interface Words {
  commands: CommandWords[];
  global: OptionWord[];
}

/** Loads every one of these commands for its options. */
export async function readWords(all: readonly CommandEntry[]): Promise<Words> {
  const commands = await Promise.all(
    all.map(async ({ name, summary, load }) => {
      const { command } = await load();
      const [first = ""] = command.arguments.split(" ");
      return {
        name,
        summary,
        options: optionWords(command.options),
        choices: /^[a-z]+(?:\|[a-z]+)+$/.test(first) ? first.split("|") : [],
        operands: kindsOf(command.arguments, name),
      };
    }),
  );
  return { commands, global: optionWords(GLOBAL_OPTIONS) };
}

function optionWords(options: Options): OptionWord[] {
  return Object.entries(options).map(([name, option]) => ({
    words: spellings(name, option),
    summary: option.summary,
    valueKind: "value" in option ? valueKind(option.value, name) : "text",
    takesValue: option.kind === "value" || option.kind === "list" || option.kind === "count",
  }));
}

function spellings(name: string, option: Option): string[] {
  const long = `--${option.kind === "off" ? "no-" : ""}${typedName(name)}`;
  return option.short ? [long, `-${option.short}`] : [long];
}

/** First words of commands in order, once each, and for two-word commands what can follow. */
export function families(commands: readonly CommandWords[]): Map<string, CommandWords[]> {
  const members = new Map<string, CommandWords[]>();
  for (const command of commands) {
    const first = command.name.split(" ")[0] as string;
    members.set(first, [...(members.get(first) ?? []), command]);
  }
  return members;
}

/** The second word of a two-word command, null for others. */
export function memberName(command: CommandWords): string | null {
  return command.name.split(" ")[1] ?? null;
}
