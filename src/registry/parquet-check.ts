/**
 * What the reader of Parquet believes without a look, looked at: how many values a page says to have, and how often a
 * run of it says that a value comes. A run of five bytes may say a thousand million times, and V8 ends the process, not
 * the thread, where an array grows that far.
 */
import type { ColumnMetaData, Compressors, FileMetaData, PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from "hyparquet/src/schema.js";
import { readVarInt } from "hyparquet/src/thrift.js";
import { RowsLeft } from "./row-sum.ts";

/** Of one page: values, and bytes unpacked. */
const MOST = { values: 16_000_000, bytes: 256 * 1024 * 1024 };

const DICTIONARY = ["PLAIN_DICTIONARY", "RLE_DICTIONARY"];
/** The others can make much of few bytes by themselves. */
const ENCODINGS = [
  ...DICTIONARY,
  "PLAIN",
  "RLE",
  "BYTE_STREAM_SPLIT",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
];

interface Levels {
  repetition: number;
  definition: number;
}

/** `bytes`: of one column in one row group. Throws `RowsLeft`, and what the library throws for what is cut short. */
export function checkChunk(
  metadata: FileMetaData,
  column: ColumnMetaData,
  bytes: ArrayBuffer,
  compressors: Compressors,
): void {
  const path = getSchemaPath(metadata.schema, column.path_in_schema);
  const levels = {
    repetition: path.length > 1 ? getMaxRepetitionLevel(path) : 0,
    definition: getMaxDefinitionLevel(path),
  };
  const reader = { view: new DataView(bytes), offset: 0 };
  while (reader.offset < bytes.byteLength - 1) {
    const header = parquetHeader(reader);
    const packed = new Uint8Array(bytes, reader.offset, header.compressed_page_size);
    reader.offset += header.compressed_page_size;
    const size = Number(header.uncompressed_page_size);
    if (!(size >= 0 && size <= MOST.bytes)) throw new RowsLeft("a part of it is too large");
    checkPage(header, { packed, column, levels, compressors });
  }
}

interface Page {
  packed: Uint8Array;
  column: ColumnMetaData;
  levels: Levels;
  compressors: Compressors;
}

function checkPage(header: PageHeader, page: Page): void {
  const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary } = header;
  if (header.type === "DICTIONARY_PAGE") checkCount(dictionary?.num_values);
  else if (header.type === "DATA_PAGE" && first !== undefined) {
    checkKind(first);
    checkFirst(first, Number(header.uncompressed_page_size), page);
  } else if (header.type === "DATA_PAGE_V2" && second !== undefined) {
    checkKind(second);
    checkSecond(second, Number(header.uncompressed_page_size), page);
  } else throw new RowsLeft("it has a part of a kind that is not known");
}

function checkKind({ num_values: values, encoding }: { num_values: number; encoding: string }): void {
  checkCount(values);
  if (!ENCODINGS.includes(encoding)) throw new RowsLeft("it is packed in a way that is not read for this");
}

function checkCount(values: number | undefined): void {
  if (!(values !== undefined && values >= 0 && values <= MOST.values)) throw new RowsLeft("a part of it is too large");
}

function checkFirst(
  { num_values: values, encoding }: NonNullable<PageHeader["data_page_header"]>,
  size: number,
  { packed, column, levels, compressors }: Page,
): void {
  const bytes = decompressPage(packed, size, column.codec, compressors);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const most of [levels.repetition, levels.definition]) {
    if (most === 0) continue;
    checkRuns(view, { at: at + 4, width: widthOf(most), values });
    at += 4 + view.getUint32(at, true);
  }
  checkValues(view, at, { values, encoding, type: column.type });
}

function checkSecond(header: NonNullable<PageHeader["data_page_header_v2"]>, size: number, page: Page): void {
  const { packed, column, levels, compressors } = page;
  const { num_values: values, num_nulls: nulls, encoding } = header;
  const [repetition, definition] = [header.repetition_levels_byte_length, header.definition_levels_byte_length];
  if (!(nulls >= 0 && nulls <= values)) throw new RowsLeft("a part of it is too large");
  const whole = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (levels.repetition > 0) checkRuns(whole, { at: 0, width: widthOf(levels.repetition), values });
  if (levels.definition > 0) checkRuns(whole, { at: repetition, width: widthOf(levels.definition), values });
  const rest = packed.subarray(repetition + definition);
  const left = size - repetition - definition;
  const isPacked = header.is_compressed !== false && left !== 0;
  const bytes = isPacked ? decompressPage(rest, left, column.codec, compressors) : rest;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkValues(view, 0, { values, encoding, type: column.type });
}

function checkValues(
  view: DataView,
  at: number,
  { values, encoding, type }: { values: number; encoding: string; type: string },
): void {
  if (at >= view.byteLength) return;
  if (encoding === "RLE" || (DICTIONARY.includes(encoding) && type === "BOOLEAN"))
    checkRuns(view, { at: at + 4, width: 1, values });
  else if (DICTIONARY.includes(encoding)) checkRuns(view, { at: at + 1, width: view.getUint8(at), values });
}

function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}

/** Goes over the runs as the reader does, to where they end: how many values are null is not known here. */
function checkRuns(view: DataView, { at, width, values }: { at: number; width: number; values: number }): void {
  const reader = { view, offset: at };
  for (let seen = 0; seen < values && reader.offset < view.byteLength;) {
    const header = readVarInt(reader);
    const count = header & 1 ? (header >> 1) << 3 : header >>> 1;
    if (count < 0 || (count > values && !(header & 1))) throw new RowsLeft("a run of it is longer than its page");
    reader.offset += header & 1 ? Math.max(1, (count / 8) * width) : (width + 7) >> 3;
    seen += count;
  }
}
