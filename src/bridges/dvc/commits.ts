/** What DVC tracks in any number of commits, brought into the cache. */
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import { encodeSourceValue } from "../../values/source-value.ts";
import type { Repo } from "../../repo/repo.ts";
import { Taking } from "../foreign/take.ts";
import { type DvcOuts, outsOf, type WantedOut } from "./outs.ts";
import { dvcPlaces } from "./places.ts";
import { DvcTaker } from "./take.ts";
import { type Imported, newImported } from "../report.ts";

export interface TakeRequest {
  dryRun: boolean;
  /** One of `DVC_ADDRESSES` with DVC's layout, instead of the remote that DVC's settings name. */
  from?: string;
}

/** What a branch or tag has. */
export interface CommitOutputs {
  /** Full name of the branch or tag. */
  ref: string;
  commit: Oid;
  imported: Imported[];
}

/** Takes outputs of any number of commits, each byte once. */
export class DvcCommits {
  readonly notes = new Set<string>();
  readonly #repo: Repo;
  readonly #request: TakeRequest;
  /** By the folder of the DVC repository. */
  readonly #takers = new Map<string, { taker: DvcTaker; taking: Taking }>();
  readonly #origins = new Map<string, WantedOut>();

  constructor(repo: Repo, request: TakeRequest) {
    this.#repo = repo;
    this.#request = request;
  }

  /** One entry for each output of the commit, by path. */
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

  /**
   * Every branch and tag, here and as last fetched, whose commit is not HEAD's; several names of a commit count by the
   * first.
   */
  async takeRefs(head: Oid | null): Promise<CommitOutputs[]> {
    const seen = new Set<string>(head === null ? [] : [head]);
    const results: CommitOutputs[] = [];
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
    const taking = new Taking(
      { cache, watch, bucket: places.bucket, dryRun },
      dryRun ? "looking" : "importing from DVC",
    );
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

  /** What was taken is on disk, and readers of it go on. */
  async end(): Promise<void> {
    for (const { taking } of this.#takers.values()) await taking.end();
  }

  /** Lets go of everything, also after a failure. */
  async close(): Promise<void> {
    for (const { taking } of this.#takers.values()) await taking.close();
  }
}

function left(outs: DvcOuts): Imported[] {
  return outs.left.map(({ path, listedIn, reason, broken }) => ({
    ...newImported(path, listedIn, ""),
    what: broken ? "refused" : "skipped",
    reason,
  }));
}

function byRoot(outs: readonly WantedOut[]): Map<string, WantedOut[]> {
  const groups = new Map<string, WantedOut[]>();
  for (const out of outs) groups.set(out.root, [...(groups.get(out.root) ?? []), out]);
  return groups;
}
