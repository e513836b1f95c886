/** `remote copy`: another place gets all that anything here needs, from wherever it can be had. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { gcRemote } from "../../src/care/gc-remote.ts";
import { addRemote } from "../../src/care/remote.ts";
import { remoteCopy, type RemoteCopyReport, type RemoteCopyRequest } from "../../src/care/remote-copy.ts";
import { init } from "../../src/care/init.ts";
import { add } from "../../src/files/add.ts";
import { fetch } from "../../src/files/fetch.ts";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName, hashOfName } from "../../src/store/blob-layout.ts";
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { Place } from "../../src/store/remote/place.ts";
import type { Hash } from "../../src/values/hash.ts";
import { noise } from "../support/containers.ts";
import { codeOf, refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";
import { cloneOf, commit, damage, PROGRAM, storedBlobs, track } from "../support/track.ts";

const disk = vi.hoisted(() => ({ free: null as number | null }));
vi.mock("../../src/base/system-errors.ts", async (original) => ({
  ...(await original<typeof import("../../src/base/system-errors.ts")>()),
  freeAt: () => disk.free,
}));

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
const hashOf = (text: string): Hash => hashBytes(Buffer.from(text));
const fileIn = (place: string, text: string): string => join(at(place), blobName(hashOf(text)));
const emptyCache = (folder = "work"): void => {
  fs.rmSync(at(`${folder}/.git/mvgit/blobs`), { recursive: true, force: true });
};

function blobsIn(place: string): string[] {
  const names = box.exists(place) ? fs.readdirSync(at(place), { recursive: true, encoding: "utf8" }) : [];
  return names.flatMap((name) => hashOfName(name) ?? []).toSorted();
}

const copy = async (more: Partial<RemoteCopyRequest> = {}, folder = "work"): Promise<RemoteCopyReport> =>
  remoteCopy(await box.open(folder), {
    from: "store",
    to: "new",
    everything: false,
    offline: false,
    dryRun: false,
    ...more,
  });

shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "old weights", "data/1": "row 1" }, ["w.bin", "data"]);
  await track(box, { "w.bin": "weights", "data/2": "row 2" }, ["w.bin", "data"]);
  await box.git("work", ["checkout", "-qb", "side", "HEAD~1"]);
  await track(box, { "w.bin": "weights of a side" });
  await box.git("work", ["checkout", "-q", "-"]);
  await push(await box.open(), { paths: [], all: true });
  await box.git("work", ["push", "-q", "--all", "origin"]);
  await addRemote(await box.open(), { name: "new", url: "../new" });
  return box;
});
afterEach(() => {
  disk.free = null;
  vi.restoreAllMocks();
});

describe("copy", () => {
  describe("of versions of a large file stores what each changed", () => {
    const first = noise(3 * 1024 * 1024, 1);
    const second = Buffer.concat([first, noise(1000, 2)]);
    const taken = (): number => {
      const names = fs.readdirSync(at("new"), { recursive: true, encoding: "utf8" });
      const found = names.map((name) => fs.statSync(at(`new/${name}`)));
      return found.reduce((sum, each) => sum + (each.isFile() ? each.size : 0), 0);
    };
    const borrowed = (): string[] => fs.readdirSync(at("work/.git/mvgit/tmp"));

    beforeEach(async () => {
      await track(box, { "w.bin": first });
      await track(box, { "w.bin": second });
    });

    it("that the cache has", async () => {
      await copy();
      expect(taken()).toBeLessThan(first.length + 20_000);
    });

    it("that it lacks: they lie here meanwhile", async () => {
      await push(await box.open(), { paths: [], all: true });
      emptyCache();
      const report = await copy();
      expect(report.lacking).toEqual([]);
      expect(report.given.find(({ store }) => store === "remote 'store'")?.bytes).toBeGreaterThan(2 * first.length);
      expect(taken()).toBeLessThan(first.length + 20_000);
      expect(borrowed()).toEqual([]);
      const remote = await (await box.open()).remote("new");
      for await (const chunk of remote.read(hashBytes(second))) void chunk;
      expect(await copy()).toMatchObject({ copied: 0, present: report.copied });
    });

    it("but where there is no room for that, as is told", async () => {
      await push(await box.open(), { paths: [], all: true });
      emptyCache();
      disk.free = 1024 * 1024;
      const watch = testWatch();
      const request = { from: "store", to: "new", everything: false, offline: false, dryRun: false };
      expect(await remoteCopy(await box.open("work", watch), request)).toMatchObject({ lacking: [] });
      expect(watch.told.join()).toMatch(
        /large files that the cache lacks are stored whole in remote 'new': .*6\.0 MiB in/s,
      );
      expect(taken()).toBeGreaterThan(2 * first.length);
    });

    it("and asks the next remote for what the first one has damaged", async () => {
      await addRemote(await box.open(), { name: "third", url: "../third" });
      await push(await box.open(), { paths: [], all: true, remote: "third" });
      await box.git("work", ["config", "mvgit.encoding", "whole"]);
      await push(await box.open(), { paths: [], all: true });
      await box.git("work", ["config", "--unset", "mvgit.encoding"]);
      damage(join(at("store"), blobName(hashBytes(first))), "x".repeat(first.length));
      emptyCache();
      const { lacking, given } = await copy();
      expect(lacking).toEqual([]);
      expect(given.find(({ store }) => store === "remote 'third'")?.copied).toBe(1);
      expect(taken()).toBeLessThan(first.length + 20_000);
      box.unchecked("a blob of the first remote is damaged");
    });
  });

  it("brings what any ref needs, so that a clone can do with the new place alone, and then nothing more", async () => {
    emptyCache();
    const report = await copy();
    expect(blobsIn("new")).toEqual(storedBlobs(box).toSorted());
    expect(report).toMatchObject({ lacking: [], unknown: [], present: 0, next: ["mvgit remote default new"] });
    expect(report.copied).toBe(storedBlobs(box).length);
    fs.rmSync(at("store"), { recursive: true });
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await init(await box.open("clone"), { remote: "../new", hooks: false, program: PROGRAM });
    expect((await fetch(await box.open("clone"), { paths: [], all: true })).lacking).toEqual([]);
  });

  it("asks once and writes nothing where all is there", async () => {
    await copy();
    const written = vi.spyOn(FolderBucket.prototype, "putIfAbsent");
    expect(await copy()).toMatchObject({ copied: 0, bytes: 0, given: [] });
    expect(written).not.toHaveBeenCalled();
  });

  it("claims before it brings, brings lists after files, and keeps no bytes here", async () => {
    emptyCache();
    const names: string[] = [];
    const put = FolderBucket.prototype.putIfAbsent;
    vi.spyOn(FolderBucket.prototype, "putIfAbsent").mockImplementation(function (this: FolderBucket, name, source) {
      if (this.address === at("new")) names.push(name);
      return put.call(this, name, source);
    });
    await copy();
    const kinds = names.map((name) => {
      const hash = hashOfName(name);
      if (hash === null) return name.split("/")[0];
      return ["row 1", "row 2", "weights", "old weights", "weights of a side"].some((text) => hashOf(text) === hash)
        ? "file"
        : "list";
    });
    expect([...new Set(kinds)]).toEqual(["mvgit.json", "roots", "file", "list"]);
    expect(kinds.lastIndexOf("file")).toBeLessThan(kinds.indexOf("list"));
    expect((await box.open()).cache.sizeOf(hashOf("weights"))).toBeNull();
    await gcRemote(await box.open(), { remote: "new", dryRun: false, offline: true, unclaimed: true });
    expect(blobsIn("new")).toEqual(storedBlobs(box).toSorted());
  });

  it("takes from the cache what it has right, and else from the other place, or from another remote", async () => {
    await addRemote(await box.open(), { name: "third", url: "../third" });
    await push(await box.open(), { paths: [], all: true, remote: "third" });
    const { cache } = await box.open();
    damage(join(cache.folder, blobName(hashOf("weights"))), "WEIGHTS");
    fs.rmSync(join(cache.folder, blobName(hashOf("old weights"))));
    fs.rmSync(fileIn("store", "old weights"));
    const report = await copy();
    expect(report.lacking).toEqual([]);
    const from = Object.fromEntries(report.given.map(({ store, copied }) => [store, copied]));
    expect(from).toEqual({ "the cache": report.copied - 2, "remote 'store'": 1, "remote 'third'": 1 });
  });

  it("names what nobody has right, brings the rest, and goes on when it is mended", async () => {
    emptyCache();
    fs.rmSync(fileIn("store", "old weights"));
    damage(fileIn("store", "row 1"), "row X");
    const { lacking, copied } = await copy();
    expect(lacking.map(({ path, file, why }) => `${file ?? path} ${why}`).toSorted()).toEqual([
      "data/1 damaged",
      "w.bin missing",
    ]);
    expect(copied).toBe(storedBlobs(box).length - 1);
    fs.rmSync(fileIn("store", "row 1"));
    box.write("work/w.bin", "old weights");
    box.write("work/data/1", "row 1");
    await add(await box.open(), { paths: ["w.bin", "data"], asIs: true });
    expect(await copy()).toMatchObject({ lacking: [], copied: 2 });
    box.unchecked("the first remote is left as it was damaged");
  });

  it("puts what is right in the place of what has another size there", async () => {
    await copy();
    damage(fileIn("new", "weights"), "cut");
    expect(await copy({ dryRun: true })).toMatchObject({ copied: 1, replaced: 1 });
    expect(await copy()).toMatchObject({ copied: 1, replaced: 1 });
    expect(fs.readFileSync(fileIn("new", "weights"), "utf8")).toBe("weights");
  });

  it("only tells, where it is to", async () => {
    emptyCache();
    fs.rmSync(fileIn("store", "weights"));
    const report = await copy({ dryRun: true });
    expect(report).toMatchObject({ copied: storedBlobs(box).length, lacking: [{ path: "w.bin", why: "missing" }] });
    expect(box.exists("new/mvgit.json")).toBe(false);
  });

  it("goes on after a failure of the new place with what is not there yet", async () => {
    const put = FolderBucket.prototype.putIfAbsent;
    let left = 5;
    vi.spyOn(FolderBucket.prototype, "putIfAbsent").mockImplementation(async function (this: FolderBucket, ...args) {
      if (this.address === at("new") && left-- <= 0) throw new MvgitError("remote-unavailable", "no answer");
      return put.apply(this, args);
    });
    expect(await codeOf(copy({ jobs: 1 }))).toBe("remote-unavailable");
    const before = blobsIn("new").length;
    left = Infinity;
    expect(before).toBeGreaterThan(0);
    expect(await copy()).toMatchObject({ present: before, copied: storedBlobs(box).length - before, lacking: [] });
  });

  it("takes addresses, and says how the place becomes a remote", async () => {
    const report = await copy({ from: "../store", to: `file://${at("other")}` }).catch((error: unknown) => error);
    expect(report).toMatchObject({ code: "remote-missing" });
    fs.mkdirSync(at("other"));
    expect((await copy({ from: "../store", to: "../other" })).next).toEqual([
      `mvgit remote add NAME ${at("other")}`,
      "mvgit remote default NAME",
    ]);
    expect(blobsIn("other")).toEqual(storedBlobs(box).toSorted());
  });
});

describe("what is not known here", () => {
  it("is said when the clone is shallow, or the host has more", async () => {
    await cloneOf(box, "clone");
    await box.git(".", ["clone", "-q", "--depth", "1", `file://${at("host.git")}`, "shallow"]);
    await init(await box.open("shallow"), { remote: "../store", hooks: false, program: PROGRAM });
    const { unknown, lacking } = await copy({ to: "../new" }, "shallow");
    expect(lacking).toEqual([]);
    expect(unknown.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "check-failed: not all of it may be there: what this repository needs cannot all be seen from this clone: " +
        "its history is cut (shallow clone or grafts)",
    ]);
    await track(box, { "w.bin": "newer" });
    await push(await box.open(), { paths: [] });
    await box.git("work", ["push", "-q", "origin", "HEAD:newer"]);
    expect((await copy({ to: "../new" }, "clone")).unknown[0]?.message).toContain("'refs/heads/newer' of 'origin'");
    expect((await copy({ to: "../new", offline: true }, "clone")).unknown).toEqual([]);
  });

  it("is a pointer that cannot be read; the rest is brought", async () => {
    box.write("work/x.bin.mvgit", "mvgit: 1\nblake3: nonsense\n");
    await box.git("work", ["add", "-f", "x.bin.mvgit"]);
    await commit(box);
    const { unknown, copied } = await copy({ offline: true });
    expect(unknown.map(({ code }) => code)).toEqual(["pointer-malformed"]);
    expect(copied).toBe(storedBlobs(box).length);
    box.unchecked("a pointer is malformed");
  });
});

describe("everything", () => {
  it("takes along what other repositories keep there, and claims it for them", async () => {
    await box.git(".", ["init", "-q", "second"]);
    await init(await box.open("second"), { remote: "../store", hooks: false, program: PROGRAM });
    box.write("second/s.bin", "of another");
    await add(await box.open("second"), { paths: ["s.bin"], asIs: true });
    await commit(box, "second");
    await push(await box.open("second"), { paths: [] });
    damage(fileIn("store", "weights of a side"), "weights of a SIDE");
    const { others, lacking } = await copy({ everything: true });
    expect([others, lacking]).toEqual([{ repositories: 1, leftOut: 0 }, []]);
    expect(fs.readFileSync(fileIn("new", "of another"), "utf8")).toBe("of another");
    const roots = (): string[] => fs.readdirSync(at("new/roots"), { recursive: true, encoding: "utf8" });
    const before = roots();
    expect(await copy({ everything: true })).toMatchObject({ copied: 0 });
    expect(roots()).toEqual(before);
    // Long ago, for a gc that takes all that nobody claims.
    const gc = await gcRemote(await box.open(), { remote: "new", dryRun: true, offline: true, unclaimed: true });
    expect(gc.repositories.map(({ isOwn, pointers }) => `${isOwn} ${pointers}`)).toContain("false 1");
    box.unchecked("a blob of the first remote was damaged");
  });

  it("leaves out what nobody here needs and is damaged there", async () => {
    const stray = hashOf("stray");
    fs.mkdirSync(join(at("store"), blobName(stray), ".."), { recursive: true });
    fs.writeFileSync(join(at("store"), blobName(stray)), "wrong");
    expect(await copy({ everything: true })).toMatchObject({ others: { leftOut: 1 }, lacking: [] });
    expect(blobsIn("new")).not.toContain(stray);
    box.unchecked("a blob of the first remote is damaged");
  });
});

describe("one mark at two addresses", () => {
  it("is told, since it may be one place", async () => {
    fs.cpSync(at("store"), at("mirror"), { recursive: true });
    const watch = testWatch();
    const request = { from: "store", to: "../mirror", everything: false, offline: true, dryRun: false };
    await remoteCopy(await box.open("work", watch), request);
    expect(watch.told.join()).toMatch(/warning: .*bears the same mark as remote 'store'/s);
  });

  it("is another remote at another endpoint: what was seen or claimed at one was not at the other", async () => {
    const repo = await box.open();
    const identity = async (endpoint?: string): Promise<[string, string | null]> => {
      const store = repo.knownStore({ url: at("store"), ...(endpoint !== undefined && { options: { endpoint } }) });
      const place = new Place("store", new FolderBucket(at("store")), store);
      await place.recognise();
      return [place.identity, place.expected];
    };
    const all = [await identity(), await identity("https://one.example"), await identity("https://two.example")];
    for (const [met, expected] of all) expect(expected).toBe(met);
    expect(new Set(all.map(([met]) => met)).size).toBe(3);
  });
});

describe("refused", () => {
  it("is a place that is both, none, or empty", async () => {
    fs.symlinkSync(at("store"), at("link"));
    fs.mkdirSync(at("empty"));
    for (const [to, code] of [
      ["store", "usage"],
      ["../store/", "usage"],
      ["../link", "usage"],
      ["none", "remote-unknown"],
      ["s4://bucket/x", "usage"],
    ] as const)
      expect(await refusalOf(box, () => copy({ to })), to).toBe(code);
    expect(await refusalOf(box, () => copy({ from: "../empty" }))).toBe("remote-foreign");
    fs.writeFileSync(at("empty/notes.txt"), "somebody's");
    expect(await refusalOf(box, () => copy({ to: "../empty" }))).toBe("remote-foreign");
  });
});
