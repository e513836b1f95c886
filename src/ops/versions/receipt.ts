/** `mvgit receipt`: what a service logs with each prediction. */
import { parseLabel } from "../../model/label.ts";
import type { Receipt } from "../../model/receipt.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Resolved } from "../../stage/labels.ts";
import { resolveHere } from "../stage/seen.ts";

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. */
export async function receipt(repo: Repo, label: string): Promise<Receipt> {
  return receiptOf(await resolveHere(repo, await repo.git.refs(), parseLabel(label)));
}

/** The receipt of a version, with the event where it was found by stage. */
export function receiptOf({ version, event }: Resolved): Receipt {
  const { model } = version.pack;
  const base = { model, version: version.pack.version, package: version.packageHash };
  return event === null ? base : { ...base, stage: event.event.stage, event: event.event.number };
}
