/**
 * Whatever a remote is asked for, its mark is read first: what a newer mvgit keeps in another way is refused as that,
 * and never called missing.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bucketRemote } from "../../support/aged-remote.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";

let box: Sandbox;

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/w.bin", "weights");
  box.write("work/data/1", "row 1");
  box.write("work/train.sh", "echo 2 > out.bin\n");
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["add", "train.sh"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["run", "m", "--weights", "out.bin", "--", "sh", "train.sh"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--follow-tags", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["remote", "add", "store", "../store"]);
  return box;
});

/** As a newer mvgit may keep it: no blob is where this one looks. */
function newer(mark: string): void {
  fs.rmSync(join(box.dir, "store"), { recursive: true });
  box.write("store/mvgit.json", mark);
  box.write("store/packs/1", "x");
}

const COMMANDS: [string, ...string[]][] = [
  ["clone", "pull"],
  ["clone", "fetch"],
  ["clone", "fetch", "w.bin"],
  ["clone", "fetch", "--all"],
  ["clone", "checkout"],
  ["clone", "checkout", "w.bin"],
  ["clone", "checkout", "data"],
  ["clone", "cat", "w.bin"],
  ["clone", "cat", "data/1"],
  ["clone", "fsck", "--remote"],
  ["clone", "fsck", "--remote", "--all"],
  ["clone", "status", "--remote"],
  ["clone", "push"],
  ["clone", "push", "--dry-run"],
  ["clone", "push", "--all", "--verify"],
  ["clone", "gc", "--remote", "--offline"],
  ["clone", "export", "m@v1", "-o", "../out"],
  ["clone", "promote", "m@v1", "production"],
  ["clone", "reproduce", "m@v1"],
  ["work", "push", "--repair"],
];

describe.each<[string, string, number, RegExp]>([
  ["a newer format", '{"mvgit": 3, "packs": true}\n', 20, /format 3, made by a newer mvgit[^]*update mvgit/],
  ["a mark that was cut", '{"mvg', 24, /the mark 'mvgit.json' of remote 'store' is damaged/],
  [
    "a mark of 5,000 bytes",
    `{"mvgit": 1}${" ".repeat(5000)}`,
    24,
    /the mark 'mvgit.json' of remote 'store' is damaged/,
  ],
])("%s", (_, mark, status, words) => {
  // What single words ask is the same for each kind of mark.
  it.each(
    (mark.includes("packs") ? COMMANDS : COMMANDS.slice(0, 1)).map((command) => [command.join(" "), command] as const),
  )("%s", async (_words, [folder, ...args]) => {
    newer(mark);
    const { stdout, stderr } = await box.mv(folder, args, status);
    expect(stderr).toMatch(words);
    expect(stdout + stderr).not.toContain("does not have blob");
    expect(fs.readdirSync(join(box.dir, "store")).toSorted()).toEqual(["mvgit.json", "packs"]);
  });
});

it("get, whose remote is read without a clone; audit, which says what it could not look at", async () => {
  newer('{"mvgit": 3}');
  const { stderr } = await box.mv(
    ".",
    ["get", "./host.git", "m@v1", "-o", "here", "--remote", join(box.dir, "store")],
    -1,
  );
  expect(stderr).toMatch(/newer mvgit|usage|remote/);
  expect(box.exists("here/out.bin")).toBe(false);
  expect((await box.mv("work", ["audit"], -1)).stdout).toContain("made by a newer mvgit");
});

it("somebody else's place is told as that, in a bucket too, and the mark is asked for once a command", async () => {
  fs.rmSync(join(box.dir, "store"), { recursive: true });
  box.write("store/thesis.doc", "x");
  for (const args of [["pull"], ["cat", "w.bin"], ["fsck", "--remote"], ["status", "--remote"]])
    expect((await box.mv("clone", args, 1)).stderr).toContain("is not an mvgit remote");
  const remote = await bucketRemote(box);
  try {
    for (const folder of ["work", "clone"]) await box.git(folder, ["config", "mvgit-remote.store.url", remote.url]);
    await box.mv("work", ["push"]);
    remote.server?.counts.clear();
    await box.mv("clone", ["pull"]);
    // The mark, and a blob each; what `stat` asks of manifests is all else.
    expect(remote.server?.counts.get("get")).toBeLessThan(8);
    remote.put("mvgit.json", '{"mvgit": 3}');
    fs.rmSync(join(box.dir, "clone/.git/mvgit/blobs"), { recursive: true });
    expect((await box.mv("clone", ["cat", "w.bin"], 20)).stderr).toContain("update mvgit");
  } finally {
    await remote.close();
  }
});

it("a pointer of a newer format, in the index or in a commit, is told as that by all that must follow it", async () => {
  const text = box.read("work/data.mvgit").toString().replace("mvgit: 1", "mvgit: 2");
  box.write("work/data.mvgit", text);
  await box.git("work", ["commit", "-qnam", "by a newer mvgit"]);
  await box.mv("work", ["remote", "add", "other", "../other"]);
  const told = async (folder: string, args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await box.mv(folder, args, 20);
    expect(stdout + stderr, args.join(" ")).toContain("'data.mvgit' has format 2, made by a newer mvgit");
    // What is said of damage would have a user throw away what is right.
    expect(stdout + stderr, args.join(" ")).not.toMatch(/malformed|mend|expire/);
  };
  for (const args of [
    ["push"],
    ["gc"],
    ["gc", "--remote"],
    ["diff"],
    ["status", "--remote"],
    ["remote", "copy", "store", "other"],
    ["convert", "--to", "lfs", "../converted"],
  ])
    await told("work", args);
  expect((await box.mv("work", ["fsck"], 20)).stdout).toContain("newer: pointer 'data.mvgit'");
  // Of a commit alone: the index has one that this mvgit reads.
  await box.git("work", ["checkout", "-q", "HEAD~1", "--", "data.mvgit"]);
  for (const args of [["push"], ["gc"], ["status", "--remote"]]) await told("work", args);
});
