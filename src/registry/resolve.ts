/** From what was typed to the version that it means, held against what was seen before and what readers refuse. */
import type { Label } from "../values/label.ts";
import { remarksSeen } from "./held-against.ts";
import { resolveLabel, type Resolved } from "./labels.ts";
import type { Look, Means, Refs } from "./look.ts";
import { readLabel } from "./read-label.ts";
import { nameOf } from "./versions.ts";

/** Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`. */
export async function resolve(
  { git, refs, means }: Refs & { means: Pick<Means, "memory" | "enforce"> & Partial<Pick<Means, "warn">> },
  label: Label,
): Promise<Resolved> {
  const memory = await means.memory?.();
  const found = await resolveLabel(git, refs, label, (stage) => memory?.check(stage, refs));
  const { model, version } = found.version;
  // What follows the newest goes no further where nobody can tell whether it is retracted.
  if (label.kind === "latest") memory?.check({ model, version }, refs);
  if (label.kind === "stage") await means.enforce?.(label, { git, refs }, found);
  if (memory === undefined) return found;
  const newest = label.kind === "latest" ? memory.lostLatest(model, version, refs) : null;
  if (newest !== null) means.warn?.(newest);
  const { event } = found;
  memory.remember({
    ...(label.kind === "stage" && event && { links: [{ of: label, number: event.event.number, oid: event.oid }] }),
    ...(label.kind === "latest" && { latest: [found.version] }),
  });
  const remarks = (await remarksSeen({ git, refs, means }, { model, version })).get(nameOf(found.version));
  return remarks === undefined ? found : { ...found, remarks };
}

/** As `resolve`, of a label, a commit or a package's hash as it was typed. Throws `usage` for what is none of them. */
export async function resolveText(look: Look, text: string): Promise<{ label: Label; found: Resolved }> {
  const label = await readLabel(look, text);
  return { label, found: await resolve(look, label) };
}
