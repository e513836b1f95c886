/**
 * The objects of packs that a server sent: indexed by their ids, and inflated only when one is asked for, never beyond
 * what may be kept.
 */
import { createHash } from "node:crypto";
import { plural } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import type { FoundObject } from "../objects.ts";
import type { ObjectType, Oid } from "../reader.ts";
import { type Deflated, inflateAll, inflateThrough } from "./inflate.ts";
import { applyDelta, deltaSizes, type PackEntry, readEntry } from "./pack-entry.ts";
import { notGit } from "./pkt-line.ts";

export interface PackLimits {
  /** Bytes of all objects of all packs, unpacked. */
  unpacked: number;
  objects: number;
}

/** Git's own programs never make longer chains of deltas. */
const MAX_DEPTH = 4095;
/** Bytes of a delta, of what it is made from, and of what it makes; and of all that one object is made from. */
const DELTA_CAP = 32 * 1024 * 1024;
const CHAIN_CAP = 512 * 1024 * 1024;
/**
 * Bytes of results that are kept while a pack is indexed, so that a long chain is not gone through for each of its
 * links.
 */
const KEPT = 64 * 1024 * 1024;
/** How often all may be unpacked to find out the ids of what deltas make. */
const MOST_WORK = 4;
/** Bytes of a delta's start that hold its two sizes. */
const DELTA_HEAD = 32;

interface Placed extends PackEntry {
  pack: Buffer;
  /** Of a delta's base; null for none, and where it was not found yet. */
  from: Placed | null;
  /** What it is at the end of its chain; null while that is not known. */
  kind: ObjectType | null;
  /** Bytes of the object. */
  length: number;
  depth: number;
  /** Bytes of all results up to this one. */
  chain: number;
}

/** Objects by their ids, of any number of packs; sizes in bytes. Throws as `add` does. */
export class PackedObjects {
  readonly #limits: PackLimits;
  readonly #byOid = new Map<string, Placed>();
  #unpacked = 0;
  #count = 0;
  #recent = new Map<Placed, Buffer>();
  #recentBytes = 0;
  /** Bytes that were made of deltas, some of them more than once. */
  #work = 0;
  /** Objects that are too large to be made from deltas, so that nobody knows their ids. */
  #unknown = 0;

  constructor(limits: PackLimits) {
    this.#limits = limits;
  }

  /** Takes a whole pack. Throws `remote-unavailable` for a damaged one, `not-supported` beyond the limits. */
  async add(pack: Buffer): Promise<void> {
    const body = pack.subarray(0, -20);
    if (pack.length < 32 || body.toString("latin1", 0, 4) !== "PACK" || body.readUInt32BE(4) !== 2)
      throw notGit("it sent no pack");
    if (!createHash("sha1").update(body).digest().equals(pack.subarray(-20))) throw notGit("its pack is damaged");
    const count = body.readUInt32BE(8);
    if (this.#count + count > this.#limits.objects) throw beyond(`has ${plural(count, "object")}`);
    const before = this.#unpacked;
    try {
      this.#resolve(await this.#index(body, count));
      this.#count += count;
    } catch (error) {
      this.#unpacked = before;
      throw error;
    } finally {
      this.#recent = new Map();
      this.#recentBytes = 0;
    }
  }

  /** Finds every entry, and the ids of those that are no deltas. Answers the deltas. */
  async #index(body: Buffer, count: number): Promise<Placed[]> {
    const byOffset = new Map<number, Placed>();
    const deltas: Placed[] = [];
    let at = 12;
    for (let index = 0; index < count; index++) {
      const entry: Placed = {
        ...readEntry(body, at),
        pack: body,
        from: null,
        kind: null,
        length: 0,
        depth: 0,
        chain: 0,
      };
      byOffset.set(at, entry);
      this.#charge(entry.size);
      at =
        entry.data +
        (entry.type === null ? await this.#lookAtDelta(entry, byOffset) : await this.#hash(entry, entry.type));
      if (entry.type === null) deltas.push(entry);
    }
    if (at !== body.length) throw notGit("its pack is damaged");
    return deltas;
  }

  #charge(bytes: number): void {
    this.#unpacked += bytes;
    if (this.#unpacked > this.#limits.unpacked)
      throw beyond(`unpacks to more than ${Math.round(this.#limits.unpacked / 1_048_576)} MiB`);
  }

  async #hash(entry: Placed, type: ObjectType): Promise<number> {
    const hash = createHash("sha1").update(`${type} ${entry.size}\0`);
    const consumed = await inflateThrough(deflatedOf(entry), (bytes) => hash.update(bytes));
    Object.assign(entry, { kind: type, length: entry.size, chain: entry.size });
    this.#byOid.set(hash.digest("hex"), entry);
    return consumed;
  }

  async #lookAtDelta(entry: Placed, byOffset: ReadonlyMap<number, Placed>): Promise<number> {
    let head = Buffer.alloc(0);
    const consumed = await inflateThrough(deflatedOf(entry), (bytes) => {
      if (head.length < DELTA_HEAD) head = Buffer.concat([head, bytes.subarray(0, DELTA_HEAD)]);
    });
    entry.length = deltaSizes(head).result;
    this.#charge(entry.length);
    if (typeof entry.base !== "number") return consumed;
    entry.from = byOffset.get(entry.base) ?? null;
    if (entry.from === null || entry.from === entry) throw notGit("its pack has a delta without a base");
    return consumed;
  }

  /** Finds what deltas make. One that names its base by id may stand before it: it waits for its base. */
  #resolve(deltas: readonly Placed[]): void {
    const waiting = new Map<Placed | string, Placed[]>();
    let left = deltas.length;
    for (const delta of deltas) {
      const ready = [delta];
      for (let entry = ready.pop(); entry !== undefined; entry = ready.pop()) {
        const from = entry.from ?? this.#byOid.get(entry.base as string) ?? null;
        const key = from ?? (entry.base as string);
        if (from === null || from.kind === null) {
          waiting.set(key, [...(waiting.get(key) ?? []), entry]);
          continue;
        }
        left--;
        for (const each of [entry, this.#make(entry, from)]) {
          ready.push(...(waiting.get(each) ?? []));
          waiting.delete(each);
        }
      }
    }
    // What is made from an object of unknown id cannot be told from what has no base.
    if (left > 0 && this.#unknown === 0) throw notGit("its pack has a delta without a base");
  }

  /** The id of what a delta makes, which it has from now on; "" where that is too large to be made. */
  #make(entry: Placed, from: Placed): string {
    Object.assign(entry, { from, kind: from.kind, depth: from.depth + 1, chain: from.chain + entry.length });
    if (entry.depth > MAX_DEPTH) throw notGit("its pack has a delta without a base");
    if (isTooLarge(entry)) {
      this.#unknown++;
      return "";
    }
    const bytes = this.#bytes(entry);
    const oid = createHash("sha1").update(`${entry.kind} ${bytes.length}\0`).update(bytes).digest("hex");
    this.#byOid.set(oid, entry);
    return oid;
  }

  has(oid: Oid): boolean {
    return this.#byOid.has(oid);
  }

  /** Null for one that is in no pack. `bytes` are null for one of more than `cap` bytes, which is not inflated. */
  object(oid: Oid, cap: number): FoundObject | null {
    const entry = this.#byOid.get(oid);
    if (entry !== undefined)
      return { type: entry.kind as ObjectType, bytes: entry.length > cap ? null : this.#bytes(entry, false) };
    if (this.#unknown > 0) throw beyond(`has objects of more than ${DELTA_CAP / 1_048_576} MiB`);
    return null;
  }

  #bytes(entry: Placed, keep = true): Buffer {
    const chain: Placed[] = [];
    let start: Placed = entry;
    while (start.from !== null && !this.#recent.has(start)) {
      chain.push(start);
      start = start.from;
    }
    let bytes = this.#recent.get(start) ?? inflateAll(deflatedOf(start)).bytes;
    if (keep) this.#keep(start, bytes);
    for (const each of chain.toReversed()) {
      bytes = applyDelta(bytes, inflateAll(deflatedOf(each)).bytes);
      if (keep) this.#keep(each, bytes);
    }
    return bytes;
  }

  #keep(entry: Placed, bytes: Buffer): void {
    this.#work += bytes.length;
    if (this.#work > this.#limits.unpacked * MOST_WORK) throw beyond("takes too long to unpack");
    if (this.#recent.delete(entry)) this.#recentBytes -= bytes.length;
    this.#recent.set(entry, bytes);
    this.#recentBytes += bytes.length;
    for (const [oldest, { length }] of this.#recent) {
      if (this.#recentBytes <= KEPT) return;
      this.#recent.delete(oldest);
      this.#recentBytes -= length;
    }
  }
}

function isTooLarge({ size, length, from, chain }: Placed): boolean {
  return Math.max(size, length, from?.length ?? 0) > DELTA_CAP || chain > CHAIN_CAP;
}

function deflatedOf({ pack, data, size }: Placed): Deflated {
  return { deflated: pack.subarray(data), size };
}

function beyond(why: string): MvgitError {
  return new MvgitError("not-supported", `what the Git server sends ${why}`, {
    hint: "clone the repository with Git, and use the clone",
  });
}
