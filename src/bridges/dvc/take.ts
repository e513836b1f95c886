/** One output of DVC's into the cache: a file, or a folder by its listing. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { checkPath, comparePaths, type RepoPath } from "../../base/paths.ts";
import { inGroups, mapOrdered } from "../../base/tasks.ts";
import { DVC_LISTING_CAP, type DvcListed, readDvcListing } from "./format-folder.ts";
import type { ForeignName } from "../foreign/name.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import { ManifestWriter } from "../../values/manifest-io.ts";
import type { Repo } from "../../repo/repo.ts";
import type { ForeignOutcome, ForeignWant, Taking } from "../foreign/take.ts";
import type { WantedOut } from "./outs.ts";
import { type DvcPlaces, objectNames, workTreeFile } from "./places.ts";
import { readForeign } from "../foreign/read.ts";
import { countOutcome, type Imported, newImported, refuse } from "../report.ts";

/** Files asked for at once. */
const BATCH = 500;

/** Takes the outputs of one DVC repository. */
export class DvcTaker {
  readonly #repo: Repo;
  readonly #places: DvcPlaces;
  readonly #taking: Taking;
  readonly #dryRun: boolean;
  /** Folders by their listings, so that one that several branches have is taken once. */
  readonly #folders = new Map<string, Imported>();

  constructor(repo: Repo, options: { places: DvcPlaces; taking: Taking; dryRun: boolean }) {
    this.#repo = repo;
    this.#places = options.places;
    this.#taking = options.taking;
    this.#dryRun = options.dryRun;
  }

  /** One entry for each output, files first. */
  async takeAll(outs: readonly WantedOut[]): Promise<Imported[]> {
    const imported: Imported[] = [];
    const batches = inGroups(
      outs.filter((out) => !out.isFolder),
      BATCH,
    );
    for await (const taken of mapOrdered(batches, this.#taking.width, (batch) => this.#takeFiles(batch)))
      imported.push(...taken);
    for (const out of outs) if (out.isFolder) imported.push(await this.#takeFolder(out));
    return imported;
  }

  async #takeFiles(outs: readonly WantedOut[]): Promise<Imported[]> {
    const wants = outs.map(({ name, path }) => this.#wantOf(name, path));
    const outcomes = await this.#taking.take(wants);
    return outs.map((out, index) => {
      const entry = newImported(out.path, out.listedIn, out.name.digest);
      countOutcome(entry, outcomes[index] as ForeignOutcome, this.#fileOf(wants[index] as ForeignWant, out.path));
      const outcome = outcomes[index] as ForeignOutcome;
      if (outcome.kind === "taken") Object.assign(entry, { hash: outcome.hash, size: outcome.size });
      else entry.size = out.name.size ?? 0;
      return entry;
    });
  }

  #wantOf(name: ForeignName, path: RepoPath): ForeignWant {
    const objects = objectNames(name.digest, name.foldsLines);
    const { caches, folderRemote } = this.#places;
    const own = workTreeFile(this.#repo, path);
    const inCaches = caches.flatMap((cache) => objects.map((object) => join(cache, object)));
    const remote = folderRemote === null ? [] : objects.map((object) => join(folderRemote, object));
    return { name, objects, places: [...inCaches, ...(own === null ? [] : [own]), ...remote] };
  }

  /** Where a file should have been: as the first name of each place. */
  #fileOf({ name, objects }: ForeignWant, path: string): { path: string; digest: string; expected: string[] } {
    const { caches, folderRemote, bucket } = this.#places;
    const roots = [
      ...caches,
      ...(folderRemote === null ? [] : [folderRemote]),
      ...(bucket === null ? [] : [bucket.address]),
    ];
    return { path, digest: name.digest, expected: roots.map((root) => `${root}/${objects[0]}`) };
  }

  async #takeFolder(out: WantedOut): Promise<Imported> {
    const entry = newImported(out.path, out.listedIn, `${out.name.digest}.dir`);
    const known = this.#folders.get(out.name.digest);
    if (known) return { ...known, path: out.path, listedIn: out.listedIn, shared: known.taken };
    try {
      await this.#fillFolder(entry, out);
    } catch (error) {
      refuse(entry, error);
    }
    this.#folders.set(out.name.digest, entry);
    return entry;
  }

  async #fillFolder(entry: Imported, out: WantedOut): Promise<void> {
    const bytes = await this.#readListing(out);
    if (bytes === null) return this.#noListing(entry, out);
    const listed = readDvcListing(bytes);
    if ("reason" in listed)
      throw new MvgitError("manifest-malformed", `its listing in DVC's cache cannot be used: ${listed.reason}`);
    if (listed.length === 0) {
      entry.what = "skipped";
      entry.reason = "the folder holds no files";
      return;
    }
    listed.sort((a, b) => comparePaths(a.path, b.path));
    entry.files = listed.length;
    const manifest = this.#dryRun ? null : new ManifestWriter((each) => this.#taking.intake.store(each));
    const batches = inGroups(listed, BATCH);
    for await (const { entries } of mapOrdered(batches, this.#taking.width, (batch) =>
      this.#takeListed(entry, out, batch),
    )) {
      entry.size += entries.reduce((sum, each) => sum + each.size, 0);
      if (entry.missingFiles === 0) await manifest?.addAll(entries);
    }
    const summary = entry.missingFiles === 0 ? await manifest?.end() : null;
    if (summary) entry.hash = summary.root;
  }

  async #takeListed(
    entry: Imported,
    out: WantedOut,
    listed: readonly DvcListed[],
  ): Promise<{ entries: ManifestEntry[] }> {
    const paths = listed.map(({ path }) => checkPath(path, "listing of DVC"));
    const wants = listed.map(({ md5 }, index) =>
      this.#wantOf(
        { ...out.name, digest: md5, size: null },
        checkPath(`${out.path}/${paths[index]}`, "listing of DVC"),
      ),
    );
    const outcomes = await this.#taking.take(wants);
    const entries: ManifestEntry[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const path = paths[index] as RepoPath;
      countOutcome(entry, outcome, this.#fileOf(wants[index] as ForeignWant, `${out.path}/${path}`));
      if (outcome.kind === "taken")
        entries.push({ path, hash: outcome.hash as ManifestEntry["hash"], size: outcome.size, mode: "file" });
    }
    return { entries };
  }

  /** The listing's bytes, which have its MD5; null when no place has them. */
  async #readListing({ name: { digest, foldsLines } }: WantedOut): Promise<Buffer | null> {
    const { caches, folderRemote, bucket } = this.#places;
    const objects = objectNames(`${digest}.dir`, foldsLines);
    for (const root of [...caches, ...(folderRemote === null ? [] : [folderRemote])]) {
      for (const object of objects) {
        const bytes = readForeign(join(root, object), DVC_LISTING_CAP);
        if (bytes && isListing(bytes, digest)) return bytes;
      }
    }
    for (const object of bucket ? objects : []) {
      const bytes = await this.#download(object);
      if (bytes && isListing(bytes, digest)) return bytes;
    }
    return null;
  }

  async #download(object: string): Promise<Buffer | null> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of this.#places.bucket?.get(object) ?? []) {
        size += chunk.length;
        if (size > DVC_LISTING_CAP) return null;
        chunks.push(Buffer.from(chunk));
      }
    } catch (error) {
      if (isMvgitError(error, "object-missing")) return null;
      throw error;
    }
    return Buffer.concat(chunks);
  }

  #noListing(entry: Imported, out: WantedOut): void {
    const digest = `${out.name.digest}.dir`;
    const want = { name: { ...out.name, digest }, places: [], objects: objectNames(digest, out.name.foldsLines) };
    entry.size = out.name.size ?? 0;
    countOutcome(entry, { kind: "missing", wrong: [] }, this.#fileOf(want, out.path));
  }
}

function isListing(bytes: Buffer, digest: string): boolean {
  return bytes.length <= DVC_LISTING_CAP && createHash("md5").update(bytes).digest("hex") === digest;
}
