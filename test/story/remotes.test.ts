/** A folder as a remote that lies, fails, is away or is somebody else's. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { spyOn } from "../support/spy.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
/** Hashes of a small file, a large one, and a folder's manifest. */
const hashes: string[] = [];
const large = Buffer.alloc(2_500_000, "l");
const PATHS = ["w.bin", "large.bin", "data"];
const blob = (hash: string, top: string): string => at(`${top}/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  // What is damaged here is looked up as an object of its own.
  await box.git("work", ["config", "mvgit.encoding", "whole"]);
  box.write("work/w.bin", "weights");
  box.write("work/large.bin", large);
  box.write("work/data/1", "row 1");
  const { added } = JSON.parse((await box.mv("work", ["add", ...PATHS, "--json"])).stdout);
  hashes.push(...added.map((each: { hash: string }) => each.hash));
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["remote", "add", "store", "../store"]);
  return box;
});

function replaceAll(change: (bytes: Buffer) => Buffer): void {
  for (const hash of hashes) {
    fs.chmodSync(blob(hash, "store"), 0o644);
    fs.writeFileSync(blob(hash, "store"), change(fs.readFileSync(blob(hash, "store"))));
  }
}

describe("blobs in the remote that are not what they are called", () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ["the right size and wrong bytes", (bytes) => Buffer.concat([Buffer.from("?"), bytes.subarray(1)])],
    ["short", (bytes) => bytes.subarray(1)],
    ["long", (bytes) => Buffer.concat([bytes, Buffer.from("and more")])],
    ["empty", () => Buffer.alloc(0)],
    ["a page of HTML", () => Buffer.from("<html>Please sign in</html>")],
  ])("%s: nothing of it is visible, the error names it, --repair replaces it", async (how, change) => {
    replaceAll(change);
    // Of a large one the bytes asked for are the right ones, whatever follows them.
    const wrong = PATHS.filter((path) => how !== "long" || path !== "large.bin");
    for (const path of wrong) {
      const { stdout, stderr } = await box.mv("clone", ["pull", path], 24);
      expect(stdout + stderr).toContain("damaged");
      expect(box.exists(`clone/${path}`)).toBe(false);
    }
    await box.mv("clone", ["checkout"], 24);
    for (const path of wrong)
      expect(fs.existsSync(blob(hashes[PATHS.indexOf(path)] as string, "clone/.git/mvgit"))).toBe(false);
    await box.mv("clone", ["fsck", "--remote"], 24);
    expect((await box.mv("work", ["push", "--repair"])).stdout).toContain("3 damaged blobs replaced");
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/large.bin").equals(large)).toBe(true);
    expect((await box.mv("clone", ["status", "--check"])).stdout).toContain("all clean");
  });

  it("--repair touches nothing where the cache's own copy is bad too", async () => {
    replaceAll((bytes) => Buffer.concat([Buffer.from("?"), bytes.subarray(1)]));
    for (const hash of hashes) {
      fs.chmodSync(blob(hash, "work/.git/mvgit"), 0o644);
      fs.appendFileSync(blob(hash, "work/.git/mvgit"), "?");
    }
    await box.mv("work", ["push", "--repair"], 24);
    expect(fs.readFileSync(blob(hashes[0] as string, "store"), "utf8")).toBe("?eights");
  });
});

describe("absence", () => {
  it("a blob that neither remote nor cache has: who may have it, and fsck finds them all", async () => {
    for (const hash of hashes) fs.rmSync(blob(hash, "store"));
    const { stderr } = await box.mv("clone", ["checkout"], 23);
    expect(stderr).toContain("remote 'store' does not have blob");
    expect(stderr).toContain("ask whoever committed it to run 'mvgit push'");
    const { stdout } = await box.mv("clone", ["fsck", "--remote"], 23);
    expect(stdout.match(/missing: blob/g)?.length).toBe(3);
    await box.mv("work", ["push"]);
    await box.mv("clone", ["pull"]);
  });

  it("the remote's folder is away: local commands work, push says what is not stored yet", async () => {
    fs.renameSync(at("store"), at("unplugged"));
    box.write("work/w.bin", "newer");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "two"]);
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").toString()).toBe("weights");
    await box.git("work", ["checkout", "-q", "main"]);
    for (const args of [
      ["checkout", "--offline"],
      ["status", "--check"],
      ["cat", "w.bin"],
      ["fsck"],
      ["gc"],
      ["doctor"],
    ])
      await box.mv("work", args, args[0] === "doctor" ? 1 : 0);
    const { stderr } = await box.mv("work", ["push"], 23);
    expect(stderr).toContain("does not exist");
    expect(stderr).toMatch(/not known to be in remote 'store': 'w\.bin'/);
    expect(stderr).toContain("mount the disk");
    expect(box.exists("store")).toBe(false);
    await box.mv("clone", ["pull"], 23);
    await box.mv("clone", ["checkout", "--offline"], 23);
  });

  it("a listing that fails is an error, never 'empty'", async () => {
    for (let i = 0; i < 1100; i++) box.write(`work/many/${i}`, String(i));
    await box.mv("work", ["add", "many"]);
    Object.assign(box.env, spyOn(box.dir, { failListing: at("store") }).env);
    expect((await box.mv("work", ["push"], 25)).stderr).toContain("EIO");
    expect((await box.mv("work", ["fsck", "--remote", "--all"], 25)).stderr).toContain("EIO");
    const fresh = at("fresh");
    fs.mkdirSync(fresh);
    Object.assign(box.env, spyOn(box.dir, { failListing: fresh }).env);
    await box.mv("work", ["remote", "add", "fresh", fresh], 25);
    expect((await box.mv("work", ["remote", "list"])).stdout).not.toContain("fresh");
  });
});

describe("the wrong place", () => {
  it.each<[string, Record<string, string>, number]>([
    ["files of somebody else", { "thesis.doc": "x" }, 1],
    ["a mark that is no mark", { "mvgit.json": "[]" }, 1],
    ["a mark that is no JSON", { "mvgit.json": "hello" }, 1],
    ["a newer format", { "mvgit.json": '{"mvgit": 3}' }, 20],
  ])("%s: refused by push, pull and remote add, and left alone", async (_, files, status) => {
    fs.rmSync(at("store"), { recursive: true });
    for (const [name, text] of Object.entries(files)) box.write(`store/${name}`, text);
    await box.mv("work", ["push"], status);
    await box.mv("clone", ["pull"], status);
    await box.mv("work", ["remote", "add", "again", "../store"], status);
    expect(fs.readdirSync(at("store"))).toEqual(Object.keys(files));
  });

  it("an address of another kind is refused, and a folder made by a slip is told", async () => {
    for (const url of ["s4://bucket/x", "ftp://host/x", "S3://bucket"]) {
      expect((await box.mv("clone", ["init", "--remote", url], 2)).stderr).toContain(
        `'${url}' is not the address of a remote`,
      );
    }
    expect((await box.mv("work", ["remote", "add", "slip", "../stoer"])).stdout).toContain(
      "stoer, a new folder (written to",
    );
    expect((await box.mv("clone", ["fetch", "w.bin"])).stdout).toContain("fetched 1 blob");
  });

  it("a clone that pushed before it had a Git host is not taken for another repository", async () => {
    await box.git(".", ["init", "-q", "-b", "main", "alone"]);
    await box.mv("alone", ["init", "--no-hooks", "--remote", "../lonely"]);
    for (const [name, before] of [
      ["one", []],
      ["two", ["remote", "add", "origin", "../host.git"]],
    ] as const) {
      if (before.length > 0) await box.git("alone", [...before]);
      box.write(`alone/${name}.bin`, name);
      await box.mv("alone", ["add", `${name}.bin`]);
      await box.git("alone", ["commit", "-qm", name]);
      const { stdout, stderr } = await box.mv("alone", ["push"]);
      expect(stdout).toContain(`: ${name === "one" ? "1 pointer, 1 blob" : "2 pointers, 2 blobs"}`);
      expect(stderr).not.toContain("another repository");
    }
  });

  it("one remote for two repositories: each finds its own, and both keep theirs", async () => {
    await box.git(".", ["init", "-q", "other"]);
    await box.mv("other", ["init", "--remote", "../store", "--no-hooks"]);
    box.write("other/w.bin", "other weights");
    box.write("other/same.bin", "weights");
    await box.mv("other", ["add", "w.bin", "same.bin"]);
    expect((await box.mv("other", ["push"])).stdout).toContain("pushed 1 blob");
    await box.mv("clone", ["pull"]);
    await box.mv("other", ["push", "--verify"]);
  });
});
