/** Completion for fish 3 and newer; paths are fish's own. */
import { FISH_FUNCTION, FISH_OPERAND, NAMED_KINDS } from "./names.ts";
import { type CommandWords, families, memberName, type OptionWord, type Words } from "./words.ts";

/** The script that fish sources. */
export function fishScript({ commands, global }: Words): string {
  const members = families(commands);
  const lines = global.map((option) => optionLine(option, ""));
  for (const [first, all] of members) {
    const summary = all.length > 1 ? "several commands" : (all[0]?.summary ?? "");
    lines.push(`complete -c mvgit -f -n __fish_use_subcommand -a ${first} -d ${quote(summary)}`);
    for (const each of all) lines.push(...commandLines(first, each, all));
  }
  lines.push(`complete -c mvgit -f -n '__fish_seen_subcommand_from help' -a ${quote([...members.keys()].join(" "))}`);
  lines.push("complete -c mvgit -f -n __fish_use_subcommand -a help -d 'tell more about a command'");
  return `# fish completion of mvgit\n${FISH_FUNCTION}\n${FISH_OPERAND}\n${lines.join("\n")}`;
}

function commandLines(first: string, command: CommandWords, all: readonly CommandWords[]): string[] {
  const member = memberName(command);
  const seen = `__fish_seen_subcommand_from ${first}`;
  const when = member === null ? seen : `${seen}; and __fish_seen_subcommand_from ${member}`;
  const lines = command.options.map((option) => optionLine(option, when));
  if (command.choices.length > 0)
    lines.push(`complete -c mvgit -f -n ${quote(when)} -a ${quote(command.choices.join(" "))}`);
  const { kinds } = command.operands;
  for (const [at, kind] of kinds.entries()) {
    if (!NAMED_KINDS.includes(kind)) continue;
    const flags = kind === "label" || kind === "tracked" ? "-k" : "-k -f";
    const condition = quote(`${when}; and __mvgit_operand ${at + 1}`);
    const where = kinds[0] === "address" ? " elsewhere" : "";
    lines.push(`complete -c mvgit ${flags} -n ${condition} -a '(__mvgit_names ${kind}${where})'`);
  }
  if (member !== null) {
    const none = `${seen}; and not __fish_seen_subcommand_from ${all.map(memberName).join(" ")}`;
    lines.push(`complete -c mvgit -f -n ${quote(none)} -a ${member} -d ${quote(command.summary)}`);
  }
  return lines;
}

function optionLine({ words, summary, takesValue, valueKind }: OptionWord, when: string): string {
  const names = words.map((word) => (word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
  const condition = when === "" ? "" : ` -n ${quote(when)}`;
  const isName = NAMED_KINDS.includes(valueKind);
  const wanted = valueKind === "path" ? " -r" : " -x";
  const values = takesValue ? `${wanted}${isName ? ` -a '(__mvgit_names ${valueKind})'` : ""}` : "";
  return `complete -c mvgit${condition} ${names.join(" ")}${values} -d ${quote(summary)}`;
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
