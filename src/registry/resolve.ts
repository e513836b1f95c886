/** From what was typed to the version that it means, held against what was seen before and what readers refuse. */
import type { Label } from "../values/label.ts";
import { resolveLabel, type Resolved } from "./labels.ts";
import type { Look, Means, Refs } from "./look.ts";
import { readLabel } from "./read-label.ts";

/** Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`. */
export async function resolve(
  { git, refs, means }: Refs & { means: Pick<Means, "memory" | "enforce"> },
  label: Label,
): Promise<Resolved> {
  const memory = label.kind === "stage" ? await means.memory?.() : undefined;
  const found = await resolveLabel(git, refs, label, (stage) => memory?.check(stage, refs));
  if (label.kind !== "stage") return found;
  await means.enforce?.(label, { git, refs }, found);
  memory?.remember(label, refs);
  return found;
}

/** As `resolve`, of a label, a commit or a package's hash as it was typed. Throws `usage` for what is none of them. */
export async function resolveText(look: Look, text: string): Promise<{ label: Label; found: Resolved }> {
  const label = await readLabel(look, text);
  return { label, found: await resolve(look, label) };
}
