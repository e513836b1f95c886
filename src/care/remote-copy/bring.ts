/** Blobs into another place: from the cache where it has them, else from the remotes that may. */
import { absentIn, copyAbsent, type CopyReport, type Need, nothingCopied } from "../../transfer/copy.ts";
import type { NeedTable } from "../../transfer/need-table.ts";
import type { Given, RemotesReport } from "../../transfer/remotes.ts";
import type { Hash } from "../../values/hash.ts";
import { bringCompared } from "./compared.ts";
import type { Moving } from "./moving.ts";

/** Up to so many blobs are asked for one by one, or as the remote likes; of more, what it lists is read past once. */
const MANY = 10_000;

/** What came from where; the cache is one of the stores. */
export type Brought = Omit<RemotesReport, "given"> & { given: GivenBy[] };

export interface GivenBy {
  /** As messages call it: `the cache`, `remote 'store'`. */
  store: string;
  copied: number;
  bytes: number;
}

/** Settles what `to` has; answers how many these are, and how many it has with another size. */
export async function settlePresent(
  needs: NeedTable,
  { repo, to }: Moving,
): Promise<Record<"present" | "differing", number>> {
  if (needs.size <= MANY) {
    const report = nothingCopied();
    const left = await absentIn(to, [...needs], report);
    for (const { hash } of [...needs]) if (!left.has(hash)) needs.settle(hash);
    return { present: report.present, differing: report.differing.size };
  }
  const found = { present: 0, differing: 0 };
  for await (const { hash, size } of to.list()) {
    repo.watch.signal.throwIfAborted();
    const wanted = needs.open(hash);
    if (wanted === null) continue;
    if (wanted !== size) found.differing++;
    else {
      found.present++;
      needs.settle(hash);
    }
  }
  return found;
}

/** Brings what `to` does not have. Nothing is kept on this machine: bytes pass, and are hashed on their way. */
export async function bring(left: Map<Hash, Need>, moving: Moving): Promise<Brought> {
  const { repo, from, to, jobs } = moving;
  const report: RemotesReport = { ...nothingCopied(), given: [] };
  const own = await fromCache(left, moving);
  const compared = await bringCompared(left, moving);
  await from.copyAbsentTo(to, left, { report, verb: "copying", jobs });
  for (const key of ["copied", "bytes", "replaced", "present"] as const) report[key] += own[key] + compared[key];
  const given = own.copied > 0 ? [{ store: repo.cache.name, copied: own.copied, bytes: own.bytes }] : [];
  return { ...report, given: [...given, ...[...compared.given, ...report.given].map(byRemote)] };
}

/** As `bring`, by what the stores say alone: nothing is copied. */
export async function planned(left: Map<Hash, Need>, { repo, from }: Moving): Promise<Brought> {
  const own = { store: repo.cache.name, copied: 0, bytes: 0 };
  for (const need of left.values()) {
    if (!repo.cache.has(need) || !left.delete(need.hash)) continue;
    own.copied++;
    own.bytes += need.size;
  }
  const { given, failed } = await from.plan(left);
  const all = [own, ...given.map(byRemote)].filter(({ copied }) => copied > 0);
  const sum = (key: "copied" | "bytes"): number => all.reduce((total, each) => total + each[key], 0);
  return { ...nothingCopied(), copied: sum("copied"), bytes: sum("bytes"), failed, given: all };
}

/** What it has and turns out to be damaged is left to the others. */
async function fromCache(left: Map<Hash, Need>, { repo, to, jobs, arrange }: Moving): Promise<CopyReport> {
  const report = nothingCopied();
  const had = new Map([...left].filter(([, need]) => repo.cache.has(need)));
  const here = (await arrange?.(had)) ?? had;
  const wanted = [...here.keys()];
  const { watch } = repo;
  await copyAbsent(here, { from: repo.cache, to }, { watch, label: "copying from the cache", jobs, report });
  for (const hash of wanted) if (!here.has(hash)) left.delete(hash);
  return report;
}

function byRemote({ remote, copied, bytes }: Given): GivenBy {
  return { store: remote, copied, bytes };
}
