/** Whether what a recipe is to rely on is there, as asked once it is claimed. */
import { mapOrdered } from "../../../base/tasks.ts";
import { packName } from "../layout.ts";
import { nameOf, type NamedSource } from "./layout.ts";
import type { Kept } from "./layouts.ts";
import type { Part } from "./parts.ts";

/** Asks for each object once. Throws what the place and its bucket throw. */
export class SourceCheck {
  readonly #kept: Pick<Kept, "place" | "whole">;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(kept: Pick<Kept, "place" | "whole">) {
    this.#kept = kept;
  }

  has(source: NamedSource): Promise<boolean> {
    const name = nameOf(source);
    let known = this.#known.get(name);
    known ??= this.#ask(source);
    this.#known.set(name, known);
    return known;
  }

  /** Whether every object is there that these parts lie in. */
  async haveAll(parts: readonly Part[]): Promise<boolean> {
    const sources = new Map<string, NamedSource>();
    for (const part of parts) {
      if (part.kind !== "known") continue;
      for (const { source } of [part.at, ...(part.at.base ? [part.at.base] : [])]) sources.set(nameOf(source), source);
    }
    const { small } = this.#kept.place.bucket.concurrency;
    for await (const isThere of mapOrdered(sources.values(), small, (source) => this.has(source)))
      if (!isThere) return false;
    return true;
  }

  async #ask({ kind, hash }: NamedSource): Promise<boolean> {
    const { place, whole } = this.#kept;
    return (kind === "blob" ? await whole.stat(hash) : await place.bucket.head(packName(hash))) !== null;
  }
}
