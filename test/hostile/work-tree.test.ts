/** A repository made by an attacker: nothing outside of the work tree changes, nothing is executed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
});
afterEach(() => box.cleanup());

/** Puts bytes into the cache of `work` under their hash. */
function store(bytes: Buffer): string {
  const hash = hashBytes(bytes);
  box.write(`work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`, bytes);
  return hash;
}

/** A folder's pointer whose manifest names one file by any path. */
async function commitFolder(path: string): Promise<void> {
  const file = store(Buffer.from("#!/bin/sh\n"));
  const leaf = store(Buffer.from(`mvgit-leaf 1\n${file} x 10 ${path}\0`));
  const root = store(Buffer.from(`mvgit-root 1\n${leaf} 1 10 ${path}\0`));
  box.write("work/evil.mvgit", `mvgit: 1\nblake3: ${root}\nfiles: 1\nsize: 10\n`);
  await box.git("work", ["add", "-f", "evil.mvgit"]);
}

describe.each([
  ["../outside"],
  ["/tmp/outside"],
  ["a/../../outside"],
  [".git/hooks/pre-commit"],
  ["a/.GIT/config"],
  ["git~1/x"],
  [".git /x"],
  ["a\\b"],
  ["C:/x"],
  ["a//b"],
  ["\u0001"],
  [".g\u200cit/x"],
])("a manifest with the path %j", (path) => {
  it("is refused before anything is written", async () => {
    await commitFolder(path);
    await box.mv("work", ["checkout"], 24);
    expect(box.exists("work/evil")).toBe(false);
    expect(box.exists("outside")).toBe(false);
  });
});

it("a parent folder that is a link to .git/hooks is refused", async () => {
  const hash = store(Buffer.from("#!/bin/sh\ntouch ran\n"));
  fs.symlinkSync(".git/hooks", join(box.dir, "work/dir"));
  await box.git("work", ["add", "dir"]);
  const blob = (await box.git("work", ["hash-object", "-w", "--stdin"], 0)).stdout.trim();
  expect(blob).not.toBe("");
  fs.writeFileSync(join(box.dir, "pointer"), `mvgit: 1\nblake3: ${hash}\nsize: 20\n`);
  fs.writeFileSync(join(box.dir, "work/.git/hooks/pre-commit.mvgit"), fs.readFileSync(join(box.dir, "pointer")));
  const { stderr } = await box.mv("work", ["checkout", "dir/pre-commit"], 1);
  expect(stderr).toContain("is a symbolic link");
  expect(box.exists("work/.git/hooks/pre-commit")).toBe(false);
});

it("a target that is a link is never written through", async () => {
  box.write("victim", "precious");
  box.write("work/w.bin", "x");
  await box.mv("work", ["add", "w.bin"]);
  fs.rmSync(join(box.dir, "work/w.bin"));
  fs.symlinkSync("../victim", join(box.dir, "work/w.bin"));
  await box.mv("work", ["checkout"], 1);
  await box.mv("work", ["checkout", "--force"]);
  expect(box.read("victim").toString()).toBe("precious");
  expect(fs.lstatSync(join(box.dir, "work/w.bin")).isFile()).toBe(true);
});

it("add refuses links and folders that hold one, naming them", async () => {
  box.write("work/data/real", "x");
  fs.symlinkSync("/etc/passwd", join(box.dir, "work/data/link"));
  fs.symlinkSync("data", join(box.dir, "work/alias"));
  expect((await box.mv("work", ["add", "data"], 1)).stderr).toContain("'link'");
  expect((await box.mv("work", ["add", "alias"], 1)).stderr).toContain("symbolic link");
  expect(box.exists("work/data.mvgit")).toBe(false);
});

describe("committed settings", () => {
  it.each([
    ['[mvgit-remote "store"]\n\turl = /tmp/elsewhere\n'],
    ['[mvgit-remote "store"]\n\turl = gs://bucket/x\n\tendpoint = http://localhost:1\n'],
    ["[mvgit]\n\tcacheDir = /tmp/elsewhere\n"],
    ["[include]\n\tpath = /etc/passwd\n[mvgit]\n\tlink = symlink\n"],
  ])("%j is not honoured without consent", async (text) => {
    box.write("work/.mvgit/config", text);
    await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    expect(fs.existsSync("/tmp/elsewhere")).toBe(false);
    expect(fs.lstatSync(join(box.dir, "work/w.bin")).isSymbolicLink()).toBe(false);
  });
});

it("terminal escapes in names are shown escaped", async () => {
  const { stderr } = await box.mv("work", ["add", "a\u001b[31mred"], 1);
  expect(stderr).not.toContain("\u001b");
});
