/** Repositories that are not the plain kind. */
import { afterEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

async function withFile(): Promise<void> {
  box.write("work/w.bin", "x");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
}

it("a linked work tree shares the cache and has a stat cache of its own", async () => {
  box = await makeSandbox({ hooks: true });
  await withFile();
  await box.git("work", ["worktree", "add", "-q", "../linked", "-b", "side"]);
  expect((await box.mv("linked", ["status"])).stdout).toContain("missing  w.bin");
  await box.mv("linked", ["checkout", "--offline"]);
  expect(box.read("linked/w.bin").toString()).toBe("x");
  box.write("linked/w.bin", "other");
  await box.mv("linked", ["add", "w.bin"]);
  await box.git("linked", ["commit", "-qm", "two"]);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("a SHA-256 repository works", async () => {
  box = await makeSandbox({ objectFormat: "sha256" });
  await withFile();
  await box.mv("work", ["push"]);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("a shallow clone pulls and pushes", async () => {
  box = await makeSandbox();
  await withFile();
  box.write("work/w.bin", "y");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "two"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "--depth=1", `file://${box.dir}/host.git`, "shallow"]);
  await box.mv("shallow", ["remote", "add", "store", "../store"]);
  await box.mv("shallow", ["pull"]);
  expect(box.read("shallow/w.bin").toString()).toBe("y");
  await box.mv("shallow", ["push"]);
});

it("no commit yet, a detached HEAD, and a bare repository", async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "x");
  await box.mv("work", ["add", "w.bin"]);
  await box.mv("work", ["push"]);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  await box.git("work", ["commit", "-qm", "one"]);
  await box.git("work", ["checkout", "-q", "--detach"]);
  await box.mv("work", ["push"]);
  expect((await box.mv("host.git", ["status"], 20)).stderr).toContain("bare repository");
  expect((await box.mv(".", ["status"], 20)).stderr).toContain("git init");
});

it("sparse checkout leaves pointers out without calling them deleted", async () => {
  box = await makeSandbox();
  box.write("work/a/w.bin", "x");
  box.write("work/b/w.bin", "y");
  await box.mv("work", ["add", "a/w.bin", "b/w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.git("work", ["sparse-checkout", "set", "a"]);
  expect((await box.mv("work", ["status"])).stdout).not.toContain("deleted");
  await box.mv("work", ["checkout"]);
});
