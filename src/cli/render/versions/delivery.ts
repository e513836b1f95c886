/** A delivery into a folder, as a document and in words. */
import { display } from "../../../base/paths.ts";
import type { Delivery } from "../../../values/delivery.ts";
import type { Delivered } from "../../../versions/deliver.ts";
import { formatSize, plural } from "../numbers.ts";

/** A delivery as a document: what is in DIR now, and what was. */
export interface DeliveryReport extends Omit<Delivery, "receipt"> {
  model: string | null;
  version: number | null;
  package: string | null;
  stage: string | null;
  event: number | null;
  outcome: Delivered["outcome"];
  /** As typed. */
  dir: string;
  /** The folder of the files themselves, which outlives the next change. */
  release: string;
  /** What DIR held before; null for nothing of mvgit's. */
  before: { what: string; version: number | null; commit: string } | null;
  /** Blobs that were fetched, and their bytes. */
  fetched: { blobs: number; bytes: number };
}

/** `dir`: as typed. */
export function reportOf(
  { outcome, delivery: { receipt, ...delivery }, before, release, copied, bytes }: Delivered,
  dir: string,
): DeliveryReport {
  return {
    model: receipt?.model ?? null,
    version: receipt?.version ?? null,
    package: receipt?.package ?? null,
    stage: receipt?.stage ?? null,
    event: receipt?.event ?? null,
    ...delivery,
    outcome,
    dir,
    release,
    before: before && { what: before.what, version: before.receipt?.version ?? null, commit: before.commit },
    fetched: { blobs: copied, bytes },
  };
}

/** What it is, in a few words. */
export function deliveryName({ what, model, version, commit, event }: DeliveryReport): string {
  if (model === null) return `${display(what)} (commit ${commit.slice(0, 10)})`;
  return `${model}@v${version}${event === null ? "" : ` (${display(what)}, event ${event})`}`;
}

/** One line: what is in the folder now, and what was. */
export function deliveryText(report: DeliveryReport): string {
  const { outcome, files, size, dir, before, fetched } = report;
  if (outcome === "present")
    return `'${display(dir)}' holds ${deliveryName(report)} already; ${plural(files, "file")} verified`;
  const was = before === null ? "" : `, was ${heldBefore(before)}`;
  const brought = fetched.blobs === 0 ? "" : `, ${formatSize(fetched.bytes)} fetched`;
  const amount = `${plural(files, "file")}, ${formatSize(size)}`;
  return `${deliveryName(report)} is in '${display(dir)}'${was}: ${amount}${brought}`;
}

function heldBefore({ version, commit }: NonNullable<DeliveryReport["before"]>): string {
  return version === null ? `commit ${commit.slice(0, 10)}` : `v${version}`;
}
