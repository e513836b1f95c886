import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findOnPath } from "../../src/base/search-path.ts";
import { decode, encode } from "../../src/encoding/codecs/codecs.ts";
import { formatCutList, parseCutList } from "../../src/encoding/cut-list.ts";
import { formatTable, PACK_FOOT, parseTable } from "../../src/encoding/index-table.ts";
import { parsePackTable, tableLengthOf } from "../../src/encoding/pack.ts";
import { formatRecipe, parseRecipe } from "../../src/encoding/recipe.ts";
import type { Codec, Recipe, StoredRange } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";

const FOLDER = fileURLToPath(new URL("vectors", import.meta.url));
const PYTHON = findOnPath("python3", process.env);

function read<T>(file: string): T {
  return JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as T;
}

const codings = read<{ of: string; codec: Codec; plain: string; base?: string; stored: string }[]>("codecs.json");
const bucket = read<{ objects: Record<string, string>; blobs: Record<string, string> }>("bucket.json");

function object(kind: string, hash: string): Buffer {
  return Buffer.from(bucket.objects[`${kind}/${hash.slice(0, 2)}/${hash.slice(2)}`] ?? "", "hex");
}

function namesOf(kind: string): Hash[] {
  const names = Object.keys(bucket.objects).filter((name) => name.startsWith(`${kind}/`));
  return names.map((name) => name.slice(kind.length).replaceAll("/", "") as Hash);
}

describe("vectors of codecs", () => {
  it.each(codings)("$codec of $of", async ({ codec, plain, base, stored }) => {
    const bytes = Buffer.from(plain, "hex");
    const known = base === undefined ? {} : { base: Buffer.from(base, "hex") };
    const expected = { length: bytes.length, ...known };
    expect(Buffer.from(await decode(codec, Buffer.from(stored, "hex"), expected)).toString("hex")).toBe(plain);
    const again = await encode(codec, bytes, known.base);
    expect(Buffer.from(await decode(codec, again, expected)).toString("hex")).toBe(plain);
  });
});

describe("a remote of vectors", () => {
  const found = new Map<string, string>(namesOf("blobs").map((hash) => [hash, object("blobs", hash).toString("hex")]));

  async function cook({ sources, segments }: Recipe, own: Hash): Promise<Buffer> {
    const take = ({ source, offset, stored }: StoredRange): Buffer => {
      const from = sources[source];
      const bytes = from?.kind === "blob" ? object("blobs", from.hash) : undefined;
      return (bytes ?? object("packs", from?.kind === "pack" ? from.hash : own)).subarray(offset, offset + stored);
    };
    const parts: Uint8Array[] = [];
    for (const segment of segments) {
      const { hash, length, codec, base } = segment;
      const known =
        base === undefined ? {} : { base: await decode(base.codec, take(base), { length: base.length ?? length }) };
      const plain = await decode(codec, take(segment), { length, ...known });
      expect(hashBytes(plain)).toBe(hash);
      parts.push(plain);
    }
    return Buffer.concat(parts);
  }

  it.each(namesOf("packs"))("pack %s", async (hash) => {
    const bytes = object("packs", hash);
    expect(hashBytes(bytes)).toBe(hash);
    const length = tableLengthOf(bytes.subarray(-PACK_FOOT), bytes.length);
    const table = bytes.subarray(bytes.length - PACK_FOOT - length, bytes.length - PACK_FOOT);
    const { entries } = parsePackTable(table, bytes.length);
    expect(formatTable({ pack: bytes.length, entries }).equals(table)).toBe(true);
    if (entries.length > 0) expect(parseTable(object("index", hash)).entries).toEqual(entries);
    for (const { kind, hash: name, codec, offset, stored, plain } of entries) {
      const piece = await decode(codec, bytes.subarray(offset, offset + stored), { length: plain });
      if (kind === "recipe") expect(formatRecipe(parseRecipe(piece)).equals(piece)).toBe(true);
      const blob = kind === "blob" ? piece : await cook(parseRecipe(piece), hash);
      found.set(name, Buffer.from(blob).toString("hex"));
    }
  });

  it.each(namesOf("chunks"))("cut list of %s", (hash) => {
    const bytes = object("chunks", hash);
    const list = parseCutList(bytes);
    expect(formatCutList(list).equals(bytes)).toBe(true);
    let at = 0;
    for (const cut of list.cuts) {
      expect(hashBytes(object("blobs", hash).subarray(at, at + cut.length))).toBe(cut.hash);
      at += cut.length;
    }
  });

  it("is all of the blobs that it should be", () => {
    expect(Object.fromEntries([...found].toSorted())).toEqual(bucket.blobs);
    for (const [hash, blob] of found) expect(hashBytes(Buffer.from(blob, "hex"))).toBe(hash);
  });
});

it.skipIf(PYTHON === null)("a program that knows docs/format.md alone reads the vectors (python3)", () => {
  const reader = fileURLToPath(new URL("reader.py", import.meta.url));
  expect(execFileSync(PYTHON as string, [reader, FOLDER], { encoding: "utf8" })).toBe(
    `${codings.length} codings, ${Object.keys(bucket.blobs).length} blobs\n`,
  );
});
