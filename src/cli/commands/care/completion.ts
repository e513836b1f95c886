/**
 * `mvgit completion SHELL`: a script with all commands and options in it; versions and stages it asks of Git, so that a
 * TAB starts no mvgit.
 */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { type AnyCommand, type CommandEntry, defineCommand } from "../../command.ts";
import { bashScript } from "../../completion/bash.ts";
import { fishScript } from "../../completion/fish.ts";
import { readWords } from "../../completion/words.ts";
import { zshScript } from "../../completion/zsh.ts";

const SHELLS = new Map([
  ["bash", bashScript],
  ["zsh", zshScript],
  ["fish", fishScript],
]);

/** `all`: the commands whose names and options go into the script. */
export function completion(all: () => readonly CommandEntry[]): AnyCommand {
  return defineCommand({
    arguments: "bash|zsh|fish",
    details: `
      bash: mvgit completion bash > ~/.local/share/bash-completion/completions/mvgit

      zsh: mvgit completion zsh > DIR/_mvgit, where DIR is in $fpath

      fish: mvgit completion fish > ~/.config/fish/completions/mvgit.fish
    `,
    options: {},
    async run({ operands: [shell = ""] }) {
      const script = SHELLS.get(shell);
      if (script === undefined) {
        throw new MvgitError("usage", `there is no completion for '${display(shell)}'`, {
          hint: "name bash, zsh or fish",
        });
      }
      return { shell, script: script(await readWords(all())) };
    },
    text: (report) => report.script,
  });
}
