/**
 * What a program writes through a mapping shows in no time of the file while the page is dirty; mvgit must see it all
 * the same.
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { getuid, platform } from "node:process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { StatReader, StatWriter } from "../../../src/worktree/stat-table.ts";
import { hasPython, type Mapper, startMapper } from "../../support/mapper.ts";
import { makeSandbox, type Sandbox, someBytes } from "../../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;
let mapper: Mapper | null = null;
const canMap = platform === "linux" && hasPython();
const at = (path: string): string => join(box.dir, "work", path);
const later = (ms = 60): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const MANY = Array.from({ length: 40 }, (_, at) => `many/${at}`);
/** A small file, one that is read in chunks, one of a small folder and one of a folder that is flushed as a whole. */
const FILES = ["w.bin", "large.bin", "few/1", "many/7"];
const TARGETS = ["w.bin", "large.bin", "few", "many"];

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const path of ["w.bin", "few/1", "few/2", ...MANY]) box.write(`work/${path}`, someBytes(5000));
  box.write("work/large.bin", someBytes(1_500_000));
  restore = box.keep();
});
afterEach(async () => {
  await mapper?.close();
  mapper = null;
  restore();
});
afterAll(() => box.cleanup());

/** Every file has a page that was written to and is mapped. */
async function mapAll(): Promise<Mapper> {
  mapper = startMapper();
  for (const path of FILES) await mapper.write(at(path), "first");
  await later();
  return mapper;
}

async function modified(...args: string[]): Promise<string[]> {
  const { tracked } = JSON.parse((await box.mv("work", ["status", "--json", ...args])).stdout) as {
    tracked: { path: string; state: string }[];
  };
  return tracked
    .filter((each) => each.state === "modified")
    .map((each) => each.path)
    .toSorted();
}

describe.skipIf(!canMap)(`a mapped file${canMap ? "" : " (skipped: no Linux, or no python3)"}`, () => {
  it("that is written to after 'add' is modified, and 'checkout' does not destroy what it has", async () => {
    const writer = await mapAll();
    await box.mv("work", ["add", ...TARGETS]);
    expect(await modified()).toEqual([]);
    for (const path of FILES) await writer.write(at(path), "second");
    expect(await modified()).toEqual(TARGETS.toSorted());
    expect((await box.mv("work", ["checkout"])).stdout).toContain("kept as you changed them: 'few/1'");
    for (const path of FILES) expect(fs.readFileSync(at(path)).toString("latin1", 0, 6), path).toBe("second");
    await box.mv("work", ["add", ...TARGETS]);
    expect((await box.mv("work", ["cat", "w.bin"])).stdout.slice(0, 6)).toBe("second");
  });

  it("is seen after 'status' learned its stamp", async () => {
    await box.mv("work", ["add", ...TARGETS]);
    const writer = await mapAll();
    for (const path of FILES)
      await writer.write(at(path), fs.readFileSync(at(path)).toString("latin1", 0, 5).replace("first", "learn"));
    await later();
    expect(await modified()).toEqual(TARGETS.toSorted());
    for (const path of FILES) await writer.write(at(path), "again");
    // The same state, and other bytes: what is added now are those.
    await box.mv("work", ["add", ...TARGETS]);
    for (const path of FILES) await writer.write(at(path), "third");
    expect(await modified()).toEqual(TARGETS.toSorted());
  });

  it("that 'checkout' made is seen by the first write, and by every other", async () => {
    await box.mv("work", ["add", ...TARGETS]);
    for (const path of TARGETS) fs.rmSync(at(path), { recursive: true });
    await box.mv("work", ["checkout"]);
    const writer = await mapAll();
    expect(await modified()).toEqual(TARGETS.toSorted());
    await box.mv("work", ["add", ...TARGETS]);
    for (const path of FILES) await writer.write(at(path), "more");
    expect(await modified()).toEqual(TARGETS.toSorted());
  });

  it("stays seen where only its executable bit was put right", async () => {
    fs.chmodSync(at("few/1"), 0o755);
    await box.mv("work", ["add", "few"]);
    const writer = await mapAll();
    await box.mv("work", ["add", "few"]);
    fs.chmodSync(at("few/1"), 0o644);
    await box.mv("work", ["checkout", "--force", "few"]);
    expect(fs.statSync(at("few/1")).mode & 0o111).not.toBe(0);
    await writer.write(at("few/1"), "second");
    expect(await modified()).toEqual(["few"]);
  });

  it("is named by the pre-commit hook", async () => {
    await box.mv("work", ["hooks", "install"]);
    const writer = await mapAll();
    await box.mv("work", ["add", ...TARGETS]);
    await box.mv("work", ["status"]);
    await writer.write(at("few/1"), "second");
    expect((await box.git("work", ["commit", "-qm", "old bytes"])).stderr).toContain("'few' changed since 'mvgit add'");
  });

  const canMount = getuid?.() === 0;
  it.skipIf(!canMount)(
    `on a file system in memory, where no flush helps, is read each time${canMount ? "" : " (skipped: not root)"}`,
    async () => {
      const place = join(box.dir, "memory");
      fs.mkdirSync(place);
      execFileSync("mount", ["-t", "tmpfs", "none", place]);
      try {
        await box.git("memory", ["init", "-q"]);
        for (const path of ["w.bin", "dir/1"]) box.write(`memory/${path}`, someBytes(5000));
        mapper = startMapper();
        for (const path of ["w.bin", "dir/1"]) await mapper.write(join(place, path), "first");
        await later();
        await box.mv("memory", ["add", "w.bin", "dir"]);
        expect((await box.mv("memory", ["status", "--check"])).stdout).toContain("all clean");
        for (const path of ["w.bin", "dir/1"]) await mapper.write(join(place, path), "second");
        expect((await box.mv("memory", ["status"])).stdout.match(/^modified .*$/gm)).toHaveLength(2);
      } finally {
        await mapper?.close();
        mapper = null;
        execFileSync("umount", [place]);
      }
    },
  );
});

describe("what is remembered of a file", () => {
  const stats = (): string[] => fs.readdirSync(at(".git/mvgit/stat")).map((name) => at(`.git/mvgit/stat/${name}`));

  /** Makes every table say of the files as they are now what it says of those before. */
  function lie(): void {
    for (const table of stats()) {
      const reader = new StatReader(table);
      const { root } = reader;
      const entries = [...reader.rest()];
      const writer = new StatWriter(table);
      for (const { path, stamp, hash } of entries) writer.add(path, stamp === "folder" ? stamp : stampOf(path), hash);
      writer.commit(root);
    }
  }

  function stampOf(path: string): string {
    const file = [at(path), at(`many/${path}`), at(`few/${path}`)].find((each) => fs.existsSync(each)) as string;
    const { size, mtimeNs, ctimeNs, ino } = fs.statSync(file, { bigint: true });
    return `${size}.${mtimeNs}.${ctimeNs}.${ino}`;
  }

  async function addAndChange(): Promise<void> {
    await later();
    await box.mv("work", ["add", "w.bin", "large.bin", "many"]);
    for (const path of ["w.bin", "large.bin", "many/7"])
      fs.writeFileSync(at(path), someBytes(fs.statSync(at(path)).size));
    lie();
    await later();
  }

  it("is believed by 'status', and not by 'status --verify', which sets it right", async () => {
    await addAndChange();
    expect(await modified()).toEqual([]);
    expect(await modified("--verify", "large.bin")).toEqual(["large.bin"]);
    expect(await modified()).toEqual(["large.bin"]);
    expect((await box.mv("work", ["status", "--verify", "--check"], 1)).stdout).toContain("modified  w.bin");
    expect(await modified()).toEqual(["large.bin", "many", "w.bin"]);
  });

  it("of a table that an older mvgit wrote, without a flush, counts for nothing", async () => {
    await addAndChange();
    for (const table of stats())
      fs.writeFileSync(table, fs.readFileSync(table, "latin1").replace(/^mvgit-stat 3/, "mvgit-stat 2"), "latin1");
    expect(await modified()).toEqual(["large.bin", "many", "w.bin"]);
  });
});
