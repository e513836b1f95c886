/** What a command ran where nobody here can look: in containers, and on other machines. */
import { basename } from "node:path";
import { display } from "../../../base/paths.ts";
import { pattern } from "../../../base/pattern.ts";

const CONTAINERS = /^(?:docker|podman|nerdctl|finch|container)$/;
const OTHERS = /^(?:srun|sbatch|salloc|ssh|kubectl|oc|aprun|jsrun|pbsdsh|bsub|qsub|sky|modal|gcloud|az)$/;
/** Options of `docker run` that have no value behind them. */
const LONE = pattern()`
  ^(?:--(?:
    rm|privileged|init|interactive|tty|detach|read-only|no-healthcheck|oom-kill-disable|publish-all|sig-proxy|
    disable-content-trust|quiet|rmi|replace|tls-verify|help
  )|-[itdPq]+)$`;

/** One sentence for each, of the words that a program was started with. */
export function ranElsewhere(argv: readonly string[]): string | null {
  const name = basename(argv[0] ?? "").replace(/\.exe$/i, "");
  if (OTHERS.test(name)) return `'${name}' runs its program elsewhere: what its environment is was not seen`;
  if (!CONTAINERS.test(name)) return null;
  const at = argv.findIndex((word, index) => index > 0 && /^(?:run|exec|compose)$/.test(word));
  if (at < 0) return null;
  return `'${name}' ran in a container${whichContainer(argv, at)}: its environment was not seen`;
}

/** `at`: where the container program's own command stands. */
function whichContainer(argv: readonly string[], at: number): string {
  const named = argv[at] === "compose" ? undefined : firstPlain(argv.slice(at + 1));
  if (named === undefined) return "";
  return argv[at] === "exec" ? ` ('${display(named)}')` : ` of the image '${display(named)}'`;
}

function firstPlain(words: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-")) return word;
    if (!word.includes("=") && !LONE.test(word)) at++;
  }
  return undefined;
}
