/** Lines of a raw diff. */
import type { Oid } from "../reader.ts";

/** One line of a raw diff. */
export interface RawChange {
  path: string;
  oldMode: string;
  newMode: string;
  oldOid: Oid;
  newOid: Oid;
  /** `A` added, `M` modified, `D` deleted, `T` type changed, `U` unmerged. */
  status: string;
}

/** Of `--raw -z`, split at its NULs. */
export function parseRaw(parts: readonly string[]): RawChange[] {
  const changes: RawChange[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [oldMode, newMode, oldOid, newOid, status] = (parts[i] as string).slice(1).split(" ") as [
      string,
      string,
      Oid,
      Oid,
      string,
    ];
    changes.push({ oldMode, newMode, oldOid, newOid, status: status[0] as string, path: parts[i + 1] as string });
  }
  return changes;
}
