/** The way back: what DVC and Git LFS would read, byte for byte. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digestOf, dvcFolder, dvcObject, dvcText, fingerprint, lfsText } from "../support/foreign.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let weights: Buffer;
beforeEach(async () => {
  box = await makeSandbox();
  weights = someBytes(2_000_000);
});
afterEach(() => box.cleanup());

async function tracked(): Promise<void> {
  box.write("work/models/the weights.bin", weights);
  for (const [path, text] of Object.entries({
    "a.csv": "1\n",
    "sub/é.csv": "2\n",
    "sub/empty": "",
    "run.sh": "#!/bin/sh\n",
  }))
    box.write(`work/data/${path}`, text);
  fs.chmodSync(join(box.dir, "work/data/run.sh"), 0o755);
  await box.mv("work", ["add", "data", "models/the weights.bin"]);
  await box.git("work", ["commit", "-qm", "tracked"]);
}

it("to DVC: its files, its cache, and the repository as it was", async () => {
  await tracked();
  const before = fingerprint(join(box.dir, "work"));
  expect((await box.mv("work", ["convert", "--to", "dvc", "../copy", "--dry-run"])).stdout).toContain(
    "would convert 2 tracked paths (5 files, 1.9 MiB)",
  );
  expect(box.exists("copy")).toBe(false);
  const { stdout } = await box.mv("work", ["convert", "--to", "dvc", "../copy"]);
  expect(stdout).toContain("note: 'data' has executable files (1), which DVC does not remember");
  expect(fingerprint(join(box.dir, "work"))).toEqual(before);
  expect((await box.git("copy", ["status", "--short"])).stdout).toBe("");
  expect((await box.git("copy", ["show", "--name-status", "--format=%an"])).stdout.split("\n").filter(Boolean)).toEqual(
    [
      "A Tester",
      "A\t.dvc/.gitignore",
      "A\t.dvc/config",
      "A\t.dvcignore",
      "A\tdata.dvc",
      "D\tdata.mvgit",
      "A\tmodels/the weights.bin.dvc",
      "D\tmodels/the weights.bin.mvgit",
    ],
  );
  const md5 = digestOf("md5", weights);
  expect(box.read("copy/models/the weights.bin.dvc").toString()).toBe(
    `outs:\n- md5: ${md5}\n  size: 2000000\n  hash: md5\n  path: the weights.bin\n`,
  );
  expect(box.read(`copy/.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`).equals(weights)).toBe(true);
  const id = /md5: ([0-9a-f]{32})\.dir/.exec(box.read("copy/data.dvc").toString())?.[1] as string;
  const listing = box.read(`copy/.dvc/cache/files/md5/${id.slice(0, 2)}/${id.slice(2)}.dir`).toString();
  expect(digestOf("md5", listing)).toBe(id);
  expect(JSON.parse(listing).map((each: { relpath: string }) => each.relpath)).toEqual([
    "a.csv",
    "run.sh",
    "sub/empty",
    "sub/é.csv",
  ]);
  expect((await box.mv("work", ["convert", "--to", "dvc", "../copy"], 2)).stderr).toContain("'../copy' is not empty");
});

it("there and back: from DVC to mvgit to DVC names the same bytes the same way", async () => {
  const md5 = dvcObject(box, "work/.dvc/cache", weights);
  box.write("work/.dvc/config", "[cache]\n    dir = /somewhere/else\n");
  box.write("work/.dvc/.gitignore", "/config.local\n/cache\n");
  box.write("work/w.bin.dvc", dvcText({ md5, size: weights.length, path: "w.bin" }));
  box.write(
    "work/data.dvc",
    `outs:\n- md5: ${dvcFolder(box, "work/.dvc/cache", { "b/x": "1", a: "2" })}\n  size: 2\n  nfiles: 2\n ` +
      (" " + `hash: md5\n  path: data\n`),
  );
  const scores = dvcObject(box, "work/.dvc/cache", "scores");
  box.write(
    "work/dvc.lock",
    `schema: '2.0'\nstages:\n  t:\n    cmd: t\n    outs:\n    - path: scores\n      hash: md5\n      md5: ` +
      `${scores}\n      size: 6\n`,
  );
  box.write("work/.gitignore", "/w.bin\n/data\n/scores\n");
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "DVC"]);
  await box.mv("work", ["import", "dvc", "--commit"]);
  await box.mv("work", ["convert", "--to", "dvc", "../copy"]);
  expect((await box.git("copy", ["diff", "--stat", "HEAD", "HEAD~2"])).stdout).toBe("");
  expect(box.read("copy/.dvc/config.local").toString()).toBe("[cache]\n    dir = cache\n");
  const objects = (folder: string): string[] =>
    fs.readdirSync(join(box.dir, folder), { recursive: true, encoding: "utf8" }).toSorted();
  expect(objects("copy/.dvc/cache")).toEqual(objects("work/.dvc/cache"));
});

it("to Git LFS: a pointer for each file, attributes, objects", async () => {
  await tracked();
  await box.mv("work", ["convert", "--to", "lfs", "../copy"]);
  expect((await box.git("copy", ["status", "--short"])).stdout).toBe("");
  expect((await box.git("copy", ["show", "HEAD:models/the weights.bin"])).stdout).toBe(lfsText(weights));
  expect((await box.git("copy", ["ls-files", "-s", "data/run.sh"])).stdout).toMatch(/^100755 /);
  expect(
    (await box.git("copy", ["check-attr", "filter", "data/sub/é.csv", "models/the weights.bin", ".gitattributes"]))
      .stdout,
  ).toBe(
    "data/sub/\\303\\251.csv: filter: lfs\n".replace("data/sub/\\303\\251.csv", '"data/sub/\\303\\251.csv"') +
      "models/the weights.bin: filter: lfs\n.gitattributes: filter: unspecified\n",
  );
  expect(box.exists("copy/.gitignore")).toBe(false);
  const oid = digestOf("sha256", weights);
  expect(box.read(`copy/.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`).equals(weights)).toBe(true);
  await box.mv("copy", ["import", "lfs", "--commit"]);
  expect((await box.mv("copy", ["ls"])).stdout).toContain("the weights.bin");
  expect((await box.mv("copy", ["cat", "data/sub/é.csv"])).stdout).toBe("2\n");
});

it("what the cache lacks comes from the remote first, and without it nothing is made", async () => {
  await tracked();
  await box.mv("work", ["push"]);
  fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
  expect((await box.mv("work", ["convert", "--to", "dvc", "../copy"])).stdout).toMatch(/fetched \d+ blobs first/);
  fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
  fs.rmSync(join(box.dir, "store/blobs"), { recursive: true });
  box.unchecked("all stores are emptied");
  await box.mv("work", ["convert", "--to", "lfs", "../other"], 23);
  expect(box.exists("other")).toBe(false);
});

it.each([".dvc/cache", ".dvc/cache/files", ".dvc"])(
  "a link at '%s' that the repository brings is never written through",
  async (path) => {
    await tracked();
    fs.mkdirSync(join(box.dir, "victim"));
    if (path !== ".dvc") box.write("work/.dvc/config", "");
    fs.mkdirSync(join(box.dir, "work", path, ".."), { recursive: true });
    fs.symlinkSync(join(box.dir, "victim"), join(box.dir, "work", path));
    await box.git("work", ["add", "-f", path, ...(path.startsWith(".dvc/") ? [".dvc/config"] : [])]);
    await box.git("work", ["commit", "-qm", "evil"]);
    expect((await box.mv("work", ["convert", "--to", "dvc", "../copy"], 1)).stderr).toContain("is a symbolic link");
    expect(fs.readdirSync(join(box.dir, "victim"))).toEqual([]);
  },
);

it("needs to be told what for", async () => {
  expect((await box.mv("work", ["convert", "../copy"], 2)).stderr).toContain("needs '--to dvc' or '--to lfs'");
  expect((await box.mv("work", ["convert", "--to", "dvc", "../copy"])).stdout).toBe(
    "nothing to convert: HEAD has no pointer\n",
  );
});
