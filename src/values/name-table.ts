/** The names of one folder, found again by what they fold to; made for a million of them. */
import { foldName } from "../base/paths.ts";

/** Bytes of a buffer for names, at most; an address is the buffer's number times this, and the place in it. */
const ROOM = 1024 * 1024;

/**
 * A set of names in which two that fold to the same cannot both be. Names lie one after another in a few buffers, and a
 * hash table with open addressing points at them: some 40 bytes a name, a third of what a `Map` of strings takes.
 */
export class NameTable {
  /** Pairs: the hash of a folded name, and its address plus 1; 0 where there is none. */
  #slots = new Uint32Array(32);
  /** Names, each after its length in 2 bytes; each buffer is larger than the one before, up to `ROOM`. */
  readonly #buffers: Buffer[] = [Buffer.allocUnsafeSlow(256)];
  /** Bytes in use of the last buffer. */
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

  #nameAt(address: number): string {
    const buffer = this.#buffers[Math.floor(address / ROOM)] as Buffer;
    const start = (address % ROOM) + 2;
    return buffer.toString("utf8", start, start + buffer.readUInt16LE(start - 2));
  }

  /** Stores the name; answers its address. */
  #keep(name: string): number {
    let buffer = this.#buffers.at(-1) as Buffer;
    // UTF-8 needs at most 3 bytes for each UTF-16 unit.
    const most = 2 + 3 * name.length;
    if (this.#end + most > buffer.length) {
      buffer = Buffer.allocUnsafeSlow(Math.min(ROOM, Math.max(16 * buffer.length, most)));
      this.#buffers.push(buffer);
      this.#end = 0;
    }
    const start = this.#end;
    const length = buffer.write(name, start + 2);
    buffer.writeUInt16LE(length, start);
    this.#end = start + 2 + length;
    return (this.#buffers.length - 1) * ROOM + start;
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
