/**
 * A bucket that is slow and lies, over the test server: what it keeps of an upload, what it says of an object, what it
 * gives of it and what it lists. `server.lies.tell({ do: "leftover" })` lies to the next upload; `times: Infinity` to
 * all of them.
 */
import { makeObject, type StoredObject } from "./gcs-objects.ts";

type Lie =
  /** The first `bytes` (0) of an upload become the object, and the connection ends: nobody hears of it. */
  | { do: "leftover"; bytes?: number }
  /** As many bytes become the object, and the answer tells so, in a friendly way. */
  | { do: "keeps-part"; bytes?: number }
  /** Other bytes of the same size become the object; the answer tells their sum. */
  | { do: "keeps-other" }
  /** Says that an object is there already, which is not. */
  | { do: "says-present" }
  /** Says that an object is not there, which is. */
  | { do: "says-absent" }
  /** A listing leaves the object out, or shows it twice. */
  | { do: "omits" }
  | { do: "repeats" }
  /** Answers after so many milliseconds. */
  | { do: "slow"; ms: number };

/** Which objects, by the end of their names, and how many times; every one, once, when absent. */
export type ToldLie = Lie & { name?: RegExp; times?: number };

/** Kinds of lies that are asked about together. */
type Kind = Lie["do"];

export class Lies {
  #told: { lie: ToldLie; left: number }[] = [];

  tell(lie: ToldLie): void {
    this.#told.push({ lie, left: lie.times ?? 1 });
  }

  clear(): void {
    this.#told = [];
  }

  /** The lie of one of these kinds that this object meets now; it is used up by being told. */
  take<K extends Kind>(name: string, ...kinds: readonly K[]): Extract<ToldLie, { do: K }> | null {
    const met = this.#told.find(
      ({ lie, left }) => left > 0 && (kinds as readonly Kind[]).includes(lie.do) && (lie.name?.test(name) ?? true),
    );
    if (met === undefined) return null;
    met.left--;
    return met.lie as Extract<ToldLie, { do: K }>;
  }

  /** What becomes of an upload's bytes. */
  kept(lie: Extract<ToldLie, { do: "leftover" | "keeps-part" | "keeps-other" }>, bytes: Buffer): Buffer {
    return lie.do === "keeps-other" ? otherBytes(bytes) : bytes.subarray(0, lie.bytes ?? 0);
  }

  listed(objects: StoredObject[]): StoredObject[] {
    return objects.flatMap((object) => {
      if (this.take(object.name, "omits")) return [];
      return this.take(object.name, "repeats") ? [object, object] : [object];
    });
  }
}

/** Of the same length, and different everywhere. */
function otherBytes(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ 0x55));
}

/** What somebody, or a disk, did to an object that was stored well. */
export const DAMAGES = {
  "cut short": (object) => makeObject(object.name, object.bytes.subarray(0, -1)),
  empty: (object) => makeObject(object.name, Buffer.alloc(0)),
  "too long": (object) => makeObject(object.name, Buffer.concat([object.bytes, Buffer.from("more")])),
  "other bytes, and their sum": (object) => makeObject(object.name, otherBytes(object.bytes)),
  "other bytes, and the sum of the right ones": (object) => ({
    ...makeObject(object.name, otherBytes(object.bytes)),
    crc32c: object.crc32c,
    md5: object.md5,
  }),
  "the right bytes, and another sum": (object) => ({ ...makeObject(object.name, object.bytes), crc32c: "AAAAAA==" }),
  "the size of what it was, and less of it": (object) => ({
    ...makeObject(object.name, object.bytes.subarray(0, -1)),
    said: object.bytes.length,
  }),
  "the size of what it was, and more than that": (object) => ({
    ...makeObject(object.name, Buffer.concat([object.bytes, Buffer.from("more")])),
    said: object.bytes.length,
  }),
} satisfies Record<string, (object: StoredObject) => StoredObject>;

export type Damage = keyof typeof DAMAGES;
