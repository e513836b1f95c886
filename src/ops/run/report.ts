/** What `run` and `save` answer. */
import type { MvgitError } from "../../base/errors.ts";
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../model/hash.ts";
import type { Package } from "../../model/package.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Summary } from "../../version/summary.ts";
import { nameOf } from "../../version/versions.ts";
import { summaryOf } from "./message.ts";
import type { Recorded } from "./record.ts";
import type { LeftOut } from "./snapshot.ts";

export interface VersionReport {
  /** `MODEL@vN`; null when no version was made. */
  label: string | null;
  commit: Oid | null;
  packageHash: Hash | null;
  package: Package | null;
  summary: Summary | null;
  /** Files that are too large for Git and are not part of the version. */
  leftOut: LeftOut[];
  /** Of the program; 0 where none was run. */
  status: number;
  /** Why no version was made. */
  failure: MvgitError | null;
  /** Where what the program wrote to MVGIT_LOG is kept; null when there is none. */
  log: string | null;
}

export async function reportOf(repo: Repo, recorded: Recorded): Promise<VersionReport> {
  const { pack, commit, packageHash, leftOut } = recorded;
  return { label: nameOf(pack), commit, packageHash, package: pack, summary: await summaryOf(repo, pack), leftOut, status: 0, failure: null, log: null };
}
