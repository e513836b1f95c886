/** What stands in a remote: all of it as it is listed, and in which forms each blob is there. */
import type { Hash } from "../../values/hash.ts";
import { CHUNKS, hashIn, INDEX, PACKS } from "../../store/remote/layout.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Watch } from "../../base/watch.ts";
import type { FormsThere } from "./account.ts";

interface Objects {
  objects: number;
  bytes: number;
}

/** Objects of a remote, by what they are for. */
export interface Holdings {
  /** Blobs that are objects themselves. */
  whole: Objects;
  packs: Objects;
  /** Tables of packs, and their list. */
  tables: Objects;
  cutLists: Objects;
}

/** Throws what the remote throws. */
export class Inventory {
  readonly #remote: Remote;
  readonly #watch: Watch;
  /** Bytes of objects that are blobs: of all that were listed, else of those that were asked for. */
  readonly #whole = new Map<Hash, number>();
  /** Bytes of cut lists, where they can be listed. */
  readonly #cutLists = new Map<Hash, number>();
  #isThere = false;
  #holdings: Holdings | null = null;

  constructor(remote: Remote, watch: Watch) {
    this.#remote = remote;
    this.#watch = watch;
  }

  /** Null where the remote cannot be listed. */
  get holdings(): Holdings | null {
    return this.#holdings;
  }

  /** To be called first. */
  async look(): Promise<void> {
    const { place, packed } = this.#remote;
    this.#isThere = await place.look();
    if (this.#isThere) await packed.index.refresh();
    if (place.isReadOnly) return;
    const holdings = { whole: nothing(), packs: nothing(), tables: nothing(), cutLists: nothing() };
    this.#holdings = holdings;
    if (!this.#isThere) return;
    const task = this.#watch.progress.task(`looking through ${this.#remote.name}`);
    try {
      for await (const { hash, size } of this.#remote.whole.list()) {
        this.#watch.signal.throwIfAborted();
        this.#whole.set(hash, size);
        count(holdings.whole, size);
      }
      for (const [folder, objects] of [
        [PACKS, holdings.packs],
        [INDEX, holdings.tables],
        [CHUNKS, holdings.cutLists],
      ] as const)
        for await (const { name, size } of place.writable().list(`${folder}/`))
          this.#count({ folder, name, size }, objects);
    } finally {
      task.done();
    }
  }

  #count({ folder, name, size }: { folder: string; name: string; size: number }, objects: Objects): void {
    const hash = hashIn(folder, name);
    if (hash === null) objects.bytes += Math.max(0, size);
    else count(objects, size);
    if (hash !== null && folder === CHUNKS) this.#cutLists.set(hash, Math.max(0, size));
  }

  /** Asks for blobs of a remote that cannot be listed; to be called before `formsOf` of them. */
  async prepare(needs: readonly { hash: Hash }[]): Promise<void> {
    if (!this.#isThere || this.#holdings !== null) return;
    const { index } = this.#remote.packed;
    const asked = needs
      .map(({ hash }) => hash)
      .filter((hash) => !this.#whole.has(hash) && index.find(hash).length === 0);
    for await (const { hash, size } of this.#remote.whole.sizes(asked)) if (size !== null) this.#whole.set(hash, size);
  }

  async formsOf(hash: Hash): Promise<FormsThere> {
    const { packed } = this.#remote;
    const entries = this.#isThere ? packed.index.find(hash).map(({ entry }) => entry) : [];
    const hasRecipe = entries.some(({ kind }) => kind === "recipe");
    return {
      whole: this.#whole.get(hash) ?? null,
      cutList: this.#cutLists.get(hash) ?? 0,
      entries,
      recipe: hasRecipe ? await packed.recipeOf(hash) : null,
    };
  }
}

function nothing(): Objects {
  return { objects: 0, bytes: 0 };
}

function count(objects: Objects, size: number): void {
  objects.objects++;
  objects.bytes += Math.max(0, size);
}
