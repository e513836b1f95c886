/** Whether the remote has every blob that the commits of versions need. */
import { formatCount, plural } from "../../base/counts.ts";
import { type ErrorCode, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { forEachConcurrent, inGroups } from "../../base/tasks.ts";
import type { Oid, TreeFile } from "../../git/reader.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { LEAF_CAP, parseLeaf, ROOT_CAP } from "../../values/manifest.ts";
import { type LoadBlob, readLeaves } from "../../values/manifest-io.ts";
import { isPointerPath, type Pointer, POINTER_CAP, POINTER_SUFFIX, readPointer } from "../../values/pointer.ts";
import { manifestLoader } from "../../repo/needs.ts";
import { whyBroken } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { examine, readTogether } from "../../transfer/examine.ts";
import { nameOf, type Version } from "../../registry/versions.ts";
import { type Lack, listLackOf } from "../../store/lack.ts";
import type { Findings } from "./report.ts";

export interface BlobRequest {
  /** Null for the default one. */
  remote: string | null;
  /** Every blob is read and hashed, too. */
  verify: boolean;
  offline: boolean;
}

/** Why a remote cannot be looked at; what else goes wrong is thrown. */
const AWAY = new Set<ErrorCode>([
  "remote-unavailable",
  "remote-stalled",
  "remote-missing",
  "remote-foreign",
  "access-denied",
  "setting-untrusted",
  "format-newer",
  "file-unreadable",
]);

/** Answers the remote's address and how many blobs were asked for; null when none could be. */
export async function checkBlobs(
  repo: Repo,
  versions: readonly Version[],
  { request, findings }: { request: BlobRequest; findings: Findings },
): Promise<{ remote: string; blobs: number } | null> {
  const what = "the blobs of the versions";
  const hasNone = request.remote === null && repo.settings.remotes.size === 0 && repo.settings.untrusted.length === 0;
  if (request.offline || hasNone) {
    findings.left(what, request.offline ? "'--offline' was given" : "no remote is configured");
    return null;
  }
  try {
    const remote = await repo.remote(request.remote ?? undefined);
    await remote.place.recognise();
    const check = new BlobCheck(repo, remote, findings);
    await check.gather(versions);
    await check.ask(request.verify);
    check.tell();
    return { remote: remote.name, blobs: check.wanted.size };
  } catch (error) {
    if (!(error instanceof MvgitError) || !AWAY.has(error.code)) throw error;
    findings.failed(what, error);
    return null;
  }
}

/** What is wrong with a blob in the remote: as the error's code, and in words before the remote's name. */
interface Wrong {
  kind: `blob-${Lack}`;
  how: string;
}

const WRONG: Record<Lack, Wrong> = {
  missing: { kind: "blob-missing", how: "is missing from" },
  damaged: { kind: "blob-damaged", how: "is damaged in" },
};

/** Manifests loaded at once. */
const TOGETHER = 8;

class BlobCheck {
  /** Every blob that some version needs, with its size as what names it says; null where nothing says it. */
  readonly wanted = new Map<Hash, number | null>();
  readonly #repo: Repo;
  readonly #remote: Remote;
  readonly #findings: Findings;
  /** Pointers by their id in Git, null for what is none. */
  readonly #pointers = new Map<Oid, Pointer | null>();
  readonly #files: { version: Version; files: readonly TreeFile[] }[] = [];
  /** Leaves of each root, and blobs of each leaf: both are shared by many versions. */
  readonly #inside = new Map<Hash, readonly Hash[]>();
  readonly #wrong = new Map<Hash, Wrong>();

  constructor(repo: Repo, remote: Remote, findings: Findings) {
    this.#repo = repo;
    this.#remote = remote;
    this.#findings = findings;
  }

  /** Learns what the versions need: from Git, and for folders from their manifests. */
  async gather(versions: readonly Version[]): Promise<void> {
    let at = 0;
    for await (const { files } of this.#repo.git.filesOfCommits(
      versions.map((each) => each.commit),
      POINTER_SUFFIX,
    )) {
      this.#files.push({
        version: versions[at++] as Version,
        files: files.filter(({ path, mode }) => isPointerPath(path) && mode.startsWith("100")),
      });
    }
    await this.#readPointers();
    const folders: Pointer[] = [];
    for (const pointer of this.#pointers.values()) {
      if (pointer?.files !== undefined) folders.push(pointer);
      else if (pointer) this.wanted.set(pointer.hash, pointer.size);
    }
    const load = manifestLoader(this.#repo.cache, async () => this.#remote);
    await forEachConcurrent(folders, TOGETHER, async (pointer) => this.#openFolder(pointer.hash, load));
  }

  async #readPointers(): Promise<void> {
    const first = new Map<Oid, { path: string; version: Version }>();
    for (const { version, files } of this.#files)
      for (const { oid, path } of files) if (!first.has(oid)) first.set(oid, { path, version });
    for await (const group of inGroups(first.keys(), 5000)) {
      for await (const { oid, bytes } of this.#repo.git.blobs(group, POINTER_CAP)) {
        const reading = bytes ? readPointer(bytes) : { kind: "other" as const };
        this.#pointers.set(oid, reading.kind === "pointer" ? reading.pointer : null);
        if (reading.kind === "pointer" || reading.kind === "other") continue;
        const { path, version } = first.get(oid) as { path: string; version: Version };
        this.#findings.found(
          "pointer-malformed",
          nameOf(version),
          prose`the pointer '${display(path)}' of '${nameOf(version)}' cannot be read:
            ${whyBroken(reading).reason}`,
        );
      }
    }
  }

  async #openFolder(root: Hash, load: LoadBlob): Promise<void> {
    this.wanted.set(root, null);
    const leaves = await this.#tryTo(root, async () => {
      const size = (await load(root, ROOT_CAP)).length;
      this.wanted.set(root, size);
      return readLeaves(root, load);
    });
    this.#inside.set(
      root,
      (leaves ?? []).map((leaf) => leaf.hash),
    );
    for (const { hash } of leaves ?? []) {
      if (this.#inside.has(hash)) continue;
      this.#inside.set(hash, []);
      this.wanted.set(hash, null);
      const bytes = await this.#tryTo(hash, async () => load(hash, LEAF_CAP));
      if (bytes) this.wanted.set(hash, bytes.length);
      const entries = bytes && (await this.#tryTo(hash, async () => parseLeaf(bytes)));
      this.#inside.set(
        hash,
        (entries ?? []).map((entry) => entry.hash),
      );
      for (const entry of entries ?? []) this.wanted.set(entry.hash, entry.size);
    }
  }

  /** What a manifest says; null, remembering why, for one that is nowhere or not right. */
  async #tryTo<R>(hash: Hash, work: () => Promise<R>): Promise<R | null> {
    try {
      return await work();
    } catch (error) {
      const lack = listLackOf(error);
      if (lack === null) throw error;
      this.#wrong.set(hash, WRONG[lack]);
      return null;
    }
  }

  /** Asks the remote for all of them; `verify` reads them as well. */
  async ask(verify: boolean): Promise<void> {
    const present: { hash: Hash; size: number }[] = [];
    for await (const { hash, stat } of this.#remote.checked().statMany([...this.wanted.keys()])) {
      const size = this.wanted.get(hash);
      if (stat === null) this.#wrong.set(hash, WRONG.missing);
      else if (size !== null && size !== stat.size)
        this.#wrong.set(hash, {
          kind: "blob-damaged",
          how: `has ${plural(Math.max(0, stat.size), "byte")} instead of ${formatCount(size ?? 0)} in`,
        });
      else present.push({ hash, size: stat.size });
    }
    if (!verify) return;
    await this.#verify(present);
  }

  async #verify(present: readonly { hash: Hash; size: number }[]): Promise<void> {
    const { signal, progress } = this.#repo.watch;
    const task = progress.task("verifying", {
      files: present.length,
      bytes: present.reduce((sum, { size }) => sum + size, 0),
    });
    const jobs = this.#remote.place.bucket.concurrency.large;
    try {
      for await (const { wanted, isRight } of readTogether(this.#remote, present, jobs)) {
        signal.throwIfAborted();
        const problem = isRight ? null : await examine(this.#remote, wanted.hash, { isRemote: true });
        if (problem !== null) this.#wrong.set(wanted.hash, problem === "missing" ? WRONG.missing : WRONG.damaged);
        task.advance(wanted.size, 1);
      }
    } finally {
      task.done();
    }
  }

  /** One finding for each blob that is wrong, with the versions that need it. */
  tell(): void {
    const users = new Map<Hash, { path: string; versions: Version[] }>();
    const wrongIn = new Map<Oid, Hash[]>();
    for (const { version, files } of this.#files) {
      for (const { oid, path } of files) {
        const wrong = wrongIn.get(oid) ?? this.#wrongOf(this.#pointers.get(oid) ?? null);
        wrongIn.set(oid, wrong);
        for (const hash of wrong) {
          const user = users.get(hash) ?? { path: path.slice(0, -POINTER_SUFFIX.length), versions: [] };
          if (user.versions.at(-1) !== version) user.versions.push(version);
          users.set(hash, user);
        }
      }
    }
    for (const [hash, { path, versions }] of users) {
      const { kind, how } = this.#wrong.get(hash) as Wrong;
      const names = versions.map(nameOf);
      this.#findings.found(
        kind,
        names[0] as string,
        `blob ${shortHash(hash)} of '${display(path)}' ${how} ${this.#remote.name}: needed by ${someOf(names)}`,
      );
    }
  }

  #wrongOf(pointer: Pointer | null): Hash[] {
    if (pointer === null || this.#wrong.size === 0) return [];
    const leaves = this.#inside.get(pointer.hash) ?? [];
    const all = [pointer.hash, ...leaves, ...leaves.flatMap((leaf) => this.#inside.get(leaf) ?? [])];
    return [...new Set(all)].filter((hash) => this.#wrong.has(hash));
  }
}

/** Up to three names, else the first and how many more there are. */
function someOf(names: readonly string[]): string {
  const [first, ...more] = names;
  return more.length < 3 ? names.join(", ") : `${first} and ${plural(more.length, "more version")}`;
}
