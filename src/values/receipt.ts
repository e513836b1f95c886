/**
 * A receipt: the few fields that a service logs with each prediction to name what made it. One line, at most 300 bytes.
 */
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

/** What `formatReceipt` writes, as data. */
export function receiptData({ model, version, package: hash, stage, event }: Receipt): { mvgit: number } & Receipt {
  return {
    mvgit: FORMAT,
    model,
    version,
    package: hash,
    ...(stage === undefined || event === undefined ? {} : { stage, event }),
  };
}

/** The receipt as one line of JSON, without line feed. */
export function formatReceipt(receipt: Receipt): string {
  return JSON.stringify(receiptData(receipt));
}

/**
 * A receipt in JSON, with keys in any order and others beside them, or the document of a command that has one in it;
 * null when the text is none.
 */
export function readReceipt(text: string): Receipt | null {
  if (text.length > CAP) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Text that is no JSON is no receipt: the caller says so.
    return null;
  }
  if (!isRecord(data) || data["mvgit"] !== FORMAT) return null;
  // Documents of before had no number of a format inside.
  const inner = data["receipt"];
  return isRecord(inner) && [FORMAT, undefined].includes(inner["mvgit"] as number | undefined)
    ? fromData(inner)
    : fromData(data);
}

function fromData({ model, version, package: hash, stage, event }: Record<string, unknown>): Receipt | null {
  const known = { model: asModelName(String(model)), hash: parseHash(String(hash)) };
  if (!known.model || !known.hash || !isNumber(version)) return null;
  const receipt: Receipt = { model: known.model, version, package: known.hash };
  // Documents say null where a receipt says nothing.
  if ((stage ?? null) === null && (event ?? null) === null) return receipt;
  const name = asStageName(String(stage));
  return name && isNumber(event) ? { ...receipt, stage: name, event } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value < 1e9;
}
