/** The user's own words, with the real Git: add, commit, push, clone, pull, checkout. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(2);

beforeEach(async () => {
  box = await makeSandbox();
});
afterEach(() => box.cleanup());

async function commit(message: string): Promise<void> {
  await box.git("work", ["commit", "-qm", message]);
}

async function cloneWithStore(name: string): Promise<void> {
  await box.git(".", ["clone", "-q", "host.git", name]);
  await box.mv(name, ["remote", "add", "store", "../store"]);
}

describe("from add to a teammate's checkout", () => {
  it("brings a file and a folder back byte for byte in a fresh clone", async () => {
    const weights = someBytes(3_000_000);
    box.write("work/weights.bin", weights);
    box.write("work/data/a b/ü.csv", "1,2\n");
    box.write("work/data/run.sh", "#!/bin/sh\n");
    fs.chmodSync(join(box.dir, "work/data/run.sh"), 0o755);
    await box.mv("work", ["add", "weights.bin", "data"]);
    expect((await box.git("work", ["status", "--porcelain"])).stdout).not.toContain("??");
    await commit("one");
    await box.mv("work", ["push"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await cloneWithStore("clone");
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/weights.bin").equals(weights)).toBe(true);
    expect(box.read("clone/data/a b/ü.csv").toString()).toBe("1,2\n");
    expect(fs.statSync(join(box.dir, "clone/data/run.sh")).mode & 0o111).not.toBe(0);
    expect(fs.statSync(join(box.dir, "clone/weights.bin")).mode & 0o111).toBe(0);
    expect((await box.mv("clone", ["status", "--check"])).stdout).toContain("all clean");
  });

  it("goes back to an older version and forward again, fetching what the cache lacks", async () => {
    box.write("work/w.bin", "one");
    await box.mv("work", ["add", "w.bin"]);
    await commit("one");
    await box.git("work", ["tag", "v1"]);
    box.write("work/w.bin", "two!");
    box.write("work/only-in-two", "x");
    await box.mv("work", ["add", "w.bin", "only-in-two"]);
    await commit("two");
    await box.mv("work", ["push"]);
    await box.git("work", ["push", "-q", "origin", "main", "v1"]);
    await cloneWithStore("clone");
    await box.mv("clone", ["pull"]);
    await box.git("clone", ["checkout", "-q", "v1"]);
    await box.mv("clone", ["checkout"]);
    expect(box.read("clone/w.bin").toString()).toBe("one");
    expect(box.exists("clone/only-in-two")).toBe(false);
    await box.git("clone", ["checkout", "-q", "main"]);
    await box.mv("clone", ["checkout"]);
    expect(box.read("clone/w.bin").toString()).toBe("two!");
    expect(box.read("clone/only-in-two").toString()).toBe("x");
  });

  it("works from subfolders, and on a part of a tracked folder", async () => {
    box.write("work/sub/data/x/1", "1");
    box.write("work/sub/data/y/2", "2");
    await box.mv("work/sub", ["add", "data"]);
    await commit("one");
    await box.mv("work/sub/data", ["push"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await cloneWithStore("clone");
    await box.mv("clone/sub", ["pull", "data/x"]);
    expect(box.exists("clone/sub/data/x/1")).toBe(true);
    expect(box.exists("clone/sub/data/y/2")).toBe(false);
    box.write("clone/sub/data/x/3", "3");
    await box.mv("clone/sub", ["add", "data/x/3"]);
    expect((await box.mv("clone", ["ls", "-R"])).stdout).toContain("sub/data/y/2");
  });

  it("takes -j where bytes move, and a number of 1 or more", async () => {
    for (const name of ["a", "b", "c"]) box.write(`work/data/${name}`, someBytes(100));
    await box.mv("work", ["add", "data"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.mv("work", ["push", "-j", "1"]);
    for (const command of ["fetch", "pull", "checkout"]) {
      fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
      fs.rmSync(join(box.dir, "work/data"), { recursive: true, force: true });
      await box.mv("work", [command, "-j2"]);
    }
    expect(fs.readdirSync(join(box.dir, "work/data"))).toEqual(["a", "b", "c"]);
    expect((await box.mv("work", ["push", "-j", "0"], 2)).stderr).toContain("-j");
  });

  it("names what is not tracked as an error, and says so in JSON too", async () => {
    const { stderr } = await box.mv("work", ["checkout", "nothing"], 1);
    expect(stderr).toContain("'nothing' is not tracked");
    const { stdout } = await box.mv("work", ["checkout", "nothing", "--json"], 1);
    expect(JSON.parse(stdout).error.code).toBe("not-tracked");
  });
});

describe("a changed file", () => {
  it("stops a checkout before anything is touched, and is kept by --force", async () => {
    box.write("work/a.bin", "a1");
    box.write("work/b.bin", "b1");
    await box.mv("work", ["add", "a.bin", "b.bin"]);
    await commit("one");
    box.write("work/a.bin", "a2");
    box.write("work/b.bin", "b2");
    await box.mv("work", ["add", "a.bin", "b.bin"]);
    await commit("two");
    box.write("work/b.bin", "mine");
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    const { stderr } = await box.mv("work", ["checkout"], 1);
    expect(stderr).toContain("'b.bin' changed here, and in another way in what its pointer names now");
    expect(box.read("work/a.bin").toString()).toBe("a2");
    expect(box.read("work/b.bin").toString()).toBe("mine");
    const forced = JSON.parse((await box.mv("work", ["checkout", "--force", "--json"])).stdout);
    expect(box.read("work/b.bin").toString()).toBe("b1");
    expect(fs.readFileSync(forced.displaced[0].kept, "utf8")).toBe("mine");
  });

  it("is seen with the same size and a restored time", async () => {
    box.write("work/w.bin", "aaaa");
    await box.mv("work", ["add", "w.bin"]);
    const { atime, mtime } = fs.statSync(join(box.dir, "work/w.bin"));
    box.write("work/w.bin", "bbbb");
    fs.utimesSync(join(box.dir, "work/w.bin"), atime, mtime);
    expect((await box.mv("work", ["status"])).stdout).toContain("modified");
  });

  it("is seen when another file of the same size and time was renamed over it", async () => {
    box.write("work/w.bin", "aaaa");
    await box.mv("work", ["add", "w.bin"]);
    const { atime, mtime } = fs.statSync(join(box.dir, "work/w.bin"));
    box.write("work/other", "bbbb");
    fs.utimesSync(join(box.dir, "work/other"), atime, mtime);
    fs.renameSync(join(box.dir, "work/other"), join(box.dir, "work/w.bin"));
    expect((await box.mv("work", ["status", "--check"], 1)).stdout).toContain("modified");
  });

  it("inside a folder leaves files of the user's own alone", async () => {
    box.write("work/data/1", "1");
    box.write("work/data/2", "2");
    await box.mv("work", ["add", "data"]);
    await commit("one");
    box.write("work/data/2", "two");
    await box.mv("work", ["add", "data"]);
    await commit("two");
    box.write("work/data/notes", "mine");
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/data/2").toString()).toBe("2");
    expect(box.read("work/data/notes").toString()).toBe("mine");
  });
});

describe("damage and absence", () => {
  it("a blob with one bit flipped, mode and time restored, is never pushed and is fetched again", async () => {
    box.unchecked("a blob is damaged");
    const bytes = someBytes(5000);
    box.write("work/w.bin", bytes);
    const hash = JSON.parse((await box.mv("work", ["add", "w.bin", "--json"])).stdout).added[0].hash as string;
    await commit("one");
    await box.mv("work", ["push"]);
    const blob = join(box.dir, "work/.git/mvgit/blobs", hash.slice(0, 2), hash.slice(2));
    flipBit(blob);
    fs.rmSync(join(box.dir, "work/w.bin"));
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").equals(bytes)).toBe(true);
    flipBit(blob);
    fs.rmSync(join(box.dir, "store/blobs"), { recursive: true });
    const { stderr } = await box.mv("work", ["push"], 24);
    expect(stderr).toContain("is damaged");
    expect(box.exists(`store/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`)).toBe(false);
  });

  it("a remote that lies is found out, and nothing wrong reaches the work tree", async () => {
    box.write("work/w.bin", "right");
    const hash = JSON.parse((await box.mv("work", ["add", "w.bin", "--json"])).stdout).added[0].hash as string;
    await commit("one");
    await box.mv("work", ["push"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    const there = join(box.dir, "store/blobs", hash.slice(0, 2), hash.slice(2));
    fs.chmodSync(there, 0o644);
    fs.writeFileSync(there, "wrong");
    await cloneWithStore("clone");
    await box.mv("clone", ["pull"], 24);
    expect(box.exists("clone/w.bin")).toBe(false);
    const repaired = await box.mv("work", ["push", "--repair"]);
    expect(repaired.stdout).toContain("1 damaged blob replaced");
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/w.bin").toString()).toBe("right");
  });

  it("a blob that no store has is an error of its own, and names the path", async () => {
    box.unchecked("the only blob is removed");
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await commit("one");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await cloneWithStore("clone");
    await box.mv("clone", ["pull"], 23);
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    expect((await box.mv("work", ["push"], 23)).stderr).toContain("'w.bin'");
  });

  it("a folder that holds something else is no remote", async () => {
    box.write("other/precious.txt", "x");
    expect((await box.mv("work", ["remote", "add", "other", "../other"], 1)).stderr).toContain(
      "is not an mvgit remote",
    );
    fs.rmSync(join(box.dir, "store"), { recursive: true });
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    expect((await box.mv("work", ["push"], 23)).stderr).toContain("does not exist");
  });
});

function flipBit(file: string): void {
  const { atime, mtime, mode } = fs.statSync(file);
  fs.chmodSync(file, 0o644);
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  fs.writeFileSync(file, bytes);
  fs.chmodSync(file, mode);
  fs.utimesSync(file, atime, mtime);
}
