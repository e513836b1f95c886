/** The names of one folder, found again by what they fold to; made for a million of them. */
import { foldName } from "../base/paths.ts";

/**
 * A set of names in which two that fold to the same cannot both be. Names lie one after another in a buffer, and a
 * hash table with open addressing points at them: some 50 bytes a name, a third of what a `Map` of strings takes.
 */
export class NameTable {
  /** Pairs: the hash of a folded name, and where the name starts in `#bytes`, plus 1; 0 where there is none. */
  #slots = new Uint32Array(32);
  /** Names, each after its length in 2 bytes. */
  #bytes = Buffer.allocUnsafeSlow(256);
  #end = 0;
  #count = 0;

  /** Adds a name of at most 65,535 bytes; answers the name that was there already and folds to the same, else null. */
  add(name: string): string | null {
    const folded = foldName(name);
    const hash = hashText(folded);
    const mask = this.#slots.length / 2 - 1;
    let slot = hash & mask;
    for (; this.#slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      if (this.#slots[2 * slot] !== hash) continue;
      const other = this.#nameAt((this.#slots[2 * slot + 1] as number) - 1);
      if (foldName(other) === folded) return other;
    }
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = this.#keep(name) + 1;
    this.#count++;
    if (this.#count > mask / 2) this.#growSlots();
    return null;
  }

  #nameAt(start: number): string {
    return this.#bytes.toString("utf8", start + 2, start + 2 + this.#bytes.readUInt16LE(start));
  }

  #keep(name: string): number {
    const start = this.#end;
    // UTF-8 needs at most 3 bytes for each UTF-16 unit.
    if (start + 2 + 3 * name.length > this.#bytes.length) this.#growBytes(3 * name.length);
    const length = this.#bytes.write(name, start + 2);
    this.#bytes.writeUInt16LE(length, start);
    this.#end = start + 2 + length;
    return start;
  }

  #growBytes(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.ceil(this.#bytes.length * 1.5) + least);
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    const mask = old.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let slot = (old[from] as number) & mask;
      while (this.#slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      this.#slots[2 * slot] = old[from] as number;
      this.#slots[2 * slot + 1] = old[from + 1] as number;
    }
  }
}

/** 32 bits that depend on every character; stable within one process only. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
