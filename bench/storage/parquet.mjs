/** A writer of Parquet, as small as one can be: required columns, PLAIN, pages as they are. */
import { closeSync, openSync, writeSync } from "node:fs";

const [INT64, DOUBLE, BYTE_ARRAY] = [2, 5, 6];
const PAGE = 65_536;

class Thrift {
  bytes = [];
  #fields = [];
  #last = 0;

  varint(value) {
    let left = BigInt(value);
    while (left > 127n) {
      this.bytes.push(Number(left & 127n) | 128);
      left >>= 7n;
    }
    this.bytes.push(Number(left));
  }
  #field(id, type) {
    this.bytes.push(((id - this.#last) << 4) | type);
    this.#last = id;
  }
  i32(id, value) {
    this.#field(id, 5);
    this.varint(value * 2);
  }
  i64(id, value) {
    this.#field(id, 6);
    this.varint(BigInt(value) * 2n);
  }
  text(id, value) {
    this.#field(id, 8);
    this.plainText(value);
  }
  plainText(value) {
    this.varint(Buffer.byteLength(value));
    this.bytes.push(...Buffer.from(value));
  }
  struct(id, write) {
    this.#field(id, 12);
    this.inner(write);
  }
  inner(write) {
    this.#fields.push(this.#last);
    this.#last = 0;
    write(this);
    this.bytes.push(0);
    this.#last = this.#fields.pop();
  }
  list(id, type, items, write) {
    this.#field(id, 9);
    if (items.length < 15) this.bytes.push((items.length << 4) | type);
    else {
      this.bytes.push(0xf0 | type);
      this.varint(items.length);
    }
    for (const item of items) write(this, item);
  }
  end() {
    this.bytes.push(0);
    return Buffer.from(this.bytes);
  }
}

/** What a column's values from a row on are, as bytes. */
function pageOf({ type, value }, from, to) {
  if (type === BYTE_ARRAY) {
    return Buffer.concat(Array.from({ length: to - from }, (_, at) => value(from + at)));
  }
  if (type === DOUBLE) return Buffer.from(Float64Array.from({ length: to - from }, (_, at) => value(from + at)).buffer);
  const words = new Uint32Array(2 * (to - from));
  for (let row = from; row < to; row++) {
    const number = value(row);
    words[2 * (row - from)] = number % 2 ** 32;
    words[2 * (row - from) + 1] = Math.floor(number / 2 ** 32);
  }
  return Buffer.from(words.buffer);
}

/** A text as it stands in a page: its length, and its bytes. */
function textOf(text) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

function headOf(bytes, values) {
  const head = new Thrift();
  head.i32(1, 0);
  head.i32(2, bytes);
  head.i32(3, bytes);
  head.struct(5, (page) => {
    page.i32(1, values);
    page.i32(2, 0);
    page.i32(3, 3);
    page.i32(4, 3);
  });
  return head.end();
}

/** `columns`: `{ name, type, value(row) }`; texts as `textOf` gives them. */
export function writeParquet(file, columns, { rows, group = 1 << 20 }) {
  const fd = openSync(file, "w");
  let at = 0;
  const write = (bytes) => (writeSync(fd, bytes), (at += bytes.length));
  write(Buffer.from("PAR1"));
  const groups = [];
  for (let from = 0; from < rows; from += group) {
    const to = Math.min(rows, from + group);
    const chunks = columns.map((column) => {
      const start = at;
      for (let row = from; row < to; row += PAGE) {
        const bytes = pageOf(column, row, Math.min(to, row + PAGE));
        write(headOf(bytes.length, Math.min(to, row + PAGE) - row));
        write(bytes);
      }
      return { column, start, bytes: at - start, values: to - from };
    });
    groups.push({ chunks, rows: to - from });
  }
  const footer = footerOf(columns, groups, rows);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  write(Buffer.concat([footer, length, Buffer.from("PAR1")]));
  closeSync(fd);
}

function footerOf(columns, groups, rows) {
  const footer = new Thrift();
  footer.i32(1, 1);
  footer.list(2, 12, [null, ...columns], (list, column) =>
    list.inner((element) => {
      if (column === null) {
        element.text(4, "schema");
        element.i32(5, columns.length);
        return;
      }
      element.i32(1, column.type);
      element.i32(3, 0);
      element.text(4, column.name);
      if (column.type === BYTE_ARRAY) element.i32(6, 0);
    }),
  );
  footer.i64(3, rows);
  footer.list(4, 12, groups, (list, { chunks, rows: count }) =>
    list.inner((group) => {
      group.list(1, 12, chunks, (inner, { column, start, bytes, values }) =>
        inner.inner((chunk) => {
          chunk.i64(2, start);
          chunk.struct(3, (metadata) => {
            metadata.i32(1, column.type);
            metadata.list(2, 5, [0], (encodings) => encodings.varint(0));
            metadata.list(3, 8, [column.name], (path, name) => path.plainText(name));
            metadata.i32(4, 0);
            metadata.i64(5, values);
            metadata.i64(6, bytes);
            metadata.i64(7, bytes);
            metadata.i64(9, start);
          });
        }),
      );
      group.i64(
        2,
        chunks.reduce((sum, { bytes }) => sum + bytes, 0),
      );
      group.i64(3, count);
    }),
  );
  return footer.end();
}

/** Bytes of a row of sales, about. */
export const ROW = 50.5;

/** Sales, of which `factor` makes every price another. */
export function salesOf({ factor = 1 } = {}) {
  const mixed = (row, by) => Math.imul(row ^ (row >>> 15), by) >>> 0;
  const words = Array.from({ length: 500 }, (_, at) => textOf(`product-${mixed(at, 0x9e3779b1).toString(36)}`));
  return [
    { name: "id", type: INT64, value: (row) => row },
    { name: "time", type: INT64, value: (row) => 1_700_000_000_000 + row * 250 + (mixed(row, 0x85ebca6b) % 200) },
    { name: "price", type: DOUBLE, value: (row) => factor * ((mixed(row, 0xc2b2ae35) % 100_000) / 100) },
    { name: "weight", type: DOUBLE, value: (row) => mixed(row, 0x27d4eb2f) / 2 ** 32 },
    { name: "product", type: BYTE_ARRAY, value: (row) => words[mixed(row, 0x165667b1) % words.length] },
  ];
}
