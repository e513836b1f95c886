/** Folders of the work tree that are on another file system: what is made there is written there. */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CAN_MOUNT } from "../../support/mounts.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

const HAS_SHM = fs.existsSync("/dev/shm") && fs.statSync("/dev/shm").dev !== fs.statSync(tmpdir()).dev;
let box: Sandbox;
const at = (path: string): string => join(box.dir, "work", path);
let mounted: string[] = [];

/** Another disk, or the same one under another name: the system takes neither for one with what is around it. */
const MOUNTS: Record<string, (folder: string) => void> = {
  "another disk": (folder) => execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]),
  "a bind mount": (folder) => {
    const from = join(box.dir, `bound-${mounted.length}`);
    fs.mkdirSync(from);
    execFileSync("mount", ["--bind", from, folder]);
  },
};

beforeEach(async () => {
  box = await makeSandbox();
});
afterEach(() => {
  for (const folder of mounted.toReversed()) execFileSync("umount", ["-l", folder]);
  mounted = [];
  box.cleanup();
});

describe.skipIf(!CAN_MOUNT).each(Object.keys(MOUNTS))(
  `%s${CAN_MOUNT ? "" : " (skipped: it takes root, and leave to mount)"}`,
  (kind) => {
    function mount(path: string): void {
      fs.mkdirSync(at(path), { recursive: true });
      (MOUNTS[kind] as (folder: string) => void)(at(path));
      mounted.push(at(path));
    }
    const leftovers = (folder: string): string[] =>
      (fs.readdirSync(at(folder), { recursive: true }) as string[]).filter((name) => name.includes(".mvgit-tmp"));

    it("add, checkout, mv and rm, of files in it and of a folder that is it", async () => {
      mount("data");
      mount("sub/disk");
      for (const path of ["data/1", "data/deep/2", "sub/disk/w.bin", "here.bin"]) box.write(`work/${path}`, path);
      for (let i = 0; i < 600; i++) box.write(`work/data/many/${i}`, String(i));
      await box.mv("work", ["add", "data", "sub/disk/w.bin", "here.bin"]);
      await box.git("work", ["commit", "-qm", "first"]);
      await box.mv("work", ["push"]);
      for (const name of fs.readdirSync(at("data"))) fs.rmSync(at(`data/${name}`), { recursive: true });
      fs.rmSync(at("sub/disk/w.bin"));
      fs.rmSync(at(".git/mvgit/blobs"), { recursive: true });
      await box.mv("work", ["pull"]);
      for (const path of ["data/1", "data/deep/2", "sub/disk/w.bin"])
        expect(box.read(`work/${path}`).toString()).toBe(path);
      expect(fs.readdirSync(at("data/many"))).toHaveLength(600);
      expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
      await box.mv("work", ["mv", "here.bin", "sub/disk/there.bin"]);
      expect(box.read("work/sub/disk/there.bin").toString()).toBe("here.bin");
      await box.mv("work", ["mv", "sub/disk/w.bin", "back.bin"]);
      box.write("work/back.bin", "changed");
      await box.mv("work", ["add", "back.bin"]);
      box.write("work/folder/x/y", "y");
      await box.mv("work", ["add", "folder"]);
      await box.mv("work", ["mv", "folder", "sub/disk/folder"]);
      expect(box.read("work/sub/disk/folder/x/y").toString()).toBe("y");
      expect(box.exists("work/folder")).toBe(false);
      await box.mv("work", ["rm", "sub/disk/there.bin"]);
      expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
      expect([...leftovers("data"), ...leftovers("sub")]).toEqual([]);
    });

    it("what a killed checkout left there is no part of the folder, and is cleaned by the next", async () => {
      mount("data");
      for (const path of ["data/1", "data/2"]) box.write(`work/${path}`, path);
      await box.mv("work", ["add", "data"]);
      fs.rmSync(at("data/1"));
      let left: string[] = [];
      for (let step = 1; step < 40 && left.length === 0; step++) {
        spawnSync(process.execPath, [join(import.meta.dirname, "../../../bin/mvgit"), "checkout", "data"], {
          cwd: at("."),
          env: { ...process.env, ...box.env, MVGIT_FAULT: `kill@${step}` },
        });
        left = leftovers("data");
      }
      expect(left).toHaveLength(1);
      expect(JSON.parse((await box.mv("work", ["status", "--json"])).stdout)).toMatchObject({
        tracked: [{ path: "data", changes: { modified: 0, missing: 1, added: 0 } }],
      });
      await box.mv("work", ["checkout", "data"]);
      expect(leftovers("data")).toEqual([]);
      expect(box.read("work/data/1").toString()).toBe("data/1");
    });
  },
);

it.skipIf(!HAS_SHM)(
  "a run, an isolated one and a linked work tree on another disk than Git's " +
    `folder${HAS_SHM ? "" : " (skipped: it takes a /dev/shm that is another disk)"}`,
  async () => {
    const elsewhere = fs.mkdtempSync("/dev/shm/mvgit-test-");
    try {
      box.write("work/code.sh", "echo $1 > w.bin\n");
      await box.git("work", ["add", "code.sh"]);
      await box.git("work", ["commit", "-qm", "code"]);
      box.env["TMPDIR"] = elsewhere;
      await box.mv("work", ["run", "apart", "--isolated", "--weights", "w.bin", "--", "sh", "code.sh", "1"]);
      expect((await box.mv("work", ["cat", "apart@v1:w.bin"])).stdout).toBe("1\n");
      delete box.env["TMPDIR"];
      const linked = join(elsewhere, "linked");
      await box.git("work", ["worktree", "add", "-q", linked]);
      await box.mv("work", ["-C", linked, "run", "linked", "--weights", "w.bin", "--", "sh", "code.sh", "2"]);
      expect((await box.mv("work", ["cat", "linked@v1:w.bin"])).stdout).toBe("2\n");
      expect((await box.git("work", ["-C", linked, "status", "--porcelain"])).stdout).toBe("");
      await box.git("work", ["worktree", "remove", "--force", linked]);
      expect(fs.readdirSync(elsewhere)).toEqual([]);
    } finally {
      fs.rmSync(elsewhere, { recursive: true });
    }
  },
);
