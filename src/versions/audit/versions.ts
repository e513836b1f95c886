/** Versions against their tags, their numbers, and the events that name them. */
import { formatCount } from "../../base/counts.ts";
import { ODD_DATE, SECOND } from "../../base/times.ts";
import type { ModelName } from "../../values/label.ts";
import { type Chain, stageName } from "../../registry/chain.ts";
import type { Remarks } from "../../registry/remarks.ts";
import { nameOf, type Version, type VersionReading, type VersionRef } from "../../registry/versions.ts";
import type { Findings } from "./report.ts";

/** Versions and stages as this clone has them. */
export interface Local {
  readings: readonly VersionReading[];
  chains: readonly Chain[];
  /** By `MODEL@vN`. */
  remarks: ReadonlyMap<string, Remarks>;
}

/** What stands behind a version's number. */
export function refOf(reading: VersionReading): VersionRef {
  return reading.kind === "version" ? reading.version : reading.ref;
}

/** The versions that can be trusted. */
export function trusted({ readings }: Local): Version[] {
  return readings.flatMap((each) => (each.kind === "version" ? [each.version] : []));
}

/** Whether mvgit made anything of a model, so that other tags of such a name are no chance. */
function isOurs({ readings, chains }: Local, model: ModelName): boolean {
  return (
    chains.some((chain) => chain.model === model) ||
    readings.some((each) => each.kind !== "foreign" && refOf(each).model === model)
  );
}

/** `isOnHost`: a version that is not here but there, which is told elsewhere. `now`: seconds since 1970. */
export function checkVersions(
  local: Local,
  {
    isOnHost,
    findings,
    now,
  }: { isOnHost: (version: Pick<VersionRef, "model" | "version">) => boolean; findings: Findings; now: number },
): void {
  const models = new Set(local.readings.map((each) => refOf(each).model));
  for (const chain of local.chains) models.add(chain.model);
  for (const reading of local.readings) {
    const name = nameOf(refOf(reading));
    if (reading.kind === "damaged")
      findings.found("version-damaged", name, `'${name}' cannot be trusted: ${reading.reason}`);
    if (reading.kind !== "foreign") continue;
    if (isOurs(local, reading.ref.model))
      findings.found("version-foreign", name, `the tag '${name}' was not made by mvgit`);
    else findings.note("tag-foreign", name, `the tag '${name}' has a version's name, and was not made by mvgit`);
  }
  for (const model of models) if (isOurs(local, model)) checkNumbers(local, model, { isOnHost, findings });
  checkEvents(local, { findings, now });
}

interface NumberContext {
  isOnHost: (version: Pick<VersionRef, "model" | "version">) => boolean;
  findings: Findings;
}

function checkNumbers(local: Local, model: ModelName, { isOnHost, findings }: NumberContext): void {
  const here = new Set(
    local.readings
      .map(refOf)
      .filter((each) => each.model === model)
      .map((each) => each.version),
  );
  const named = namedNumbers(local, model);
  for (const [version, by] of [...named].toSorted(([a], [b]) => a - b)) {
    const name = nameOf({ model, version });
    if (here.has(version) || isOnHost({ model, version })) continue;
    const [first, ...more] = by;
    const others = more.length > 0 ? ` (and ${formatCount(more.length)} more)` : "";
    findings.found(
      "version-missing",
      name,
      `'${name}' is not here, though ${first}${others}: its tag was deleted, or not fetched`,
    );
  }
  let last = 0;
  for (const number of [...new Set([...here, ...named.keys()])].toSorted((a, b) => a - b)) {
    const name = nameOf({ model, version: last + 1 });
    if (number === last + 2 && !isOnHost({ model, version: last + 1 }))
      findings.note("version-gap", name, `there is no '${name}', and nothing names it`);
    if (number > last + 2)
      findings.note("version-gap", name, `there is no '${name}' to 'v${number - 1}', and nothing here names them`);
    last = number;
  }
}

/** What says of each number that there was a version of it. */
function namedNumbers(local: Local, model: ModelName): Map<number, string[]> {
  const named = new Map<number, string[]>();
  const add = (number: number | null, by: string): void => {
    const texts = number === null ? [] : named.get(number);
    if (number !== null) named.set(number, [...(texts ?? []), by]);
  };
  for (const { pack, ...version } of trusted(local))
    if (version.model === model) add(pack.from, `'${nameOf(version)}' came from it`);
  for (const chain of local.chains) {
    if (chain.model !== model) continue;
    const seen = new Set<number | null>();
    for (const { event } of chain.events) {
      if (!seen.has(event.version)) add(event.version, `event ${event.number} of ${stageName(chain)} names it`);
      seen.add(event.version);
    }
  }
  return named;
}

/** Seconds. */
export const ODD = ODD_DATE / SECOND;

/** In what the time of an event cannot be, null where it can. `before`: of the event before. */
function oddTime(
  time: number,
  { version, before, now }: { version: Version | undefined; before: number; now: number },
): string | null {
  if (time > now + ODD) return "in the future";
  if (time < before - ODD) return "before the event that it follows";
  return version?.tag.tagger && time < version.tag.tagger.time - ODD
    ? `before ${nameOf(version)}, which it moved the stage to`
    : null;
}

/** Made of what another tool knew, with its times. */
export function isImported({ pack }: Version): boolean {
  return "gto" in pack.environment || "mlflow" in pack.environment;
}

/** Events beside the versions that they name, and beside each other. */
function checkEvents(local: Local, { findings, now }: { findings: Findings; now: number }): void {
  const versions = new Map(trusted(local).map((each) => [nameOf(each), each]));
  for (const chain of local.chains) {
    const stage = stageName(chain);
    for (const problem of chain.problems)
      findings.found("chain-broken", stage, `the history of ${stage} cannot be trusted: ${problem}`);
    for (const number of chain.foreign)
      findings.note(
        "tag-foreign",
        `${stage}#${number}`,
        `the tag '${stage}#${number}' has an event's name, and was not made by mvgit`,
      );
    let before = 0;
    for (const { event, commit, tagger } of chain.events) {
      const name = `${stage}#${event.number}`;
      const version =
        event.version === null ? undefined : versions.get(nameOf({ model: chain.model, version: event.version }));
      const differs =
        version &&
        [
          ...(version.packageHash === event.package ? [] : ["package"]),
          ...(version.commit === commit ? [] : ["commit"]),
        ].join(" and ");
      if (version && differs !== "")
        findings.found(
          "event-disagrees",
          name,
          `event ${event.number} of ${stage} moved it to another ${nameOf(version)} than there is now: its ` +
            `${differs} differ${differs?.includes(" ") ? "" : "s"}`,
        );
      const odd = oddTime(tagger.time, { version: version && !isImported(version) ? version : undefined, before, now });
      if (odd !== null)
        findings.found(
          "event-time",
          name,
          `event ${event.number} of ${stage} is dated ${odd}: whoever made it chose the date, or has a wrong clock`,
        );
      else if (tagger.time < before)
        findings.note(
          "clock-backwards",
          name,
          `event ${event.number} of ${stage} has an earlier time than the one before it; the order is that ` +
            ("of " + "the numbers"),
        );
      before = tagger.time;
    }
  }
}
