/** `mvgit import dvc`: what DVC tracks becomes mvgit's, from the bytes that DVC has. */
import { display, type RepoPath } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../model/hash.ts";
import type { Pointer } from "../../model/pointer.ts";
import { encodeSourceValue } from "../../model/source-value.ts";
import type { Repo } from "../../repo/repo.ts";
import { Taking } from "../../transfer/take-foreign.ts";
import { type DvcOuts, outsOf, type WantedOut } from "./dvc-outs.ts";
import { dvcPlaces } from "./dvc-places.ts";
import { DvcTaker } from "./dvc-take.ts";
import { keepOnRef } from "./kept-refs.ts";
import { commitImport, initNotes, Occupied, record, refuseStaged } from "./record.ts";
import { type Imported, type ImportReport, newImported, refuse, totalsOf } from "./report.ts";

export interface ImportDvcRequest {
  /** Bytes of every branch and tag too. */
  all: boolean;
  commit: boolean;
  dryRun: boolean;
  /** A folder or gs:// address with DVC's layout, instead of the remote that DVC's settings name. */
  from?: string;
}

/** What another branch or tag has; its pointers stand in a commit of their own. */
export interface ImportedRef {
  /** Full name of the branch or tag. */
  ref: string;
  commit: Oid;
  /** `refs/mvgit/import/dvc/…`, on a commit after `commit` that adds the pointers; null when nothing could be added, or in a dry run. */
  kept: string | null;
  imported: Imported[];
}

export interface ImportDvcReport extends ImportReport {
  /** Only with `all`. */
  refs: ImportedRef[];
}

/** Stages pointers for HEAD's outputs; what is missing is reported and the rest taken. Throws `check-failed` with `commit`. */
export async function importDvc(repo: Repo, request: ImportDvcRequest): Promise<ImportDvcReport> {
  if (request.commit && !request.dryRun) await refuseStaged(repo);
  repo.cache.temporary.clean(repo.watch.clock.now());
  const work = new DvcImport(repo, request);
  try {
    const head = await repo.git.resolveCommit("HEAD");
    const own = head === null ? [] : await work.take(head);
    const others = request.all ? await work.takeRefs(head) : [];
    await work.end();
    return await conclude(repo, request, { own, others, notes: [...work.notes, ...initNotes(repo)], work });
  } finally {
    await work.close();
  }
}

interface Results {
  own: Imported[];
  others: Omit<ImportedRef, "kept">[];
  notes: string[];
  work: DvcImport;
}

async function conclude(repo: Repo, request: ImportDvcRequest, { own, others, notes, work }: Results): Promise<ImportDvcReport> {
  const occupied = await Occupied.of(repo);
  const pointers = new Map<RepoPath, Pointer>();
  for (const entry of own) if (entry.what === "taken") addPointer(pointers, entry, { occupied, pointer: work.pointerOf(entry) });
  const staged = request.dryRun ? [] : await record(repo, pointers);
  const isWhole = own.every((each) => each.what !== "missing" && each.what !== "refused");
  const commit = request.commit && !request.dryRun && isWhole ? await commitImport(repo, messageOf(own)) : null;
  if (request.commit && !isWhole) notes.push("nothing was committed, since not everything could be taken");
  const refs: ImportedRef[] = [];
  for (const other of others) {
    const taken = other.imported.filter((each) => each.what === "taken");
    const kept = request.dryRun ? null : await keepOnRef(repo, other, new Map(taken.map((each) => [each.path as RepoPath, work.pointerOf(each) as Pointer])));
    refs.push({ ...other, kept });
  }
  return { dryRun: request.dryRun, imported: own, totals: totalsOf([...own, ...others.flatMap((each) => each.imported)]), staged, commit, notes, refs };
}

function addPointer(pointers: Map<RepoPath, Pointer>, entry: Imported, { occupied, pointer }: { occupied: Occupied; pointer: Pointer | null }): void {
  if (pointer === null) return;
  const path = entry.path as RepoPath;
  try {
    const before = occupied.before(path, pointer);
    if (before?.hash === pointer.hash && before.extra.get("source.md5") === entry.digest) entry.what = "unchanged";
    else pointers.set(path, pointer);
  } catch (error) {
    refuse(entry, error);
  }
}

function messageOf(imported: readonly Imported[]): string {
  const taken = imported.filter((each) => each.what === "taken");
  const what = taken.length === 1 ? `'${display((taken[0] as Imported).path)}'` : `${taken.length} files and folders`;
  return `Track ${what} by mvgit\n\nThe bytes are those that DVC tracks; its files stay until they are removed.\n`;
}

/** Takes outputs of any number of commits, each byte once. */
class DvcImport {
  readonly notes = new Set<string>();
  readonly #repo: Repo;
  readonly #request: ImportDvcRequest;
  /** By the folder of the DVC repository. */
  readonly #takers = new Map<string, { taker: DvcTaker; taking: Taking }>();
  readonly #origins = new Map<string, WantedOut>();

  constructor(repo: Repo, request: ImportDvcRequest) {
    this.#repo = repo;
    this.#request = request;
  }

  async take(commit: Oid): Promise<Imported[]> {
    const outs = await outsOf(this.#repo, commit);
    const imported = left(outs);
    for (const [root, wanted] of byRoot(outs.wanted)) {
      const { taker } = await this.#takerOf(root);
      imported.push(...(await taker.takeAll(wanted)));
    }
    for (const out of outs.wanted) this.#origins.set(`${out.path}\0${out.name.digest}`, out);
    return imported.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Every branch and tag, here and as last fetched, whose commit is not HEAD's; several names of a commit count by the first. */
  async takeRefs(head: Oid | null): Promise<Results["others"]> {
    const seen = new Set<string>(head === null ? [] : [head]);
    const results: Results["others"] = [];
    for (const { name } of await this.#repo.git.refs()) {
      if (!/^refs\/(heads|tags|remotes)\//.test(name)) continue;
      const commit = await this.#repo.git.resolveCommit(name);
      if (commit === null || seen.has(commit)) continue;
      seen.add(commit);
      const imported = await this.take(commit);
      if (imported.length > 0) results.push({ ref: name, commit, imported });
    }
    return results;
  }

  async #takerOf(root: string): Promise<{ taker: DvcTaker; taking: Taking }> {
    const known = this.#takers.get(root);
    if (known) return known;
    const { cache, watch } = this.#repo;
    const { dryRun } = this.#request;
    const places = await dvcPlaces(this.#repo, root, this.#request.from);
    for (const note of places.notes) this.notes.add(note);
    const taking = new Taking({ cache, watch, bucket: places.bucket, dryRun }, dryRun ? "looking" : "importing from DVC");
    const made = { taking, taker: new DvcTaker(this.#repo, { places, taking, dryRun }) };
    this.#takers.set(root, made);
    return made;
  }

  /** The pointer of what was taken; null in a dry run. */
  pointerOf({ path, digest, hash, size, files, sizeOnly }: Imported): Pointer | null {
    if (hash === null) return null;
    const origin = this.#origins.get(`${path}\0${digest.slice(0, 32)}`)?.origin;
    const extra = new Map([["source.md5", digest]]);
    if (sizeOnly > 0) extra.set("source.checked", "size");
    if (origin) extra.set("source.url", encodeSourceValue(origin.url));
    if (origin?.revision) extra.set("source.revision", encodeSourceValue(origin.revision));
    return { hash: hash satisfies Hash, size, ...(files === undefined ? {} : { files }), extra };
  }

  async end(): Promise<void> {
    for (const { taking } of this.#takers.values()) await taking.end();
  }

  async close(): Promise<void> {
    for (const { taking } of this.#takers.values()) await taking.close();
  }
}

function left(outs: DvcOuts): Imported[] {
  return outs.left.map(({ path, listedIn, reason, broken }) => ({ ...newImported(path, listedIn, ""), what: broken ? "refused" : "skipped", reason }));
}

function byRoot(outs: readonly WantedOut[]): Map<string, WantedOut[]> {
  const groups = new Map<string, WantedOut[]>();
  for (const out of outs) groups.set(out.root, [...(groups.get(out.root) ?? []), out]);
  return groups;
}
