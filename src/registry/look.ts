/** What reads go by: a repository, its refs as they are now, and what whoever opened it gives and demands besides. */
import type { MvgitError } from "../base/errors.ts";
import type { GitReader, GitRef } from "../git/reader.ts";
import type { Hash } from "../values/hash.ts";
import type { Label } from "../values/label.ts";
import type { LoadBlob } from "../values/manifest-io.ts";
import type { StageOf } from "./chain.ts";
import type { Resolved } from "./labels.ts";
import type { Found } from "./explain/found.ts";

/**
 * Where the bytes behind hashes come from: a cache, a remote, or both. Git names them and has none. What a caller's own
 * brings is held against the hashes (`verified`). What it throws with
 * `blob-missing` or `remote-unknown` is told as not looked at; everything else ends the read.
 */
export interface Loader {
  /** The bytes of a manifest, at most `cap`. Throws `blob-missing`. */
  readonly manifest: LoadBlob;
  /**
   * The bytes of a blob, in order. Throws `blob-missing`.
   */
  read(blob: { hash: Hash; size: number }): AsyncIterable<Uint8Array>;
}

/** A label of a stage. */
type StageLabel = Label & { kind: "stage" };

/** What a reader saw of stages before: none of it may be taken back without a word. */
export interface Memory {
  /** Throws `chain-broken` where an event that was seen is not among the refs any more, or is another one. */
  check(of: StageOf, refs: readonly GitRef[]): void;
  /** As `check`, in words; null where all of it is there. */
  lost(of: StageOf, refs: readonly GitRef[]): string | null;
  /** Keeps the newest event of a stage that was found whole. */
  remember(of: StageOf, refs: readonly GitRef[]): void;
  /** Every stage of which an event was seen. */
  stages(): readonly StageOf[];
}

/** What a registry is opened with, besides the repository. */
export interface Means {
  /** Null: nothing that needs bytes is looked at, and reports say so. */
  loader: Loader | null;
  /** Null: nothing was seen before. */
  memory: (() => Promise<Memory>) | null;
  /** Throws `policy-refused` where readers are told to refuse what the newest event brought; null: nobody is told. */
  enforce: ((label: StageLabel, seen: Refs, found: Resolved) => Promise<void>) | null;
  /** What else `explain` understands, asked after labels and before hashes; null: nothing. */
  finders: (() => Promise<Finders>) | null;
  /** Told what was left out, and is neither result nor failure. */
  warn(text: string): void;
}

/** A repository, and its refs as they are now. */
export interface Refs {
  readonly git: GitReader;
  readonly refs: readonly GitRef[];
}

/** One read of a repository. */
export interface Look extends Refs {
  readonly means: Means;
}

/** What is found besides what Git names. */
export interface Finders {
  finders: readonly Finder[];
  /** What to throw for a text that means nothing. */
  meaningless(text: string): MvgitError;
}

/** Tries one meaning of a text: null where it has another, no matches where no version is made of what it means. */
export type Finder = (look: Look, text: string) => Promise<Found | null>;
