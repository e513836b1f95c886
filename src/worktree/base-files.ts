/** What a tracked path was made from, file by file, in step with someone who walks the same paths. */
import { comparePaths, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { type LoadBlob, pointerOfManifest, readManifest } from "../values/manifest-io.ts";
import { PathCursor } from "../values/path-cursor.ts";
import type { Pointer } from "../values/pointer.ts";
import type { Base, Put } from "./bases.ts";
import type { Found } from "./stamp.ts";

/** Where bases are known from. */
export interface BaseSource {
  of: (path: RepoPath) => Base;
  /** What commits before HEAD had at a path, for one of which nothing is known. */
  history: (path: RepoPath) => Promise<readonly Put[]>;
  /** Manifests, from the cache alone. */
  load: LoadBlob;
}

/** What `decideFile` is told of a file's past. */
export interface Past {
  put: ManifestEntry | null | "unknown";
  begun: (ManifestEntry | null)[];
}

/** Whether only reading a file can tell whether it has the bytes of a base. */
export function mayBeOf(found: Found, { put, begun }: Past): boolean {
  return [put, ...begun].some((each) => each !== null && each !== "unknown" && each.size === found.size);
}

/** Of a folder: the pointer's own manifest stands for every base that is the same. */
type Manifest = "the pointer's" | PathCursor<ManifestEntry>;

/** The bases of a folder's files. Paths must be asked in ascending order; `close` it in every case. */
export class FolderBase {
  readonly #put: Manifest | null | "unknown";
  readonly #begun: readonly Manifest[];

  private constructor(put: Manifest | null | "unknown", begun: readonly Manifest[]) {
    this.#put = put;
    this.#begun = begun;
  }

  /** A manifest that the cache does not have tells nothing. */
  static async open(path: RepoPath, pointer: Pointer, source: BaseSource): Promise<FolderBase> {
    const base = source.of(path);
    const open = (root: Hash): Promise<Manifest | null> => openManifest(root, pointer, source.load);
    const put = await openPut(base.put, open);
    const earlier = put === "unknown" ? await source.history(path) : [];
    const roots = new Set(
      [...base.begun, ...earlier].filter((each) => each.kind === "folder").map((each) => each.hash),
    );
    const begun: Manifest[] = [];
    for (const root of roots) {
      const manifest = await open(root);
      if (manifest !== null) begun.push(manifest);
    }
    return new FolderBase(put, begun);
  }

  /** `wanted`: what the pointer's manifest has there. */
  async at(path: RepoPath, wanted: ManifestEntry | null): Promise<Past> {
    const entry = async (manifest: Manifest): Promise<ManifestEntry | null> =>
      manifest === "the pointer's" ? wanted : seek(manifest, path);
    const begun: Past["begun"] = [];
    for (const each of this.#begun) begun.push(await entry(each));
    return { put: this.#put === null || this.#put === "unknown" ? this.#put : await entry(this.#put), begun };
  }

  async close(): Promise<void> {
    for (const each of [this.#put, ...this.#begun]) if (each instanceof PathCursor) await each.close();
  }
}

async function openPut(
  put: Base["put"],
  open: (root: Hash) => Promise<Manifest | null>,
): Promise<Manifest | null | "unknown"> {
  if (put === "unknown") return "unknown";
  if (put === "nothing" || put.kind !== "folder") return null;
  return (await open(put.hash)) ?? "unknown";
}

async function openManifest(root: Hash, pointer: Pointer, load: LoadBlob): Promise<Manifest | null> {
  if (root === pointer.hash) return "the pointer's";
  return (await pointerOfManifest(root, load)) === null ? null : new PathCursor(readManifest(root, load));
}

async function seek(cursor: PathCursor<ManifestEntry>, path: RepoPath): Promise<ManifestEntry | null> {
  await cursor.fill();
  while (cursor.entry !== null && comparePaths(cursor.entry.path, path) < 0) {
    cursor.take(cursor.entry.path);
    await cursor.fill();
  }
  return cursor.take(path);
}

/** Of a single file. */
export async function fileBase(path: RepoPath, source: BaseSource): Promise<Past> {
  const { put, begun } = source.of(path);
  const earlier = put === "unknown" ? await source.history(path) : [];
  const files = [...begun, ...earlier].flatMap((each) => entryOf(path, each) ?? []);
  return { put: typeof put === "string" ? NO_PUT[put] : entryOf(path, put), begun: files };
}

const NO_PUT = { unknown: "unknown", nothing: null } as const;

function entryOf(path: RepoPath, { kind, hash, size }: Put): ManifestEntry | null {
  return kind === "folder" ? null : { path, hash, size, mode: kind };
}
