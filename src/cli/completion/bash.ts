/** Completion for bash 3.2 and newer; paths are left to readline, which quotes them right. */
import { families, memberName, type OptionWord, type Words } from "./words.ts";

/** The script that bash evaluates. */
export function bashScript({ commands, global }: Words): string {
  const lines = ["case $name in", `'') words="${[...families(commands).keys(), "help"].join(" ")}"; options=${quoted(global)} ;;`];
  for (const [first, members] of families(commands)) {
    const following = members.map(memberName).filter((each) => each !== null);
    if (following.length > 0) lines.push(`'${first}') words="${following.join(" ")}" ;;`);
    for (const each of members) {
      lines.push(`'${each.name}') words="${each.choices.join(" ")}"; options=${quoted([...each.options, ...global])} ;;`);
    }
  }
  lines.push("esac");
  const twoWords = [...families(commands)].filter(([, members]) => members.some((each) => memberName(each))).map(([first]) => first);
  return `# bash completion of mvgit
_mvgit() {
  local current=\${COMP_WORDS[COMP_CWORD]} name= words= options= at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      -C) at=$((at + 1)) ;;
      -*) ;;
      *)
        name="\${name:+$name }\${COMP_WORDS[at]}"
        case $name in ${["help", ...twoWords].join("|")}) name=\${name#help} ;; *) break ;; esac
        ;;
    esac
  done
${lines.map((line) => `  ${line}`).join("\n")}
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o bashdefault -o default -F _mvgit mvgit`;
}

function quoted(options: readonly OptionWord[]): string {
  return `"${options.flatMap((option) => option.words).join(" ")}"`;
}
