/** Documents as they were made, for as long as nothing changed that they rest on. */
import { documentAt, type Found, type Source } from "./documents.ts";
import type { FirstScreen } from "./first-screen.ts";
import type { RefsLook, RefsState } from "./refs-state.ts";

/** Letters of all documents that are kept. */
const MOST = 64 * 1024 * 1024;

interface Kept {
  state: string;
  text: string;
}

/** Each is made once, however many ask for it at once. */
export class DocumentCache {
  readonly #source: Source;
  readonly #state: RefsState | null;
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();
  readonly #making = new Map<string, Promise<string>>();
  readonly #first: FirstScreen | null;
  /** Paths of which the last was kept for the next server. */
  readonly #warmed = new Set<string>();
  readonly #recalled = new Map<string, string>();
  #size = 0;

  /** `state`: null where nobody can tell whether something changed; then nothing is kept. */
  constructor(source: Source, state: RefsState | null, now: () => number, first: FirstScreen | null = null) {
    this.#source = source;
    this.#state = state;
    this.#now = now;
    this.#first = first;
  }

  /** Null where there is no such document. Throws what the command throws. */
  async text(path: string, query: URLSearchParams): Promise<string | null> {
    const found = documentAt(path, query);
    if (found === null) return null;
    if (found.rests !== "refs" || this.#state === null) return found.make(this.#source);
    const look = this.#state.look(this.#now());
    const kept = this.#kept.get(path);
    if (kept?.state !== look.state) return this.#make(path, found, look);
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    return kept.text;
  }

  /** Answers what the last server made of a document until `warm` made it anew; false where something changed since. */
  recall(path: string): boolean {
    if (documentAt(path)?.rests !== "refs" || this.#state === null) return false;
    const { state } = this.#state.look(this.#now());
    const text = this.#first?.get(path, state) ?? null;
    if (text === null) return false;
    this.#recalled.set(path, text);
    this.#keep(path, { state, text });
    return true;
  }

  /**
   * Makes a document that will be asked for. `isOther`: told where what was recalled is not what it is. Why there is
   * none shows when it is asked for.
   */
  async warm(path: string, isOther: () => void): Promise<void> {
    const found = documentAt(path);
    if (found?.rests !== "refs" || this.#state === null) return;
    this.#warmed.add(path);
    const text = await this.#make(path, found, this.#state.look(this.#now())).catch(() => null);
    const before = this.#recalled.get(path);
    this.#recalled.delete(path);
    if (before === undefined || text === before) return;
    if (this.#kept.get(path)?.text === before) this.#drop(path);
    isOther();
  }

  async #make(path: string, found: Found, { state, settled }: RefsLook): Promise<string> {
    const key = `${path} ${state}`;
    const making = this.#making.get(key) ?? found.make(this.#source);
    this.#making.set(key, making);
    try {
      const text = await making;
      const kept = this.#kept.get(path);
      if (!settled || (kept?.state === state && kept.text === text)) return text;
      this.#keep(path, { state, text });
      if (this.#warmed.has(path)) this.#first?.keep(path, state, text);
      return text;
    } finally {
      this.#making.delete(key);
    }
  }

  #keep(path: string, kept: Kept): void {
    this.#drop(path);
    this.#kept.set(path, kept);
    this.#size += kept.text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= MOST) return;
      this.#drop(oldest);
    }
  }

  #drop(path: string): void {
    this.#size -= this.#kept.get(path)?.text.length ?? 0;
    this.#kept.delete(path);
  }
}
