/** A refusal names the file, says what is wrong with it and where, and what helps. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
let back: () => void;
beforeAll(async () => {
  box = await makeSandbox();
  // What is damaged here is looked up as an object of its own.
  await box.git("work", ["config", "mvgit.encoding", "whole"]);
  for (let each = 10; each < 25; each++) box.write(`work/data/f${each}`, `file ${each}\n`);
  box.write("work/w.bin", "weights\n");
  await box.mv("work", ["add", "data", "w.bin"]);
  await box.git("work", ["commit", "-qm", "all"]);
  await box.mv("work", ["push"]);
  box.unchecked("blobs are damaged and lost");
  back = box.keep();
});
afterAll(() => box.cleanup());

function hashOf(file: string): string {
  return /blake3: ([0-9a-f]+)/.exec(box.read(`work/${file}.mvgit`).toString())?.[1] as string;
}

function blob(hash: string, top: string): string {
  return join(box.dir, top, "blobs", hash.slice(0, 2), hash.slice(2));
}

function damage(file: string): void {
  fs.chmodSync(file, 0o644);
  fs.writeFileSync(file, "wrong!!\n");
}

async function said(args: readonly string[], status: number): Promise<string> {
  return (await box.mv("work", args, status)).stderr;
}

/** Every file of the remote's but one that names what is needed. */
function empty(top: string, keep: readonly string[]): void {
  for (const shelf of fs.readdirSync(join(box.dir, top, "blobs"))) {
    for (const name of fs.readdirSync(join(box.dir, top, "blobs", shelf)))
      if (!keep.includes(shelf + name)) fs.rmSync(join(box.dir, top, "blobs", shelf, name), { force: true });
  }
}

it("a damaged blob is told as such, with its place, also when no remote has it, and the second time too", async () => {
  const hash = hashOf("w.bin");
  damage(blob(hash, "work/.git/mvgit"));
  fs.rmSync(blob(hash, "store"));
  fs.rmSync(join(box.dir, "work/w.bin"));
  const aside =
    `blob ${hash.slice(0, 10)} is damaged in the cache (set aside as ` +
    `'${join(box.dir, "work/.git/mvgit/damaged", hash)}.`;
  for (const [args, words] of [
    [["checkout"], "cannot check out 'w.bin'"],
    [["checkout"], "nothing was checked out: cannot bring 'w.bin'"],
    [["pull"], "cannot fetch 'w.bin'"],
    [["push"], "cannot push 'w.bin'"],
    [["export", "HEAD", "-o", "../out"], "cannot bring 'w.bin'"],
    [["cat", "w.bin"], "'w.bin'"],
  ] as const) {
    const stderr = await said(args, 24);
    expect(stderr).toContain(`error: ${words}: ${aside}`);
    expect(stderr).toMatch(
      /, and (remote 'store'|the remote) does not have it\nhint: run 'mvgit add' where the file still is/,
    );
  }
  expect((await box.mv("work", ["fsck"], 24)).stdout).toMatch(
    /^damaged: blob \w{10} in the cache, needed by 'w\.bin' .*; set aside as '/,
  );
  box.write("work/w.bin", "weights\n");
  await box.mv("work", ["add", "w.bin"]);
  await box.mv("work", ["push"]);
  await box.mv("work", ["fsck", "--remote"]);
  back();
});

it("of a folder the files are named, the first ten and a count; by the library's get as well", async () => {
  const list = hashOf("data");
  const leaves = fs
    .readdirSync(join(box.dir, "work/.git/mvgit/blobs"))
    .flatMap((shelf) => fs.readdirSync(join(box.dir, "work/.git/mvgit/blobs", shelf)).map((name) => shelf + name));
  const lists = leaves.filter((hash) => fs.readFileSync(blob(hash, "work/.git/mvgit"), "latin1").startsWith("mvgit"));
  expect(lists).toContain(list);
  for (const top of ["work/.git/mvgit", "store"]) empty(top, [...lists, hashOf("w.bin")]);
  fs.rmSync(join(box.dir, "work/data"), { recursive: true });
  const names = Array.from({ length: 10 }, (_, each) => `'data/f${each + 10}'`).join(", ");
  expect(await said(["checkout"], 23)).toContain(
    `error: nothing was checked out: cannot bring ${names} and 5 more: remote 'store' does not have 15 blobs, `,
  );
  expect(await said(["fetch"], 23)).toContain(
    `error: cannot fetch ${names} and 5 more: remote 'store' does not have 15 blobs, `,
  );
  expect(await said(["push"], 23)).toContain(
    `error: cannot push ${names} and 5 more: neither the cache nor remote 'store' has 15 blobs, `,
  );
  expect(await said(["checkout", "--offline"], 23)).toContain(
    `${names} and 5 more: the cache lacks 15 blobs, and '--offline' was given`,
  );
  expect(
    await said(["get", join(box.dir, "work"), "HEAD", "-o", "../got", "--remote", join(box.dir, "store")], 23),
  ).toContain(`error: cannot bring ${names} and 5 more: remote '${join(box.dir, "store")}' does not have 15 blobs, `);
  expect((await box.mv("work", ["fsck"], 23)).stdout).toMatch(
    /^missing: blob \w{10} in the cache, needed by 'data\/f10' /,
  );
  for (const top of ["work/.git/mvgit", "store"]) empty(top, []);
  expect(
    await said(["get", join(box.dir, "work"), "HEAD", "-o", "../got", "--remote", join(box.dir, "store")], 23),
  ).toContain("error: cannot have the list of files of 'data': remote ");
  // Whoever knows only the hash is told whose it is.
  expect(await said(["ls", "-R"], 23)).toContain("error: 'data': blob ");
  back();
});

it("what is damaged in the remote is mended by who has it, and the advice says how", async () => {
  const hash = hashOf("w.bin");
  fs.rmSync(blob(hash, "work/.git/mvgit"));
  damage(blob(hash, "store"));
  fs.rmSync(join(box.dir, "work/w.bin"));
  const stderr = await said(["pull"], 24);
  expect(stderr).toContain(
    `error: cannot fetch 'w.bin': blob ${hash.slice(0, 10)} is damaged in remote 'store'\nhint: run ` +
      "'mvgit push --repair' in the clone that has it",
  );
  const told = await said(["cat", "w.bin"], 24);
  expect(told).toMatch(
    /error: 'w.bin': blob \w{10} in remote 'store' is damaged: .*\nhint: run 'mvgit push --repair' /,
  );
  expect(told).toMatch(/\nhint: run 'mvgit push --repair' in a clone that has it/);
  box.write("work/w.bin", "weights\n");
  await box.mv("work", ["add", "w.bin"]);
  await box.mv("work", ["push", "--repair"]);
  await box.mv("work", ["fsck", "--remote"]);
  fs.rmSync(blob(hash, "store"));
  const { copied, present, blobs } = JSON.parse((await box.mv("work", ["--json", "push"])).stdout) as {
    copied: number;
    present: number;
    blobs: number;
  };
  expect([copied, present]).toEqual([1, blobs - 1]);
});
