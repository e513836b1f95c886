/** Two archives member by member: by name, size and sum, and by the bytes that stand in them as far as asked. */
import { ahead, type RandomAccess, Unreadable } from "../tensors/access.ts";
import type { Archive, ArchiveFormat, Member } from "./archive.ts";
import { AS_IT_IS } from "./zip.ts";

/**
 * What became of a member. `repacked`: it says the same size and the same CRC-32, and stands there in other bytes;
 * `unknown`: of the same name and size, and it was not compared.
 */
type MemberChangeKind = "added" | "removed" | "changed" | "repacked" | "unknown";

interface MemberChange {
  name: string;
  what: MemberChangeKind;
  /** Bytes unpacked, as the archives say; null where the side lacks it. */
  a: number | null;
  b: number | null;
}

interface ArchiveSide {
  format: ArchiveFormat;
  members: number;
  /** Of all, unpacked, as the archive says. */
  bytes: number;
}

export interface MemberComparison {
  a: ArchiveSide;
  b: ArchiveSide;
  /** How many of each kind, and how many are the same. */
  counts: { [K in MemberChangeKind | "alike"]: number };
  /** Their bytes unpacked, of the second side; of what it lacks, of the first. */
  bytes: { [K in MemberChangeKind | "alike"]: number };
  /** The first `MOST_LISTED`, by kind, the largest first. */
  members: MemberChange[];
  /** What was not compared, or not by its bytes, in sentences. */
  notes: string[];
}

const MOST_LISTED = 1000;
/** Bytes of one side that are held at a time; small members are read many at once. */
const [PIECE, AHEAD] = [1024 * 1024, 256 * 1024];
const ORDER: readonly MemberChangeKind[] = ["added", "removed", "changed", "repacked", "unknown"];

/** One file: what is in it, and its bytes. */
export interface ArchiveSource {
  archive: Archive;
  access: RandomAccess;
}

/** What was found out on the way. */
interface Reading {
  /** Bytes of each side that may still be read. */
  left: number;
  /** Told by their sums alone. */
  isBySum: boolean;
  isShort: boolean;
  /** Other bytes, under the same sum. */
  isLying: boolean;
}

/**
 * `budget`: bytes of each side up to which members are compared, taken from as they are; null: lists alone. Nothing is
 * unpacked. Throws what `access` throws.
 */
export async function compareMembers(
  a: ArchiveSource,
  b: ArchiveSource,
  budget: { left: number } | null,
): Promise<MemberComparison> {
  const before = new Map(a.archive.members.map((member) => [member.name, member]));
  const sources = [ahead(a.access, AHEAD), ahead(b.access, AHEAD)] as const;
  // No honest archive has more bytes of members than bytes.
  const given = budget === null ? 0 : Math.min(budget.left, Math.max(a.access.size, b.access.size));
  const reading: Reading = { left: given, isBySum: false, isShort: false, isLying: false };
  const counts = { added: 0, removed: 0, changed: 0, repacked: 0, unknown: 0, alike: 0 };
  const bytes = { ...counts };
  const changes: MemberChange[] = [];
  const add = (what: MemberChangeKind | "alike", from: Member | null, to: Member | null): void => {
    const { name, size } = (to ?? from) as Member;
    counts[what]++;
    bytes[what] += size;
    if (what !== "alike") changes.push({ name, what, a: from?.size ?? null, b: to?.size ?? null });
  };
  for (const member of b.archive.members) {
    const other = before.get(member.name) ?? null;
    before.delete(member.name);
    add(other === null ? "added" : await kindOf(sources, [other, member], reading), other, member);
  }
  for (const member of before.values()) add("removed", member, null);
  if (budget !== null) budget.left -= given - reading.left;
  return {
    a: summary(a.archive),
    b: summary(b.archive),
    counts,
    bytes,
    members: changes.toSorted(inOrder).slice(0, MOST_LISTED),
    notes: [...new Set([...a.archive.notes, ...b.archive.notes, ...notesOf(reading, counts.repacked > 0)])],
  };
}

function notesOf({ isBySum, isShort, isLying }: Reading, isRepacked: boolean): string[] {
  return [
    ...(isRepacked ? ["files in it say the CRC-32 of before and are packed in another way: nothing was unpacked"] : []),
    ...(isBySum ? ["files in it were compared by the CRC-32 that it says of them, not by their bytes"] : []),
    ...(isShort ? ["parts of it were not compared, since that takes reading more than is read for it"] : []),
    ...(isLying ? ["files in it say the same CRC-32 and have other bytes: they count as changed"] : []),
  ];
}

function summary({ format, members }: Archive): ArchiveSide {
  return { format, members: members.length, bytes: members.reduce((sum, { size }) => sum + size, 0) };
}

function inOrder(x: MemberChange, y: MemberChange): number {
  return ORDER.indexOf(x.what) - ORDER.indexOf(y.what) || (y.b ?? y.a ?? 0) - (x.b ?? x.a ?? 0);
}

type Pair<T> = readonly [a: T, b: T];

async function kindOf(
  sources: Pair<RandomAccess>,
  [x, y]: Pair<Member>,
  reading: Reading,
): Promise<MemberChangeKind | "alike"> {
  const hasSums = x.sum !== null && y.sum !== null;
  if (x.size !== y.size || (hasSums && x.sum !== y.sum)) return "changed";
  if (x.packing !== y.packing || x.stored !== y.stored) return hasSums ? "repacked" : "changed";
  if (x.stored > reading.left) {
    reading.isBySum ||= hasSums;
    reading.isShort ||= !hasSums;
    return hasSums ? "alike" : "unknown";
  }
  reading.left -= x.stored;
  const same = await haveSameBytes(sources, [x, y]);
  if (same === null) return "unknown";
  if (same) return "alike";
  if (!hasSums) return "changed";
  if (x.packing !== AS_IT_IS) return "repacked";
  reading.isLying = true;
  return "changed";
}

/** Null where the archive has no such bytes. */
async function haveSameBytes([a, b]: Pair<RandomAccess>, [x, y]: Pair<Member>): Promise<boolean | null> {
  try {
    const [from, to] = await Promise.all([x.locate(a), y.locate(b)]);
    for (let at = 0; at < from.length; at += PIECE) {
      const length = Math.min(PIECE, from.length - at);
      const pieces = await Promise.all([a.read(from.offset + at, length), b.read(to.offset + at, length)]);
      if (!isSame(...pieces)) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
