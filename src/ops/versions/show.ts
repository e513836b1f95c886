/** `mvgit show`: one version, whole. */
import { parseLabel } from "../../model/label.ts";
import type { Package } from "../../model/package.ts";
import type { Repo } from "../../repo/repo.ts";
import { readChains } from "../../stage/chain.ts";
import { resolveLabel } from "../../stage/labels.ts";
import { type EventReport, reportOf } from "../stage/stages.ts";

export interface ShowReport {
  /** As asked. */
  label: string;
  package: Package;
  /** Of the package file's bytes. */
  packageHash: string;
  commit: string;
  /** Whether the version's tag carries a signature; 'git verify-tag' tells of what worth. */
  signed: boolean;
  /** The moves that brought it to a stage or away, oldest first. */
  events: EventReport[];
}

/** Throws `label-unknown`, `version-damaged`, `chain-broken`. */
export async function show(repo: Repo, label: string): Promise<ShowReport> {
  const refs = await repo.git.refs();
  const { version } = await resolveLabel(repo.git, refs, parseLabel(label));
  const { pack, packageHash, commit, tag } = version;
  const chains = await readChains(repo.git, refs, { model: pack.model });
  const events = chains.flatMap((chain) => chain.events).filter(({ event }) => event.version === pack.version || event.before === pack.version).map(reportOf);
  return { label, package: pack, packageHash, commit, signed: tag.signed, events };
}
