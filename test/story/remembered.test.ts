/** What the stat table of a folder says is never more than what is so. */
import * as fs from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
  for (const name of ["a", "b", "sub/c"]) box.write(`work/data/${name}`, `${name} one`);
  // So that the files are old enough to be remembered.
  await setTimeout(100);
  await box.mv("work", ["add", "data"]);
});
afterEach(() => box.cleanup());

const NO_ROOT = `mvgit-stat 3 ${"-".repeat(64)} `;

function tableFile(): string {
  const folder = join(box.dir, "work/.git/mvgit/stat");
  return join(folder, fs.readdirSync(folder).find((name) => name.startsWith("folder-")) as string);
}

function tableText(): string {
  return fs.readFileSync(tableFile(), "utf8");
}

function pointerHash(): string {
  return /blake3: ([0-9a-f]{64})/.exec(box.read("work/data.mvgit").toString())?.[1] as string;
}

async function changed(): Promise<string> {
  return (await box.mv("work", ["status", "--json"])).stdout;
}

it("stands for the manifest after add, and again after the first status of a checkout", async () => {
  expect(tableText().startsWith(`mvgit-stat 3 ${pointerHash()} `)).toBe(true);
  fs.rmSync(join(box.dir, "work/data"), { recursive: true });
  await box.mv("work", ["checkout"]);
  expect(tableText().startsWith(NO_ROOT)).toBe(true);
  await setTimeout(100);
  expect(await changed()).toContain('"state":"clean"');
  expect(tableText().startsWith(`mvgit-stat 3 ${pointerHash()} `)).toBe(true);
});

it("says so no more once a status has met other bytes of the same size", async () => {
  box.write("work/data/a", "a two");
  await setTimeout(100);
  for (let time = 0; time < 2; time++) expect(await changed()).toContain('"modified":1');
  expect(tableText().startsWith(NO_ROOT)).toBe(true);
});

it("finds a file that is gone, one that is new, and one of another mode", async () => {
  fs.rmSync(join(box.dir, "work/data/a"));
  box.write("work/data/new", "n");
  fs.chmodSync(join(box.dir, "work/data/b"), 0o755);
  expect(await changed()).toContain('"changes":{"modified":1,"missing":1,"added":1}');
});

it("counts as empty when one of its bytes is another", async () => {
  const bytes = fs.readFileSync(tableFile());
  const at = bytes.indexOf(" sub/c\0") + 1;
  bytes[at] = "t".charCodeAt(0);
  fs.writeFileSync(tableFile(), bytes);
  expect(await changed()).toContain('"state":"clean"');
});

it("a part that is added does not vouch for changed files beside it", async () => {
  box.write("work/data/a", "a two");
  await setTimeout(100);
  // Reads the file, and remembers what it is now.
  expect(await changed()).toContain('"modified":1');
  box.write("work/data/b", "b two, longer");
  await box.mv("work", ["add", "data/b"]);
  expect(await changed()).toContain('"modified":1');
});
