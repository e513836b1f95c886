import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import { EMPTY_HASH, type Hash } from "../../src/values/hash.ts";
import {
  formatPointer,
  isPointerPath,
  type Pointer,
  POINTER_CAP,
  pointerPathOf,
  readPointer,
  samePointer,
  targetOf,
} from "../../src/values/pointer.ts";

const HASH = "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213" as Hash;
const PLAIN: Pointer = { hash: EMPTY_HASH, size: 0, extra: new Map() };
const TEXT = `mvgit: 1\nblake3: ${EMPTY_HASH}\nsize: 0\n`;

const read = (text: string) => readPointer(Buffer.from(text));
const line = (key: string, value: string) => TEXT.replace(new RegExp(`^${key}: .*$`, "m"), `${key}: ${value}`);

describe("a pointer", () => {
  it("has the mark first, then keys in byte order", () => {
    const extra = new Map([
      ["source.url", "https://example.org/a b"],
      ["a-key", "1"],
      ["license", "MIT"],
    ]);
    expect(formatPointer({ hash: HASH, size: 4294967296, files: 3, extra })).toBe(
      `mvgit: 1\na-key: 1\nblake3: ${HASH}\nfiles: 3\nlicense: MIT\nsize: 4294967296\nsource.url: ` +
        `https://example.org/a b\n`,
    );
  });

  it("is read with its unknown keys", () => {
    const text = `mvgit: 1\nblake3: ${HASH}\nfiles: 2\nsize: 9007199254740991\nx.y-z: a: b\n`;
    const pointer = { hash: HASH, size: Number.MAX_SAFE_INTEGER, files: 2, extra: new Map([["x.y-z", "a: b"]]) };
    expect(read(text)).toEqual({ kind: "pointer", pointer });
  });

  it("is the same whatever else it records", () => {
    expect(samePointer(PLAIN, { ...PLAIN, extra: new Map([["a", "b"]]) })).toBe(true);
    expect(samePointer(PLAIN, { ...PLAIN, files: 1 })).toBe(false);
  });

  it.each([
    { ...PLAIN, size: -1 },
    { ...PLAIN, size: 1.5 },
    { ...PLAIN, size: 2 ** 53 },
    { ...PLAIN, files: 0 },
    { ...PLAIN, hash: "ABC" as Hash },
    { ...PLAIN, extra: new Map([["a", "x\ny"]]) },
    { ...PLAIN, extra: new Map([["Key", "x"]]) },
    { ...PLAIN, extra: new Map([["size", "7"]]) },
    { ...PLAIN, extra: new Map([["files", "7"]]) },
    { ...PLAIN, extra: new Map([["a", ""]]) },
    { ...PLAIN, extra: new Map([["a", "x".repeat(POINTER_CAP)]]) },
  ])("is never written with values that cannot be read (%#)", (pointer) => {
    expect(() => formatPointer(pointer)).toThrow(expect.objectContaining({ code: "bug" }));
  });
});

describe("a malformed pointer is refused with its reason", () => {
  it.each<[string, string, RegExp]>([
    ["CRLF", TEXT.replaceAll("\n", "\r\n"), /carriage returns/],
    ["a byte order mark", `\ufeff${TEXT}`, /byte order mark/],
    ["no last line feed", TEXT.slice(0, -1), /line feed/],
    ["the mark only", "mvgit: 1", /first line/],
    ["a blank line at the end", `${TEXT}\n`, /key: value/],
    ["a blank after the colon missing", TEXT.replace("size: ", "size:"), /key: value/],
    ["two blanks after the colon", line("size", " 0"), /blanks/],
    ["a trailing blank", line("size", "0 "), /blanks/],
    ["an upper-case hash", line("blake3", EMPTY_HASH.toUpperCase()), /hexadecimal/],
    ["a short hash", line("blake3", EMPTY_HASH.slice(1)), /hexadecimal/],
    ["another hash's name", TEXT.replace("blake3: ", "sha256: "), /out of order|blake3/],
    ["no hash", "mvgit: 1\nsize: 0\n", /blake3/],
    ["no size", `mvgit: 1\nblake3: ${EMPTY_HASH}\n`, /size/],
    ...["1e9", "-1", "01", "+1", "0x10", "1.0", "9007199254740992", "99999999999999999999"].map(
      (size): [string, string, RegExp] => [`size ${size}`, line("size", size), /'size'/],
    ),
    ["files: 0", TEXT.replace("size", "files: 0\nsize"), /'files'/],
    ["files: x", TEXT.replace("size", "files: x\nsize"), /'files'/],
    ["a doubled key", `${TEXT}size: 0\n`, /twice/],
    ["a doubled mark", TEXT.replace("\n", "\nmvgit: 1\n"), /twice/],
    ["unsorted keys", `mvgit: 1\nsize: 0\nblake3: ${EMPTY_HASH}\n`, /out of order/],
    ["the mark not first", `blake3: ${EMPTY_HASH}\nmvgit: 1\nsize: 0\n`, /first line/],
    ["the mark in upper case", TEXT.replace("mvgit", "MVGIT"), /first line/],
    ["version 0", TEXT.replace(": 1", ": 0"), /first line/],
    ["version 1.0", TEXT.replace(": 1", ": 1.0"), /first line/],
    ["a key in upper case", TEXT.replace("size", "license: x\nsize").replace("license", "License"), /key: value/],
    ["a key of 65 characters", TEXT.replace("size", `${"c".repeat(65)}: 1\nsize`), /key: value/],
    ["a tab in a value", `${TEXT}source.x: a\tb\n`, /control/],
    ["a C1 control character in a value", `${TEXT}source.x: a\u0085b\n`, /control/],
  ])("%s", (_, text, reason) => {
    expect(read(text)).toEqual({ kind: "malformed", reason: expect.stringMatching(reason) });
  });

  it("not UTF-8, and UTF-16", () => {
    const bad = Buffer.concat([Buffer.from(TEXT), Buffer.from("source.x: \xff\n", "latin1")]);
    expect(readPointer(bad)).toEqual({ kind: "malformed", reason: "it is not UTF-8" });
    expect(readPointer(Buffer.from(`\ufeff${TEXT}`, "utf16le"))).toEqual({
      kind: "malformed",
      reason: "it is not UTF-8",
    });
  });
});

describe("what is no pointer", () => {
  it.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["some text", Buffer.from("hello\n")],
    ["bytes", Buffer.from([0xff, 0xfe, 0, 1, 2])],
    ["one byte above the cap", Buffer.from(`${TEXT}z: ${"x".repeat(POINTER_CAP - TEXT.length - 3)}\n`)],
    ["a pointer and much after it", Buffer.concat([Buffer.from(TEXT), Buffer.alloc(POINTER_CAP)])],
    ["conflict markers about something else", Buffer.from("<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n")],
  ])("%s", (_, bytes) => expect(readPointer(bytes)).toEqual({ kind: "other" }));

  it("is a pointer at the cap exactly", () => {
    const text = `${TEXT}z: ${"x".repeat(POINTER_CAP - TEXT.length - 4)}\n`;
    expect(text).toHaveLength(POINTER_CAP);
    expect(read(text).kind).toBe("pointer");
  });

  it("is named when it is a Git LFS pointer or a DVC file", () => {
    expect(read("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")).toEqual({
      kind: "other",
      looksLike: "git-lfs",
    });
    expect(read("outs:\n- md5: 00\n  path: a\n")).toEqual({ kind: "other", looksLike: "dvc" });
    expect(read("md5: 00\nouts:\n- md5: 00\n")).toEqual({ kind: "other", looksLike: "dvc" });
  });

  it("says of a newer format that it is newer, whatever that looks like", () => {
    expect(read("mvgit: 2\n{whatever}")).toEqual({ kind: "newer", version: 2 });
  });
});

describe("a conflicted pointer", () => {
  const ours = { hash: HASH, size: 1, extra: new Map() };
  const theirs = { hash: EMPTY_HASH, size: 0, extra: new Map() };
  const side = (pointer: { hash: Hash; size: number }) => `blake3: ${pointer.hash}\nsize: ${pointer.size}\n`;

  it.each<[string, string]>([
    ["two-way", `mvgit: 1\n<<<<<<< HEAD\n${side(ours)}=======\n${side(theirs)}>>>>>>> other\n`],
    ["diff3", `mvgit: 1\n<<<<<<< ours\n${side(ours)}||||||| base\nblake3: 0\n=======\n${side(theirs)}>>>>>>> theirs\n`],
    ["bare markers", `<<<<<<<\nmvgit: 1\n${side(ours)}=======\nmvgit: 1\n${side(theirs)}>>>>>>>\n`],
    ["longer markers", `mvgit: 1\n<<<<<<<<< a\n${side(ours)}=========\n${side(theirs)}>>>>>>>>> b\n`],
    [
      "a conflict inside the base",
      `mvgit: 1\n<<<<<<< a\n${side(ours)}||||||| m\n<<<<<<<<< x\nq\n=========\nr\n>>>>>>>>> y\n=======\n` +
        `${side(theirs)}>>>>>>> b\n`,
    ],
    [
      "two conflicts",
      `mvgit: 1\n<<<<<<< a\nblake3: ${HASH}\n=======\nblake3: ${EMPTY_HASH}\n>>>>>>> b\n<<<<<<< a\nsize: 1\n` +
        `=======\nsize: 0\n>>>>>>> b\n`,
    ],
  ])("%s: both sides are read", (_, text) => expect(read(text)).toEqual({ kind: "conflicted", ours, theirs }));

  it("has only the side that reads as a pointer", () => {
    expect(read(`<<<<<<< a\nmvgit: 1\n${side(ours)}=======\nhello\n>>>>>>> b\n`)).toEqual({ kind: "conflicted", ours });
    expect(read(`<<<<<<< a\nmvgit: 2\n=======\nmvgit: 1\n${side(theirs)}>>>>>>> b\n`)).toEqual({
      kind: "conflicted",
      theirs,
    });
  });

  it("is recognised with carriage returns and with a marker missing, though no side can be taken", () => {
    const text = `mvgit: 1\n<<<<<<< HEAD\n${side(ours)}=======\n${side(theirs)}>>>>>>> other\n`;
    expect(read(text.replaceAll("\n", "\r\n"))).toEqual({ kind: "conflicted" });
    expect(read(`mvgit: 1\n${side(ours)}=======\n${side(theirs)}>>>>>>> other\n`)).toEqual({ kind: "conflicted" });
    expect(read(`mvgit: 1\n<<<<<<< HEAD\n${side(ours)}`)).toEqual({ kind: "conflicted" });
  });
});

describe("pointer paths", () => {
  it.each(["a.mvgit", "dir/a.bin.mvgit", "a.mvgit.mvgit", ".hidden.mvgit", "x.mvgit/a.mvgit"])("%s is one", (path) => {
    expect(isPointerPath(path)).toBe(true);
    expect(pointerPathOf(targetOf(path as RepoPath))).toBe(path);
  });

  it.each([
    ".mvgit",
    "dir/.mvgit",
    ".mvgit/a.mvgit",
    "dir/.mvgit/a.mvgit",
    ".mvgit.mvgit",
    "d/.MvGit.mvgit",
    ".MVGIT/a.mvgit",
    "a.MVGIT",
    "a.mvgit/b",
    "mvgit",
    "",
  ])("'%s' is none", (path) => expect(isPointerPath(path)).toBe(false));

  it.each([".git.mvgit", "a/.GIT.mvgit", "git~1.mvgit", "..mvgit", "...mvgit"])(
    "%s stands for no path that may be written",
    (path) => {
      if (isPointerPath(path))
        expect(() => targetOf(path as RepoPath)).toThrow(expect.objectContaining({ code: "unsafe-path" }));
    },
  );
});
