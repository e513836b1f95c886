/**
 * A name is no bytes: what is found under it counts only with the size that a pointer or manifest says, and damage is
 * damage whichever sum tells.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAMAGES, type Damage } from "../../support/gcs-lies.ts";
import { type GcsServer, startGcsServer } from "../../support/gcs-server.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

/** A file, one that comes in ranges, and a folder: five blobs with its two manifests. */
const PATHS = ["w.bin", "large.bin", "data"];
const LARGE = Buffer.alloc(2_500_000, "l");

let box: Sandbox;
let hashes: Record<string, string>;
const at = (path: string): string => join(box.dir, path);
const blobIn = (top: string, path: string): string =>
  at(`${top}/blobs/${hashes[path]?.slice(0, 2)}/${hashes[path]?.slice(2)}`);
const CACHE = "work/.git/mvgit";

async function commitAll(): Promise<void> {
  box.write("work/w.bin", "weights");
  box.write("work/large.bin", LARGE);
  box.write("work/data/1", "row 1");
  const { added } = JSON.parse((await box.mv("work", ["add", ...PATHS, "--json"])).stdout) as {
    added: { path: string; hash: string }[];
  };
  hashes = Object.fromEntries(added.map(({ path, hash }) => [path, hash]));
  await box.git("work", ["commit", "-qm", "one"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
}

function overwrite(file: string, bytes: string | Buffer): void {
  fs.chmodSync(file, 0o644);
  fs.writeFileSync(file, bytes);
}

drawTests(3);

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  // What is damaged here is looked up as an object of its own.
  await box.git("work", ["config", "mvgit.encoding", "whole"]);
  await commitAll();
  return box;
});

describe("a bucket", () => {
  let server: GcsServer;
  const objects = (): Buffer[] =>
    Object.values(hashes).map(
      (hash) => server.objects.get(`bucket/team/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`)?.bytes ?? Buffer.alloc(0),
    );

  beforeEach(async () => {
    server = await startGcsServer();
    box.env["STORAGE_EMULATOR_HOST"] = server.url;
    await box.git("work", ["config", "mvgit-remote.store.url", "gs://bucket/team"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.git("clone", ["config", "mvgit-remote.store.url", "gs://bucket/team"]);
    await box.git("clone", ["config", "mvgit.remote", "store"]);
  });
  afterEach(() => server.close());

  async function holdsAll(): Promise<void> {
    expect((await box.mv("clone", ["fsck", "--remote"])).stdout).toContain("5 blobs");
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/large.bin").equals(LARGE)).toBe(true);
    expect(box.read("clone/data/1").toString()).toBe("row 1");
  }

  it("what cut uploads left is replaced by the push they were of: blobs, claims and the remote's mark", async () => {
    for (const name of [/mvgit.json$/, /roots\//, /blobs\//]) server.lies.tell({ do: "leftover", name, times: 2 });
    const { stdout } = await box.mv("work", ["push"]);
    expect(stdout).toContain("pushed 5 blobs");
    server.lies.clear();
    expect(
      [...server.objects.values()].filter(({ name, bytes }) => bytes.length === 0 && !name.endsWith("since")),
    ).toEqual([]);
    await holdsAll();
  });

  it("an upload that the other side keeps in part, or wrongly, is sent again", async () => {
    server.lies.tell({ do: "keeps-part", bytes: 3, name: /blobs\//, times: 2 });
    server.lies.tell({ do: "keeps-other", name: /blobs\//, times: 2 });
    await box.mv("work", ["push"]);
    await holdsAll();
  });

  it("a bucket that never keeps what it is sent is told so, with no success", async () => {
    server.lies.tell({ do: "leftover", name: new RegExp(hashes["w.bin"]?.slice(2) ?? ""), times: Infinity });
    expect((await box.mv("work", ["push"], 25)).stderr).toContain("time after time");
    expect((await box.mv("work", ["status", "--remote"])).stdout).toContain("lacks");
  });

  it("what is said to be there, and is not, is sent; what a listing leaves out is not sent twice", async () => {
    server.lies.tell({ do: "says-present", name: /blobs\//, times: 3 });
    await box.mv("work", ["push"]);
    await holdsAll();
    for (let i = 0; i < 40; i++) box.write(`work/many/${i}`, `row ${i}`);
    await box.mv("work", ["add", "many"]);
    server.lies.tell({ do: "omits", name: /blobs\//, times: 2 });
    server.lies.tell({ do: "repeats", name: /blobs\//, times: 2 });
    expect((await box.mv("work", ["push"])).stdout).toContain("pushed 41 blobs");
  });

  const byPush: Damage[] = ["cut short", "empty", "too long"];

  it.each(Object.keys(DAMAGES) as Damage[])(
    "%s: told as damage by every command, all of it, and mended",
    async (how) => {
      await box.mv("work", ["push"]);
      expect(server.damage(/blobs\//, how)).toBe(5);
      for (const path of PATHS) {
        expect((await box.mv("clone", ["pull", path], 24)).stderr).toContain("damaged");
        expect(box.exists(`clone/${path}`)).toBe(false);
      }
      await box.mv("clone", ["cat", "w.bin"], 24);
      const { stdout } = await box.mv("work", ["fsck", "--remote"], 24);
      expect(stdout.match(/damaged: blob/g)).toHaveLength(5);
      const isSeen = byPush.includes(how);
      expect((await box.mv("work", ["status", "--remote"])).stdout).toContain(
        isSeen ? "are damaged there" : "lacks nothing",
      );
      expect((await box.mv("work", isSeen ? ["push"] : ["push", "--repair"])).stdout).toContain(
        "5 damaged blobs replaced",
      );
      await holdsAll();
    },
  );

  it("a transfer that is cut, or brings wrong bytes once, is no damage", async () => {
    await box.mv("work", ["push"]);
    for (const action of [
      { do: "cut-body", after: 3 },
      { do: "wrong-bytes" },
      { do: "short" },
      { do: "long" },
    ] as const) {
      server.faults.clear();
      server.faults.add({ kind: "get", nth: 3, action });
      expect((await box.mv("clone", ["fsck", "--remote"])).stdout).toContain("5 blobs");
      fs.rmSync(at("clone/.git/mvgit/blobs"), { recursive: true, force: true });
      server.faults.clear();
      server.faults.add({ kind: "get", nth: 2, action });
      await box.mv("clone", ["pull"]);
    }
  });

  it("a damaged object stays where the cache's own bytes are wrong too, or where nobody may delete it", async () => {
    await box.mv("work", ["push"]);
    server.damage(/blobs\//, "cut short");
    const before = objects();
    overwrite(blobIn(CACHE, "w.bin"), "?eights");
    await box.mv("work", ["push", "w.bin"], 24);
    expect(objects()[0]?.equals(before[0] as Buffer)).toBe(true);
    server.options.permissions = ["storage.objects.get", "storage.objects.list", "storage.objects.create"];
    expect((await box.mv("work", ["push", "large.bin"], 22)).stderr).toMatch(
      /is damaged .* and you may not replace it/,
    );
    expect(objects().every((bytes, index) => bytes.equals(before[index] as Buffer))).toBe(true);
  });
});

describe("a folder", () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut short", (bytes) => bytes.subarray(1)],
    ["empty", () => Buffer.alloc(0)],
    ["too long", (bytes) => Buffer.concat([bytes, Buffer.from("more")])],
  ])("a blob that is %s: status, dry run and push agree, and push mends it", async (_, change) => {
    await box.mv("work", ["push"]);
    for (const path of PATHS) overwrite(blobIn("store", path), change(fs.readFileSync(blobIn("store", path))));
    expect((await box.mv("work", ["status", "--remote"])).stdout).toMatch(/lacks 3 blobs.*\n.*are damaged there/);
    expect((await box.mv("work", ["push", "--dry-run"])).stdout).toContain("would push 3 blobs");
    const { stdout } = await box.mv("work", ["push"]);
    expect(stdout).toContain("pushed 3 blobs");
    expect(stdout).toContain("3 damaged blobs replaced");
    expect((await box.mv("work", ["push", "--verify"])).stdout).toContain("5 blobs read there and found right");
    expect(fs.readdirSync(at("store/tmp"))).toEqual([]);
  });

  it("the pre-push hook mends it too, and stops the push that cannot", async () => {
    await box.mv("work", ["push"]);
    overwrite(blobIn("store", "w.bin"), "w");
    await box.mv("work", ["hooks", "install"]);
    await box.git("work", ["commit", "-qm", "again", "--allow-empty"]);
    await box.git("work", ["push", "-q", "../other.git", "main"], 128);
    await box.git(".", ["init", "-q", "--bare", "other.git"]);
    await box.git("work", ["push", "-q", "../other.git", "main"]);
    expect(fs.readFileSync(blobIn("store", "w.bin"), "utf8")).toBe("weights");
    overwrite(blobIn("store", "w.bin"), "w");
    fs.rmSync(blobIn(CACHE, "w.bin"));
    await box.git(".", ["init", "-q", "--bare", "third.git"]);
    expect((await box.git("work", ["push", "-q", "../third.git", "main"], 1)).stderr).toContain("is damaged");
  });

  it("a version whose blob was cut short there is not promoted", async () => {
    await box.mv("work", ["push"]);
    await box.mv("work", ["version", "m", "w.bin"], -1);
    box.write("work/train.sh", "echo 2 > out.bin\n");
    await box.git("work", ["add", "train.sh"]);
    await box.git("work", ["commit", "-qm", "train"]);
    await box.mv("work", ["run", "m", "--weights", "out.bin", "--", "sh", "train.sh"]);
    await box.mv("work", ["push"]);
    overwrite(blobIn("store", "w.bin"), "w");
    await box.git("work", ["push", "-q", "--follow-tags", "origin", "main"]);
    expect((await box.mv("work", ["promote", "m@v1", "production"], 24)).stderr).toContain("damaged");
    await box.mv("work", ["audit"], -1);
    await box.mv("work", ["push"]);
    await box.mv("work", ["promote", "m@v1", "production"]);
  });
});

describe("the cache", () => {
  it.each<[string, (file: string) => void]>([
    ["cut short", (file) => overwrite(file, "w")],
    ["empty", (file) => overwrite(file, "")],
    ["too long", (file) => overwrite(file, "weights and more")],
  ])("a blob that is %s is as good as absent: fetched, added and listed anew", async (_, damage) => {
    await box.mv("work", ["push"]);
    const blob = blobIn(CACHE, "w.bin");
    damage(blob);
    expect(
      JSON.parse((await box.mv("work", ["ls", "--json"])).stdout).tracked.find(
        (each: { path: string }) => each.path === "w.bin",
      ),
    ).toMatchObject({ inCache: false });
    expect((await box.mv("work", ["status"])).stdout).toContain("cache");
    expect((await box.mv("work", ["cat", "w.bin"])).stdout).toBe("weights");
    damage(restoreBlob(blob));
    expect((await box.mv("work", ["fetch"])).stdout).toContain("fetched 1 blob");
    damage(blob);
    fs.rmSync(at("work/w.bin"));
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").toString()).toBe("weights");
    damage(blob);
    await box.mv("work", ["add", "w.bin"]);
    expect(fs.readFileSync(blob, "utf8")).toBe("weights");
    damage(blob);
    await box.git("work", ["commit", "-qm", "two", "--allow-empty"]);
    await box.mv("work", ["export", "HEAD", "-o", "../out", "w.bin"], -1);
    fs.rmSync(blobIn("store", "w.bin"));
    await box.mv("work", ["push"], 24);
  });

  function restoreBlob(file: string): string {
    if (!fs.existsSync(file)) fs.writeFileSync(file, "weights", { mode: 0o444 });
    return file;
  }
});
