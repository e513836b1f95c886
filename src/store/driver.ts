/**
 * The contract of a row in the table of drivers (`drivers.ts`): one kind of place, how its addresses are written, told
 * from others and opened.
 *
 * A row is loaded at every start, so it imports nothing but what reads addresses; the bucket, with its SDK, is loaded
 * by `open`. What a row says of itself is what messages, `--help` and documents say: no other file knows a scheme.
 */
import type { RetryPolicy } from "../base/retry.ts";
import type { Watch } from "../base/watch.ts";
import type { RemoteSettings } from "../values/settings.ts";
import type { OpenedBucket } from "./bucket.ts";

export interface BucketContext {
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
  /** Absolute: a folder of the cache that remembers uploads that were cut; nothing is remembered when absent. */
  uploads?: string;
  /** How often what may pass is tried; as a cloud wants it when absent. */
  retry?: RetryPolicy;
}

/** An object of a bucket that is no remote, such as `freeze` takes. */
export interface ObjectAddress {
  /** Of what holds it, as `open` takes it. */
  container: string;
  name: string;
}

/** Of places that hold other objects than mvgit's: what `freeze` reads. */
export interface ObjectDriver {
  /** How the address of one object is written: `gs://BUCKET/NAME`. */
  readonly form: string;
  /** What the medium calls the version of an object, as the pointer records it: lower-case letters and digits. */
  readonly version: string;
  /** Null for what names no object. */
  split(url: string): ObjectAddress | null;
}

/** A place as DVC, MLflow and whatever else goes by fsspec write it. */
export interface ForeignPlace {
  url: string;
  /** What they say of it beside, by their own names for it in lower case. */
  options: Readonly<Record<string, string>>;
  env: BucketContext["env"];
}

/** How those programs write places of this kind. */
export interface ForeignDriver {
  /** With which their addresses begin, the usual one first. */
  readonly schemes: readonly string[];
  /** Their options that are a part of settings here: `endpointurl` is `endpoint`. */
  readonly parts: Readonly<Record<string, string>>;
  /** Their address as this driver's own. Throws `usage` where it says too little. */
  address(place: ForeignPlace): string;
}

export interface Driver {
  /** With which every address begins, `gs://`; null where an address is a path. */
  readonly scheme: string | null;
  /** How an address is written, in a sentence: `gs://BUCKET/PREFIX`, `a folder`. */
  readonly form: string;
  /** The same as advice, each way with its quotes: `'gs://BUCKET/PREFIX'`. */
  readonly spellings: readonly string[];
  /** One that could be somebody's, for examples; null where none is worth showing. */
  readonly example: string | null;
  /** The document that says all of it, below `docs/`: `remotes/gcs.md`. */
  readonly page: string;
  /**
   * Parts of `mvgit-remote.NAME.PART` beside `url` that it reads, as Git gives them, in lower case: those that say
   * where and how. A repository may name them, with its user's consent.
   */
  readonly parts: readonly string[];
  /** Others, which a repository never sets: what names credentials, or a program to run. */
  readonly ownParts: readonly string[];
  /** Variables of the environment that it reads. */
  readonly variables: readonly string[];
  /** Half a sentence: what signs in, instead of credentials in the address; null where nobody signs in. */
  readonly signIn: string | null;
  /** Absent where nothing but a remote can be read. */
  readonly objects?: ObjectDriver;
  /** Absent where other programs' places are not read. */
  readonly foreign?: ForeignDriver;
  /** Null when the address is not of this driver's kind; else the address as it is kept in settings. Throws `usage`. */
  recognise(url: string): string | null;
  /** Whether a repository may name it without consent: a bucket of a known cloud, no credentials, port or query. */
  isPlain(url: string): boolean;
  /** Makes a new remote's place where that costs nothing, and says whether it did; absent where the user makes it. */
  prepare?(url: string): Promise<boolean>;
  /** Loads the bucket; makes no request yet. */
  open(settings: RemoteSettings, context: BucketContext): Promise<OpenedBucket>;
}
