/**
 * What every version of a repository says of its origin, read fast: its package is scanned, not believed. Who shows a
 * version reads it whole.
 */
import type { GitReader, GitRef, Oid } from "../../git/reader.ts";
import { type Hash, parseHash } from "../../values/hash.ts";
import { POINTER_CAP, POINTER_SUFFIX, readPointer } from "../../values/pointer.ts";
import { nameOf, packagesBehind, type VersionRef, versionRefs } from "../versions.ts";

/** What one version says. */
export interface Scanned {
  ref: VersionRef;
  /** Milliseconds since 1970. */
  time: number;
  from: number | null;
  data: readonly Hash[];
  /** Of what it made: its weights, and tracked files that its run changed. */
  made: readonly Hash[];
}

/** All versions of a repository, by what leads from one to the next. */
export interface Kin {
  byName: ReadonlyMap<string, Scanned>;
  /** By the name of the version that they came from, the newest first. */
  children: ReadonlyMap<string, readonly Scanned[]>;
  /** By a hash that they made, the oldest first. */
  makers: ReadonlyMap<Hash, readonly Scanned[]>;
  /** By a hash that was their data, the newest first. */
  users: ReadonlyMap<Hash, readonly Scanned[]>;
}

/** By the ids of tags, which never change; kept as long as the reader is. */
const known = new WeakMap<GitReader, Map<Oid, Scanned | null>>();

export async function kinOf(git: GitReader, refs: readonly GitRef[]): Promise<Kin> {
  const all = versionRefs(refs);
  const before = known.get(git) ?? new Map<Oid, Scanned | null>();
  const fresh = all.filter(({ oid }) => !before.has(oid));
  const read = await scanAll(git, fresh);
  for (const [at, { oid }] of fresh.entries()) before.set(oid, read[at] ?? null);
  known.set(git, new Map(all.map(({ oid }) => [oid, before.get(oid) ?? null])));
  return connect(all.flatMap((ref) => withRef(before.get(ref.oid) ?? null, ref)));
}

/** A tag may have several names: each has its own ref. */
function withRef(scanned: Scanned | null, ref: VersionRef): Scanned[] {
  return scanned === null ? [] : [{ ...scanned, ref }];
}

function connect(all: readonly Scanned[]): Kin {
  const children = new Map<string, Scanned[]>();
  const [makers, users] = [new Map<Hash, Scanned[]>(), new Map<Hash, Scanned[]>()];
  const oldest = all.toSorted((a, b) => a.time - b.time || a.ref.version - b.ref.version);
  const newest = oldest.toReversed();
  const put = <K>(to: Map<K, Scanned[]>, key: K, each: Scanned): void => {
    const there = to.get(key);
    if (there) there.push(each);
    else to.set(key, [each]);
  };
  for (const each of oldest) for (const hash of each.made) put(makers, hash, each);
  for (const each of newest) {
    for (const hash of each.data) put(users, hash, each);
    if (each.from !== null) put(children, nameOf({ model: each.ref.model, version: each.from }), each);
  }
  return { byName: new Map(all.map((each) => [nameOf(each.ref), each])), children, makers, users };
}

/** In order; null for what is no package. */
async function scanAll(git: GitReader, refs: readonly VersionRef[]): Promise<(Scanned | null)[]> {
  const found: (Scanned | null)[] = [];
  const pointers: { at: number; commit: Oid; path: string }[] = [];
  for await (const { ref, bytes } of packagesBehind(git, refs)) {
    const scanned = bytes && scan(bytes);
    for (const path of scanned?.pointers ?? []) pointers.push({ at: found.length, commit: ref.commit, path });
    found.push(scanned && { ref, ...scanned.said });
  }
  let next = 0;
  for await (const bytes of git.filesAt(pointers, POINTER_CAP)) {
    const { at } = pointers[next++] as (typeof pointers)[number];
    const reading = bytes && readPointer(bytes);
    const scanned = found[at];
    if (reading?.kind === "pointer" && scanned)
      found[at] = { ...scanned, made: [...scanned.made, reading.pointer.hash] };
  }
  return found;
}

/** Pointers of one version that are read besides those of its weights. */
const MOST_POINTERS = 50;

/**
 * What stands before the settings, by the lines of the format (docs/format.md): every text in it is quoted, on one
 * line.
 */
export function scan(bytes: Buffer): { said: Omit<Scanned, "ref">; pointers: string[] } | null {
  const end = bytes.indexOf("\nparams:");
  const text = bytes.toString("utf8", 0, end < 0 ? 0 : end);
  const [code, data, weights] = ["\ncode:\n", "\ndata:", "\nweights:"].map((key) => text.indexOf(key)) as [
    number,
    number,
    number,
  ];
  const time = Date.parse(/^time: "([^"]{1,64})"$/m.exec(text)?.[1] ?? "");
  const from = /^from: (null|[1-9][0-9]{0,8})$/m.exec(text)?.[1];
  if (code < 0 || data < code || weights < data || from === undefined || Number.isNaN(time)) return null;
  const made = new Set(pathsIn(text.slice(weights)));
  return {
    said: {
      time,
      from: from === "null" ? null : Number(from),
      data: hashesIn(text.slice(data, weights)),
      made: hashesIn(text.slice(weights)),
    },
    pointers: pathsIn(text.slice(code, data))
      .filter((path) => path.endsWith(POINTER_SUFFIX) && !made.has(path.slice(0, -POINTER_SUFFIX.length)))
      .slice(0, MOST_POINTERS),
  };
}

function hashesIn(text: string): Hash[] {
  return [...text.matchAll(/^ {4}blake3: "([0-9a-f]{64})"$/gm)].flatMap(([, hash = ""]) => parseHash(hash) ?? []);
}

function pathsIn(text: string): string[] {
  return [...text.matchAll(/^ +(?:- )?path: "((?:[^"\\]|\\.)*)"$/gm)].map(([, path = ""]) => unescaped(path));
}

/** A path of mvgit's has neither quotes nor backslashes; another is of no use here. */
function unescaped(text: string): string {
  return text.includes("\\") ? "" : text;
}
