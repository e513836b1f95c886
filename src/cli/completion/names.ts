/**
 * What the scripts know of versions, stages, remotes, tracked paths and runs: asked of Git when a TAB needs them, so
 * that no mvgit is started, and nothing that a repository names is.
 */

/** What an operand is, as far as a TAB can help with it. */
export type Kind = "label" | "model" | "stage" | "remote" | "tracked" | "run" | "address" | "path" | "text";

/** Kinds whose names are asked of Git. */
export const NAMED_KINDS: readonly Kind[] = ["label", "model", "stage", "remote", "tracked", "run"];

/**
 * Names of mvgit's tags on stdin into candidates that begin with `MVGIT_WORD`, one a line: labels in two steps, models
 * first. A name that is not of the exact form of a version or a move is passed over: tags come from anybody.
 */
const PICK = `function offer(text) {
  if (index(text, ENVIRON["MVGIT_WORD"]) == 1 && !(text in seen)) { seen[text] = 1; print text }
}
ENVIRON["MVGIT_KIND"] == "remote" { sub(/^mvgit-remote\\./, ""); sub(/\\.url$/, "") }
ENVIRON["MVGIT_KIND"] ~ /^(remote|run)$/ { if ($0 ~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/) offer($0); next }
ENVIRON["MVGIT_KIND"] == "tracked" { if ($0 !~ /^"/ && $0 ~ /.\\.mvgit$/) offer(substr($0, 1, length($0) - 6)); next }
!/^[a-z0-9][a-z0-9._-]*(@v[1-9][0-9]*|#[a-z0-9][a-z0-9._-]*#[1-9][0-9]*)$/ { next }
{
  split($0, part, /[@#]/); sign = substr($0, length(part[1]) + 1, 1); kind = ENVIRON["MVGIT_KIND"]
  if (kind == "model") offer(part[1])
  else if (kind == "stage") { if (sign == "#") offer(part[2]) }
  else if (ENVIRON["MVGIT_WORD"] ~ /@/) { if (sign == "@") { offer($0); offer(part[1] "@latest") } }
  else if (ENVIRON["MVGIT_WORD"] ~ /#/) { if (sign == "#") offer(part[1] "#" part[2]) }
  else offer(part[1] sign)
}`;

/**
 * `_mvgit_names KIND WORD DIR ADDRESS`, for bash and zsh: DIR is that of \`-C\`, ADDRESS a repository elsewhere, both
 * may be empty.
 */
export const NAMES_FUNCTION = `_mvgit_names() {
  {
    if [ -n "$4" ]; then
      GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="\${GIT_SSH_COMMAND:-ssh -oBatchMode=yes -oConnectTimeout=3}" \\
        command git -c http.lowSpeedLimit=1 -c http.lowSpeedTime=3 ls-remote --tags --refs -- "$4" |
        command sed 's,^.*refs/tags/,,'
    elif [ "$1" = tracked ]; then
      command git -C "\${3:-.}" -c core.quotePath=false -c core.fsmonitor=false ls-files -- '*.mvgit'
    elif [ "$1" = run ]; then
      command git -C "\${3:-.}" for-each-ref --sort=-creatordate --format='%(refname:lstrip=3)' refs/mvgit/runs/
    elif [ "$1" = remote ]; then
      command git -C "\${3:-.}" config --name-only --get-regexp '^mvgit-remote\\..*\\.url$'
      command git config --no-includes --name-only \\
        --file "$(command git -C "\${3:-.}" rev-parse --show-toplevel || echo .)/.mvgit/config" \\
        --get-regexp '^mvgit-remote\\..*\\.url$'
    else
      command git -C "\${3:-.}" for-each-ref --sort=-version:refname --format='%(refname:strip=2)' \\
        'refs/tags/*@v*' 'refs/tags/*#*#*'
    fi
  } 2>/dev/null </dev/null | MVGIT_KIND="$1" MVGIT_WORD="$2" LC_ALL=C command awk '${PICK}'
}`;

/** The same for fish: `__mvgit_names KIND`, for the word at the cursor. */
export const FISH_FUNCTION = `function __mvgit_names
    set -lx MVGIT_KIND $argv[1]
    set -lx MVGIT_WORD (commandline -ct)
    set -lx LC_ALL C
    set -l words (commandline -opc)
    # Values of options are taken for operands, as seldom as they stand between them.
    set -l at (contains -i -- -C $words); and set -l dir $words[(math $at + 1)]; or set -l dir .
    if set -q argv[2]
        set -lx GIT_TERMINAL_PROMPT 0
        set -q GIT_SSH_COMMAND; or set -lx GIT_SSH_COMMAND 'ssh -oBatchMode=yes -oConnectTimeout=3'
        set -l seen (string match -v -- '-*' $words)
        command git -c http.lowSpeedLimit=1 -c http.lowSpeedTime=3 ls-remote --tags --refs -- $seen[3] \\
            2>/dev/null </dev/null | command sed 's,^.*refs/tags/,,' | command awk ${fishQuoted(PICK)}
    else if test $argv[1] = tracked
        command git -C $dir -c core.quotePath=false -c core.fsmonitor=false ls-files -- '*.mvgit' \\
            2>/dev/null </dev/null |
            command awk ${fishQuoted(PICK)}
    else if test $argv[1] = run
        command git -C $dir for-each-ref --sort=-creatordate \\
            --format='%(refname:lstrip=3)' refs/mvgit/runs/ \\
            2>/dev/null </dev/null | command awk ${fishQuoted(PICK)}
    else if test $argv[1] = remote
        set -l top (command git -C $dir rev-parse --show-toplevel 2>/dev/null)
        begin
            command git -C $dir config --name-only --get-regexp '^mvgit-remote\\..*\\.url$'
            command git config --no-includes --name-only --file "$top/.mvgit/config" \\
                --get-regexp '^mvgit-remote\\..*\\.url$'
        end 2>/dev/null </dev/null | command awk ${fishQuoted(PICK)}
    else
        command git -C $dir for-each-ref --sort=-version:refname --format='%(refname:strip=2)' \\
            'refs/tags/*@v*' 'refs/tags/*#*#*' 2>/dev/null </dev/null | command awk ${fishQuoted(PICK)}
    end
end`;

/** `__mvgit_operand N`, for fish: whether the word at the cursor is the operand of that number, from 1. */
export const FISH_OPERAND = `function __mvgit_operand
    test (count (string match -v -- '-*' (commandline -opc))) -eq (math $argv[1] + 1)
end`;

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

/** Commands whose paths are tracked ones, or are remotes. */
const PATHS_OF: Readonly<Record<string, Kind>> = {
  cat: "tracked",
  checkout: "tracked",
  diff: "tracked",
  fetch: "tracked",
  ls: "tracked",
  mv: "tracked",
  pull: "tracked",
  push: "tracked",
  "remote accept": "remote",
  "remote copy": "remote",
  "remote default": "remote",
  "remote remove": "remote",
  "remote repack": "remote",
  rm: "tracked",
  storage: "tracked",
  status: "tracked",
};

/** What the value of an option is, by the word that its help shows and its name. */
export function valueKind(shown: string, name: string): Kind {
  if (name === "remote") return "remote";
  return /^(?:DIR|FILE|PATH|WHAT|CMD|URL|NAME=PATH)$/.test(shown) ? "path" : "text";
}

/**
 * The kinds of a command's operands, by its usage line, up to those of its program; the last stands for all that follow
 * where the line says `...`.
 */
export function kindsOf(usage: string, command = ""): { kinds: Kind[]; repeats: boolean } {
  const words = usage
    .replace(/ ?\[-- .*$/, "")
    .split(" ")
    .filter((word) => word !== "");
  return {
    kinds: words.map((word) => kindOf(word.replace(/[[\].]/g, ""), PATHS_OF[command] ?? "path")),
    repeats: words.at(-1)?.includes("...") === true,
  };
}

function kindOf(word: string, paths: Kind): Kind {
  const meanings = word.split("|");
  if (meanings.includes("LABEL")) return "label";
  if (word === "MODEL") return "model";
  if (word === "STAGE") return "stage";
  if (word === "ID") return "run";
  if (word === "TEXT") return "text";
  return word === "REPO-URL" ? "address" : paths;
}
