/** The table of what tracked paths were made from: what it says is what was written, or nothing. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Hash } from "../../src/values/hash.ts";
import { type Base, Bases, parseBases, type Put } from "../../src/worktree/bases.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-bases-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const put = (letter: string, kind: Put["kind"] = "folder"): Put => ({
  kind,
  hash: letter.repeat(64) as Hash,
  size: kind === "folder" ? 0 : 7,
});
const at = (path: string): RepoPath => path as RepoPath;

const ALL: [string, Base][] = [
  ["a b/ünï\ncode", { put: put("a"), begun: [put("b"), put("c", "exec")] }],
  ["w.bin", { put: put("d", "file"), begun: [] }],
  ["nothing yet", { put: "nothing", begun: [put("e")] }],
  ["not known", { put: "unknown", begun: [put("f")] }],
];

async function write(): Promise<void> {
  const bases = new Bases(folder);
  for (const [path, base] of ALL) bases.replace(at(path), base);
  await bases.save();
}

test("is read as it was written, and knows nothing of other paths", async () => {
  await write();
  const read = new Bases(folder);
  for (const [path, base] of ALL) expect(read.get(at(path))).toEqual(base);
  expect(read.get(at("other"))).toEqual({ put: "unknown", begun: [] });
});

test("says nothing at all once any byte of it is another, or it is cut anywhere", async () => {
  await write();
  const text = fs.readFileSync(join(folder, "bases"), "utf8");
  expect(parseBases(text).size).toBe(ALL.length);
  for (let i = 0; i < text.length; i++) {
    expect(parseBases(text.slice(0, i)).size, `cut at ${i}`).toBe(0);
    expect(
      parseBases(`${text.slice(0, i)}${text[i] === "a" ? "b" : "a"}${text.slice(i + 1)}`).size,
      `changed at ${i}`,
    ).toBe(0);
  }
  expect(parseBases(text.replace("mvgit-bases 1", "mvgit-bases 2")).size).toBe(0);
});

test("of two who write different paths at once, both stand", async () => {
  const [one, two] = [new Bases(folder), new Bases(folder)];
  one.set(at("one"), put("a"));
  two.set(at("two"), put("b"));
  two.get(at("one"));
  await Promise.all([one.save(), two.save()]);
  const read = new Bases(folder);
  expect([read.get(at("one")).put, read.get(at("two")).put]).toEqual([put("a"), put("b")]);
});

test("a checkout that was begun keeps what was there before, until it ends", async () => {
  const bases = new Bases(folder);
  bases.set(at("d"), put("a"));
  bases.begin(at("d"), put("b"), false);
  bases.begin(at("d"), put("c"), false);
  bases.begin(at("d"), put("b"), false);
  expect(bases.get(at("d"))).toEqual({ put: put("a"), begun: [put("c"), put("b")] });
  bases.begin(at("fresh"), put("b"), true);
  bases.begin(at("old clone"), put("b"), false);
  expect([bases.get(at("fresh")).put, bases.get(at("old clone")).put]).toEqual(["nothing", "unknown"]);
  bases.set(at("d"), put("b"));
  expect(bases.get(at("d"))).toEqual({ put: put("b"), begun: [] });
});

test("what was only looked at fails nobody where it cannot be written; what was done does", async () => {
  fs.mkdirSync(join(folder, "bases"));
  const bases = new Bases(folder);
  bases.learn(at("seen"), put("a"));
  await bases.save();
  bases.set(at("done"), put("a"));
  await expect(bases.save()).rejects.toThrow();
});

test("a table that is far too long vouches for nothing", async () => {
  await write();
  fs.truncateSync(join(folder, "bases"), 600 * 2 ** 20);
  expect(new Bases(folder).get(at("w.bin"))).toEqual({ put: "unknown", begun: [] });
});
