/** Servers that cut, stall, lie, or lack what OpenSSH's has. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import type { SftpBucket, SftpOptions } from "../../../../src/store/buckets/sftp/bucket.ts";
import { STATUS, TYPE } from "../../../../src/store/buckets/sftp/packets.ts";
import { errorCode, MIB, names, put, readAll, versionOf } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { openSftp } from "../../../support/sftp-open.ts";
import { type RequestName, SftpLiar } from "../../../support/sftp-liar.ts";
import { makeTestFolder, type TestFolder } from "../../../support/test-folder.ts";
import { drawTests } from "../../../support/thorough.ts";

drawTests(2);

let box: TestFolder;
let liar: SftpLiar;
let bucket: SftpBucket;
const store = (): string => join(box.dir, "store");
const open = (more: Partial<SftpOptions> = {}): SftpBucket => openSftp(store(), { start: () => liar.start(), ...more });
const leftIn = (folder: string): string[] =>
  box.exists(`store/${folder}`) ? fs.readdirSync(join(store(), folder)) : [];

beforeEach(() => {
  box = makeTestFolder();
  fs.mkdirSync(store());
  liar = new SftpLiar();
  bucket = open();
});
afterEach(() => box.remove());

describe("a connection that is cut", () => {
  const WRITING: RequestName[] = ["open", "write", "fsync", "fstat", "close", "hardlink", "remove"];
  it.each(WRITING)(
    "at '%s' of a small object, done or not, leaves it written once and nothing besides",
    async (name) => {
      for (const after of [false, true]) {
        liar.tell(
          name,
          after ? { do: "cut", after } : { do: "cut" },
          liar.asked.filter((each) => each === name).length + 1,
        );
        expect(await put(bucket, `a/${after}`, "bytes")).toBe("written");
        expect((await readAll(bucket, `a/${after}`)).toString()).toBe("bytes");
      }
      expect(liar.connections).toBe(3);
      expect((await names(bucket, "")).toSorted()).toEqual(["a/false", "a/true"]);
    },
  );

  it.each(["lstat", "open", "read", "close"] as const)("at '%s' of a reading is gone on from", async (name) => {
    const bytes = noise(3 * MIB);
    await bucket.putIfAbsent("large", bytesSource(bytes));
    liar.tell(name, { do: "cut" }, liar.asked.filter((each) => each === name).length + (name === "read" ? 9 : 1));
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
  });

  it("every time is an error in the end, which says what to do", async () => {
    liar.tell("init", { do: "cut" });
    const failure = await bucket.head("a").catch((error: unknown) => error);
    expect(isMvgitError(failure, "remote-unavailable") && failure.hint).toMatch(/'ssh test' reaches it/);
    expect(liar.connections).toBe(3);
  });

  it("in the middle of a large object goes on from what was flushed, and no further", async () => {
    const bytes = noise(70 * MIB);
    liar.tell("write", { do: "cut" }, 2100);
    expect(await bucket.putIfAbsent("large", bytesSource(bytes))).toBe("written");
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
    expect(liar.written / MIB).toBeLessThan(70 + 34);
    expect(leftIn("tmp")).toEqual([]);
  });
});

describe("an object that is replaced", () => {
  const replace = async (on: SftpBucket, text: string): Promise<void> =>
    on.replace("a", await versionOf(on, "a"), bytesSource(Buffer.from(text)));
  beforeEach(async () => {
    await put(bucket, "a", "first");
  });

  const REPLACING: RequestName[] = ["open", "write", "lstat", "setstat", "posix-rename", "remove", "close"];
  it.each(REPLACING)("through a connection that is cut at '%s', done or not, is replaced once", async (name) => {
    for (const after of [undefined, true] as const) {
      const nth = liar.asked.filter((each) => each === name).length + (name === "lstat" ? 3 : 1);
      liar.tell(name, after ? { do: "cut", after } : { do: "cut" }, nth);
      await replace(bucket, `second ${String(after)}`);
      expect((await readAll(bucket, "a")).toString()).toBe(`second ${String(after)}`);
    }
    expect(await names(bucket, "")).toEqual(["a"]);
    expect(leftIn("tmp").filter((each) => each.endsWith(".lock"))).toEqual([]);
  });

  it.each([undefined, true] as const)("and then by somebody else, is theirs (done before: %s)", async (after) => {
    let lost = 0;
    const start = (): ReturnType<SftpLiar["start"]> => {
      // As soon as this connection is lost, and before the next one asks.
      if (lost++ > 0) fs.writeFileSync(join(store(), "a"), "theirs");
      return liar.start();
    };
    liar.tell("posix-rename", after ? { do: "cut", after } : { do: "cut" }, 1);
    expect(await errorCode(replace(open({ start }), "second"))).toBe("object-exists");
    expect((await readAll(bucket, "a")).toString()).toBe("theirs");
    expect(leftIn("tmp").filter((each) => each.endsWith(".lock"))).toEqual([]);
  });

  it("waits for who replaces another one, and takes the lock of a dead process alone", async () => {
    const lock = join(store(), "tmp", "replace.lock");
    fs.mkdirSync(join(store(), "tmp"), { recursive: true });
    fs.writeFileSync(lock, "of a dead process\n");
    const beating = setInterval(() => fs.utimesSync(lock, Date.now() / 1000, Date.now() / 1000), 50);
    const waiting = replace(open({ lockSilence: 1500 }), "second");
    try {
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect((await readAll(bucket, "a")).toString()).toBe("first");
    } finally {
      clearInterval(beating);
    }
    await waiting;
    expect((await readAll(bucket, "a")).toString()).toBe("second");
    expect(leftIn("tmp")).toEqual([]);
  }, 20_000);

  it("stays where the server cannot replace a file in one step", async () => {
    liar.extensions = liar.extensions.filter((each) => !each.startsWith("posix-rename"));
    const poor = open();
    expect(await errorCode(replace(poor, "second"))).toBe("not-supported");
    expect((await readAll(bucket, "a")).toString()).toBe("first");
    expect((await poor.inspect([])).checks).toContainEqual({
      what: "a file is replaced in one step",
      ok: false,
      advice: expect.stringContaining("posix-rename"),
    });
  });
});

it("a server that says nothing any more is left", async () => {
  liar.tell("lstat", { do: "stall" }, 1);
  expect(await open({ inactivityMs: 60 }).head("a")).toBeNull();
  liar.tell("lstat", { do: "stall" });
  const failure = await open({ inactivityMs: 20, retry: { tries: 2, totalMs: 1000, baseMs: 1, capMs: 1 } })
    .head("a")
    .catch((error: unknown) => error);
  expect(isMvgitError(failure, "remote-stalled")).toBe(true);
});

describe("answers that cannot be true", () => {
  const text = (words: string): Buffer => Buffer.from(words);
  const long = (length: number): Buffer => Buffer.from([length >>> 24, length >>> 16, length >>> 8, length]);
  it.each([
    ["a greeting of somebody's shell", "init", { do: "say", bytes: text("Welcome to this machine!\n") }],
    ["a packet without end", "lstat", { do: "say", bytes: long(0xffff_ffff) }],
    ["a packet of nothing", "lstat", { do: "say", bytes: long(0) }],
    ["an answer to another request", "lstat", { do: "say", bytes: Buffer.concat([long(9), Buffer.alloc(9, 101)]) }],
    ["another kind of answer", "lstat", { do: "answer", type: TYPE.handle, fields: ["handle"] }],
    ["attributes that end early", "lstat", { do: "answer", type: TYPE.attributes, fields: [0x0f, 1n] }],
    ["a size without end", "lstat", { do: "answer", type: TYPE.attributes, fields: [1, 0xffff_ffff_ffff_ffffn] }],
    ["attributes that tell nothing", "lstat", { do: "answer", type: TYPE.attributes, fields: [0] }],
    ["a success that is no answer", "lstat", { do: "refuse", code: STATUS.ok }],
    [
      "a number of attributes without end",
      "lstat",
      { do: "answer", type: TYPE.attributes, fields: [0x8000_0000, 0xffff_ffff] },
    ],
  ] as const)("%s is an error, and never absence", async (_, request, lie) => {
    liar.tell(request, lie as never);
    expect(await errorCode(bucket.head("a"))).toBe("remote-unavailable");
  });

  it.each([
    ["more bytes than were asked for", TYPE.data, [Buffer.alloc(300_000)]],
    ["no bytes, and no end", TYPE.data, [Buffer.alloc(0)]],
    ["a handle for bytes", TYPE.handle, ["x"]],
  ] as const)("%s is no reading", async (_, type, fields) => {
    await put(bucket, "a", "bytes");
    liar.tell("read", { do: "answer", type, fields: [...fields] });
    expect(await errorCode(readAll(bucket, "a"))).toBe("remote-unavailable");
  });

  it("a handle that is too long, and one that nobody has, are errors", async () => {
    await put(bucket, "a", "bytes");
    liar.tell("open", { do: "answer", type: TYPE.handle, fields: ["x".repeat(300)] });
    expect(await errorCode(readAll(bucket, "a"))).toBe("remote-unavailable");
    liar.relent();
    liar.tell("open", { do: "answer", type: TYPE.handle, fields: ["nobody's"] });
    expect(await errorCode(readAll(bucket, "a"))).toBe("remote-unavailable");
  });

  it.each(["../outside", "a/b", "", "a\0b", "a".repeat(256)])("the name %j in a listing is refused", async (name) => {
    fs.mkdirSync(join(store(), "a"));
    const stat = [0x0c, 0o100644, 1, 1];
    liar.tell("readdir", { do: "answer", type: TYPE.name, fields: [1, name, "", ...stat] }, 1);
    expect(await errorCode(names(bucket, ""))).toBe("remote-unavailable");
  });

  it("a listing of more names than it has is an error", async () => {
    liar.tell("readdir", { do: "answer", type: TYPE.name, fields: [0xffff_ffff, "a", ""] });
    expect(await errorCode(names(bucket, ""))).toBe("remote-unavailable");
  });

  it("a listing that neither goes on nor ends is an error", async () => {
    liar.tell("readdir", { do: "answer", type: TYPE.name, fields: [0] });
    expect(await errorCode(names(bucket, ""))).toBe("remote-unavailable");
  });

  it("folders without end are not followed for ever", async () => {
    fs.mkdirSync(join(store(), "a"));
    liar.tell("opendir", { do: "answer", type: TYPE.handle, fields: ["h"] });
    const folder = [0x0d, 1n, 0o040755, 1, 1];
    for (let nth = 1; nth < 200; nth += 2)
      liar.tell("readdir", { do: "answer", type: TYPE.name, fields: [1, "a", "", ...folder] }, nth);
    liar.tell("readdir", { do: "refuse", code: STATUS.eof });
    expect(await errorCode(names(bucket, ""))).toBe("remote-unavailable");
  });
});

describe("bytes that are not those", () => {
  it("short answers are asked on for", async () => {
    const bytes = noise(2 * MIB);
    await bucket.putIfAbsent("large", bytesSource(bytes));
    liar.tell("read", { do: "shorten", to: 10_000 });
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
    expect((await readAll(bucket, "large", { start: 5, end: MIB, of: 2 * MIB })).equals(bytes.subarray(5, MIB))).toBe(
      true,
    );
  });

  it("an object that ends early is wrong, not short", async () => {
    await put(bucket, "a", "0123456789");
    liar.tell("read", { do: "refuse", code: STATUS.eof });
    expect(await errorCode(readAll(bucket, "a"))).toBe("remote-unavailable");
  });

  it.each([100, 3 * MIB])(
    "of %d bytes of which fewer are kept nothing becomes visible, and they are sent again",
    async (size) => {
      liar.tell("write", { do: "shorten", to: 10 }, Math.ceil(size / 32_768));
      const bytes = noise(size);
      expect(await bucket.putIfAbsent("a", bytesSource(bytes))).toBe("written");
      expect((await readAll(bucket, "a")).equals(bytes)).toBe(true);
      expect(leftIn("tmp")).toEqual([]);
      liar.tell("write", { do: "shorten", to: 10 });
      expect(await errorCode(bucket.putIfAbsent("b", bytesSource(bytes)))).toBe("remote-unavailable");
      expect(await bucket.head("b")).toBeNull();
    },
  );

  it("a second upload of the same object begins a file of its own", async () => {
    const kept = new Map<string, string>();
    const sessions = {
      get: async (key: string) => kept.get(key) ?? null,
      set: async (key: string, text: string) => void kept.set(key, text),
      delete: async (key: string) => void kept.delete(key),
    };
    const bytes = noise(40 * MIB);
    const wrong = Buffer.concat([bytes.subarray(0, 39 * MIB), Buffer.alloc(MIB)]);
    let begin = (): void => undefined;
    const isFar = new Promise<void>((resolve) => (begin = resolve));
    const slow = {
      size: bytes.length,
      async *open() {
        yield wrong.subarray(0, 38 * MIB);
        while (kept.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        begin();
        await new Promise((resolve) => setTimeout(resolve, 50));
        yield wrong.subarray(38 * MIB);
        throw new Error("wrong bytes");
      },
    };
    const two = open({ sessions });
    const first = two.putIfAbsent("large", slow).catch((error: unknown) => String(error));
    await isFar;
    expect(await two.putIfAbsent("large", bytesSource(bytes))).toBe("written");
    expect(await first).toBe("Error: wrong bytes");
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
  });

  it("a beginning that is not the source's is thrown away", async () => {
    const kept = new Map<string, string>();
    const sessions = {
      get: async (key: string) => kept.get(key) ?? null,
      set: async (key: string, text: string) => void kept.set(key, text),
      delete: async (key: string) => void kept.delete(key),
    };
    const stop = new AbortController();
    const first = noise(70 * MIB);
    const half = {
      size: first.length,
      *open() {
        yield first.subarray(0, 40 * MIB);
        while (kept.size === 0) yield first.subarray(40 * MIB, 40 * MIB);
        throw new Error("killed");
      },
    };
    await expect(open({ sessions, signal: stop.signal }).putIfAbsent("large", half)).rejects.toThrow("killed");
    expect(kept.size).toBe(1);
    const other = Buffer.from(first);
    other[5] = (other[5] ?? 0) ^ 1;
    expect(await open({ sessions }).putIfAbsent("large", bytesSource(other))).toBe("written");
    expect((await readAll(bucket, "large")).equals(other)).toBe(true);
    expect([kept.size, leftIn("tmp")]).toEqual([0, []]);
  });
});

describe("a server that lacks something", () => {
  it("without links is written by renaming, where that refuses a name that is taken", async () => {
    liar.extensions = [];
    expect(await put(bucket, "a/b", "first")).toBe("written");
    expect(await put(bucket, "a/b", "other")).toBe("present");
    expect((await readAll(bucket, "a/b")).toString()).toBe("first");
    expect(await bucket.putIfAbsent("large", bytesSource(noise(3 * MIB)))).toBe("written");
    await bucket.delete("a/b", await versionOf(bucket, "a/b"));
    expect(await names(bucket, "")).toEqual(["large"]);
    expect(leftIn("tmp")).toEqual([]);
  });

  it("and replaces what has a name is not written", async () => {
    liar.extensions = [];
    liar.replaces = true;
    box.write("store/a", "somebody's");
    expect(await errorCode(put(bucket, "a", "other"))).toBe("not-supported");
    expect(await errorCode(put(bucket, "b", "other"))).toBe("not-supported");
    expect((await readAll(bucket, "a")).toString()).toBe("somebody's");
    expect(leftIn("tmp").length).toBe(0);
    const { checks } = await bucket.inspect(["blobs"]);
    expect(checks.filter(({ ok }) => !ok).map(({ what }) => what)).toEqual([
      "names that are taken are refused",
      "a file is replaced in one step",
      "what is written is flushed",
    ]);
  });

  it("refuses is told by what it refused", async () => {
    liar.tell("open", { do: "refuse", code: STATUS.denied });
    expect(await errorCode(put(bucket, "a", "bytes"))).toBe("access-denied");
    liar.relent();
    liar.tell("fsync", { do: "refuse", code: STATUS.failure, words: "\u001b[31mFailure" });
    const failure = await put(bucket, "a", "bytes").catch((error: unknown) => error);
    expect(isMvgitError(failure, "remote-unavailable") && failure.message).toContain('says "\\x1b[31mFailure"');
    expect(await bucket.head("a")).toBeNull();
    liar.tell("statvfs", { do: "answer", type: TYPE.extendedReply, fields: Array.from({ length: 11 }, () => 0n) });
    expect(await errorCode(put(bucket, "a", "bytes"))).toBe("disk-full");
    liar.relent();
    expect(await put(bucket, "a", "bytes")).toBe("written");
  });
});

it("what a killed process left goes by age, and a beginning stays while somebody may go on with it", async () => {
  const old = (Date.now() - 4 * 24 * 3600 * 1000) / 1000;
  for (const [name, time] of [
    ["part.x.other.1.2-3-4-5", 0],
    ["part.y.other.1.2-3-4-5", old],
    ["other.1.2-3-4-5", old],
    ["other.2.2-3-4-5", 0],
  ] as const) {
    box.write(`store/tmp/${name}`, "half");
    if (time > 0) fs.utimesSync(join(store(), "tmp", name), time, time);
  }
  await put(bucket, "a", "bytes");
  expect(leftIn("tmp").toSorted()).toEqual(["other.2.2-3-4-5", "part.x.other.1.2-3-4-5"]);
  expect(await names(bucket, "")).toEqual(["a"]);
});

it("what is made in a folder that a group may write is the group's too, and nobody writes a file again", async () => {
  fs.chmodSync(store(), 0o2770);
  for (const size of [5, 3 * MIB]) await bucket.putIfAbsent(`a/b/${size}`, bytesSource(noise(size)));
  const modeOf = (name: string): string => (fs.statSync(join(store(), name)).mode & 0o7777).toString(8);
  expect(["a", "a/b", "tmp"].map(modeOf)).toEqual(["2775", "2775", "2775"]);
  expect(["a/b/5", `a/b/${3 * MIB}`].map(modeOf)).toEqual(["444", "444"]);
  fs.chmodSync(join(store(), "a"), 0o755);
  const { checks } = await bucket.inspect(["a"]);
  expect(checks.filter(({ ok }) => !ok)).toMatchObject([{ what: "may be written by all who share it" }]);
});

it("an object is not removed in the second in which it was made", async () => {
  await put(bucket, "a", "first");
  const before = await versionOf(bucket, "a");
  await bucket.delete("a", before);
  await put(bucket, "a", "other");
  expect(await versionOf(bucket, "a")).not.toBe(before);
  expect(await errorCode(bucket.delete("a", before))).toBe("object-exists");
});

it("a folder in an object's place is set aside, since it may be somebody's", async () => {
  box.write("store/a/b/work", "somebody's");
  await bucket.delete("a/b", await versionOf(bucket, "a/b"));
  const [kept = ""] = leftIn("damaged");
  expect(box.read(`store/damaged/${kept}/work`).toString()).toBe("somebody's");
});
