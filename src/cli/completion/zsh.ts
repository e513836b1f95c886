/** Completion for zsh, through `_arguments`. */
import { type Kind, NAMED_KINDS, NAMES_FUNCTION } from "./names.ts";
import { type CommandWords, families, memberName, type OptionWord, type Words } from "./words.ts";

/** The script that zsh loads as `_mvgit`, or evaluates. */
export function zshScript({ commands, global }: Words): string {
  const members = families(commands);
  const first = [...members].map(([name, all]) =>
    described(name, all.length > 1 ? "several commands" : (all[0]?.summary ?? "")),
  );
  const cases = [...members].map(([name, all]) => familyCase(name, all, global));
  return `#compdef mvgit
# zsh completion of mvgit
${NAMES_FUNCTION}
_mvgit_of() {
  local address word
  if [[ $2 == elsewhere ]]; then
    for word in "\${(@)words[2,CURRENT-1]}"; do
      if [[ $word == *[/:]* || ( -z $address && $word != -* ) ]]; then address=$word; fi
    done
  fi
  local -a found=("\${(@f)$(_mvgit_names $1 "$PREFIX" "\${(Q)mvgit_dir}" "\${(Q)address}")}")
  [[ -n $found[1] ]] || return 1
  if [[ $1 == label && $PREFIX != *[@#]* ]]; then compadd -V names -S '' -a found; else compadd -V names -a found; fi
}
_mvgit() {
  local context state state_descr line curcontext=$curcontext
  typeset -A opt_args
  _arguments -C ${global.map(argumentSpec).join(" ")} '1: :->command' '*:: :->rest' && return
  if [[ $state == command ]]; then
    local -a known=(${[...first, described("help", "tell more about a command")].join(" ")})
    _describe command known
    return
  fi
  local mvgit_dir=\${opt_args[-C]:-\${opt_args[--directory]}}
  case $line[1] in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _mvgit ]]; then _mvgit "$@"; else compdef _mvgit mvgit; fi`;
}

function familyCase(name: string, all: readonly CommandWords[], global: readonly OptionWord[]): string {
  const [only] = all;
  if (only !== undefined && all.length === 1 && memberName(only) === null)
    return `    ${name}) ${argumentsOf(only, global)} ;;`;
  const known = all
    .filter((each) => memberName(each) !== null)
    .map((each) => described(memberName(each) ?? "", each.summary));
  // One that is a command by itself as well comes last.
  const inner = all
    .toSorted((a, b) => Number(memberName(a) === null) - Number(memberName(b) === null))
    .map((each) =>
      memberName(each) === null
        ? `      *) ${argumentsOf(each, global)} ;;`
        : `      ${memberName(each)}) shift words; (( CURRENT-- )); ${argumentsOf(each, global)} ;;`,
    );
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
  const operand = command.choices.length > 0 ? `'1: :(${command.choices.join(" ")})'` : operandSpecs(command);
  return `_arguments ${[...command.options, ...global].map(argumentSpec).join(" ")} ${operand}`;
}

function operandSpecs({ operands: { kinds, repeats } }: CommandWords): string {
  const isElsewhere = kinds[0] === "address";
  const specs = kinds.map((kind, at) => {
    const place = repeats && at === kinds.length - 1 ? "*" : String(at + 1);
    return `'${place}:${kind}:${actionOf(kind, isElsewhere ? " elsewhere" : "")}'`;
  });
  return (repeats ? specs : [...specs, "'*:path:_files'"]).join(" ");
}

/** What completes a word of that kind. */
function actionOf(kind: Kind, where: string): string {
  if (kind === "text") return " ";
  return NAMED_KINDS.includes(kind) ? `{_mvgit_of ${kind}${where} || _files}` : "_files";
}

function argumentSpec({ words, summary, takesValue, valueKind }: OptionWord): string {
  const value = takesValue ? `:value:${actionOf(valueKind, "")}` : "";
  const text = `[${summary.replace(/[[\]':]/g, " ")}]${value}`;
  return words.map((word) => `'${word}${text}'`).join(" ");
}

function described(name: string, summary: string): string {
  return `'${name}:${summary.replace(/'/g, " ")}'`;
}
