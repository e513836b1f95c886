/** Large blobs that the cache lacks, compared with what the other place has: each lies on this machine meanwhile. */
import { formatSize } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { ProgressTask } from "../../base/progress.ts";
import { prose } from "../../base/prose.ts";
import type { NearBlob } from "../../store/blob-store.ts";
import type { ByteRange } from "../../store/bytes.ts";
import { isLack } from "../../store/lack.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { addStored, type Need, nothingCopied } from "../../transfer/copy.ts";
import type { RemotesReport } from "../../transfer/remotes.ts";
import type { Hash } from "../../values/hash.ts";
import { Nearby } from "../repack/nearby.ts";
import type { Moving } from "./moving.ts";

/** A blob of which it is known what it may be like. */
type Compared = Need & { near: readonly NearBlob[] };

/**
 * Takes out of `left` what came; all else is left to whoever copies it as it is: what is small, what no remote gives,
 * what nothing can come of, and everything where the disk has no room, which is told.
 */
export async function bringCompared(left: Map<Hash, Need>, moving: Moving): Promise<RemotesReport> {
  const { repo, to, arrange } = moving;
  const absent = new Map([...left].filter(([, { size }]) => size > SMALL_BLOB));
  const report = { ...nothingCopied(), given: [] };
  if (absent.size === 0 || !to.isCompact || arrange === undefined) return report;
  const needs = [...(await arrange(absent)).values()].filter((need): need is Compared => need.near !== undefined);
  const near = needs.flatMap((need) => need.near);
  const nearby = new Nearby(repo.cache, ({ hash, size }) => to.source(hash, size), { blobs: needs, near });
  const { bytes, folder, lack } = nearby.need();
  if (lack !== null) {
    repo.watch.note(prose`
      large files that the cache lacks are stored whole in ${to.name}: to compare them takes ${formatSize(bytes)} in
      '${display(folder)}', which are not free
    `);
    return report;
  }
  return new Comparing({ moving, nearby, left, report }).run(needs);
}

/** Brings one after the other: `run` it once. */
class Comparing {
  readonly #moving: Moving;
  readonly #nearby: Nearby;
  readonly #left: Map<Hash, Need>;
  readonly #report: RemotesReport;
  readonly #large: ReturnType<Remote["encoder"]>;

  constructor(of: { moving: Moving; nearby: Nearby; left: Map<Hash, Need>; report: RemotesReport }) {
    this.#moving = of.moving;
    this.#nearby = of.nearby;
    this.#left = of.left;
    this.#report = of.report;
    this.#large = of.moving.to.encoder(of.nearby);
  }

  async run(needs: readonly Compared[]): Promise<RemotesReport> {
    const { to, repo } = this.#moving;
    const wanted = new Set(needs.flatMap(({ near }) => near.map(({ hash }) => hash)));
    try {
      await to.packed.index.refresh();
      for (const need of needs) {
        repo.watch.signal.throwIfAborted();
        if (!wanted.has(need.hash) && need.near.length === 0 && !(await this.#isPromising(need))) continue;
        if (await this.#bring(need)) this.#left.delete(need.hash);
      }
    } finally {
      await this.#large.close();
      this.#nearby.close();
    }
    return this.#report;
  }

  /** By a few of its bytes, where it is. */
  async #isPromising({ hash, size }: Compared): Promise<boolean> {
    const read = (range: ByteRange): AsyncIterable<Uint8Array> => this.#moving.from.read(hash, { ...range, of: size });
    const source = { size, open: (start: number) => read({ start, end: size }) };
    try {
      return await this.#large.isPromising({ hash, source, look: { read, passed: () => undefined } });
    } catch (error) {
      if (!isLack(error)) throw error;
      return false;
    }
  }

  /** False where no remote gives it. */
  async #bring(need: Compared): Promise<boolean> {
    const { from, jobs } = this.#moving;
    const { hash, size, near } = need;
    const here: RemotesReport = { ...nothingCopied(), given: [] };
    await from.copyAbsentTo(this.#nearby, new Map([[hash, { hash, size }]]), { report: here, verb: "copying", jobs });
    if (here.copied === 0) return false;
    const { outcome, stored } = await this.#nearby.holding(need, ({ file, source, read }) =>
      this.#large.write({ hash, source, near, look: { file, read, ...this.#telling(size) } }),
    );
    const report = this.#report;
    if (outcome === "present") report.present++;
    else {
      report.copied++;
      report.bytes += size;
      if (outcome === "replaced") report.replaced++;
      addStored(report.stored, stored ?? { bytes: size, known: 0, shorter: 0 });
      report.given.push(...here.given);
    }
    return true;
  }

  #telling(bytes: number): { passed(bytes: number): void; looking(): ProgressTask } {
    const { progress, signal } = this.#moving.repo.watch;
    return {
      passed: () => signal.throwIfAborted(),
      looking: () => progress.task("looking for what is new", { bytes }),
    };
  }
}
