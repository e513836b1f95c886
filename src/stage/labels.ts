/** From a label to the version that it means. */
import { MvgitError } from "../base/errors.ts";
import type { GitReader, GitRef } from "../git/reader.ts";
import { formatLabel, type Label } from "../model/label.ts";
import { findVersion, openVersion, type Version } from "../version/versions.ts";
import { heldNow, readChain, type StageEvent } from "./chain.ts";

/** The version that a label means, and by which event where the label is a stage. */
export interface Resolved {
  version: Version;
  event: StageEvent | null;
}

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. `refs` are all of the repository, or all of the model. */
export async function resolveLabel(reader: GitReader, refs: readonly GitRef[], label: Label): Promise<Resolved> {
  if (label.kind !== "stage") {
    const ref = findVersion(refs, label.model, label.kind === "latest" ? null : label.version);
    return { version: await openVersion(reader, ref), event: null };
  }
  const chain = await readChain(reader, refs, label);
  const held = chain && heldNow(chain);
  if (chain === null || held === null) {
    throw new MvgitError("label-unknown", `nothing is in ${formatLabel(label)}`, { subject: formatLabel(label), hint: "'mvgit stages' shows what is where; 'git fetch --tags' brings the moves of others" });
  }
  const event = chain.events.at(-1) as StageEvent;
  const version = await openVersion(reader, findVersion(refs, label.model, held));
  if (version.packageHash !== event.event.package || version.commit !== event.commit) {
    throw new MvgitError("chain-broken", `${formatLabel(label)} was moved to a v${held} that is not the present one`, { subject: formatLabel(label), hint: "somebody replaced the version's tag; 'mvgit audit' tells more" });
  }
  return { version, event };
}
