/** What copied blobs took where they went, in words. */
import { formatSize } from "../base/counts.ts";
import type { Stored } from "../store/blob-store.ts";

/**
 * `stored 5.6 MiB for 512 MiB: 506 MiB were there already`; null where they took what they weigh. `bytes`: what the
 * blobs weigh.
 */
export function storedWords({ bytes: added, known, shorter }: Stored, bytes: number): string | null {
  if (known <= 0 && shorter <= 0) return null;
  const why = [
    ...(known > 0 ? [`${formatSize(known)} were there already`] : []),
    ...(shorter > 0 ? [`${formatSize(shorter)} shorter by codecs`] : []),
  ];
  return `stored ${formatSize(added)} for ${formatSize(bytes)}: ${why.join(", ")}`;
}
