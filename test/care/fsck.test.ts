/** `fsck`: every blob that commits and the index need is read, and is what it is called. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { command } from "../../src/cli/commands/care/fsck.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import { fsck, type FsckReport, type FsckRequest } from "../../src/care/fsck.ts";
import { push } from "../../src/files/push.ts";
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { commit, damage, storedFile, track } from "../support/track.ts";

const row = hashBytes(Buffer.from("row 1"));
const old = hashBytes(Buffer.from("old"));

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "old" });
  await track(box, { "w.bin": "weights", "data/1": "row 1" }, ["w.bin", "data"]);
  await push(await box.open(), { paths: [] });
  return box;
});

const fsckHere = async (more: FsckRequest = {}): Promise<FsckReport> => fsck(await box.open(), more);

it("finds nothing where all is well, and says how much it read", async () => {
  const report = await fsckHere();
  expect(report).toMatchObject({ store: "the cache", findings: [], broken: [] });
  // w.bin, and of the folder its list in two parts and its file.
  expect(report.checked).toBe(4);
  expect(report.bytes).toBeGreaterThan(12);
});

describe("in the cache", () => {
  it("a damaged blob is told with its file and set aside, a missing one as missing", async () => {
    const { cache } = await box.open();
    damage(cache.fileOf(row), "row X");
    const { findings } = await fsckHere();
    expect(findings).toMatchObject([{ hash: row, why: "damaged" }]);
    for (const user of findings[0]?.users ?? []) expect(user).toMatchObject({ path: "data", file: "data/1" });
    expect(fs.existsSync(findings[0]?.aside ?? "")).toBe(true);
    expect(cache.sizeOf(row)).toBeNull();
  });

  it("what older commits need is looked at when all is asked for", async () => {
    fs.rmSync((await box.open()).cache.fileOf(old));
    expect((await fsckHere()).findings).toEqual([]);
    expect((await fsckHere({ all: true })).findings).toMatchObject([{ hash: old, why: "missing" }]);
  });
});

it("a remote is read the same way, and nothing of it is changed", async () => {
  damage(storedFile(box, row), "row X");
  expect((await fsckHere()).findings).toEqual([]);
  for (const remote of ["", "store"])
    expect((await fsckHere({ remote })).findings).toMatchObject([{ hash: row, why: "damaged", aside: null }]);
  expect(fs.readFileSync(storedFile(box, row), "utf8")).toBe("row X");
});

it("of a remote that was emptied the first ten are told, and how many others there are, with what to do", async () => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`many/${at}`, `file ${at} of many`]));
  await track(box, files, ["many"]);
  await push(await box.open(), { paths: [] });
  for (const folder of ["blobs", "packs", "index"])
    fs.rmSync(join(box.dir, "store", folder), { recursive: true, force: true });
  const report = await fsckHere({ remote: "" });
  expect(report.findings.length).toBeGreaterThan(30);
  const lines = command.text(report, makeStyle({ color: false })).split("\n");
  expect(lines.filter((line) => line.startsWith("missing: "))).toHaveLength(10);
  const rest = report.findings.length - 10;
  expect(lines.slice(10)).toEqual([
    `and ${rest} other blobs, ${rest} missing; '--json' lists all of them`,
    "'mvgit push --repair' brings what your cache has",
    "0 blobs (0 B) of remote 'store' read and found right",
  ]);
});

it("what is read from a damaged pack is told with the pack and who needs it, and a push mends it", async () => {
  const files = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`many/${at}`, `file ${at} of many`]));
  await track(box, files, ["many"]);
  await push(await box.open(), { paths: [] });
  const [pack = ""] = (fs.readdirSync(join(box.dir, "store", "packs"), { recursive: true }) as string[]).filter(
    (name) => /^..[\\/].{62}$/.test(name),
  );
  const file = join(box.dir, "store", "packs", pack);
  const bytes = fs.readFileSync(file);
  bytes.fill(0, bytes.indexOf("file 3 of many"), bytes.indexOf("file 3 of many") + 5);
  fs.rmSync(file);
  fs.writeFileSync(file, bytes);
  const { findings } = await fsckHere({ remote: "" });
  expect(findings).toMatchObject([{ why: "damaged", hash: hashBytes(Buffer.from("file 3 of many")) }]);
  expect(findings[0]?.objects).toEqual([`packs/${pack.replaceAll("\\", "/")}`]);
  expect(findings[0]?.users).toContainEqual(expect.objectContaining({ path: "many", file: "many/3" }));
  expect(await push(await box.open(), { paths: [], all: true, repair: true })).toMatchObject({ repaired: 1 });
  expect((await fsckHere({ remote: "" })).findings).toEqual([]);
});

it("small files of a remote are read by ranges that hold many of them, damaged ones among them", async () => {
  const files = Array.from({ length: 300 }, (_, at) => [`many/${at}`, `file ${at}`] as const);
  await track(box, Object.fromEntries(files), ["many"]);
  await push(await box.open(), { paths: [] });
  const gets = vi.spyOn(FolderBucket.prototype, "get");
  try {
    for (const all of [false, true]) {
      gets.mockClear();
      const report = await fsckHere({ remote: "", all });
      expect(report).toMatchObject({ findings: [], broken: [] });
      expect(report.checked).toBeGreaterThan(300);
      expect(gets.mock.calls.length).toBeLessThan(40);
    }
  } finally {
    gets.mockRestore();
  }
});

it("pointers that cannot be read are told", async () => {
  box.write("work/bad.mvgit", "mvgit: 1\nno hash\n");
  await box.git("work", ["add", "bad.mvgit"]);
  await commit(box);
  // As HEAD has it, and as the index does.
  expect((await fsckHere()).broken).toMatchObject([{ path: "bad.mvgit" }, { path: "bad.mvgit", where: "index" }]);
});

it("refuses a remote that is not known", async () => {
  expect(await codeOf(fsckHere({ remote: "none" }))).toBe("remote-unknown");
});
