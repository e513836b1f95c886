/** Rows of two Parquet files, column by column, so that no more than one column of one row group is held at a time. */
import * as fs from "node:fs";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  type ParquetParsers,
  parquetSchema,
} from "hyparquet";
import { parquetReadColumn } from "hyparquet/src/read.js";
import { compressors } from "hyparquet-compressors";
import { openRegular } from "../base/disk.ts";
import { checkChunk } from "./parquet-check.ts";
import {
  columnChanges,
  keyOf,
  MOST_ROWS,
  type ParquetAnswer,
  type RowChanges,
  RowHash,
  RowsLeft,
  RowSum,
} from "./row-sum.ts";

/** Bytes of the list of columns, and of one column of a row group as it lies there and as it says to be. */
const [FOOTER_CAP, CHUNK_CAP, UNPACKED_CAP] = [16 * 1024 * 1024, 256 * 1024 * 1024, 1024 * 1024 * 1024];
const [MOST_COLUMNS, MOST_CELLS] = [10_000, 500_000_000];
/** Letters that are hashed, of each file: a dictionary may say the same long text of every row. */
const MOST_LETTERS = 8_000_000_000;

/** Never throws for what the files are. */
export async function parquetRows({ a, b }: { a: string; b: string }): Promise<ParquetAnswer> {
  const opened: Table[] = [];
  try {
    for (const file of [a, b]) opened.push(await Table.open(file));
    return { rows: await compare(opened as [Table, Table]) };
  } catch (error) {
    // The library has no errors of its own.
    return { why: error instanceof RowsLeft ? error.message : "it is no Parquet file that can be read" };
  } finally {
    for (const table of opened) table.close();
  }
}

async function compare([a, b]: [Table, Table]): Promise<RowChanges> {
  const columns = columnChanges(a.columns, b.columns);
  const [x, y] = [[...a.columns.keys()], [...b.columns.keys()]];
  const key = keyOf(x, y);
  const common = x.filter((name) => b.columns.has(name)).toSorted();
  const sum = new RowSum();
  const hash = new RowHash();
  for (const [side, table] of [a, b].entries())
    for (const group of table.groups.keys()) {
      const { rows, keys } = await table.hashes(group, { common, key, hash });
      for (const [at, row] of rows.entries()) {
        const id = keys?.[at] ?? 0;
        sum.add(side as 0 | 1, row, id === 0 ? null : id);
      }
    }
  const isPart = columns.added.length + columns.removed.length > 0;
  return { ...sum.result(key), columns, ...(isPart ? { byCommonColumns: true as const } : {}) };
}

/** Rows from one to below another. */
interface Group {
  from: number;
  to: number;
}

/** One file, open. */
class Table {
  readonly #fd: number;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly groups: readonly Group[];
  /** By name, with its type. */
  readonly columns: ReadonlyMap<string, string>;
  #letters = 0;

  private constructor(fd: number, file: AsyncBuffer, metadata: FileMetaData) {
    [this.#fd, this.#file, this.#metadata] = [fd, file, metadata];
    let from = 0;
    this.groups = metadata.row_groups.map(({ num_rows: rows }) => {
      const to = from + Number(rows);
      if (!(Number(rows) >= 0) || to > MOST_ROWS) throw new RowsLeft("it has more rows than are held in memory");
      const group = { from, to };
      from = to;
      return group;
    });
    this.columns = columnsOf(metadata);
    if (this.columns.size > MOST_COLUMNS || from * this.columns.size > MOST_CELLS)
      throw new RowsLeft("it has more cells than are looked at");
  }

  static async open(path: string): Promise<Table> {
    const fd = openRegular(path);
    if (fd === null) throw new RowsLeft("it is no file");
    try {
      const size = fs.fstatSync(fd).size;
      const file = bufferOf(fd, size);
      const end = size < 12 ? 0 : new DataView(await file.slice(size - 8, size)).getUint32(0, true);
      if (end > FOOTER_CAP) throw new RowsLeft("its list of columns is longer than any real one");
      const metadata = await parquetMetadataAsync(file, { geoparquet: false });
      for (const { columns } of metadata.row_groups)
        for (const { meta_data: chunk } of columns)
          if (Number(chunk?.total_uncompressed_size ?? 0) > UNPACKED_CAP)
            throw new RowsLeft("a part of it is too large");
      return new Table(fd, file, metadata);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  /** Of what is read next: before the reader believes it. */
  #check(name: string, group: number): void {
    for (const { meta_data: chunk } of this.#metadata.row_groups[group]?.columns ?? []) {
      if (chunk?.path_in_schema[0] !== name) continue;
      const begin = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
      const start = Math.min(begin, Number(chunk.data_page_offset));
      const bytes = this.#file.slice(start, start + Number(chunk.total_compressed_size)) as ArrayBuffer;
      checkChunk(this.#metadata, chunk, bytes, compressors);
    }
  }

  async hashes(
    at: number,
    { common, key, hash }: { common: readonly string[]; key: string | null; hash: RowHash },
  ): Promise<{ rows: Float64Array; keys: Float64Array | null }> {
    const { from, to } = this.groups[at] as Group;
    const rows = new Float64Array(to - from);
    const keys = key === null ? null : new Float64Array(to - from);
    for (const name of common) {
      this.#check(name, at);
      const values = await parquetReadColumn({
        file: this.#file,
        metadata: this.#metadata,
        columns: [name],
        rowStart: from,
        rowEnd: to,
        compressors,
        parsers: WHOLE,
      });
      if (values.length !== rows.length) throw new RowsLeft("a column of it has another number of rows than it says");
      for (let row = 0; row < rows.length; row++) {
        const text = textOf(values[row]);
        this.#letters += text.length;
        rows[row] = hash.of(`${rows[row]} ${text}`);
        if (name === key && keys !== null && text !== "0") keys[row] = hash.of(text);
      }
      if (this.#letters > MOST_LETTERS) throw new RowsLeft("it has more in its rows than is looked at");
    }
    return { rows, keys };
  }
}

function bufferOf(fd: number, size: number): AsyncBuffer {
  return {
    byteLength: size,
    slice(start, end = size) {
      const length = end - start;
      if (!(start >= 0) || !(length >= 0) || end > size || length > CHUNK_CAP)
        throw new RowsLeft("a part of it is too large");
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const read = fs.readSync(fd, bytes, done, length - done, start + done);
        if (read === 0) throw new RowsLeft("it is cut short");
        done += read;
      }
      return bytes.buffer;
    },
  };
}

/** What is inside of a column is no column: a list, or a mapping, is compared as a whole. */
function columnsOf(metadata: FileMetaData): Map<string, string> {
  return new Map(
    parquetSchema(metadata).children.map(({ element, children }) => {
      if (children.length > 0) return [element.name, element.converted_type?.toLowerCase() ?? "mapping"];
      const logical = element.logical_type?.type ?? element.converted_type;
      return [element.name, (logical ?? element.type ?? "").toLowerCase().replace("utf8", "string")];
    }),
  );
}

/** All of a value: the library's own parsers leave parts of a millisecond out, and bytes that are no UTF-8. */
const WHOLE: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (time) => time * 1_000_000n,
  timestampFromMicroseconds: (time) => time * 1000n,
  timestampFromNanoseconds: (time) => time,
  dateFromDays: (days) => days,
  stringFromBytes: asLetters,
  jsonFromBytes: asLetters,
  geometryFromBytes: asLetters,
  geographyFromBytes: asLetters,
};

/** A letter for each byte; nothing for none. */
function asLetters(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Told apart by kind; "0" for nothing. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return "0";
  if (typeof value === "string") return `s${value}`;
  if (typeof value === "number" || typeof value === "bigint") return `n${value}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString("latin1")}`;
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint" || (typeof each === "number" && !Number.isFinite(each))) return `n${each}`;
    return each instanceof Uint8Array ? Buffer.from(each).toString("latin1") : each;
  });
}
