/** Disks that are full, read-only or foreign, blobs that went bad, and what crashed processes left. */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { CAN_MOUNT } from "../support/mounts.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
/** Files of a folder, at any depth; none for a folder that is absent. */
function filesIn(folder: string): string[] {
  if (!fs.existsSync(at(folder))) return [];
  return fs
    .readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe.skipIf(!CAN_MOUNT)(
  `a disk of 2 MiB${CAN_MOUNT ? "" : " (skipped: it takes root, and leave to mount)"}`,
  () => {
    let mounted: string[] = [];
    afterEach(() => {
      for (const folder of mounted) execFileSync("umount", [folder]);
      mounted = [];
      box.cleanup();
    });

    function mount(path: string, options = "size=2m"): void {
      fs.mkdirSync(at(path), { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", at(path)]);
      mounted.push(at(path));
    }
    const remount = (path: string, options: string): Buffer =>
      execFileSync("mount", ["-o", `remount,${options}`, at(path)]);

    it("full under the cache: add fails as that, the file and the pointer stay; with space it goes on", async () => {
      box = await makeSandbox();
      box.unchecked("the cache is unmounted before");
      mount("work/.git/mvgit");
      box.write("work/w.bin", "small");
      await box.mv("work", ["add", "w.bin"]);
      const pointer = box.read("work/w.bin.mvgit").toString();
      const bytes = someBytes(3_000_000);
      box.write("work/w.bin", bytes);
      for (let i = 0; i < 40; i++) box.write(`work/data/${i}`, someBytes(80_000));
      for (const path of ["w.bin", "data"]) {
        const { stderr } = await box.mv("work", ["add", path], 25);
        expect(stderr).toMatch(/no space left[^]*hint: free some space/);
        expect(fs.readdirSync(at("work/.git/mvgit/tmp"))).toEqual([]);
      }
      expect(box.read("work/w.bin").equals(bytes)).toBe(true);
      expect(box.read("work/w.bin.mvgit").toString()).toBe(pointer);
      expect(box.exists("work/data.mvgit")).toBe(false);
      remount("work/.git/mvgit", "size=20m");
      await box.mv("work", ["add", "w.bin", "data"]);
      await box.mv("work", ["fsck"]);
    });

    it("full under the remote: push fails as that, no partial blob is visible; with space it goes on", async () => {
      box = await makeSandbox();
      mount("store");
      box.write("work/w.bin", someBytes(3_000_000));
      for (let i = 0; i < 40; i++) box.write(`work/data/${i}`, someBytes(80_000));
      await box.mv("work", ["add", "w.bin", "data"]);
      expect((await box.mv("work", ["push"], 25)).stderr).toContain("no space left");
      expect(fs.readdirSync(at("store/tmp"))).toEqual([]);
      remount("store", "size=20m");
      await box.mv("work", ["push"]);
      await box.mv("work", ["push", "--verify"]);
    });

    it("full under the work tree: checkout fails as that, and the old file stays whole", async () => {
      box = await makeSandbox();
      box.write("work/w.bin", "old");
      await box.mv("work", ["add", "w.bin"]);
      await box.git("work", ["commit", "-qm", "old"]);
      const bytes = someBytes(3_000_000);
      box.write("work/w.bin", bytes);
      await box.mv("work", ["add", "w.bin"]);
      await box.git("work", ["commit", "-qm", "new"]);
      await box.mv("work", ["push", "--all"]);
      await box.git("work", ["push", "-q", "origin", "main"]);
      mount("clone");
      await box.git(".", ["clone", "-q", "--separate-git-dir", at("clone.git"), "host.git", "clone"]);
      await box.mv("clone", ["remote", "add", "store", "../store"]);
      await box.git("clone", ["checkout", "-q", "HEAD~1"]);
      await box.mv("clone", ["pull"]);
      await box.git("clone", ["checkout", "-q", "main"]);
      expect((await box.mv("clone", ["pull"], 25)).stderr).toContain("no space left");
      expect(box.read("clone/w.bin").toString()).toBe("old");
      expect((await box.git("clone", ["status", "--porcelain"])).stdout).toBe("");
      remount("clone", "size=20m");
      await box.mv("clone", ["checkout"]);
      expect(box.read("clone/w.bin").equals(bytes)).toBe(true);
      expect((await box.mv("clone", ["status", "--check"])).stdout).toContain("all clean");
      expect((await box.git("clone", ["status", "--porcelain"])).stdout).toBe("");
    });

    it("a cache that is read-only: checkout works from it, add refuses before anything is changed", async () => {
      box = await makeSandbox();
      mount("shared", "size=20m");
      await box.git("work", ["config", "mvgit.cacheDir", at("shared")]);
      for (const path of ["w.bin", "data/1"]) box.write(`work/${path}`, path);
      await box.mv("work", ["add", "w.bin", "data"]);
      remount("shared", "ro");
      for (const path of ["w.bin", "data"]) fs.rmSync(at(`work/${path}`), { recursive: true });
      await box.mv("work", ["checkout"]);
      expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
      await box.mv("work", ["push"]);
      await box.mv("work", ["add", "w.bin"]);
      box.write("work/w.bin", "other");
      const before = (await box.git("work", ["status", "--porcelain"])).stdout;
      for (const path of ["w.bin", "data/1"]) {
        box.write(`work/${path}`, "other");
        expect((await box.mv("work", ["add", path], 1)).stderr).toContain("read-only");
      }
      expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe(before);
      await box.mv("work", ["checkout", "--force"], 1);
      expect(box.read("work/w.bin").toString()).toBe("other");
    });
  },
);

const SHM = fs.existsSync("/dev/shm") && fs.statSync("/dev/shm").dev !== fs.statSync("/tmp").dev;

it.skipIf(!SHM).each([["reflink copy"], ["hardlink copy"], ["hardlink"], ["symlink"]])(
  `a cache on another device, mvgit.link = %s${SHM ? "" : " (skipped: /dev/shm is no other device here)"}`,
  async (link) => {
    box = await makeSandbox();
    box.unchecked("the cache lies elsewhere");
    const shared = fs.mkdtempSync("/dev/shm/mvgit-test-");
    try {
      await box.git("work", ["config", "mvgit.cacheDir", shared]);
      await box.git("work", ["config", "mvgit.link", link]);
      for (const path of ["w.bin", "data/1"]) box.write(`work/${path}`, path);
      await box.mv("work", ["add", "w.bin", "data"]);
      for (const path of ["w.bin", "data"]) fs.rmSync(at(`work/${path}`), { recursive: true });
      await box.mv("work", ["checkout"]);
      expect(box.read("work/data/1").toString()).toBe("data/1");
      expect(fs.lstatSync(at("work/w.bin")).isSymbolicLink()).toBe(link === "symlink");
      expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
      expect((await box.mv("work", ["gc"])).stdout).toContain("removed 0 blobs");
    } finally {
      fs.rmSync(shared, { recursive: true });
      box.cleanup();
    }
  },
);

describe("a blob of the cache that went bad, mode and time as before", () => {
  let restore: () => void;
  /** Hashes of a single file, a large one, a file in a folder, and the folder's manifest. */
  let blobs: Record<"file" | "large" | "inner" | "root", string>;
  const large = Buffer.alloc(2_500_000, "l");
  const blob = (name: keyof typeof blobs, top = "work/.git/mvgit"): string =>
    at(`${top}/blobs/${blobs[name].slice(0, 2)}/${blobs[name].slice(2)}`);

  beforeAll(async () => {
    box = await makeSandbox();
    box.write("work/w.bin", "weights");
    box.write("work/large.bin", large);
    box.write("work/data/1", "row 1");
    const { added } = JSON.parse((await box.mv("work", ["add", "w.bin", "large.bin", "data", "--json"])).stdout);
    box.write("work/same", "row 1");
    const same = JSON.parse((await box.mv("work", ["add", "same", "--json"])).stdout).added[0].hash;
    await box.mv("work", ["rm", "same"]);
    blobs = { file: added[0].hash, large: added[1].hash, root: added[2].hash, inner: same };
    await box.git("work", ["commit", "-qm", "one"]);
    restore = box.keep();
  });
  afterEach(() => restore());
  afterAll(() => box.cleanup());

  const DAMAGE: Record<string, (bytes: Buffer) => Buffer> = {
    truncated: (bytes) => bytes.subarray(0, bytes.length - 1),
    longer: (bytes) => Buffer.concat([bytes, Buffer.from("x")]),
    "one bit flipped": (bytes) => Buffer.concat([Buffer.from([(bytes[0] as number) ^ 1]), bytes.subarray(1)]),
    empty: () => Buffer.alloc(0),
  };

  function damageAll(how: string): void {
    for (const name of ["file", "large", "inner", "root"] as const) {
      const file = blob(name);
      const { atime, mtime, mode } = fs.statSync(file);
      fs.chmodSync(file, 0o644);
      fs.writeFileSync(file, (DAMAGE[how] as (bytes: Buffer) => Buffer)(fs.readFileSync(file)));
      fs.chmodSync(file, mode);
      fs.utimesSync(file, atime, mtime);
    }
  }

  it.each(Object.keys(DAMAGE))(
    "%s: never pushed, never brought out; set aside, and fetched again from a remote",
    async (how) => {
      damageAll(how);
      expect((await box.mv("work", ["push"], 24)).stderr).toContain("damaged");
      for (const file of filesIn("store/blobs"))
        expect(hashBytes(fs.readFileSync(file))).toBe(file.split("/").slice(-2).join(""));
      restore();
      await box.mv("work", ["push"]);
      damageAll(how);
      for (const path of ["w.bin", "large.bin", "data"]) fs.rmSync(at(`work/${path}`), { recursive: true });
      await box.mv("work", ["checkout"]);
      expect([
        box.read("work/w.bin").toString(),
        box.read("work/data/1").toString(),
        box.read("work/large.bin").equals(large),
      ]).toEqual(["weights", "row 1", true]);
      // What is in the folder was remembered: its manifest, which nothing needed, is looked at by a fetch.
      await box.mv("work", ["fetch"]);
      expect(filesIn("work/.git/mvgit/damaged").length).toBe(4);
      await box.mv("work", ["fsck"]);
    },
  );

  it.each(Object.keys(DAMAGE))(
    "%s, without a remote: cat and checkout name it; add brings it back from the work tree",
    async (how) => {
      damageAll(how);
      fs.renameSync(at("store"), at("gone"));
      expect((await box.mv("work", ["cat", "w.bin"], 24)).stdout).not.toBe("weights");
      for (const path of ["w.bin", "large.bin", "data"])
        fs.utimesSync(at(`work/${path === "data" ? "data/1" : path}`), new Date(), new Date());
      await box.mv("work", ["add", "w.bin", "large.bin", "data"]);
      await box.mv("work", ["fsck"], how === "one bit flipped" ? 24 : 0);
      await box.mv("work", ["add", "w.bin", "large.bin", "data"]);
      await box.mv("work", ["fsck"]);
    },
  );
});

describe("temporary files", () => {
  afterEach(() => box.cleanup());
  const dead = (): number => spawnSync("true").pid;
  const host = hostname().replace(/[^A-Za-z0-9-]/g, "-");

  it("of dead processes are cleaned, of living ones and other hosts not: cache, linked work tree, remote", async () => {
    box = await makeSandbox();
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.git("work", ["worktree", "add", "-q", "--detach", "../linked"]);
    const folders = ["work/.git/mvgit/tmp", "work/.git/worktrees/linked/mvgit/tmp", "store/tmp"];
    const names = {
      dead: `${host}.${dead()}.aaaa`,
      alive: `${host}.${pid}.bbbb`,
      foreign: `otherhost.1.cccc`,
      begun: `part.${"a".repeat(64)}.${host}.${dead()}.dddd`,
    };
    for (const folder of folders) for (const name of Object.values(names)) box.write(`${folder}/${name}`, "left");
    await box.mv("linked", ["checkout"]);
    await box.mv("linked", ["push"]);
    for (const folder of folders)
      expect(fs.readdirSync(at(folder)).toSorted(), folder).toEqual(
        [names.alive, names.foreign, names.begun].toSorted(),
      );
    const old = new Date(Date.now() - 4 * 24 * 3600 * 1000);
    for (const name of Object.values(names).slice(1)) fs.utimesSync(at(`${folders[0]}/${name}`), old, old);
    box.write("work/w.bin", "y");
    await box.mv("work", ["add", "w.bin"]);
    expect(fs.readdirSync(at(folders[0] as string))).toEqual([names.alive]);
  });

  it("a lock of a dead process holds up nobody, one of a living process is waited for", async () => {
    box = await makeSandbox();
    box.write("work/.git/mvgit/lock", `${hostname()} ${dead()}\n`);
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    expect(box.exists("work/.git/mvgit/lock")).toBe(false);
    box.write("work/.git/mvgit/lock", `${hostname()} ${pid}\n`);
    box.write("work/w.bin", "y");
    let ended = false;
    const adding = box.mv("work", ["add", "w.bin"]).then(() => (ended = true));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(ended).toBe(false);
    fs.rmSync(at("work/.git/mvgit/lock"));
    await adding;
  });
});
