/** The list of files of a ZIP archive, those above 4 GiB too. Nothing is unpacked. */
import { type RandomAccess, textOf, u64At, unreadable, viewOf } from "./access.ts";

export interface ZipEntry {
  name: string;
  /** Whether its bytes stand as they are. */
  isStored: boolean;
  size: number;
  /** Bytes as they stand in the archive. */
  packed: number;
  /** How they are packed, by the format's number: 0 as they are, 8 deflate. */
  method: number;
  /** CRC-32 of its bytes unpacked, as the archive says; 0 where nobody counted it, too. */
  crc: number;
  /** Of the part before its bytes. */
  header: number;
}

const [LIST_CAP, MOST_ENTRIES] = [64 * 1024 * 1024, 400_000];
const [END, END64_PLACE, END64, ENTRY, LOCAL] = [0x06054b50, 0x07064b50, 0x06064b50, 0x02014b50, 0x04034b50];
const [END_SIZE, PLACE_SIZE, END64_SIZE, ENTRY_SIZE, LOCAL_SIZE] = [22, 20, 56, 46, 30];
/** What stands where a number is too large for its place. */
const [ELSEWHERE, ELSEWHERE_16] = [0xffffffff, 0xffff];

export function isZip(start: Uint8Array): boolean {
  return start.length >= 4 && viewOf(start).getUint32(0, true) === LOCAL;
}

/** Whether its last bytes are those of one: a program that unpacks itself begins as a program. */
export async function endsAsZip(access: RandomAccess): Promise<boolean> {
  if (access.size < END_SIZE) return false;
  return viewOf(await access.read(access.size - END_SIZE, END_SIZE)).getUint32(0, true) === END;
}

/** By name; of a name that comes again the last one. Throws for what is no archive. */
export async function readZip(access: RandomAccess): Promise<Map<string, ZipEntry>> {
  return new Map((await listZip(access)).map((entry) => [entry.name, entry]));
}

/** In the order of its list. Throws for what is no archive. */
export async function listZip(access: RandomAccess): Promise<ZipEntry[]> {
  const { offset, size, count } = await findList(access);
  if (size > LIST_CAP || count > MOST_ENTRIES) unreadable("its list of files is longer than any real one");
  if (offset + size > access.size) unreadable("its list of files is not in it");
  const bytes = await access.read(offset, size);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; at + ENTRY_SIZE <= size && view.getUint32(at, true) === ENTRY;) {
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const next = at + ENTRY_SIZE + name + extra + comment;
    if (next > size) unreadable("its list of files is cut short");
    entries.push(entryAt(view, at, bytes.subarray(at + ENTRY_SIZE, at + ENTRY_SIZE + name)));
    at = next;
  }
  return entries;
}

async function findList(access: RandomAccess): Promise<{ offset: number; size: number; count: number }> {
  const take = Math.min(access.size, END_SIZE + ELSEWHERE_16 + PLACE_SIZE);
  const tail = viewOf(await access.read(access.size - take, take));
  let at = take - END_SIZE;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) unreadable("it is no whole archive");
  const list = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const isLarge = list.count === ELSEWHERE_16 || list.size === ELSEWHERE || list.offset === ELSEWHERE;
  const place = at - PLACE_SIZE;
  if (!isLarge || place < 0 || tail.getUint32(place, true) !== END64_PLACE) return list;
  const from = u64At(tail, place + 8);
  if (from + END64_SIZE > access.size) unreadable("its list of files is not in it");
  const end = viewOf(await access.read(from, END64_SIZE));
  if (end.getUint32(0, true) !== END64) unreadable("its list of files is not in it");
  return { count: u64At(end, 32), size: u64At(end, 40), offset: u64At(end, 48) };
}

const LATIN = new TextDecoder("latin1");

/** Names are UTF-8 where the archive says so, and else anybody's guess. */
function nameOf(bytes: Uint8Array, isUtf8: boolean): string {
  return isUtf8 || bytes.every((byte) => byte < 0x80) ? textOf(bytes) : LATIN.decode(bytes);
}

function entryAt(view: DataView, at: number, name: Uint8Array): ZipEntry {
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const entry = {
    name: nameOf(name, (flags & 0x800) !== 0),
    isStored: false,
    size: view.getUint32(at + 24, true),
    packed: view.getUint32(at + 20, true),
    method,
    crc: view.getUint32(at + 16, true),
    header: view.getUint32(at + 42, true),
  };
  let field = at + ENTRY_SIZE + view.getUint16(at + 28, true);
  const end = field + view.getUint16(at + 30, true);
  while (field + 4 <= end) {
    const [kind, length] = [view.getUint16(field, true), view.getUint16(field + 2, true)];
    if (kind === 1 && field + 4 + length <= end) {
      let from = field + 4;
      const next = (): number => {
        if (from + 8 > field + 4 + length) unreadable("its list of files is cut short");
        from += 8;
        return u64At(view, from - 8);
      };
      if (entry.size === ELSEWHERE) entry.size = next();
      if (entry.packed === ELSEWHERE) entry.packed = next();
      if (entry.header === ELSEWHERE) entry.header = next();
    }
    field += 4 + length;
  }
  entry.isStored = method === 0 && (flags & 1) === 0 && entry.packed === entry.size;
  return entry;
}

/** Where the bytes of an entry begin. Throws where they are not in the archive. */
export async function placeOf(access: RandomAccess, { header, packed }: ZipEntry): Promise<number> {
  if (header + LOCAL_SIZE > access.size) unreadable("a file of its list is not in it");
  const view = viewOf(await access.read(header, LOCAL_SIZE));
  if (view.getUint32(0, true) !== LOCAL) unreadable("a file of its list is not in it");
  const begin = header + LOCAL_SIZE + view.getUint16(26, true) + view.getUint16(28, true);
  return begin + packed <= access.size ? begin : unreadable("a file of its list is not in it");
}
