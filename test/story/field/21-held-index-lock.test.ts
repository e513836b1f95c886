/**
 * Whoever holds Git's index stops a command in the middle: given again, it finishes, and nothing stays unstaged for
 * good.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const at = (path: string): string => join(box.dir, "work", path);

shareSandbox(async () => {
  box = await makeSandbox();
  for (const path of ["w.bin", "sub/v.bin"]) box.write(`work/${path}`, path);
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "first"]);
  return box;
});

/** Runs a command that cannot have the index, then once more. */
async function twice(...args: string[]): Promise<void> {
  fs.writeFileSync(at(".git/index.lock"), "");
  expect((await box.mv("work", args, 25)).stderr).toMatch(/another process holds Git's lock/);
  fs.rmSync(at(".git/index.lock"));
  await box.mv("work", args);
}

/** What the work tree has that the index has not, and the other way round. */
const unstaged = async (): Promise<string> =>
  (await box.git("work", ["status", "--porcelain"])).stdout
    .split("\n")
    .filter((line) => line !== "" && line[1] !== " ")
    .join("\n");

// Each waits for the lock as long as a command does, so that they do it at once.
it("add, in the folder of the file", async () => {
  await twice("add", "sub/v.bin");
  expect(await unstaged()).toBe("");
  expect((await box.git("work", ["diff", "--cached", "--name-only"])).stdout).toBe("sub/.gitignore\nsub/v.bin.mvgit\n");
});

it("rm", async () => {
  await twice("rm", "w.bin");
  expect(await unstaged()).toBe("?? sub/");
  expect((await box.git("work", ["ls-files"])).stdout).not.toMatch(/w\.bin|gitignore/);
});

it("mv, into another folder", async () => {
  fs.mkdirSync(at("to"));
  await twice("mv", "w.bin", "to");
  expect(await unstaged()).toBe("?? sub/");
  expect((await box.git("work", ["ls-files"])).stdout).toMatch(/to\/\.gitignore\nto\/w\.bin\.mvgit\n/);
  expect(box.read("work/to/w.bin").toString()).toBe("w.bin");
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("init", async () => {
  for (const path of [".gitattributes", ".mvgit/config"]) fs.rmSync(at(path));
  await box.git("work", ["rm", "-q", "--cached", ".gitattributes", ".mvgit/config"]);
  await twice("init", "--no-hooks");
  expect((await box.git("work", ["ls-files", ".gitattributes", ".mvgit/config"])).stdout).toBe(
    ".gitattributes\n.mvgit/config\n",
  );
});
