/** Receipts, as somebody hands them over. */
import { otherPackage } from "../../values/explain-text.ts";
import type { Match } from "../../values/found.ts";
import type { Receipt } from "../../values/receipt.ts";
import type { Look } from "../look.ts";
import { findVersion, nameOf, openVersion } from "../versions.ts";

/** The version of a receipt. Throws `version-damaged` when it names another package than the version's. */
export async function receiptMatch({ git, refs }: Look, receipt: Receipt): Promise<Match> {
  const version = await openVersion(git, findVersion(refs, receipt.model, receipt.version));
  if (version.packageHash !== receipt.package) throw otherPackage(nameOf(receipt), receipt, version.packageHash);
  const { model, stage, event } = receipt;
  return {
    model,
    version: receipt.version,
    as: "receipt",
    ...(stage === undefined || event === undefined ? {} : { event: { stage, number: event } }),
  };
}
