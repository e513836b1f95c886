/** Completion for bash 3.2 and newer; paths are left to readline, which quotes them right. */
import { NAMED_KINDS, NAMES_FUNCTION } from "./names.ts";
import { type CommandWords, families, memberName, type OptionWord, type Words } from "./words.ts";

/** The script that bash evaluates. */
export function bashScript({ commands, global }: Words): string {
  const twoWords = [...families(commands)]
    .filter(([, members]) => members.some((each) => memberName(each)))
    .map(([first]) => first);
  return `# bash completion of mvgit
${NAMES_FUNCTION}
_mvgit() {
  local current= name= words= options= kinds= kind= values= before= dir= address= rest=\${COMP_LINE:0:COMP_POINT}
  local word at last=-1 operand=0 typed
${READ_WORDS}
${readName(valueWords([...commands.flatMap((each) => each.options), ...global]), twoWords.join(" "))}
  if ((last > 0)) && [ "\${typed[last - 1]}" = -C ]; then COMPREPLY=(); return; fi
${casesOf({ commands, global })
  .map((line) => `  ${line}`)
  .join("\n")}
${OFFER}
}
complete -o bashdefault -o default -F _mvgit mvgit`;
}

/** Puts the words into `typed` as they were typed. */
const READ_WORDS = `  # Readline ends words at '@', ':' and '=' too, and replaces only what is after: $2.
  typed=()
  for ((at = 0; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $rest in
      [[:space:]]*) rest=\${rest#"\${rest%%[![:space:]]*}"}; last=$((last + 1)); typed[last]= ;;
      *) if ((at == 0)); then last=0; fi ;;
    esac
    if ((at == COMP_CWORD)); then word=$rest; fi
    typed[last]="\${typed[last]}$word"
    rest=\${rest#"$word"}
  done
  current=\${typed[last]}`;

/** The command's name, and how many operands stand before the current word. Both: words with blanks between. */
function readName(valueOptions: string, twoWords: string): string {
  return `  for ((at = 1; at < last; at++)); do
    word=\${typed[at]}
    case " ${valueOptions} " in *" $word "*)
      if [ "$word" = -C ]; then dir=\${typed[at + 1]}; fi
      at=$((at + 1)); continue ;;
    esac
    case $word in
      --) return ;;
      -*) ;;
      *)
        if [ -n "$name" ] && [[ " ${twoWords} " != *" $name "* ]]; then
          operand=$((operand + 1)); address=\${address:-$word}; continue
        fi
        name="\${name:+$name }$word"
        name=\${name#help}
        ;;
    esac
  done`;
}

/** What can follow each name. */
function casesOf({ commands, global }: Words): string[] {
  const lines = [
    "case $name in",
    `'') words="${[...families(commands).keys(), "help"].join(" ")}"; options=${quoted(global)} ;;`,
  ];
  for (const [first, members] of families(commands)) {
    const following = members.map(memberName).filter((each) => each !== null);
    // A command that is the first word of others as well has its own line below.
    if (following.length > 0 && following.length === members.length)
      lines.push(`'${first}') words="${following.join(" ")}" ;;`);
    for (const each of members) {
      const choices = [...each.choices, ...(each.name === first ? following : [])].join(" ");
      const options = [...each.options, ...global];
      const kinds = `kinds="${kindWords(each)}"; values="${valueKinds(options)}"`;
      lines.push(`'${each.name}') words="${choices}"; options=${quoted(options)}; ${kinds} ;;`);
    }
  }
  return [...lines, "esac"];
}

/** Options, words, or names of the kind that the current operand has. */
const OFFER = `  COMPREPLY=()
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$2")); return ;;
  esac
  if ((last > 0)); then before=\${typed[last - 1]}; fi
  case " $values " in
    *" $before="*) kinds=\${values#*"$before="}; kinds=\${kinds%% *}; words=; operand=0; address= ;;
  esac
  if [ -z "$kinds" ] || [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$2")); return; fi
  for kind in $kinds; do
    case $kind in *...) kind=\${kind%...}; break ;; esac
    if ((operand-- == 0)); then break; fi
    kind=
  done
  case $kind in
    ${NAMED_KINDS.join("|")}) ;;
    text) if type compopt >/dev/null 2>&1; then compopt +o bashdefault +o default; fi; return ;;
    *) return ;;
  esac
  case $kinds in address*) ;; *) address= ;; esac
  local start=\${current%"$2"} found
  while IFS= read -r found; do COMPREPLY[\${#COMPREPLY[@]}]=\${found#"$start"}; done <<EOF
$(_mvgit_names "$kind" "$current" "$dir" "$address")
EOF
  if [ -z "\${COMPREPLY[0]}" ]; then COMPREPLY=(); fi
  if type compopt >/dev/null 2>&1; then
    # No host's name is meant by an '@' here.
    if [ $kind = tracked ]; then compopt -o filenames; return; fi
    case $current in
      *[@#]*) compopt +o bashdefault +o default ;;
      *) if [ $kind = label ]; then compopt -o nospace; fi ;;
    esac
    compopt -o nosort 2>/dev/null
  fi`;

function quoted(options: readonly OptionWord[]): string {
  return `"${options.flatMap((option) => option.words).join(" ")}"`;
}

/** Options after which a word is their value. */
function valueWords(options: readonly OptionWord[]): string {
  return [...new Set(options.filter(({ takesValue }) => takesValue).flatMap(({ words }) => words))].join(" ");
}

function kindWords({ operands: { kinds, repeats } }: CommandWords): string {
  return kinds.map((kind, at) => (repeats && at === kinds.length - 1 ? `${kind}...` : kind)).join(" ");
}

/** What the value of each option is: `--remote=remote`. */
function valueKinds(options: readonly OptionWord[]): string {
  return options
    .filter(({ takesValue }) => takesValue)
    .flatMap(({ words, valueKind }) => words.map((word) => `${word}=${valueKind}`))
    .join(" ");
}
