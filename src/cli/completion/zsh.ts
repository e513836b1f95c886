/** Completion for zsh, through `_arguments`. */
import { type CommandWords, families, memberName, type OptionWord, type Words } from "./words.ts";

/** The script that zsh loads as `_mvgit`, or evaluates. */
export function zshScript({ commands, global }: Words): string {
  const members = families(commands);
  const first = [...members].map(([name, all]) => described(name, all.length > 1 ? "several commands" : (all[0]?.summary ?? "")));
  const cases = [...members].map(([name, all]) => familyCase(name, all, global));
  return `#compdef mvgit
# zsh completion of mvgit
_mvgit() {
  local context state state_descr line curcontext=$curcontext
  typeset -A opt_args
  _arguments -C ${global.map(argumentSpec).join(" ")} '1: :->command' '*:: :->rest' && return
  if [[ $state == command ]]; then
    local -a known=(${[...first, described("help", "tell more about a command")].join(" ")})
    _describe command known
    return
  fi
  case $line[1] in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _mvgit ]]; then _mvgit "$@"; else compdef _mvgit mvgit; fi`;
}

function familyCase(name: string, all: readonly CommandWords[], global: readonly OptionWord[]): string {
  const [only] = all;
  if (only !== undefined && memberName(only) === null) return `    ${name}) ${argumentsOf(only, global)} ;;`;
  const known = all.map((each) => described(memberName(each) ?? "", each.summary));
  const inner = all.map((each) => `      ${memberName(each)}) shift words; (( CURRENT-- )); ${argumentsOf(each, global)} ;;`);
  return `    ${name})
      if (( CURRENT == 2 )); then
        local -a known=(${known.join(" ")})
        _describe command known
        return
      fi
      case $words[2] in
${inner.join("\n")}
      esac ;;`;
}

function argumentsOf(command: CommandWords, global: readonly OptionWord[]): string {
  const operand = command.choices.length > 0 ? `'1: :(${command.choices.join(" ")})'` : "'*:path:_files'";
  return `_arguments ${[...command.options, ...global].map(argumentSpec).join(" ")} ${operand}`;
}

function argumentSpec({ words, summary, takesValue }: OptionWord): string {
  const text = `[${summary.replace(/[[\]':]/g, " ")}]${takesValue ? ":value:_files" : ""}`;
  return words.map((word) => `'${word}${text}'`).join(" ");
}

function described(name: string, summary: string): string {
  return `'${name}:${summary.replace(/'/g, " ")}'`;
}
