/**
 * Events beside the policy of their time: that of the branch which policies are read from, as it was when each was
 * made.
 */
import { display } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import { stageName } from "../../registry/chain.ts";
import { judge, policyHistory, policyTip } from "../stage/judge.ts";
import type { Host } from "./host.ts";
import type { Findings } from "./report.ts";
import { type Local, trusted } from "./versions.ts";
import { defaultBranch } from "./view.ts";

export async function checkPolicy(
  repo: Repo,
  local: Local,
  { host, findings }: { host: Host | null; findings: Findings },
): Promise<void> {
  if (local.chains.length === 0) return;
  const isNamed = (await repo.git.config()).some(({ key }) => key === "mvgit.policyref");
  const tip =
    (isNamed || host === null ? null : (await defaultBranch(repo, host, findings))?.commit) ?? (await policyTip(repo));
  if (tip === null)
    return findings.left("the policies of the stages", "there is no commit that they could be read from");
  const refused = await judge(repo, await policyHistory(repo, tip), { chains: local.chains, versions: trusted(local) });
  for (const [chain, events] of refused) {
    for (const [number, broken] of events) {
      const event = chain.events.find((each) => each.event.number === number);
      const name = stageName(chain);
      findings.found(
        "event-refused",
        `${name}#${number}`,
        `event ${number} of ${name} moved it to v${event?.event.version}, which the policy of then did not ` +
          ("let " + `in: ${broken.map(display).join("; ")}`),
      );
    }
  }
}
