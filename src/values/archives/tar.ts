/** Members of a tar archive: ustar, with what pax and GNU add for long names and large sizes. */
import { Cursor, type RandomAccess, textOf, unreadable } from "../tensors/access.ts";
import { type Archive, checkMembers, checkName, checkRange, distinctMembers, type Member } from "./archive.ts";

const BLOCK = 512;
/** Bytes of an extended header. */
const HEADER_CAP = 1024 * 1024;
const LATIN = new TextDecoder("latin1");

const [FILE, OLD_FILE, FOLDER, PAX, PAX_FOR_ALL, LONG_NAME, LONG_LINK] = ["0", "\0", "5", "x", "g", "L", "K"];
const [HARD_LINK, SOFT_LINK, SPARSE] = ["1", "2", "S"];

export function isTar(start: Uint8Array): boolean {
  return (
    start.length >= BLOCK && LATIN.decode(start.subarray(257, 262)) === "ustar" && isWhole(start.subarray(0, BLOCK))
  );
}

/** What stands before a member's own header, and is said of it. */
interface Said {
  path?: string;
  link?: string;
  size?: number;
}

/** Throws for what is no tar archive. */
export async function tarMembers(access: RandomAccess): Promise<Archive> {
  const members: Member[] = [];
  for await (const member of tarFiles(access)) checkMembers(members.push(member));
  return { format: "tar", members: distinctMembers(members), notes: [] };
}

/** Members one by one, however many; throws where the archive cannot be followed further. */
export async function* tarFiles(access: RandomAccess): AsyncGenerator<Member> {
  const cursor = new Cursor(access);
  let said: Said = {};
  while (!cursor.isAtEnd) {
    const header = Uint8Array.from(await cursor.bytes(BLOCK));
    if (header.every((byte) => byte === 0)) break;
    if (!isWhole(header)) unreadable("a header in it does not fit its sum");
    const kind = String.fromCharCode(header[156] as number);
    const length = numberAt(header, 124, 12);
    if (kind === PAX || kind === LONG_NAME || kind === LONG_LINK) {
      said = { ...said, ...saidBy(kind, Uint8Array.from(await cursor.bytes(length, HEADER_CAP))) };
      cursor.skip(Math.min(padding(length), access.size - cursor.at));
      continue;
    }
    const member = memberOf(header, { kind, said, offset: cursor.at, access });
    if (member !== null) yield member;
    const body = member?.stored ?? (kind === PAX_FOR_ALL ? length : 0);
    cursor.skip(body);
    cursor.skip(Math.min(padding(body), access.size - cursor.at));
    if (kind !== PAX_FOR_ALL) said = {};
  }
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

interface Around {
  kind: string;
  said: Said;
  offset: number;
  access: RandomAccess;
}

/** Null for what has no contents, such as a folder. */
function memberOf(header: Uint8Array, { kind, said, offset, access }: Around): Member | null {
  if (kind === SPARSE) unreadable("it has files with holes");
  if (kind === FOLDER || kind === PAX_FOR_ALL) return null;
  const name = checkName(said.path ?? nameAt(header));
  // As folders stood before there was a sign for them.
  if (name.endsWith("/")) return null;
  const isLink = kind === SOFT_LINK || kind === HARD_LINK;
  // Devices and pipes have no bytes either; an unknown kind is a file.
  const size = isLink || /[346]/.test(kind) ? 0 : (said.size ?? numberAt(header, 124, 12));
  const place = checkRange(offset, size, access.size);
  const isFile = kind === FILE || kind === OLD_FILE || kind === "7";
  const other = isLink ? `link to ${said.link ?? fieldAt(header, 157, 100)}` : `tar ${kind}`;
  return { name, size, packing: isFile ? "tar" : other, sum: null, stored: size, locate: () => place };
}

/** The sum of its bytes, with blanks where the sum itself stands; some have counted bytes with a sign. */
function isWhole(header: Uint8Array): boolean {
  let [plain, signed] = [0, 0];
  for (let at = 0; at < BLOCK; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (header[at] as number);
    plain += byte;
    signed += byte > 0x7f ? byte - 0x100 : byte;
  }
  const said = /^[ \0]*([0-7]+)[ \0]/.exec(LATIN.decode(header.subarray(148, 157)));
  return said !== null && [plain, signed].includes(Number.parseInt(said[1] as string, 8));
}

function nameAt(header: Uint8Array): string {
  const name = fieldAt(header, 0, 100);
  // GNU keeps other things where ustar has the beginning of a long name.
  const isUstar = LATIN.decode(header.subarray(257, 263)) === "ustar\0";
  const prefix = isUstar ? fieldAt(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function fieldAt(header: Uint8Array, at: number, length: number): string {
  return nameOf(untilNul(header.subarray(at, at + length)));
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Names are bytes: those that are no UTF-8 are shown as if each byte were a letter. */
function nameOf(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch {
    return LATIN.decode(bytes);
  }
}

/** Octal digits, or a number as it is where the first bit is set. */
function numberAt(header: Uint8Array, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if ((field[0] as number) & 0x80) {
    let value = (field[0] as number) & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return checkNumber(value);
  }
  const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(LATIN.decode(field));
  if (digits === null) return unreadable("a size in it is no number");
  return checkNumber(Number.parseInt(digits[1] || "0", 8));
}

function checkNumber(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : unreadable("a number in it is too large");
}

function saidBy(kind: string, bytes: Uint8Array): Said {
  if (kind === LONG_NAME) return { path: nameOf(untilNul(bytes)) };
  if (kind === LONG_LINK) return { link: nameOf(untilNul(bytes)) };
  return saidByPax(bytes);
}

/** Lines `LENGTH KEY=VALUE`, each as long as it says. */
function saidByPax(bytes: Uint8Array): Said {
  const said: Said = {};
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const blank = bytes.indexOf(0x20, at);
    const length = blank < 0 || blank - at > 8 ? Number.NaN : Number(LATIN.decode(bytes.subarray(at, blank)));
    if (!(length > blank - at + 1 && at + length <= bytes.length)) return unreadable("a header in it is cut short");
    const [key = "", ...rest] = nameOf(bytes.subarray(blank + 1, at + length - 1)).split("=");
    const value = rest.join("=");
    if (key === "path") said.path = value;
    if (key === "linkpath") said.link = value;
    if (key === "size")
      said.size = /^\d{1,16}$/.test(value) ? checkNumber(Number(value)) : unreadable("a size in it is no number");
    if (key.startsWith("GNU.sparse.")) unreadable("it has files with holes");
    at += length;
  }
  return said;
}
