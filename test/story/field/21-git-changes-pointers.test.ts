/**
 * Git's attributes can change a pointer on its way into the work tree: it stays what it is, and 'init' puts an end to
 * it.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const at = (path: string): string => join(box.dir, "work", path);
const POINTERS = ["w.bin.mvgit", "sub/v.bin.mvgit", "data.mvgit"];

shareSandbox(async () => {
  box = await makeSandbox();
  for (const path of ["w.bin", "sub/v.bin", "data/1"]) box.write(`work/${path}`, path);
  await box.mv("work", ["add", "w.bin", "sub/v.bin", "data"]);
  await box.git("work", ["commit", "-qm", "first"]);
  return box;
});

/** Commits attributes, and has Git write every pointer anew. */
async function attributes(file: string, line: string): Promise<void> {
  fs.mkdirSync(join(at(file), ".."), { recursive: true });
  fs.appendFileSync(at(file), `${line}\n`);
  if (!file.startsWith(".git/")) {
    await box.git("work", ["add", file]);
    await box.git("work", ["commit", "-qnm", "attributes"]);
  }
  await rewrite();
}

async function rewrite(): Promise<void> {
  for (const path of POINTERS) fs.rmSync(at(path), { force: true });
  await box.git("work", ["checkout", "--", ...POINTERS]);
}

const doctor = async (): Promise<string> => (await box.mv("work", ["doctor"], -1)).stdout;

it.each([
  ["CRLF", "* text=auto eol=crlf", /\r\n/],
  ["CRLF for pointers", "*.mvgit text eol=crlf", /\r\n/],
  ["UTF-16", "*.mvgit working-tree-encoding=UTF-16LE-BOM", /^\ufffd\ufffdm\0v/],
])("in %s a pointer is read as what was committed, and another encoding is never committed", async (_, line, looks) => {
  await attributes(".gitattributes", line);
  expect(fs.readFileSync(at("w.bin.mvgit"), "utf8")).toMatch(looks);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("3 tracked paths, all clean");
  for (const path of ["w.bin", "sub/v.bin", "data"]) fs.rmSync(at(path), { recursive: true });
  await box.mv("work", ["checkout"]);
  expect(box.read("work/sub/v.bin").toString()).toBe("sub/v.bin");
  await box.mv("work", ["push"]);
  box.write("work/w.bin", "changed");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "changed"]);
  expect((await box.git("work", ["cat-file", "-p", "HEAD:w.bin.mvgit"])).stdout).toMatch(
    /^mvgit: 1\nblake3: [0-9a-f]{64}\nsize: 7\n$/,
  );
  // Doctor says so, init mends it, for good.
  expect(await doctor()).toMatch(/pointers: Git's attributes change 'any\.mvgit' and 3 more/);
  await box.mv("work", ["init", "--no-hooks"]);
  expect(await doctor()).toMatch(/pointers: as they were committed/);
  expect((await box.git("work", ["diff", "--cached", "--name-only"])).stdout).toBe(".gitattributes\n");
  await rewrite();
  expect(fs.readFileSync(at("w.bin.mvgit"), "utf8")).toMatch(/^mvgit: 1\nblake3/);
  const text = box.read("work/.gitattributes").toString();
  await box.mv("work", ["init", "--no-hooks"]);
  expect(box.read("work/.gitattributes").toString()).toBe(text);
});

it("a folder's own attributes, and a filter, are overruled where they are", async () => {
  await attributes("sub/.gitattributes", "*.mvgit eol=crlf");
  await attributes(".gitattributes", "*.mvgit ident filter=shout");
  expect(await doctor()).toContain("Git's attributes change");
  await box.mv("work", ["init", "--no-hooks"]);
  expect(await doctor()).toMatch(/pointers: as they were committed/);
  expect(box.read("work/sub/.gitattributes").toString()).toMatch(/eol=crlf\n\*\.mvgit .* eol=lf .*\n$/);
});

it("what the clone's own attributes say is told, since no commit can overrule it", async () => {
  await attributes(".git/info/attributes", "*.mvgit eol=crlf");
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  await box.mv("work", ["init", "--no-hooks"]);
  expect(await doctor()).toContain(".git/info/attributes");
});

it("a pointer that somebody changed, and that has CRLF as well, is malformed as ever", async () => {
  box.write("work/w.bin.mvgit", box.read("work/data.mvgit").toString().replaceAll("\n", "\r\n"));
  expect((await box.mv("work", ["status"])).stdout).toContain("malformed  w.bin");
});
