/** What was said of versions, beside the versions, and beside the moves of stages. */
import { PEOPLE_SKEW, SECOND } from "../../base/times.ts";
import type { Remark } from "../../values/tag-message.ts";
import { heldNow, stageName } from "../../registry/chain.ts";
import type { Link } from "../../registry/links.ts";
import { problemsOf, type Remarks, retraction } from "../../registry/remarks.ts";
import { nameOf, type Version } from "../../registry/versions.ts";
import type { Findings } from "./report.ts";
import { isImported, type Local, ODD, refOf, trusted } from "./versions.ts";

/** `isOnHost`: a version that is not here but there, which is told elsewhere. `now`: seconds since 1970. */
export function checkRemarks(
  local: Local,
  { isOnHost, findings, now }: { isOnHost: (name: string) => boolean; findings: Findings; now: number },
): void {
  const versions = new Map(trusted(local).map((each) => [nameOf(each), each]));
  const here = new Set(local.readings.map((each) => nameOf(refOf(each))));
  for (const [name, remarks] of local.remarks) {
    const version = versions.get(name);
    for (const problem of problemsOf(remarks, version ?? {}))
      findings.found("chain-broken", name, `what was said of ${name} cannot be trusted: ${problem}`);
    if (!here.has(name) && !isOnHost(name))
      findings.found("version-missing", name, `'${name}' is not here, though it was remarked on: its tag was deleted`);
    for (const link of remarks.links) checkOne(link, { name, version, findings, now });
  }
  checkStages(local, findings);
}

function checkOne(
  { value, commit, tagger }: Link<Remark>,
  { name, version, findings, now }: { name: string; version: Version | undefined; findings: Findings; now: number },
): void {
  const subject = `${name}#${value.number}`;
  if (version !== undefined && version.commit !== commit)
    findings.found("event-disagrees", subject, `remark ${value.number} on ${name} stands on another commit than it`);
  const made = version === undefined || isImported(version) ? undefined : version.tag.tagger?.time;
  if (tagger.time > now + ODD || (made !== undefined && tagger.time < made - ODD))
    findings.found(
      "event-time",
      subject,
      `remark ${value.number} on ${name} is dated ${tagger.time > now + ODD ? "in the future" : `before ${name}`}`,
    );
}

/** Seconds. */
const SKEW = PEOPLE_SKEW / SECOND;

/** Stages that hold what is retracted, and moves to what was retracted by then. */
function checkStages({ chains, remarks }: Local, findings: Findings): void {
  for (const chain of chains) {
    const stage = stageName(chain);
    const held = heldNow(chain);
    const now = held === null ? null : (remarks.get(nameOf({ ...chain, version: held }))?.retracted ?? null);
    if (now !== null) findings.note("retracted-in-stage", stage, `${stage} is v${held}, which is ${retraction(now)}`);
    for (const { event, tagger } of chain.events) {
      const said = event.version === null ? undefined : remarks.get(nameOf({ ...chain, version: event.version }));
      if (said !== undefined && wasRetracted(said, tagger.time - SKEW))
        findings.found(
          "event-refused",
          `${stage}#${event.number}`,
          `event ${event.number} of ${stage} moved it to v${event.version}, which was retracted by then`,
        );
    }
  }
}

/** Seconds since 1970. */
function wasRetracted({ links }: Remarks, time: number): boolean {
  return links.findLast(({ tagger }) => tagger.time < time)?.value.retracted === true;
}
