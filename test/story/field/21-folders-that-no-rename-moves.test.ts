/** Folders that no rename moves: something is mounted there, or they are of an overlay's lower layer (containers). */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { filesOf, makeDeployment } from "../../support/deployment.ts";
import { CAN_MOUNT } from "../../support/mounts.ts";
import type { Sandbox } from "../../support/sandbox.ts";

const CAN_OVERLAY = CAN_MOUNT && overlaysWork();
let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
let mounted: string[] = [];

beforeAll(async () => {
  box = await makeDeployment(1, { inProcess: true });
});
afterAll(() => box.cleanup());
afterEach(() => {
  for (const folder of mounted.toReversed()) execFileSync("umount", ["-l", folder]);
  mounted = [];
});

function mount(folder: string, ...args: string[]): void {
  fs.mkdirSync(folder, { recursive: true });
  execFileSync("mount", [...args, folder]);
  mounted.push(folder);
}

/** A disk of which a lower layer has what is in `low`. */
function overlay(folder: string): void {
  mount(at("layers"), "-t", "tmpfs", "-o", "size=8m", "tmpfs");
  for (const name of ["up", "work"]) fs.mkdirSync(at(`layers/${name}`));
  const dirs = `lowerdir=${at("low")},upperdir=${at("layers/up")},workdir=${at("layers/work")},redirect_dir=off`;
  mount(folder, "-t", "overlay", "overlay", "-o", dirs);
}

function overlaysWork(): boolean {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-overlay-"));
  for (const name of ["low", "over"]) fs.mkdirSync(join(folder, name));
  spawnSync("mount", ["-t", "tmpfs", "tmpfs", join(folder, "over")]);
  for (const name of ["up", "work", "all"]) fs.mkdirSync(join(folder, "over", name));
  const dirs = `lowerdir=${folder}/low,upperdir=${folder}/over/up,workdir=${folder}/over/work,redirect_dir=off`;
  const works = spawnSync("mount", ["-t", "overlay", "overlay", "-o", dirs, join(folder, "over/all")]).status === 0;
  if (works) spawnSync("umount", ["-l", join(folder, "over/all")]);
  spawnSync("umount", ["-l", join(folder, "over")]);
  fs.rmSync(folder, { recursive: true });
  return works;
}

it.skipIf(!CAN_MOUNT)(
  `pages are refused before they are made where something is mounted${CAN_MOUNT ? "" : " (skipped: it takes root)"}`,
  async () => {
    mount(at("site"), "-t", "tmpfs", "-o", "size=8m", "tmpfs");
    const { stderr } = await box.mv("work", ["ui", "--export", "../site"], 1);
    expect(stderr).toContain("a file system is mounted at");
    expect(stderr).toContain("name a folder in it");
    await box.mv("work", ["ui", "--export", "../site/pages"]);
    expect(fs.existsSync(at("site/pages/index.html"))).toBe(true);
  },
);

it.skipIf(!CAN_OVERLAY)(
  `what a lower layer has makes way for a release, and for pages${CAN_OVERLAY ? "" : " (skipped: no overlay here)"}`,
  async () => {
    box.write("low/rel/model/mine", "mine");
    await box.mv("work", ["ui", "--export", "../low/pages"]);
    overlay(at("all"));
    expect(() => fs.renameSync(at("all/pages"), at("all/moved"))).toThrow("EXDEV");
    const { stderr } = await box.mv("work", ["export", "spam@v1", "-o", "../all/rel", "--force"]);
    const [, aside = ""] = /was moved to '([^']+)'/.exec(stderr) ?? [];
    expect(fs.readFileSync(join(aside, "model/mine"), "utf8")).toBe("mine");
    expect(filesOf(at("all/rel"))["model/w.bin"]).toBe("weights 1");
    await box.mv("work", ["ui", "--export", "../all/pages"]);
    expect(fs.readdirSync(at("all")).toSorted()).toEqual(["pages", "rel"]);
  },
);
