/** `status`: what each tracked path is, between its pointer, the work tree and the remote. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { add } from "../../src/files/add.ts";
import { push } from "../../src/files/push.ts";
import { status, type StatusReport, type StatusRequest } from "../../src/files/status.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, ripen, track } from "../support/track.ts";
import { testWatch } from "../support/watch.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/2": "row 2" }, ["w.bin", "data"]);
  return box;
});

const statusHere = async (more: Partial<StatusRequest> = {}, folder = "work"): Promise<StatusReport> =>
  status(await box.open(folder), { paths: [], ...more });
const states = async (folder = "work"): Promise<Record<string, string>> =>
  Object.fromEntries((await statusHere({}, folder)).tracked.map(({ path, state }) => [path, state]));

it("calls what was just added clean, and reads none of it", async () => {
  await ripen(box, "work/w.bin", "work/data/1", "work/data/2");
  await add(await box.open(), { paths: ["w.bin", "data"], asIs: true });
  const watch = testWatch();
  const { tracked } = await status(await box.open("work", watch), { paths: [] });
  expect(tracked).toMatchObject([
    { path: "data", state: "clean", size: 10 },
    { path: "w.bin", state: "clean", size: 7 },
  ]);
  expect(watch.done.bytes).toBe(0);
});

it("tells an edit, a removal and a pointer that moved on apart", async () => {
  box.write("work/w.bin", "changed");
  fs.rmSync(join(box.dir, "work/data"), { recursive: true });
  expect(await states()).toEqual({ data: "deleted", "w.bin": "modified" });
  box.write("work/w.bin", "weights");
  await track(box, { "w.bin": "newer" });
  const newer = box.read("work/w.bin.mvgit");
  await track(box, { "w.bin": "newest" });
  box.write("work/w.bin.mvgit", newer);
  expect(await states()).toMatchObject({ "w.bin": "behind" });
  box.write("work/w.bin", "edited");
  expect(await states()).toMatchObject({ "w.bin": "diverged" });
});

it("calls it incomplete where nothing ever arrived", async () => {
  await cloneOf(box, "clone");
  expect(await states("clone")).toEqual({ data: "incomplete", "w.bin": "incomplete" });
});

it("counts the files of a folder by who changed them, with the first names", async () => {
  box.write("work/data/1", "edited");
  box.write("work/data/3", "new");
  fs.rmSync(join(box.dir, "work/data/2"));
  const [data] = (await statusHere({ paths: ["data"] })).tracked;
  expect(data).toMatchObject({ state: "modified", changes: { modified: 1, missing: 1, added: 1 } });
  expect(data?.files).toEqual({
    modified: { count: 1, first: ["1"] },
    added: { count: 1, first: ["3"] },
    deleted: { count: 1, first: ["2"] },
  });
});

it("tells pointers that cannot be read, or were removed", async () => {
  box.write("work/w.bin.mvgit", "mvgit: 1\nno hash\n");
  fs.rmSync(join(box.dir, "work/data.mvgit"));
  expect(await states()).toEqual({ data: "unpointed", "w.bin": "malformed" });
  box.write("work/w.bin.mvgit", "mvgit: 99\n");
  expect(await states()).toMatchObject({ "w.bin": "newer" });
});

it("reads every file again when it is to verify", async () => {
  const watch = testWatch();
  await status(await box.open("work", watch), { paths: [], verify: true });
  expect(watch.done.bytes).toBe(17);
});

it("names files that neither Git nor mvgit tracks and that are too large for Git", async () => {
  await box.git("work", ["config", "mvgit.maxFileSize", "1k"]);
  box.write("work/large.bin", Buffer.alloc(2000));
  box.write("work/small.bin", Buffer.alloc(1000));
  expect(await statusHere()).toMatchObject({ maxFileSize: 1024, tooLarge: [{ path: "large.bin", size: 2000 }] });
});

it("asks the remote what it lacks, when it is to", async () => {
  expect((await statusHere()).remote).toBeUndefined();
  const lacks = (await statusHere({ remote: "" })).remote?.lacks;
  const { copied, bytes } = await push(await box.open(), { paths: [] });
  expect(lacks).toEqual({ blobs: copied, bytes });
  expect((await statusHere({ remote: "store" })).remote).toMatchObject({
    name: "store",
    lacks: { blobs: 0, bytes: 0 },
  });
});

it("refuses a path that is not tracked, and a remote that is not known", async () => {
  expect(await codeOf(statusHere({ paths: ["none"] }))).toBe("not-tracked");
  expect(await codeOf(statusHere({ remote: "none" }))).toBe("remote-unknown");
});
