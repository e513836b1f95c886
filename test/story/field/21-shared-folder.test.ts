/**
 * A folder that a group shares (2775), used by two people whose umask is 022 or stricter: as a remote, and as a cache.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeptTables } from "../../../src/store/remote/packs/kept-tables.ts";
import type { Hash } from "../../../src/values/hash.ts";
import { BIN, type Ran, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

/** Numbers that nobody here has. */
const GROUP = 54_321;
const PEOPLE = { ann: 54_001, bob: 54_002 } as const;
type Person = keyof typeof PEOPLE;

const become = (person: Person, program: readonly string[], umask: string): string[] => [
  `--reuid=${PEOPLE[person]}`,
  `--regid=${PEOPLE[person]}`,
  `--groups=${GROUP}`,
  "sh",
  "-c",
  `umask ${umask}; exec "$@"`,
  "sh",
  ...program,
];
const CAN = process.getuid?.() === 0 && spawnSync("setpriv", become("ann", ["true"], "022")).status === 0;

describe.skipIf(!CAN)(`two people${CAN ? "" : " (skipped: it takes root, and setpriv)"}`, () => {
  let box: Sandbox;
  const at = (path: string): string => join(box.dir, path);

  beforeEach(async () => {
    box = await makeSandbox();
    fs.chmodSync(box.dir, 0o755);
    fs.chmodSync(at(".tmp"), 0o1777);
    for (const person of Object.keys(PEOPLE) as Person[]) {
      fs.mkdirSync(at(person));
      fs.chownSync(at(person), PEOPLE[person], PEOPLE[person]);
    }
  });
  afterEach(() => box.cleanup());

  function share(path: string, mode: number): void {
    fs.mkdirSync(at(path), { recursive: true });
    fs.chownSync(at(path), 0, GROUP);
    fs.chmodSync(at(path), mode);
  }

  async function as(person: Person, command: string, { umask = "022", status = 0 } = {}): Promise<Ran> {
    const env = { ...box.env, HOME: at(person), PATH: `${BIN}:${join(process.execPath, "..")}:/usr/bin:/bin` };
    const ran = await runProgram("setpriv", become(person, ["sh", "-c", command], umask), { cwd: at(person), env });
    if (status >= 0) expect(ran.status, `${person}: ${command}\n${ran.stdout}\n${ran.stderr}`).toBe(status);
    return ran;
  }

  it.each([
    [0o2775, "022"],
    [0o2770, "077"],
    [0o775, "022"],
  ])("a remote of mode %o, umask %s: the second pushes beside the first, pulls, and mends", async (mode, umask) => {
    share("store", mode);
    for (const person of ["ann", "bob"] as const) {
      const bytes = Array.from({ length: 20 }, (_, i) => `echo ${person} ${i} > data/${i}`).join("; ");
      await as(
        person,
        `git init -q . && mvgit init --no-hooks --remote ../store && mkdir data && ${bytes}; mvgit add data ` +
          ("&& " + "git commit -qm one && mvgit push"),
        { umask },
      );
    }
    // Shelves that the first made are written by the second.
    await as("bob", `mvgit doctor --remote --json | grep -q '"may be written","value":"yes"'`, { umask });
    await as("bob", "rm -rf data .git/mvgit/blobs && mvgit pull && mvgit push --all --verify", { umask });
    const [shelf = ""] = fs.readdirSync(at("store/blobs"));
    const [name = ""] = fs.readdirSync(at(`store/blobs/${shelf}`));
    expect(fs.statSync(at(`store/blobs/${shelf}/${name}`)).mode & 0o440).toBe(0o440);
    expect(fs.statSync(at(`store/blobs/${shelf}`)).mode & 0o2070).toBe(0o2070);
  });

  it("a cache of 2775: both add the same and other bytes, keep what they replace, find the other's right", async () => {
    share("cache", 0o2775);
    for (const person of ["ann", "bob"] as const) {
      await as(
        person,
        `git init -q . && mvgit init --no-hooks && git config mvgit.cacheDir ${at("cache")} && echo same > ` +
          `same.bin && echo ${person} > own.bin && mvgit add same.bin own.bin && git commit -qm one`,
      );
      expect((await as(person, "mvgit status --check")).stdout).toContain("all clean");
    }
    for (const person of ["bob", "ann"] as const)
      await as(person, "echo changed > own.bin && mvgit checkout --force && mvgit fsck");
  });

  it("a repository that one may not read is not gone: its needs count, and nobody is led to forget it", async () => {
    share("cache", 0o2775);
    for (const person of ["ann", "bob"] as const)
      await as(
        person,
        `git init -q w && cd w && mvgit init --no-hooks && git config mvgit.cacheDir ${at("cache")} && ` +
          `echo ${person} > own.bin && mvgit add own.bin && git commit -qm one`,
      );
    for (const closed of ["ann/w", "ann/w/.git"]) {
      fs.chmodSync(at(closed), 0o700);
      const { stderr } = await as("bob", "cd w && mvgit gc", { status: 1 });
      expect(stderr).toContain(`'${at("ann/w")}' needs of the shared cache is not known: permission denied`);
      expect(stderr).not.toContain("--forget");
      fs.chmodSync(at(closed), 0o755);
    }
  });

  it("folders that an earlier mvgit made with 022: doctor says which, and not that all is well", async () => {
    share("store", 0o2775);
    await as(
      "ann",
      "git init -q . && mvgit init --no-hooks --remote ../store && echo 1 > w.bin && mvgit add w.bin && git " +
        "commit -qm one && mvgit push",
    );
    const [shelf = ""] = fs.readdirSync(at("store/blobs"));
    fs.chmodSync(at(`store/blobs/${shelf}`), 0o2755);
    expect((await as("ann", "mvgit doctor --remote", { status: 1 })).stdout).toMatch(
      new RegExp(`NO {2}may be written by all who share it: no\\n +others cannot write in 'blobs/${shelf}'`),
    );
    await as("bob", "git init -q . && mvgit init --no-hooks --remote ../store");
    expect((await as("bob", "mvgit doctor --remote", { status: 1 })).stdout).toMatch(
      new RegExp(`NO {2}may be written: no\\n +you cannot write in 'blobs/${shelf}'.*chmod -R g\\+ws`),
    );
  });
});

it("what is kept of a remote's packs is everybody's as well", () => {
  const dir = fs.mkdtempSync(join(tmpdir(), "mvgit-shared-"));
  const before = process.umask(0o022);
  try {
    fs.chmodSync(dir, 0o2775);
    const pack = "ab".repeat(32) as Hash;
    new KeptTables(join(dir, "tables"), "a place").write({ pack, version: "1" }, Buffer.from("x"));
    const [place = ""] = fs.readdirSync(join(dir, "tables"));
    for (const folder of ["tables", `tables/${place}`])
      expect(fs.statSync(join(dir, folder)).mode & 0o2070, folder).toBe(0o2070);
  } finally {
    process.umask(before);
    fs.rmSync(dir, { recursive: true });
  }
});
