/** What reads go by: a repository, its refs as they are now, and what whoever opened it gives and demands besides. */
import type { MvgitError } from "../base/errors.ts";
import type { GitReader, GitRef, Oid } from "../git/reader.ts";
import type { Hash } from "../values/hash.ts";
import type { Label, ModelName } from "../values/label.ts";
import type { LoadBlob } from "../values/manifest-io.ts";
import type { RandomAccess } from "../values/tensors/access.ts";
import type { StageOf } from "./chain.ts";
import type { ChainOf } from "./chain-of.ts";
import type { Resolved } from "./labels.ts";
import type { LogLine } from "./log-line.ts";
import type { VersionRef } from "./named-refs.ts";
import type { Found } from "../values/found.ts";

/**
 * Where the bytes behind hashes come from: a cache, a remote, or both. Git names them and has none. What a caller's own
 * brings is held against the hashes (`verified`). What it throws with
 * `blob-missing` or `remote-unknown` is told as not looked at; everything else ends the read.
 */
export interface Loader {
  /** The bytes of a manifest, at most `cap`. Throws `blob-missing`. */
  readonly manifest: LoadBlob;
  /** The bytes of a blob, in order. Throws `blob-missing`. */
  read(blob: { hash: Hash; size: number }): AsyncIterable<Uint8Array>;
  /**
   * Any part of a blob that is at hand, such as in a cache; null for one that is not: nothing large is fetched for a
   * look into weights. What it reads is not held against the hash.
   */
  open?(blob: { hash: Hash; size: number }): Promise<RandomAccess | null>;
}

/** A label of a stage. */
type StageLabel = Label & { kind: "stage" };

/** What a reader saw of stages and versions before: none of it may be taken back without a word. */
export interface Memory {
  /** Throws `chain-broken` where an event or remark that was seen is not among the refs any more, or is another one. */
  check(of: ChainOf, refs: readonly GitRef[]): void;
  /**
   * As `check`, in words, of every stage and version of which an event or remark was seen; of one model or of all. What
   * came after the refs were listed is not lost.
   */
  lost(refs: readonly GitRef[], only: { model?: ModelName }): Promise<readonly { of: ChainOf; problem: string }[]>;
  /** In words, where the newest version that was seen of a model is above this one, and not here; null where not. */
  lostLatest(model: ModelName, newest: number, refs: readonly GitRef[]): string | null;
  /** Keeps the newest event or remark of what was found whole, and the newest versions of models. */
  remember(found: Whole): void;
}

interface Whole {
  links?: readonly { of: ChainOf; number: number; oid: Oid }[];
  latest?: readonly Pick<VersionRef, "model" | "version">[];
}

/** A version that was verified, as lists have it, without what changes: its stages, and what was said of it since. */
export interface VerifiedLine extends Omit<LogLine, "stages" | "notes" | "retracted"> {
  /** Of the package file's bytes. */
  packageHash: Hash;
}

/**
 * What was found true of versions before, by the ids of their tag objects: an id names content that never changes, and
 * with it commit, trees, package and pointers. Nothing else is known by it, above all not whether objects are there.
 */
export interface Verified {
  get(tag: Oid): VerifiedLine | null;
  /** Keeps these too. `there`: the tags of all versions that are here; what is known of others is forgotten. */
  keep(found: ReadonlyMap<Oid, VerifiedLine>, there: ReadonlySet<Oid>): void;
}

/** What a registry is opened with, besides the repository. */
export interface Means {
  /** Null: nothing that needs bytes is looked at, and reports say so. */
  loader: Loader | null;
  /** Null: nothing was seen before. */
  memory: (() => Promise<Memory>) | null;
  /** Throws `policy-refused` where readers are told to refuse what the newest event brought; null: nobody is told. */
  enforce: ((label: StageLabel, seen: Refs, found: Resolved) => Promise<void>) | null;
  /**
   * Of these stages, by their names, those of which `enforce` would refuse what the newest event brought: why, in
   * words.
   */
  refused: ((seen: Refs, stages: readonly StageOf[]) => Promise<ReadonlyMap<string, string>>) | null;
  /** Null: every version of a list is verified each time. */
  verified: (() => Verified) | null;
  /** Names of scores that policies of stages go by; null: nobody knows. */
  policyScores: (() => Promise<readonly string[]>) | null;
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
