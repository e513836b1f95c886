/** A receipt: the few fields that a service logs with each prediction to name what made it. One line, at most 300 bytes. */
import { type Hash, parseHash } from "./hash.ts";
import { asModelName, asStageName, type ModelName, type StageName } from "./label.ts";

export interface Receipt {
  model: ModelName;
  version: number;
  /** Hash of the package file: names everything that the version is made of. */
  package: Hash;
  /** Where the version was asked for by stage: which, and by which event it was there. */
  stage?: StageName;
  event?: number;
}

const FORMAT = 1;
/** Bytes of a receipt that somebody hands over, wrapped in whatever their log adds. */
const CAP = 64 * 1024;

/** The receipt as one line of JSON, without line feed. */
export function formatReceipt({ model, version, package: hash, stage, event }: Receipt): string {
  return JSON.stringify({ mvgit: FORMAT, model, version, package: hash, ...(stage === undefined ? {} : { stage, event }) });
}

/** A receipt in JSON, with keys in any order and others beside them; null when the text is none. */
export function readReceipt(text: string): Receipt | null {
  if (text.length > CAP) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Text that is no JSON is no receipt: the caller says so.
    return null;
  }
  if (data === null || typeof data !== "object" || !("mvgit" in data) || data.mvgit !== FORMAT) return null;
  const { model, version, package: hash, stage, event } = data as Record<string, unknown>;
  const known = { model: asModelName(String(model)), hash: parseHash(String(hash)) };
  if (!known.model || !known.hash || !isNumber(version)) return null;
  const receipt: Receipt = { model: known.model, version, package: known.hash };
  if (stage === undefined && event === undefined) return receipt;
  const name = asStageName(String(stage));
  return name && isNumber(event) ? { ...receipt, stage: name, event } : null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value < 1e9;
}
