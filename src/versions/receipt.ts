/** `mvgit receipt`: what a service logs with each prediction. */
import type { Receipt } from "../values/receipt.ts";
import type { Repo } from "../repo/repo.ts";
import type { Resolved } from "../registry/labels.ts";
import { resolveHere } from "./stage/seen.ts";
import { readLabel } from "./read/read-label.ts";

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. */
export async function receipt(repo: Repo, label: string): Promise<Receipt> {
  const refs = await repo.git.refs();
  return receiptOf(await resolveHere(repo, refs, await readLabel(repo, refs, label)));
}

/** The receipt of a version, with the event where it was found by stage. */
export function receiptOf({ version, event }: Resolved): Receipt {
  const { model } = version.pack;
  const base = { model, version: version.pack.version, package: version.packageHash };
  return event === null ? base : { ...base, stage: event.event.stage, event: event.event.number };
}
