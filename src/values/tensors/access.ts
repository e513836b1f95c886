/** Bytes at any place, and the reader that walks over them. What is read is anybody's: a lie ends in `Unreadable`. */

/** The bytes of one file. */
export interface RandomAccess {
  readonly size: number;
  /** Where they lie on this machine's disk, for a thread that reads them itself. */
  readonly file?: string;
  /** Exactly these bytes; the caller stays within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Why a file is not read as what its beginning or its name says: words that fit behind "not read: ". */
export class Unreadable extends Error {}

/** As a value of any type: ends the reading. */
export function unreadable(why: string): never {
  throw new Unreadable(why);
}

/** The same bytes; ranges of at most `most` that lie near each other are read at once. */
export function ahead(access: RandomAccess, most: number): RandomAccess {
  let [from, window] = [0, new Uint8Array(0)];
  return {
    size: access.size,
    async read(offset, length) {
      if (length > most) return access.read(offset, length);
      if (offset < from || offset + length > from + window.length) {
        window = Uint8Array.from(await access.read(offset, Math.min(Math.max(most, length), access.size - offset)));
        from = offset;
      }
      return window.subarray(offset - from, offset - from + length);
    },
  };
}

/** A part of the same bytes, as if it were a file. */
export function within(access: RandomAccess, from: number, size: number): RandomAccess {
  return { size, read: async (offset, length) => access.read(from + offset, length) };
}

/** What is read at once; less behind a jump, of which there may be one for each part of a large file. */
const [WINDOW, SMALL] = [64 * 1024, 4096];

/** Reads on from an offset, in windows; never beyond `end`, which is told as the file being cut short. */
export class Cursor {
  readonly #access: RandomAccess;
  readonly #end: number;
  #at: number;
  #window: Uint8Array = new Uint8Array(0);
  #from = 0;

  constructor(access: RandomAccess, at = 0, end = access.size) {
    this.#access = access;
    this.#at = at;
    this.#end = Math.min(end, access.size);
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** Goes on elsewhere; a place that does not exist shows at the next read. */
  skip(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.#end - this.#at) unreadable("it is cut short");
    this.#at += length;
  }

  /** At most `cap` bytes: whoever asks for a length that the file gave says what can be right. */
  async bytes(length: number, cap = WINDOW): Promise<Uint8Array> {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.#end - this.#at) unreadable("it is cut short");
    if (length > cap) unreadable("a part of its header is larger than any real one");
    await this.#fill(length);
    const start = this.#at - this.#from;
    this.#at += length;
    return this.#window.subarray(start, start + length);
  }

  async #fill(length: number): Promise<void> {
    if (this.#at >= this.#from && this.#at + length <= this.#from + this.#window.length) return;
    const isJump = this.#at - (this.#from + this.#window.length) > WINDOW;
    const take = Math.min(Math.max(isJump ? SMALL : WINDOW, length), this.#end - this.#at);
    this.#window = await this.#access.read(this.#at, take);
    this.#from = this.#at;
    if (this.#window.length !== take) unreadable("it is cut short");
  }

  async u8(): Promise<number> {
    return (await this.bytes(1))[0] as number;
  }

  async u32(): Promise<number> {
    return viewOf(await this.bytes(4)).getUint32(0, true);
  }

  /** Throws for more than JavaScript counts. */
  async u64(): Promise<number> {
    return u64At(viewOf(await this.bytes(8)), 0);
  }

  /** Unsigned, of protobuf: bits above 53 are told as a lie by whoever needs them to be right. */
  async varint(): Promise<number> {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = await this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return unreadable("a number in it never ends");
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Throws for more than JavaScript counts. */
export function u64At(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  return Number.isSafeInteger(value) ? value : unreadable("a number in it is too large");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws for what is no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return unreadable("a name in it is not UTF-8");
  }
}
