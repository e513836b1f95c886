/** Receipts, and documents of mvgit's commands, as somebody hands them over. */
import { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { shortHash } from "../../values/hash.ts";
import { type Receipt, readReceipt } from "../../values/receipt.ts";
import type { Look } from "../look.ts";
import { findVersion, nameOf, openVersion } from "../versions.ts";
import type { Match } from "./found.ts";

/** A receipt of its own, or what a document of one of mvgit's commands names; both null for something else. */
export function readDocumentOf(text: string): { receipt: Receipt | null; named: string | null } {
  const receipt = readReceipt(text);
  if (receipt !== null) return { receipt, named: null };
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const named = [data["packageHash"], data["label"], data["commit"]].find(
      (each) => typeof each === "string" && each !== "",
    );
    return { receipt, named: data["mvgit"] === 1 && typeof named === "string" ? named : null };
  } catch {
    // The caller says what is wrong with it.
    return { receipt, named: null };
  }
}

/** The version of a receipt. Throws `version-damaged` when it names another package than the version's. */
export async function receiptMatch({ git, refs }: Look, receipt: Receipt): Promise<Match> {
  const version = await openVersion(git, findVersion(refs, receipt.model, receipt.version));
  if (version.packageHash !== receipt.package) {
    throw new MvgitError(
      "version-damaged",
      prose`the receipt names package ${shortHash(receipt.package)}, but ${nameOf(receipt)} here has
        ${shortHash(version.packageHash)}`,
      {
        subject: nameOf(receipt),
        hint: "the number may have been given anew before it was pushed, or the tag replaced: 'mvgit audit' tells more",
      },
    );
  }
  const { model, stage, event } = receipt;
  return {
    model,
    version: receipt.version,
    as: "receipt",
    ...(stage === undefined || event === undefined ? {} : { event: { stage, number: event } }),
  };
}
