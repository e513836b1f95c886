/** What a service logs with each prediction. */
import type { Receipt } from "../values/receipt.ts";
import type { Resolved } from "./labels.ts";

/** The receipt of a version, with the event where it was found by stage. */
export function receiptOf({ version, event }: Resolved): Receipt {
  const { model } = version.pack;
  const base = { model, version: version.pack.version, package: version.packageHash };
  return event === null ? base : { ...base, stage: event.event.stage, event: event.event.number };
}
