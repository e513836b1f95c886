/** A label as it is now beside what was seen of it before: nothing of it may be taken back without a word. */
import { MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import type { Oid } from "../git/reader.ts";
import type { Label, StageName } from "../values/label.ts";
import { keepLink, type Seen } from "../values/seen.ts";
import { type ChainOf, chainName, linkNoun } from "./chain-of.ts";
import { nameOf, type Version } from "./versions.ts";

/** What a label was found to mean. */
export interface Sight {
  label: Label;
  version: Version;
  /** Tag objects of the stage's events by their numbers, the newest last; empty for a label that is no stage. */
  events: ReadonlyMap<number, Oid>;
  /** Tag objects of the remarks on the version, and on those that were passed over, by number. */
  remarkTags: ReadonlyMap<number, ReadonlyMap<number, Oid>>;
  /** Of `MODEL@latest`: newer versions, which are retracted. */
  passed: readonly number[];
}

/**
 * Throws `chain-broken` or `version-damaged` where something that was seen is not there any more. `hint`: how to go on.
 */
export function checkSight(seen: Seen, sight: Sight, hint: string): void {
  const { label, version } = sight;
  if (label.kind === "stage") checkLinks(seen, label, { tags: sight.events, hint });
  const latest = label.kind === "latest" ? (seen.latest.get(label.model) ?? 0) : 0;
  if (latest > version.version && !sight.passed.includes(latest))
    throw takenBack(
      "version-damaged",
      prose`${nameOf({ model: label.model, version: latest })} was the newest, and there is none after
        v${version.version} any more: its tag was deleted`,
      { subject: label.model, hint },
    );
  for (const [number, tags] of sight.remarkTags)
    checkLinks(seen, { model: label.model, version: number }, { tags, hint });
  const known = seen.versions.get(nameOf(version));
  if (known === undefined) return;
  const [what, is] =
    known.package === version.packageHash
      ? ["its tag was made anew", known.tag === null || known.tag === version.oid]
      : ["it has another package", false];
  if (!is)
    throw takenBack("version-damaged", `${nameOf(version)} is not the one that was seen before: ${what}`, {
      subject: nameOf(version),
      hint,
    });
}

/** Of a stage or a version: the newest event or remark that was seen must be there still, as the same object. */
export function checkLinks(
  seen: Seen,
  of: ChainOf,
  { tags, hint }: { tags: ReadonlyMap<number, Oid>; hint: string },
): void {
  const [name, noun] = [chainName(of), linkNoun(of)];
  const known = seen.events.get(name);
  if (known === undefined) return;
  const now = tags.get(known.event);
  if (now === undefined) {
    const newest = Math.max(0, ...tags.keys());
    const left = newest === 0 ? "there is none any more" : `now ${noun} ${newest} is the newest`;
    throw takenBack(
      "chain-broken",
      `${noun} ${known.event} of ${name} was seen before, and ${left}: its tag was deleted`,
      { subject: name, hint },
    );
  }
  if (known.tag !== null && known.tag !== now)
    throw takenBack(
      "chain-broken",
      `${noun} ${known.event} of ${name} is another one than was seen before: its tag was made anew`,
      { subject: name, hint },
    );
}

function takenBack(
  code: "chain-broken" | "version-damaged",
  message: string,
  { subject, hint }: { subject: string; hint: string },
): MvgitError {
  return new MvgitError(code, message, { subject, hint });
}

/** What has been seen from now on. */
export function afterSight(seen: Seen, { label, version, events, remarkTags, passed }: Sight): Seen {
  const next: Seen = { events: new Map(seen.events), versions: new Map(seen.versions), latest: new Map(seen.latest) };
  const newest = label.kind === "stage" ? [...events].at(-1) : undefined;
  if (label.kind === "stage" && newest)
    next.events.set(`${label.model}#${label.stage satisfies StageName}`, { event: newest[0], tag: newest[1] });
  for (const [number, tags] of remarkTags) {
    const remark = [...tags].at(-1);
    const name = nameOf({ model: label.model, version: number });
    if (remark) keepLink(next, name, { event: remark[0], tag: remark[1] });
  }
  // One that is retracted may be restored, and may not vanish meanwhile.
  if (label.kind === "latest")
    next.latest.set(
      label.model,
      Math.max(version.version, ...passed.filter((each) => each === seen.latest.get(label.model))),
    );
  next.versions.set(nameOf(version), { package: version.packageHash, tag: version.oid });
  return next;
}
