/** What is asked of a push, and what it did. */
import type { Oid } from "../../git/reader.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { MendedTable } from "../../store/remote/remote.ts";
import type { Stored } from "../../store/blob-store.ts";
import { unhad, type Unhad } from "../../transfer/unhad.ts";

export interface PushRequest {
  /** Only what lies at or below these; everything when empty. */
  paths: readonly string[];
  remote?: string;
  /** Every ref, instead of HEAD, the index and what branches have that this clone did not see there before. */
  all?: boolean;
  /** Reads everything in the remote that is looked at, instead of only asking for it. */
  verify?: boolean;
  /** Replaces what is damaged in the remote; implies `verify`. */
  repair?: boolean;
  dryRun?: boolean;
  /** Gives up what no store has: it stops no push of this clone any more. */
  acceptLost?: boolean;
  /** Passes over pointers that cannot be read, instead of refusing: for who only wants to know. */
  isLook?: boolean;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
  /** Exactly these commits instead: what a pre-push hook hands over. */
  commits?: PushedCommits;
}

/** What a Git push brings. */
export interface PushedCommits {
  include: readonly Oid[];
  /** What the host's refs are known to name at this moment. */
  named: readonly string[];
  /** Asks the host what else its refs name. */
  ask: () => Promise<readonly string[]>;
  /** Looks at all but these, whatever was seen. */
  exclude?: readonly Oid[];
}

/** A blob that cannot be had, and who needs it. */
export interface Lacking extends Unhad {
  /** The commit, or `index` or `work tree`. */
  where: string;
}

/** What one who uses it lacks. */
export function lackingOf(
  failed: Pick<Unhad, "hash" | "why" | "said">,
  { path, where }: PointerUse,
  stores: Parameters<typeof unhad>[2],
): Lacking {
  return { ...unhad(failed, path, stores), where };
}

/** A table of a pack that a repair saw to. */
interface MendedTableLine extends Pick<MendedTable, "name" | "how" | "kept"> {
  /** That it has, or had; null where nobody knows. */
  blobs: number | null;
  /** Of those that are needed here: the paths. */
  paths: readonly RepoPath[];
}

export interface PushReport {
  remote: string;
  address: string;
  /** What was looked at, in words. */
  looked: string;
  pointers: number;
  /** Pointers that were not looked at, because this clone saw there before what they need. */
  confirmed: number;
  /** Of the folders that were looked at: blobs that were not, because this clone saw them there before. */
  confirmedBlobs: number;
  blobs: number;
  copied: number;
  bytes: number;
  /** What the copied blobs took in the remote. */
  stored: Stored;
  present: number;
  verified: number;
  /** Blobs that were damaged in the remote, and were replaced. */
  repaired: number;
  /** With `repair`: tables of packs that were damaged, or of packs that are gone, and what became of them. */
  tables: MendedTableLine[];
  /** With `dryRun`: blobs that have another size in the remote, of those that would be copied. */
  damaged: number;
  lacking: Lacking[];
  /** Blobs that no store has, and that were given up. */
  givenUp: number;
  /** With `dryRun`, `copied` and `bytes` are what would be copied, */
  dryRun: boolean;
  /** and this is what of it the cache does not have, so that it cannot be. */
  lost: { blobs: number; bytes: number };
}

/** Of a push that did nothing yet. */
export function emptyReport(at: Pick<PushReport, "remote" | "address" | "looked" | "dryRun">): PushReport {
  const { remote, address, looked, dryRun } = at;
  const counts = {
    pointers: 0,
    confirmed: 0,
    confirmedBlobs: 0,
    blobs: 0,
    copied: 0,
    bytes: 0,
    present: 0,
    verified: 0,
    repaired: 0,
    damaged: 0,
  };
  const stored = { bytes: 0, known: 0, shorter: 0 };
  return {
    remote,
    address,
    looked,
    ...counts,
    tables: [],
    stored,
    lacking: [],
    givenUp: 0,
    dryRun,
    lost: { blobs: 0, bytes: 0 },
  };
}
