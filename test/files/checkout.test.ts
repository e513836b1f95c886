/** `checkout`: the work tree becomes what the pointers say, and no bytes are lost on the way. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout, type CheckoutReport, type CheckoutRequest } from "../../src/files/checkout.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { codeOf, refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, track } from "../support/track.ts";
import { testWatch } from "../support/watch.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/2": "row 2" }, ["w.bin", "data"]);
  return box;
});

const checkOut = async (more: Partial<CheckoutRequest> = {}, folder = "work"): Promise<CheckoutReport> =>
  checkout(await box.open(folder), { paths: [], ...more });
const text = (path: string): string => box.read(path).toString();

describe("what is not here", () => {
  it("is made from the cache, and what is clean is left", async () => {
    fs.rmSync(join(box.dir, "work/data/1"));
    const before = fs.statSync(join(box.dir, "work/w.bin"));
    const report = await checkOut({ paths: ["data/1", "w.bin"] });
    expect(report).toMatchObject({ looked: 2, fetched: { blobs: 0, bytes: 0 }, displaced: [], left: [], held: [] });
    expect(text("work/data/1")).toBe("row 1");
    expect(fs.statSync(join(box.dir, "work/w.bin")).ino).toBe(before.ino);
  });

  it("is fetched from the remote, each with its mode", async () => {
    fs.chmodSync(join(box.dir, "work/w.bin"), 0o755);
    await track(box, { "w.bin": "weights" });
    await cloneOf(box, "clone");
    // A folder is its list and its two files.
    expect(await checkOut({}, "clone")).toMatchObject({ looked: 2, fetched: { bytes: expect.any(Number) } });
    expect(text("clone/w.bin") + text("clone/data/1") + text("clone/data/2")).toBe("weightsrow 1row 2");
    expect(fs.statSync(join(box.dir, "clone/w.bin")).mode & 0o111).not.toBe(0);
  });

  it("is not fetched offline", async () => {
    await cloneOf(box, "clone");
    expect(await refusalOf(box, () => checkOut({ offline: true }, "clone"))).toBe("blob-missing");
  });
});

describe("what was changed here", () => {
  it("stays as it is, named or not", async () => {
    box.write("work/w.bin", "edited");
    for (const paths of [[], ["w.bin"]]) await checkOut({ paths });
    expect(text("work/w.bin")).toBe("edited");
  });

  it("is replaced by force, and its bytes are kept in the cache", async () => {
    box.write("work/w.bin", "edited");
    const hash = hashBytes(Buffer.from("edited"));
    const { displaced } = await checkOut({ paths: ["w.bin"], force: true });
    expect(displaced).toMatchObject([{ path: "w.bin", hash }]);
    expect(text("work/w.bin")).toBe("weights");
    expect((await box.open()).cache.has({ hash, size: 6 })).toBe(true);
  });

  it("in a file of a folder leaves its other files to the checkout", async () => {
    box.write("work/data/1", "edited");
    fs.rmSync(join(box.dir, "work/data/2"));
    await checkOut({ paths: ["data/2"] });
    expect([text("work/data/1"), text("work/data/2")]).toEqual(["edited", "row 2"]);
  });

  it("on both sides is for a person to decide", async () => {
    const old = box.read("work/w.bin.mvgit");
    await track(box, { "w.bin": "newer" });
    box.write("work/w.bin.mvgit", old);
    box.write("work/w.bin", "edited");
    expect(await refusalOf(box, () => checkOut())).toBe("local-changes");
  });
});

describe("another commit", () => {
  it("brings its files, and takes away what it does not track", async () => {
    await box.git("work", ["branch", "old"]);
    await track(box, { "w.bin": "newer", "more.bin": "more" });
    await box.git("work", ["checkout", "-q", "old"]);
    await checkOut();
    expect(text("work/w.bin")).toBe("weights");
    expect(box.exists("work/more.bin")).toBe(false);
  });

  it("leaves what it does not track, where its bytes are in no store", async () => {
    await box.git("work", ["branch", "old"]);
    await track(box, { "more.bin": "more" });
    box.write("work/more.bin", "edited");
    await box.git("work", ["checkout", "-q", "old"]);
    expect((await checkOut()).left).toEqual(["more.bin"]);
    expect(text("work/more.bin")).toBe("edited");
  });
});

it("holds back a name that some program would read", async () => {
  box.write("work/.vscode.mvgit", box.read("work/data.mvgit"));
  await box.git("work", ["add", ".vscode.mvgit"]);
  const { held } = await checkOut();
  expect(held.map(({ path }) => path)).toEqual([".vscode"]);
  expect(box.exists("work/.vscode")).toBe(false);
});

it("refuses what is not tracked or no path, and stops when it is told to", async () => {
  expect(await refusalOf(box, () => checkOut({ paths: ["none"] }))).toBe("not-tracked");
  expect(await refusalOf(box, () => checkOut({ paths: ["main"] }))).toBe("not-tracked");
  const watch = testWatch();
  fs.rmSync(join(box.dir, "work/w.bin"));
  watch.stop();
  expect(await codeOf(checkout(await box.open("work", watch), { paths: [] }))).toBe("interrupted");
  expect(box.exists("work/w.bin")).toBe(false);
});
