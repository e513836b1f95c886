/** Documents as they are now: each fetched once, kept, and fetched anew when the repository changes. */
import { useEffect, useRef, useState } from "preact/hooks";
import { config } from "./config.ts";
import type { DocumentPath } from "./documents.ts";
import { onChange } from "./live.ts";

/** Why a document could not be had, in the words of `--json`. */
export interface DataFailure {
  code: string;
  message: string;
  hint: string | null;
}

export type Loaded<T> =
  | { state: "loading" }
  | { state: "failed"; failure: DataFailure }
  /** `isStale`: the repository changed, and what is new is on its way. */
  | { state: "ready"; document: T; isStale: boolean };

interface Entry {
  loaded: Loaded<unknown>;
  readers: Set<() => void>;
  /** Of the answer that counts: one that comes later than another's is passed over. */
  turn: number;
}

const entries = new Map<string, Entry>();
/** Documents of nobody that looks at them are forgotten, beyond this many. */
const KEPT = 200;

/** A document as it is now, without keeping it. Throws a `DataFailure`. */
export async function fetchDocument<T>(path: DocumentPath<T>): Promise<T> {
  if (config.mode === "single") {
    const found = config.documents?.[path];
    if (found === undefined) throw failure("not-here", "this file does not hold that part of the repository");
    return found as T;
  }
  const answer = await fetch(path).catch(() => null);
  if (answer === null) throw failure("unreachable", "the server of this page does not answer", "is it still running?");
  const body: unknown = await answer.json().catch(() => null);
  const error = (body as { error?: DataFailure } | null)?.error;
  if (error) throw error;
  if (!answer.ok || body === null) throw failure("not-here", `'${path}' is not here (${answer.status})`);
  return body as T;
}

function failure(code: string, message: string, hint: string | null = null): DataFailure {
  return { code, message, hint };
}

const NOTHING: Loaded<never> = { state: "loading" };

/** The document at `path`; null for none. */
export function useDocument<T>(path: DocumentPath<T> | null): Loaded<T> {
  const [, draw] = useState(0);
  const loaded: Loaded<unknown> = path === null ? NOTHING : entryOf(path).loaded;
  const drawn = useRef(loaded);
  drawn.current = loaded;
  useEffect(() => {
    if (path === null) return undefined;
    const entry = entryOf(path);
    const reader = (): void => draw((count) => count + 1);
    entry.readers.add(reader);
    // What came after it was drawn, and before it was read here, was told to nobody.
    if (entry.loaded !== drawn.current) reader();
    if (entry.loaded.state === "ready" && entry.loaded.isStale) void load(path, entry);
    return () => {
      entry.readers.delete(reader);
      forgetSome();
    };
  }, [path]);
  return loaded as Loaded<T>;
}

function entryOf(path: string): Entry {
  const known = entries.get(path);
  if (known) return known;
  const entry: Entry = { loaded: { state: "loading" }, readers: new Set(), turn: 0 };
  entries.set(path, entry);
  void load(path, entry);
  return entry;
}

async function load(path: string, entry: Entry): Promise<void> {
  const turn = ++entry.turn;
  const loaded = await fetchDocument(path).then(
    (document): Loaded<unknown> => ({ state: "ready", document, isStale: false }),
    (error: DataFailure): Loaded<unknown> => ({ state: "failed", failure: error }),
  );
  if (turn !== entry.turn) return;
  entry.loaded = loaded;
  for (const reader of entry.readers) reader();
}

function forgetSome(): void {
  for (const [path, { readers }] of entries) {
    if (entries.size <= KEPT) return;
    if (readers.size === 0) entries.delete(path);
  }
}

/** All that is looked at is asked for anew; the rest when it is looked at again. */
export function refreshAll(): void {
  for (const [path, entry] of entries) {
    if (entry.readers.size === 0) entries.delete(path);
    else {
      if (entry.loaded.state === "ready") entry.loaded = { ...entry.loaded, isStale: true };
      void load(path, entry);
    }
  }
}

onChange("refs", refreshAll);
