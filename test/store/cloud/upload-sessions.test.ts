import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { planFaults } from "../../../src/base/faults.ts";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { FileSessions } from "../../../src/store/cloud/upload-sessions.ts";

const KEY = "https://storage.googleapis.com gs://bucket/team blobs/ab/cd 1000";
const DAY = 24 * 3600 * 1000;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-uploads-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const open = (): FileSessions => new FileSessions(folder);
/** A session that a process left which has ended. */
function left(uri: string): string {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const file = join(
    folder,
    `part.${hashBytes(Buffer.from(KEY))}.${hostname().replace(/[^A-Za-z0-9-]/g, "-")}.${pid}.0123456789abcdef`,
  );
  fs.writeFileSync(file, uri, { mode: 0o600 });
  return file;
}

it("a session is its owner's alone, and gone when it has ended", async () => {
  const sessions = open();
  expect(await sessions.get(KEY)).toBeNull();
  await sessions.set(KEY, "https://first");
  await sessions.set(KEY, "https://second");
  const files = fs.readdirSync(folder);
  expect(files).toHaveLength(1);
  expect(fs.statSync(join(folder, files[0] as string)).mode & 0o777).toBe(0o600);
  expect(files[0]).not.toContain("bucket");
  expect(await sessions.get(KEY)).toBe("https://second");
  expect(await sessions.get(`${KEY}0`)).toBeNull();
  await sessions.delete(KEY);
  expect(fs.readdirSync(folder)).toEqual([]);
});

it("a kill while it is remembered leaves the one before or this one, whole", async () => {
  const [sessions, states] = [open(), fs.mkdtempSync(join(tmpdir(), "mvgit-states-"))];
  const seen: string[][] = [];
  for (const uri of ["https://first", "https://second"]) {
    planFaults(`run@*:cp -a '${folder}' '${states}/'"$MVGIT_STEP"`);
    await sessions.set(KEY, uri).finally(() => planFaults("count@0"));
    for (const step of fs.readdirSync(states).toSorted()) {
      const parts = fs.readdirSync(join(states, step)).filter((name) => name.startsWith("part."));
      seen.push(parts.map((name) => fs.readFileSync(join(states, step, name), "utf8")));
    }
    for (const step of fs.readdirSync(states)) fs.rmSync(join(states, step), { recursive: true });
  }
  fs.rmSync(states, { recursive: true });
  // To be made, to be written, to get its name; twice.
  expect(seen).toEqual([[], [], [], ...Array.from({ length: 3 }, () => ["https://first"])]);
  expect(await sessions.get(KEY)).toBe("https://second");
  expect(fs.readdirSync(folder)).toHaveLength(1);
});

it("one process goes on with what a dead one left, and none with a living one's", async () => {
  left("https://left");
  const [one, two] = [open(), open()];
  expect(await one.get(KEY)).toBe("https://left");
  expect(await two.get(KEY)).toBeNull();
  expect(await one.get(KEY)).toBe("https://left");
});

it("a week later it is gone", async () => {
  const old = new Date(Date.now() - 8 * DAY);
  fs.utimesSync(left("https://left"), old, old);
  expect(await open().get(KEY)).toBeNull();
  expect(fs.readdirSync(folder)).toEqual([]);
});

it("what others may read, a link, or a second name of a file is never used", async () => {
  fs.chmodSync(left("https://planted"), 0o644);
  expect(await open().get(KEY)).toBeNull();
  fs.rmSync(folder, { recursive: true });
  fs.mkdirSync(folder);
  const file = left("https://planted");
  fs.linkSync(file, join(folder, "second"));
  expect(await open().get(KEY)).toBeNull();
  fs.rmSync(folder, { recursive: true });
  fs.mkdirSync(folder);
  const target = left("https://planted");
  fs.renameSync(target, join(folder, "target"));
  fs.symlinkSync(join(folder, "target"), target);
  expect(await open().get(KEY)).toBeNull();
});
