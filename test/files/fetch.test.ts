/** `fetch` and `pull`: from the remote into the cache, and on into the work tree. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fetch, type FetchReport, type FetchRequest } from "../../src/files/fetch.ts";
import { pull, type PullReport, type PullRequest } from "../../src/files/pull.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, damage, storedFile, track } from "../support/track.ts";

const weights = hashBytes(Buffer.from("weights"));

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "old weights" });
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/2": "row 2" }, ["w.bin", "data"]);
  await cloneOf(box, "clone");
  return box;
});

const fetchThere = async (more: Partial<FetchRequest> = {}): Promise<FetchReport> =>
  fetch(await box.open("clone"), { paths: [], ...more });
const pullThere = async (more: Partial<PullRequest> = {}): Promise<PullReport> =>
  pull(await box.open("clone"), { paths: [], ...more });

describe("fetch", () => {
  it("brings what the work tree's pointers need into the cache, and touches no file", async () => {
    const report = await fetchThere();
    expect(report).toMatchObject({ remote: "remote 'store'", pointers: 2, present: 0, lacking: [] });
    expect((await box.open("clone")).cache.has({ hash: weights, size: 7 })).toBe(true);
    expect(box.exists("clone/w.bin")).toBe(false);
    expect(await fetchThere()).toMatchObject({ copied: 0, bytes: 0 });
  });

  it("brings only what is named, down to one file of a folder", async () => {
    expect(await fetchThere({ paths: ["w.bin"] })).toMatchObject({ pointers: 1, copied: 1, bytes: 7 });
    await fetchThere({ paths: ["data/1"] });
    const { cache } = await box.open("clone");
    const has = (text: string): boolean => cache.has({ hash: hashBytes(Buffer.from(text)), size: text.length });
    expect([has("row 1"), has("row 2")]).toEqual([true, false]);
  });

  it("brings what every ref needs, when it is to", async () => {
    await fetchThere({ all: true });
    const { cache } = await box.open("clone");
    expect(cache.has({ hash: hashBytes(Buffer.from("old weights")), size: 11 })).toBe(true);
  });

  it("tells what the remote lacks or has damaged, with its path, and brings the rest", async () => {
    fs.rmSync(storedFile(box, weights));
    damage(storedFile(box, hashBytes(Buffer.from("row 1"))), "row X");
    const { lacking } = await fetchThere();
    expect(lacking.map(({ path, why }) => `${path} ${why}`).toSorted()).toEqual(["data damaged", "w.bin missing"]);
    const { cache } = await box.open("clone");
    expect(cache.has({ hash: hashBytes(Buffer.from("row 2")), size: 5 })).toBe(true);
  });

  it("refuses an unknown remote, an untracked path, and a remote that is gone", async () => {
    expect(await refusalOf(box, () => fetchThere({ remote: "none" }))).toBe("remote-unknown");
    expect(await refusalOf(box, () => fetchThere({ paths: ["none"] }))).toBe("not-tracked");
    fs.rmSync(join(box.dir, "store"), { recursive: true });
    expect(await refusalOf(box, () => fetchThere())).toBe("remote-missing");
  });
});

describe("pull", () => {
  it("fetches and checks out", async () => {
    const { fetch: fetched, checkout } = await pullThere();
    expect([fetched.lacking, checkout?.looked]).toEqual([[], 2]);
    expect(box.read("clone/w.bin").toString() + box.read("clone/data/1").toString()).toBe("weightsrow 1");
  });

  it("leaves the work tree as it is where something could not be fetched", async () => {
    fs.rmSync(storedFile(box, weights));
    expect((await pullThere()).checkout).toBeNull();
    expect(box.exists("clone/data")).toBe(false);
  });

  it("keeps an edit, and replaces it by force", async () => {
    await pullThere();
    box.write("clone/w.bin", "edited");
    await pullThere({ paths: ["w.bin"] });
    expect(box.read("clone/w.bin").toString()).toBe("edited");
    expect((await pullThere({ paths: ["w.bin"], force: true })).checkout?.displaced).toHaveLength(1);
    expect(box.read("clone/w.bin").toString()).toBe("weights");
  });
});
