/** A remote that an attacker wrote: whatever stands there, a reader gives right bytes or an error, and no more. */
import { describe, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { encode } from "../../src/encoding/codecs/codecs.ts";
import { formatTable } from "../../src/encoding/index-table.ts";
import { PACK_BEGINNING, PackForm } from "../../src/encoding/pack.ts";
import { formatRecipe } from "../../src/encoding/recipe.ts";
import type { IndexEntry, Recipe, Segment } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import type { ReadableBucket } from "../../src/store/bucket.ts";
import { INDEX_LIST, indexName, packName } from "../../src/store/remote/layout.ts";
import { asideOf } from "../../src/store/remote/packs/set-aside.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import type { Hash } from "../../src/values/hash.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";

const MIB = 1024 * 1024;
const ERRORS = ["blob-damaged", "blob-missing", "format-newer", "remote-foreign", "remote-unavailable"];
const MARK = `{"mvgit": 2, "id": "${"0123456789abcdef".repeat(2)}"}\n`;
const wanted = Buffer.from("what somebody wants to have".repeat(100));
const hash = hashBytes(wanted);

/** A remote that has nothing yet but its mark, and what was asked of it. */
class Hostile extends MemoryBucket {
  readonly asked = new Set<string>();
  given = 0;

  constructor() {
    super();
    this.put("mvgit.json", Buffer.from(MARK));
  }

  override async *get(...args: Parameters<MemoryBucket["get"]>): ReturnType<MemoryBucket["get"]> {
    this.asked.add(args[0]);
    for await (const chunk of super.get(...args)) {
      this.given += chunk.length;
      yield chunk;
    }
  }

  override async head(name: string): ReturnType<MemoryBucket["head"]> {
    this.asked.add(name);
    return super.head(name);
  }

  /** A pack of these pieces, with a table that says of it whatever it likes. */
  pack(pieces: readonly Uint8Array[], entries: (offsets: number[]) => IndexEntry[]): Hash {
    const form = new PackForm();
    const offsets = pieces.map((piece) => form.add(piece));
    const { hash: name, end, table } = form.finish(entries(offsets));
    this.put(packName(name), Buffer.concat([PACK_BEGINNING, ...pieces, end]));
    this.put(indexName(name), table);
    return name;
  }

  recipe(recipe: Recipe, of: Hash = hash, pieces: readonly Uint8Array[] = []): Hash {
    const stored = formatRecipe(recipe);
    return this.pack([...pieces, stored], (offsets) => [
      entryOf("recipe", {
        hash: of,
        stored: stored.length,
        plain: stored.length,
        offset: offsets.at(-1) as number,
        size: recipe.size,
      }),
    ]);
  }
}

function entryOf(
  kind: IndexEntry["kind"],
  entry: Omit<IndexEntry, "kind" | "codec"> & Partial<IndexEntry>,
): IndexEntry {
  return { kind, codec: "raw", ...entry };
}

const small = (offset: number, more: Partial<IndexEntry> = {}): IndexEntry =>
  entryOf("blob", { hash, offset, stored: wanted.length, plain: wanted.length, size: wanted.length, ...more });
const segment = (more: Partial<Segment>): Segment => ({
  hash,
  length: wanted.length,
  codec: "raw",
  source: 0,
  offset: 0,
  stored: wanted.length,
  ...more,
});

/** Reads it in every way that there is: the code of each failure. Only right bytes come, and only of its own size. */
async function outcomes(bucket: ReadableBucket): Promise<string[]> {
  const remote = (): Remote => new Remote("store", bucket);
  const all = async (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(Buffer.from(chunk));
    return Buffer.concat(parts);
  };
  const ways: (() => Promise<Buffer | null>)[] = [
    () => all(remote().read(hash)),
    async () => (await remote().readSmall(hash, MIB)) ?? all(remote().read(hash)),
    async () => {
      let bytes: Buffer | null = null;
      for await (const { wanted: each, source } of remote().sources([{ hash, size: wanted.length }])) {
        bytes = await all(source.open(0));
        if (hashBytes(bytes) !== each.hash) return null;
      }
      return bytes;
    },
  ];
  const codes: string[] = [];
  for (const way of ways)
    try {
      const bytes = await way();
      if (bytes !== null) expect(bytes.equals(wanted)).toBe(true);
      codes.push(bytes === null ? "other bytes, as its reader sees" : "right");
    } catch (error) {
      if (!isMvgitError(error)) throw error;
      expect(ERRORS).toContain(error.code);
      codes.push(error.code);
    }
  return codes;
}

const deflated = await encode("deflate", Buffer.alloc(MIB / 2));
const delta = await encode("delta16", wanted, wanted);
const other = Buffer.alloc(wanted.length, 7);

/** What an attacker puts there. */
const ATTACKS: Record<string, (bucket: Hostile) => void> = {
  "a table that tells of other bytes": (bucket) => void bucket.pack([other], ([at = 0]) => [small(at)]),
  "a table that tells of another size": (bucket) =>
    void bucket.pack([wanted], ([at = 0]) => [small(at, { stored: 5, plain: 5, size: 5 })]),
  "a table of a pack of another size": (bucket) => {
    const pack = bucket.pack([wanted], ([at = 0]) => [small(at)]);
    bucket.put(indexName(pack), formatTable({ pack: 9999, entries: [small(8)] }));
  },
  "a table under the name of another pack": (bucket) => {
    const pack = bucket.pack([wanted], ([at = 0]) => [small(at)]);
    const { bytes } = bucket.objects.get(indexName(pack)) as { bytes: Uint8Array };
    bucket.put(indexName(hashBytes(other)), bytes);
    bucket.put(
      packName(hashBytes(other)),
      (bucket.objects.get(packName(pack)) as { bytes: Uint8Array }).bytes.map((byte) => byte ^ 1),
    );
    bucket.objects.delete(packName(pack));
  },
  "entries over each other, of which one is right": (bucket) =>
    void bucket.pack([wanted], ([at = 0]) => [
      small(at),
      entryOf("recipe", { hash, offset: at, stored: 99, plain: 99, size: 99 }),
    ]),
  "a bomb as a small blob": (bucket) =>
    void bucket.pack([deflated], ([at = 0]) => [small(at, { codec: "deflate", stored: deflated.length })]),
  "a bomb as planes": (bucket) => {
    const bomb = Buffer.concat([Buffer.from([0]), ...[0, 1].map(() => planeOf(deflated))]);
    bucket.pack([bomb], ([at = 0]) => [small(at, { codec: "split16", stored: bomb.length, plain: wanted.length })]);
  },
  "a recipe of itself": (bucket) =>
    void bucket.recipe({ size: wanted.length, sources: [{ kind: "blob", hash }], segments: [segment({})] }),
  "a recipe of a blob that a recipe puts together": (bucket) => {
    const between = hashBytes(other);
    bucket.recipe({ size: wanted.length, sources: [{ kind: "blob", hash: between }], segments: [segment({})] });
    bucket.recipe(
      { size: wanted.length, sources: [{ kind: "blob", hash }], segments: [segment({ hash: between })] },
      between,
    );
  },
  "a recipe that reads its own bytes": (bucket) =>
    void bucket.recipe({
      size: wanted.length,
      sources: [{ kind: "own" }],
      segments: [
        segment({ offset: 8, length: 50, stored: 50 }),
        segment({ offset: 20, length: wanted.length - 50, stored: wanted.length - 50 }),
      ],
    }),
  "a recipe of what lies behind its source": (bucket) => {
    bucket.put(blobName(hash), Buffer.alloc(10));
    bucket.recipe({ size: wanted.length, sources: [{ kind: "blob", hash }], segments: [segment({ offset: 2 ** 52 })] });
  },
  "a difference from itself": (bucket) =>
    void bucket.recipe(
      {
        size: wanted.length,
        sources: [{ kind: "own" }],
        segments: [
          segment({
            codec: "delta16",
            offset: 8,
            stored: delta.length,
            base: { codec: "raw", source: 0, offset: 8, stored: wanted.length },
          }),
        ],
      },
      hash,
      [delta, Buffer.alloc(wanted.length)],
    ),
  "a recipe of another size than its entry": (bucket) => {
    const stored = formatRecipe({
      size: 5,
      sources: [{ kind: "own" }],
      segments: [segment({ offset: 8, length: 5, stored: 5 })],
    });
    bucket.pack([stored], ([at = 0]) => [
      entryOf("recipe", { hash, offset: at, stored: stored.length, plain: stored.length, size: wanted.length }),
    ]);
  },
  "a recipe coded as a bomb": (bucket) =>
    void bucket.pack([deflated], ([at = 0]) => [
      entryOf("recipe", {
        hash,
        codec: "deflate",
        offset: at,
        stored: deflated.length,
        plain: 100,
        size: wanted.length,
      }),
    ]),
  "a pack that is a folder, a table that is none": (bucket) => {
    const pack = bucket.pack([wanted], ([at = 0]) => [small(at)]);
    bucket.put(packName(pack), Buffer.alloc(0));
    bucket.put(indexName(hashBytes(other)), Buffer.from("MVGINDX9"));
  },
};

/** A sequence that says it is deflated. */
function planeOf(bytes: Uint8Array): Buffer {
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

describe.each(Object.entries(ATTACKS))("%s", (name, attack) => {
  it("gives no wrong bytes, reads little, asks for nothing else, and hides no whole blob", async () => {
    const bucket = new Hostile();
    attack(bucket);
    const told = await outcomes(bucket);
    expect(told.slice(0, 2).includes("right")).toBe(name.endsWith("one is right"));
    expect(bucket.given).toBeLessThan(MIB);
    for (const each of bucket.asked)
      expect(each).toMatch(/^(mvgit\.json|(blobs|packs|index)\/[0-9a-f]{2}\/[0-9a-f]{62})$/);
    bucket.put(blobName(hash), wanted);
    // What is read with others is verified by who reads it.
    expect((await outcomes(bucket)).slice(0, 2)).toEqual(["right", "right"]);
  });
});

describe("names", () => {
  const tricks = [
    "index/../../etc/passwd",
    `index/ab/../${"c".repeat(59)}`,
    `index/AB/${"c".repeat(62)}`,
    `index/ab/${"c".repeat(62)}/x`,
    "index//x",
    `index/ab/${"c".repeat(63)}`,
    "index/ab",
    "index/__proto__",
  ];

  it("that are no tables' are passed over, listed or in a list that a server gives", async () => {
    const bucket = new Hostile();
    for (const name of tricks) bucket.put(name, Buffer.from("x"));
    expect(await outcomes(bucket)).toEqual(["blob-missing", "blob-missing", "blob-missing"]);
    const served: ReadableBucket = {
      address: "https://example.com",
      concurrency: bucket.concurrency,
      head: (name) => bucket.head(name),
      get: (name, range) => bucket.get(name, range),
    };
    for (const line of ["../../etc/passwd", "AB".repeat(32), "a".repeat(65), "", "x\0".repeat(32), "__proto__"]) {
      bucket.put(INDEX_LIST, Buffer.from(`mvgit-index 1\n${line}\n`));
      for (const code of await outcomes(served)) expect(code).toBe("blob-damaged");
    }
    bucket.put(INDEX_LIST, Buffer.from(`mvgit-index 1\n${`${"ab".repeat(32)}\n`.repeat(1000)}`));
    bucket.asked.clear();
    await outcomes(served);
    // A name is asked for once, however often it is listed.
    expect([...bucket.asked].filter((name) => name.startsWith("index/")).length).toBe(2);
  });

  it("of what was set aside are taken for that in their only form", () => {
    const pack = "ab".repeat(32);
    expect(asideOf(`damaged/${pack}.0123456789abcdef`)).toBe(pack);
    for (const name of [
      `damaged/${pack}`,
      `damaged/${pack}.x`,
      `damaged/../${pack}.0123456789abcdef`,
      `other/${pack}.0123456789abcdef`,
      `damaged/${pack.toUpperCase()}.0123456789abcdef`,
    ])
      expect(asideOf(name)).toBeNull();
  });
});

describe("a mark", () => {
  it.each([
    ['{"mvgit": 3, "id": "x"}', "format-newer"],
    ['{"mvgit": 9007199254740993}', "format-newer"],
    ['{"mvgit": 1e308}', "format-newer"],
    ['{"mvgit": "2"}', "remote-foreign"],
    ['{"mvgit": -1}', "remote-foreign"],
    ['{"mvgit": 1.5}', "remote-foreign"],
    ['{"__proto__": {"mvgit": 2}}', "remote-foreign"],
    ["[2]", "remote-foreign"],
    ["null", "remote-foreign"],
    [`${'{"a":'.repeat(500)}1${"}".repeat(500)}`, "remote-foreign"],
    ["x".repeat(5000), "blob-damaged"],
  ])("%.40s is %s, and nothing else is asked for", async (text, code) => {
    const bucket = new Hostile();
    bucket.put("mvgit.json", Buffer.from(text));
    bucket.put(blobName(hash), wanted);
    expect(new Set(await outcomes(bucket))).toEqual(new Set([code]));
    expect([...bucket.asked]).toEqual(["mvgit.json"]);
  });
});
