/** Processes as a folder of the form of /proc tells them, and as they really are where there is one. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Proc } from "../../src/program/processes/proc.ts";
import { ProcessWatch, type Sighting } from "../../src/program/processes/watch.ts";

let root: string;
beforeEach(() => void (root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-test-")))));
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const MARK = { name: "MVGIT_LOG", value: "/tmp/one" };
const isLibrary = (path: string): boolean => path.includes("libcuda");
let last = 100;

interface Fake {
  parent: number;
  exe: string;
  argv: string[];
  env?: Record<string, string>;
  image?: string;
  state?: string;
  thread?: number;
  maps?: string;
}

/** Writes what /proc would have of it. */
function fake(
  pid: number,
  { parent, exe, argv, env = {}, image = `${pid}`, state = "S", thread = pid, maps = "" }: Fake,
): void {
  const folder = join(root, `${pid}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(join(folder, "ns"), { recursive: true });
  const fields = Array.from({ length: 52 }, (_, at) =>
    String({ 3: state, 4: parent, 22: 7, 26: image, 28: image, 48: image, 50: image }[at + 1] ?? 0),
  );
  fs.writeFileSync(join(folder, "stat"), `${pid} (a ) name) ${fields.slice(2).join(" ")}\n`);
  fs.writeFileSync(join(folder, "status"), `Name:\tx\nTgid:\t${thread}\nPid:\t${pid}\n`);
  fs.writeFileSync(join(folder, "cmdline"), argv.map((word) => `${word}\0`).join(""));
  fs.writeFileSync(
    join(folder, "environ"),
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(""),
  );
  fs.writeFileSync(join(folder, "maps"), maps);
  fs.symlinkSync(exe, join(folder, "exe"));
  fs.symlinkSync("/project", join(folder, "cwd"));
  fs.symlinkSync("mnt:[1]", join(folder, "ns/mnt"));
  last = Math.max(last, pid);
  fs.writeFileSync(join(root, "loadavg"), `0.0 0.0 0.0 1/90 ${last}\n`);
}

/** Until it holds; what is looked at comes some milliseconds later. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 1000; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

describe("a watch of a folder", () => {
  let seen: Sighting[];
  let watch: ProcessWatch | null;
  const begin = (pid: number): void => {
    seen = [];
    watch = ProcessWatch.start(pid, {
      marker: MARK,
      isLibrary,
      proc: new Proc(root),
      onSighting: (each) => seen.push(each),
    });
  };
  beforeEach(() => {
    last = 100;
    fs.mkdirSync(join(root, "self/ns"), { recursive: true });
    fs.symlinkSync("mnt:[1]", join(root, "self/ns/mnt"));
    fake(1, { parent: 0, exe: "/sbin/init", argv: ["init"] });
    fake(50, { parent: 1, exe: "/usr/bin/node", argv: ["mvgit"] });
    fake(101, { parent: 50, exe: "/bin/bash", argv: ["bash", "-c", "x"], env: { [MARK.name]: MARK.value } });
  });
  afterEach(() => void watch?.end());

  it("tells a process that becomes another program, though its number and file stay", async () => {
    begin(101);
    expect(seen.map(({ argv }) => argv[0])).toEqual(["bash"]);
    fake(101, { parent: 50, exe: "/bin/bash", argv: ["other"], image: "2", env: { SEED: "1" } });
    await until(() => seen.length === 2);
    expect(seen[1]).toMatchObject({ argv: ["other"], env: { SEED: "1" }, cwd: "/project", isElsewhere: false });
    expect(seen[1]?.parent).toBe(seen[0]);
  });

  it("finds children, their children, and those whose parent has gone; nothing of others, and no thread", async () => {
    begin(101);
    fake(102, { parent: 101, exe: "/usr/bin/python3.11", argv: ["python"] });
    fake(103, { parent: 102, exe: "/usr/bin/python3.11", argv: ["copy"], image: "102" });
    fake(104, { parent: 103, exe: "/usr/bin/make", argv: ["make"] });
    fake(105, { parent: 1, exe: "/usr/bin/env", argv: ["orphan"], env: { A: "1", [MARK.name]: MARK.value } });
    fake(106, { parent: 1, exe: "/usr/bin/env", argv: ["foreign"], env: { [MARK.name]: `${MARK.value}2` } });
    fake(107, { parent: 102, exe: "/usr/bin/python3.11", argv: ["thread"], thread: 102 });
    fake(108, { parent: 106, exe: "/usr/bin/env", argv: ["of foreign"], env: { [MARK.name]: MARK.value } });
    await until(() => seen.length >= 4);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen.map(({ argv }) => argv[0])).toEqual(["bash", "python", "make", "orphan"]);
    expect(seen[2]?.parent?.argv).toEqual(["python"]);
  });

  it("tells what has file systems of its own, and which libraries are loaded", async () => {
    begin(101);
    fake(102, {
      parent: 101,
      exe: "/usr/bin/python3.11",
      argv: ["python"],
      maps:
        "7f00-7f01 r-xp 0 08:01 5 /opt/libcudart.so.12\n7f02-7f03 r-xp 0 08:01 5 /opt/my libcuda.so.1\n7f04 r " +
        "0 0 0 [heap]\n",
    });
    fs.rmSync(join(root, "102/ns/mnt"));
    fs.symlinkSync("mnt:[2]", join(root, "102/ns/mnt"));
    await until(() => seen.length === 2 && (seen[1]?.libraries.size ?? 0) > 0);
    expect(seen[1]?.isElsewhere).toBe(true);
    expect([...(seen[1]?.libraries ?? [])]).toEqual(["/opt/libcudart.so.12", "/opt/my libcuda.so.1"]);
  });

  it("bears with processes that tell nothing, or nonsense", async () => {
    begin(101);
    fs.mkdirSync(join(root, "102"));
    fs.writeFileSync(join(root, "102/stat"), "x");
    fs.mkdirSync(join(root, "103"));
    fake(104, { parent: 101, exe: "/usr/bin/env", argv: [], state: "Z" });
    fake(105, { parent: 101, exe: "/usr/bin/env", argv: ["last"] });
    await until(() => seen.length === 2);
    expect(watch?.end().map(({ argv }) => argv[0])).toEqual(["bash", "last"]);
    expect(ProcessWatch.start(999, { marker: MARK, isLibrary, proc: new Proc(root) })).toBeNull();
  });
});

const HAS_PROC = fs.existsSync("/proc/self/stat") && fs.existsSync("/bin/sh");

it.skipIf(!HAS_PROC)(
  `real processes: a chain of programs, and some whose parent has gone${HAS_PROC ? "" : " (skipped: no /proc here)"}`,
  async () => {
    const marker = { name: "MVGIT_LOG", value: join(root, "log") };
    const script = `(sleep 0.71 & sleep 0.72) & sh -c 'exec sleep 0.73'; exec sleep 0.74`;
    const child = spawn("/bin/sh", ["-c", script], {
      env: { PATH: process.env["PATH"], [marker.name]: marker.value },
      stdio: "ignore",
    });
    const watch = ProcessWatch.start(child.pid as number, { marker, isLibrary: (path) => path.includes("/libc") });
    await new Promise((resolve) => child.on("exit", resolve));
    const seen = watch?.end().map(({ argv }) => argv.join(" ")) ?? [];
    expect(seen[0]).toContain("sleep 0.71");
    for (const program of ["sleep 0.71", "sleep 0.72", "sleep 0.73", "sleep 0.74"]) expect(seen).toContain(program);
  },
);
