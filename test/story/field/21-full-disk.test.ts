/**
 * A disk on which not one byte more goes: every command that must write says so, leaves nothing, and works when there
 * is space.
 */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { CAN_MOUNT } from "../../support/mounts.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
let mounted = "";
afterEach(() => {
  if (mounted !== "") execFileSync("umount", [mounted]);
  mounted = "";
  box.cleanup();
});

/** Fills what is left, to the last block. */
function fill(folder: string): void {
  spawnSync("dd", ["if=/dev/zero", `of=${folder}/fill`, "bs=4k"], { stdio: "ignore" });
}

it.skipIf(!CAN_MOUNT)(
  `commands on a full disk${CAN_MOUNT ? "" : " (skipped: it takes root, and leave to mount)"}`,
  async () => {
    box = await makeSandbox();
    mounted = join(box.dir, "disk");
    fs.mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", mounted]);
    await box.git(".", ["init", "-q", "disk/work"]);
    await box.mv("disk/work", ["init", "--no-hooks", "--remote", "../store"]);
    box.write("disk/work/w.bin", "weights");
    box.write("disk/work/v.bin", "more");
    await box.mv("disk/work", ["add", "w.bin"]);
    await box.git("disk/work", ["commit", "-qm", "one"]);
    const files = (): string[] =>
      fs
        .readdirSync(mounted, { recursive: true, encoding: "utf8" })
        .filter((path) => !path.includes(".git/objects/") && path !== "fill")
        .toSorted();
    const before = files();
    fill(mounted);
    const works = [["gc"], ["checkout"], ["status"], ["fsck"]];
    const fails = [
      ["add", "v.bin"],
      ["push"],
      ["remote", "add", "b", "../b"],
      ["hooks", "install"],
      ["rm", "--keep", "w.bin"],
      ["save", "m", "--weights", "w.bin"],
      ["run", "m", "--", "true"],
    ];
    for (const args of works) expect((await box.mv("disk/work", args, -1)).status, args.join(" ")).toBe(0);
    for (const args of fails) {
      const { status, stderr } = await box.mv("disk/work", args, -1);
      expect([status, stderr], args.join(" ")).toEqual([
        25,
        expect.stringMatching(/^error: cannot .*: no space left \(ENOSPC\)\nhint: free some space/m),
      ]);
    }
    const left = files().filter((path) => !before.includes(path) && fs.statSync(join(mounted, path)).isFile());
    expect(left.filter((path) => /lock|[.-][0-9]+\.[0-9]+-|mvgit-[0-9a-f]{16}|^\.?index-/.test(path))).toEqual([]);
    fs.rmSync(join(mounted, "fill"));
    for (const args of [
      ...fails.filter(([name]) => name !== "rm" && name !== "run" && name !== "remote"),
      ["rm", "--keep", "w.bin"],
    ])
      await box.mv("disk/work", args);
  },
);
