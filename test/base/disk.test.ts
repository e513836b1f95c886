import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder, readOwnText } from "../../src/base/disk.ts";

it("a folder is made with those above it, and what stands in the way is told", () => {
  const top = fs.mkdtempSync(join(tmpdir(), "mvgit-disk-"));
  try {
    for (let again = 0; again < 2; again++) makeFolder(join(top, "a/b/c"));
    expect(fs.statSync(join(top, "a/b/c")).isDirectory()).toBe(true);
    fs.writeFileSync(join(top, "file"), "");
    expect(() => makeFolder(join(top, "file"))).toThrow("EEXIST");
    expect(() => makeFolder(join(top, "file/x/y"))).toThrow("ENOTDIR");
  } finally {
    fs.rmSync(top, { recursive: true });
  }
});

it.skipIf(!fs.existsSync("/proc/self"))("ends where the system takes no folders", () => {
  expect(() => makeFolder("/proc/self/nothing/x")).toThrow("ENOENT");
});

it("gigabytes in the place of a file of mvgit's own are told, and not taken in", () => {
  const top = fs.mkdtempSync(join(tmpdir(), "mvgit-disk-"));
  try {
    fs.writeFileSync(join(top, "own"), "text");
    expect(readOwnText(join(top, "own"))).toBe("text");
    fs.truncateSync(join(top, "own"), 3 * 2 ** 30);
    expect(() => readOwnText(join(top, "own"))).toThrow("longer than any that mvgit writes");
  } finally {
    fs.rmSync(top, { recursive: true });
  }
});
