/** The files of one version that are worth a look: its card, what its run wrote, and what lies beside its weights. */
import { formatCount, formatSize, plural } from "../base/counts.ts";
import { isMvgitError } from "../base/errors.ts";
import { display, pathProblem } from "../base/paths.ts";
import { Paths, Trees } from "../git/trees.ts";
import type { GitReader, Oid } from "../git/reader.ts";
import { type ArtifactKind, kindOf, mediaTypeOf } from "../values/artifact-kind.ts";
import { cardPaths, picturesIn } from "../values/card.ts";
import type { Hash } from "../values/hash.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { readManifest } from "../values/manifest-io.ts";
import { POINTER_CAP, POINTER_SUFFIX, pointerPathOf, readPointer } from "../values/pointer.ts";
import { STAGES_FILE } from "../values/stages-file.ts";
import { noStore } from "./content.ts";
import type { Look } from "./look.ts";
import { resolveText } from "./resolve.ts";
import { nameOf, type Version } from "./versions.ts";

interface Artifact {
  /** From the top of the repository; of a file in a tracked folder through that folder. */
  path: string;
  /**
   * `card`: of the model, or of its repository; `picture`: that a card shows; `metrics`: scores were read from it;
   * `output`: the run wrote it; `weights`: it is of the weights, or lies beside them.
   */
  what: "card" | "picture" | "metrics" | "output" | "weights";
  kind: ArtifactKind;
  /** The media type that is safe to hand it out as. */
  type: string;
  /** Bytes. */
  size: number;
  /** Where the bytes are: Git's id of a blob, or their hash in the stores. */
  at: { git: Oid } | { blake3: Hash };
}

interface FolderReport {
  /** From the top of the repository. */
  path: string;
  /** Inside of the folder. */
  files: { path: string; hash: Hash; size: number }[];
  /** How many more there are. */
  more: number;
}

export interface ArtifactsReport {
  /** `MODEL@vN`, whatever was asked for. */
  label: string;
  /** The path of the model's card; null where the repository has none. */
  card: string | null;
  artifacts: Artifact[];
  /** Of each tracked folder of weights and data the first files, in path order. */
  folders: FolderReport[];
  /** What is not among them, in words. */
  notes: string[];
}

export interface OpenArtifact {
  artifact: Artifact;
  /** Read at most once. Throws `blob-missing` where no store that is open has them. */
  bytes: AsyncIterable<Uint8Array>;
}

/** Bytes of a file that Git keeps; larger ones are left out. */
const GIT_CAP = 16 * 1024 * 1024;
/** Bytes of a card in which pictures are looked for. */
const CARD_CAP = 1024 * 1024;
const MOST = { artifacts: 500, pictures: 50, outputs: 2000, files: 20_000, listed: 100 };

/** Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`. */
export async function artifactsOf(look: Look, label: string): Promise<ArtifactsReport> {
  return new Search(look, (await resolveText(look, label)).found.version).report();
}

/** One of them by its path, with its bytes; null where the report has none of that path. */
export async function openArtifact(look: Look, label: string, path: string): Promise<OpenArtifact | null> {
  const { version } = (await resolveText(look, label)).found;
  const { artifacts } = await known(look, version);
  const artifact = artifacts.find((each) => each.path === path);
  return artifact ? { artifact, bytes: bytesOf(look, artifact) } : null;
}

/** A page asks for one after the other: what was found of a few versions is kept, and what lacked nothing alone. */
const KEPT = 8;
const kept = new WeakMap<GitReader, Map<string, ArtifactsReport>>();

async function known(look: Look, version: Version): Promise<ArtifactsReport> {
  const of = kept.get(look.git) ?? new Map<string, ArtifactsReport>();
  kept.set(look.git, of);
  const key = `${version.packageHash} ${version.commit}`;
  const report = of.get(key) ?? (await new Search(look, version).report());
  of.delete(key);
  if (report.notes.length === 0) of.set(key, report);
  if (of.size > KEPT) of.delete([...of.keys()][0] as string);
  return report;
}

/** Throws `blob-missing`, and what the loader throws. */
async function* bytesOf({ git, means }: Look, { at, size, path }: Artifact): AsyncGenerator<Uint8Array> {
  if ("git" in at) {
    const bytes = await git.blob(at.git, GIT_CAP);
    if (bytes !== null) yield bytes;
  } else if (means.loader === null) {
    throw noStore(path);
  } else yield* means.loader.read({ hash: at.blake3, size });
}

/** A file that Git keeps, before its size is known. */
type InGit = Pick<Artifact, "path" | "what"> & { oid: Oid };

/** One look through a version. */
class Search {
  readonly #look: Look;
  readonly #version: Version;
  readonly #notes: string[] = [];
  readonly #trees: Trees;
  #root = "" as Oid;

  constructor(look: Look, version: Version) {
    this.#look = look;
    this.#version = version;
    this.#trees = new Trees(look.git);
  }

  async report(): Promise<ArtifactsReport> {
    const { model, pack } = this.#version;
    this.#root = (await this.#look.git.commit(this.#version.commit)).tree;
    const cards = await this.#inGit(cardPaths(model, pack.run?.folder ?? ""), "card");
    const outputs = this.#outputs();
    const found = [
      ...(await this.#sized([
        ...cards,
        ...(await this.#pictures(cards)),
        ...(await this.#inGit(pack.sources.metrics, "metrics")),
        ...(await this.#inGit(
          outputs.filter((path) => !path.endsWith(POINTER_SUFFIX)),
          "output",
        )),
      ])),
      ...(await this.#tracked(outputs.filter((path) => path.endsWith(POINTER_SUFFIX)))),
      ...(await this.#weights()),
    ];
    const once = [...new Map(found.toReversed().map((each) => [each.path, each])).values()].toReversed();
    if (once.length > MOST.artifacts) this.#notes.push(`${formatCount(once.length - MOST.artifacts)} more files`);
    return {
      label: nameOf(this.#version),
      card: cards[0]?.path ?? null,
      artifacts: once.slice(0, MOST.artifacts),
      folders: await this.#folders(),
      notes: this.#notes,
    };
  }

  /** Those of the paths at which the commit has a regular file, in order. */
  async #inGit(paths: readonly string[], what: Artifact["what"]): Promise<InGit[]> {
    const wanted = new Paths();
    for (const path of paths) wanted.add(path);
    await this.#trees.read([{ root: this.#root, paths: wanted }]);
    return paths.flatMap((path) => {
      const entry = this.#trees.at(this.#root, path);
      return entry?.mode === "100644" || entry?.mode === "100755" ? [{ path, what, oid: entry.oid }] : [];
    });
  }

  async #pictures(cards: readonly InGit[]): Promise<InGit[]> {
    const found: string[] = [];
    for (const { path, oid } of cards) {
      const bytes = kindOf(path) === "markdown" ? await this.#look.git.blob(oid, CARD_CAP) : null;
      found.push(...picturesIn(bytes?.toString("utf8") ?? "", path));
    }
    const safe = found.filter((path) => pathProblem(path) === null);
    return this.#inGit(safe.slice(0, MOST.pictures), "picture");
  }

  /** What the run wrote, without what mvgit and Git keep for themselves, and without the weights' pointers. */
  #outputs(): string[] {
    const { code, weights } = this.#version.pack;
    const own = new Set<string>([STAGES_FILE, ...weights.map(({ path }) => pointerPathOf(path))]);
    const paths = code.outputs
      .map(({ path }) => path as string)
      .filter((path) => !own.has(path) && !path.startsWith(".mvgit/") && !/(?:^|\/)\.gitignore$/.test(path));
    if (paths.length > MOST.outputs)
      this.#notes.push(`${formatCount(paths.length - MOST.outputs)} more files that the run wrote`);
    return paths.slice(0, MOST.outputs);
  }

  async #sized(files: readonly InGit[]): Promise<Artifact[]> {
    const sizes = new Map<Oid, number | null>();
    for await (const { oid, bytes } of this.#look.git.blobs([...new Set(files.map(({ oid }) => oid))], GIT_CAP))
      sizes.set(oid, bytes?.length ?? null);
    return files.flatMap(({ path, what, oid }) => {
      const size = sizes.get(oid) ?? null;
      if (size === null) this.#notes.push(`${display(path)}: larger than ${formatSize(GIT_CAP)}`);
      return size === null ? [] : [artifact(path, what, { size, at: { git: oid } })];
    });
  }

  /** Of pointers that the run changed: single files. */
  async #tracked(pointers: readonly string[]): Promise<Artifact[]> {
    const files = await this.#inGit(pointers, "output");
    const found: Artifact[] = [];
    const read = this.#look.git.blobs(
      files.map(({ oid }) => oid),
      POINTER_CAP,
    );
    let at = 0;
    for await (const { bytes } of read) {
      const path = (files[at++] as InGit).path.slice(0, -POINTER_SUFFIX.length);
      const reading = bytes && readPointer(bytes);
      if (reading?.kind !== "pointer") continue;
      const { hash, size, files: count } = reading.pointer;
      if (count === undefined) found.push(artifact(path, "output", { size, at: { blake3: hash } }));
      else found.push(...(await this.#inFolder({ path, hash, files: count }, "output")));
    }
    return found;
  }

  async #weights(): Promise<Artifact[]> {
    const found: Artifact[] = [];
    for (const { path, hash, size, files } of this.#version.pack.weights) {
      if (files !== undefined) found.push(...(await this.#inFolder({ path, hash, files }, "weights")));
      else if (kindOf(path) !== "binary") found.push(artifact(path, "weights", { size, at: { blake3: hash } }));
    }
    return found;
  }

  /** What can be looked at in a tracked folder. */
  async #inFolder(folder: Folder, what: Artifact["what"]): Promise<Artifact[]> {
    const found: Artifact[] = [];
    if (folder.files > MOST.files) this.#notLooked(folder.path, `it has ${plural(folder.files, "file")}`);
    else
      for await (const { path, hash, size } of this.#entries(folder))
        if (kindOf(path) !== "binary")
          found.push(artifact(`${folder.path}/${path}`, what, { size, at: { blake3: hash } }));
    return found;
  }

  async #folders(): Promise<FolderReport[]> {
    const { weights, data } = this.#version.pack;
    const found: FolderReport[] = [];
    for (const { path, hash, files: count } of [...weights, ...data]) {
      if (count === undefined) continue;
      const files: FolderReport["files"] = [];
      for await (const entry of this.#entries({ path, hash, files: count })) {
        files.push({ path: entry.path, hash: entry.hash, size: entry.size });
        if (files.length === MOST.listed) break;
      }
      if (files.length > 0) found.push({ path, files, more: count - files.length });
    }
    return found;
  }

  /** None where the list of files is out of reach, which is told. */
  async *#entries({ path, hash }: Folder): AsyncGenerator<ManifestEntry> {
    const { loader } = this.#look.means;
    if (loader === null) return this.#notLooked(path, "no store is open");
    try {
      for await (const entries of readManifest(hash, loader.manifest)) yield* entries;
    } catch (error) {
      if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
      this.#notLooked(path, "its list of files is neither in the cache nor in a remote");
    }
  }

  #notLooked(path: string, why: string): void {
    const note = `'${display(path)}' was not looked into, since ${why}`;
    if (!this.#notes.includes(note)) this.#notes.push(note);
  }
}

interface Folder {
  path: string;
  hash: Hash;
  files: number;
}

function artifact(path: string, what: Artifact["what"], { size, at }: Pick<Artifact, "size" | "at">): Artifact {
  return { path, what, kind: kindOf(path), type: mediaTypeOf(path), size, at };
}
