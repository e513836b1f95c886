/** Links, pipes and shared files where mvgit writes, reads or removes: nothing is done through them. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mvgit } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;
const at = (path: string): string => join(box.dir, path);
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("victim/w.bin", "precious");
  for (const path of ["w.bin", "sub/w.bin", "data/a/1", "data/2"]) box.write(`work/${path}`, `old ${path}`);
  await box.mv("work", ["add", "w.bin", "sub/w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "old"]);
  for (const path of ["w.bin", "sub/w.bin", "data/a/1", "data/2"]) box.write(`work/${path}`, `new ${path}`);
  await box.mv("work", ["add", "w.bin", "sub/w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "new"]);
  await box.mv("work", ["push", "--all"]);
  restore = box.keep();
});
afterAll(() => box.cleanup());
afterEach(() => {
  expect(fs.readdirSync(at("victim"))).toEqual(["w.bin"]);
  expect(box.read("victim/w.bin").toString()).toBe("precious");
  restore();
});

/** Every command that writes to, reads from or removes a tracked path. */
const COMMANDS: Record<string, (path: string) => string[]> = {
  checkout: (path) => ["checkout", path],
  "checkout --force": (path) => ["checkout", "--force", path],
  pull: (path) => ["pull", path],
  add: (path) => ["add", path],
  rm: (path) => ["rm", "--force", path],
  mv: (path) => ["mv", path, "elsewhere.bin"],
  "mv onto": (path) => ["mv", "data", path],
};

async function tryAll(path: string, names: readonly string[] = Object.keys(COMMANDS)): Promise<void> {
  for (const name of names) {
    const { stderr } = await box.mv("work", (COMMANDS[name] as (path: string) => string[])(path), 1);
    expect(stderr, name).toMatch(/symbolic link|neither a file|stands where|is there already|hint/);
  }
}

describe("a parent folder that is a link", () => {
  it.each([
    ["out of the repository", "../victim"],
    ["to .git/hooks", ".git/hooks"],
    ["to another folder of the work tree", "data"],
    ["that dangles", "nowhere"],
  ])("%s: every command refuses", async (_, goal) => {
    fs.rmSync(at("work/sub"), { recursive: true });
    fs.symlinkSync(goal, at("work/sub"));
    const before = fs.readdirSync(at("work/.git/hooks"));
    await tryAll("sub/w.bin");
    expect(fs.readdirSync(at("work/.git/hooks"))).toEqual(before);
    expect(box.exists("work/data/w.bin")).toBe(false);
  });

  it("inside a tracked folder: the others are left alone too", async () => {
    fs.rmSync(at("work/data/a"), { recursive: true });
    fs.symlinkSync("../../victim", at("work/data/a"));
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    for (const args of [["checkout"], ["checkout", "--force"], ["pull"], ["add", "data"], ["add", "data/a/w.bin"]])
      expect((await box.mv("work", args, 1)).stderr).toContain("link");
    await box.mv("work", ["rm", "data"], 1);
    expect(box.read("work/data/2").toString()).toBe("new data/2");
    expect((await box.mv("work", ["status", "data"])).stdout).toContain("symbolic links");
  });
});

describe("the target is", () => {
  beforeEach(() => fs.rmSync(at("work/w.bin")));

  it("a link: replaced only by --force, which moves the link away", async () => {
    fs.symlinkSync("../victim/w.bin", at("work/w.bin"));
    expect((await box.mv("work", ["status"])).stdout).toContain("blocked  w.bin");
    await tryAll("w.bin", ["checkout", "pull", "add"]);
    const { displaced } = JSON.parse((await box.mv("work", ["checkout", "--force", "--json"])).stdout);
    expect(fs.readlinkSync(displaced[0].kept)).toBe("../victim/w.bin");
    expect(fs.lstatSync(at("work/w.bin")).isFile()).toBe(true);
  });

  it("a link, removed and moved: the link itself, not what it points to", async () => {
    fs.symlinkSync("../victim/w.bin", at("work/w.bin"));
    await box.mv("work", ["mv", "w.bin", "sub/moved.bin"]);
    expect(fs.readlinkSync(at("work/sub/moved.bin"))).toBe("../victim/w.bin");
    await box.mv("work", ["rm", "--force", "sub/moved.bin"]);
    expect(fs.lstatSync(at("work/sub/moved.bin"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("a pipe: nobody waits for it, nothing is written into it", async () => {
    execFileSync("mkfifo", [at("work/w.bin")]);
    expect((await box.mv("work", ["status"])).stdout).toContain("blocked  w.bin");
    await tryAll("w.bin", ["checkout", "checkout --force", "pull", "add"]);
    expect((await box.mv("work", ["cat", "w.bin"])).stdout).toBe("new w.bin");
    expect(fs.lstatSync(at("work/w.bin")).isFIFO()).toBe(true);
  });

  it("a folder with a file of the user's own: kept, also by --force", async () => {
    box.write("work/w.bin/mine", "mine");
    await tryAll("w.bin", ["checkout", "checkout --force", "pull"]);
    expect(box.read("work/w.bin/mine").toString()).toBe("mine");
  });

  it("a hard link shared with something else: that keeps its bytes", async () => {
    fs.linkSync(at("victim/w.bin"), at("work/w.bin"));
    expect((await box.mv("work", ["checkout"])).stdout).toContain("kept as you changed it: 'w.bin'");
    await box.mv("work", ["checkout", "--force"]);
    expect(box.read("work/w.bin").toString()).toBe("new w.bin");
    fs.rmSync(at("work/w.bin"));
    fs.linkSync(at("victim/w.bin"), at("work/w.bin"));
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["checkout", "-q", "-f", "HEAD"]);
    // The add was undone: no commit names what it took in.
    await box.mv("work", ["checkout"], 1);
    await box.mv("work", ["checkout", "--force"]);
    expect(box.read("work/w.bin").toString()).toBe("new w.bin");
  });
});

describe("what mvgit itself writes beside the target", () => {
  it.each([
    [".gitignore", ["add", "another.bin"]],
    [".gitattributes", ["init", "--no-hooks"]],
    [".mvgit/config", ["init", "--remote", "../store", "--no-hooks"]],
    [".mvgit/config", ["remote", "add", "more", "../more", "--shared"]],
  ])(
    "'%s' as a link: %j neither writes through it nor takes a private text into the repository",
    async (name, args) => {
      box.write("private", "secret");
      box.write("work/another.bin", "x");
      fs.rmSync(at(`work/${name}`));
      fs.symlinkSync(at("private"), at(`work/${name}`));
      await mvgit(args, { cwd: at("work"), env: box.env });
      expect(box.read("private").toString()).toBe("secret");
      expect(fs.readlinkSync(at(`work/${name}`))).toBe(at("private"));
      expect((await box.git("work", ["diff", "--cached"])).stdout).not.toContain("secret");
    },
  );

  it("a pointer that is a link is replaced by the next add, not followed", async () => {
    box.write("private", "secret");
    fs.rmSync(at("work/w.bin.mvgit"));
    fs.symlinkSync(at("private"), at("work/w.bin.mvgit"));
    box.write("work/w.bin", "newer");
    await box.mv("work", ["add", "w.bin"]);
    expect(box.read("private").toString()).toBe("secret");
    expect(fs.lstatSync(at("work/w.bin.mvgit")).isFile()).toBe(true);
  });

  it("'.mvgit' as a link is not read", async () => {
    box.write("foreign/config", "[mvgit]\n\tmaxFileSize = nonsense\n");
    fs.rmSync(at("work/.mvgit"), { recursive: true });
    fs.symlinkSync("../foreign", at("work/.mvgit"));
    await box.mv("work", ["status", "--check"]);
    for (const args of [
      ["remote", "add", "other", "../other-store", "--shared"],
      ["remote", "remove", "store"],
      ["init", "--no-hooks"],
    ]) {
      expect((await box.mv("work", args, 1)).stderr).toContain("symbolic link");
    }
    expect(box.read("foreign/config").toString()).toBe("[mvgit]\n\tmaxFileSize = nonsense\n");
  });
});

describe("'mvgit rm' loses nothing", () => {
  it("a file of the user's own in a tracked folder", async () => {
    box.write("work/data/notes", "mine, never added");
    const { stderr } = await box.mv("work", ["rm", "data"], 1);
    expect(stderr).toContain("'data'");
    expect(box.read("work/data/notes").toString()).toBe("mine, never added");
    await box.mv("work", ["rm", "--keep", "data"]);
    expect(box.exists("work/data/notes")).toBe(true);
  });

  it("a clean file whose blob the cache has lost", async () => {
    fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
    await box.mv("work", ["rm", "w.bin"], 1);
    expect(box.read("work/w.bin").toString()).toBe("new w.bin");
    await box.mv("work", ["fetch"]);
    await box.mv("work", ["rm", "w.bin", "data"]);
    expect([box.exists("work/w.bin"), box.exists("work/data")]).toEqual([false, false]);
  });
});
