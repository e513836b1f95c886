/** What an archive says of each file, or part, in it. */
import { type RandomAccess, unreadable } from "../tensors/access.ts";

export type ArchiveFormat = "zip" | "tar" | "parquet";

/** A range of the archive. */
export interface Place {
  offset: number;
  length: number;
}

export interface Member {
  name: string;
  /** Bytes unpacked, as the archive says. */
  size: number;
  /** How it stands there: of two that stand alike equal bytes are equal contents, and other bytes other contents. */
  packing: string;
  /** CRC-32 of its bytes unpacked, as the archive says; null where it says none. */
  sum: number | null;
  /** Bytes in the archive. */
  stored: number;
  /** Where these are. Throws where they are not in the archive. */
  locate(access: RandomAccess): Promise<Place> | Place;
}

export interface Archive {
  format: ArchiveFormat;
  members: Member[];
  /** What was left out or is odd, in sentences. */
  notes: string[];
}

/** Members of one archive, and letters of a name. */
const MOST_MEMBERS = 400_000;
const LONGEST_NAME = 4096;

/** Throws for more than any real archive has. */
export function checkMembers(count: number): void {
  if (count > MOST_MEMBERS) unreadable("it has more files than any real one");
}

/** Throws for a name that is longer than any real one. */
export function checkName(name: string): string {
  return name.length <= LONGEST_NAME ? name : unreadable("a name in it is longer than any real one");
}

/** Throws for a range that is not in a file of that size. */
export function checkRange(offset: number, length: number, size: number): Place {
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0))
    unreadable("it says a place that is none");
  return offset + length <= size ? { offset, length } : unreadable("it says that bytes of a part are where none are");
}

/** Each name once: of a name that comes again the later one has a number behind it. */
export function distinctMembers(members: Member[]): Member[] {
  const times = new Map<string, number>();
  return members.map((member) => {
    const time = (times.get(member.name) ?? 0) + 1;
    times.set(member.name, time);
    return time === 1 ? member : { ...member, name: `${member.name} (${time})` };
  });
}
