/** Row groups of a Parquet file: each column of each is a part whose bytes stand in a row. */
import { type RandomAccess, textOf, unreadable, viewOf } from "../tensors/access.ts";
import { type Archive, checkMembers, checkName, checkRange, distinctMembers, type Member } from "./archive.ts";
import { ThriftReader } from "./thrift.ts";

const FOOTER_CAP = 64 * 1024 * 1024;
const [MAGIC, ENCRYPTED] = ["PAR1", "PARE"];
const TAIL = 8;

export function isParquet(start: Uint8Array): boolean {
  return textAt(start, 0) === MAGIC;
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/** Throws for what is no Parquet file. */
export async function parquetParts(access: RandomAccess): Promise<Archive> {
  if (access.size < 2 * MAGIC.length + TAIL) unreadable("it is cut short");
  const tail = await access.read(access.size - TAIL, TAIL);
  if (textAt(tail, 4) === ENCRYPTED) unreadable("it is encrypted");
  if (textAt(tail, 4) !== MAGIC) unreadable("it is cut short");
  const length = viewOf(tail).getUint32(0, true);
  if (length > FOOTER_CAP) unreadable("its list of parts is longer than any real one");
  if (length + TAIL > access.size) unreadable("its list of parts is not in it");
  const footer = await access.read(access.size - TAIL - length, length);
  return { format: "parquet", members: distinctMembers(partsOf(footer, access.size)), notes: [] };
}

/** `size`: of the file. */
function partsOf(footer: Uint8Array, size: number): Member[] {
  const reader = new ThriftReader(footer);
  const parts: Member[] = [];
  let group = -1;
  reader.struct({
    4: (type) =>
      reader.list(type, (each) => {
        checkMembers(++group);
        reader.inner(each, {
          1: (columns) =>
            reader.list(columns, (column) => {
              const part = columnPart(reader, column, { group, size });
              if (part !== null) parts.push(part);
              checkMembers(parts.length);
            }),
        });
      }),
  });
  return parts;
}

/** Names of columns within each other, down to one that has values. */
const DEEPEST_COLUMN = 100;

function checkNames(count: number): void {
  if (count > DEEPEST_COLUMN) unreadable("a column in it lies deeper than any real one");
}

/** Null for what lies in another file. */
function columnPart(
  reader: ThriftReader,
  type: number,
  { group, size }: { group: number; size: number },
): Member | null {
  let isElsewhere = false;
  const names: string[] = [];
  const said = { codec: 0, plain: 0, packed: 0, data: -1, dictionary: 0 };
  reader.inner(type, {
    1: (path) => void (isElsewhere = reader.binary(path).length > 0),
    3: (metadata) =>
      reader.inner(metadata, {
        3: (list) => reader.list(list, (each) => void checkNames(names.push(textOf(reader.binary(each))))),
        4: (codec) => void (said.codec = reader.number(codec)),
        6: (plain) => void (said.plain = reader.number(plain)),
        7: (packed) => void (said.packed = reader.number(packed)),
        9: (data) => void (said.data = reader.number(data)),
        11: (dictionary) => void (said.dictionary = reader.number(dictionary)),
      }),
  });
  // Encrypted columns have no metadata that can be read.
  if (isElsewhere || said.data < 0) return null;
  const start = said.dictionary > 0 && said.dictionary < said.data ? said.dictionary : said.data;
  const place = checkRange(start, said.packed, size);
  return {
    name: checkName(`${names.join(".")}, row group ${group}`),
    size: checkRange(0, said.plain, Number.MAX_SAFE_INTEGER).length,
    packing: `parquet ${said.codec}`,
    sum: null,
    stored: place.length,
    locate: () => place,
  };
}
