/** One compact proof for each of the invariants in docs/invariants.md, by the real program. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashBytes } from "../src/hashing/hasher.ts";
import { ageBlobs } from "./support/aged-cache.ts";
import { packedIn } from "./support/checker-packs.ts";
import { mvgit, ROOT, runProgram } from "./support/cli.ts";
import { spyOn } from "./support/spy.ts";
import { makeVersion } from "./support/versions.ts";
import { makeSandbox, type Sandbox } from "./support/sandbox.ts";
import { numbers, SEED, THOROUGH } from "./support/thorough.ts";

let box: Sandbox;
let restore: () => void;
const at = (path: string): string => join(box.dir, path);
const CACHE = "work/.git/mvgit";
const blobOf = (hash: string, top = CACHE): string => at(`${top}/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);
const hashes: Record<string, string> = {};

/** Files that hold blobs: one each, or packs. */
function blobsIn(top: string): string[] {
  return ["blobs", "packs"]
    .map((kind) => at(`${top}/${kind}`))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => fs.readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
/** Blobs by their hashes, in whichever form. */
function contentsOf(top: string): Map<string, Buffer> {
  const whole = blobsIn(top).map((file) => [nameOf(file), fs.readFileSync(file)] as const);
  const packed = [...packedIn(at(top), hashBytes)].map(([hash, { read }]) => [hash, read() as Buffer] as const);
  return new Map([...whole, ...packed]);
}
const nameOf = (file: string): string => file.split("/").slice(-2).join("");

function damage(file: string): void {
  const { mode, atime, mtime } = fs.statSync(file);
  const bytes = fs.readFileSync(file).map((byte) => byte ^ 1);
  fs.chmodSync(file, 0o644);
  fs.writeFileSync(file, bytes);
  fs.chmodSync(file, mode);
  fs.utimesSync(file, atime, mtime);
}

const random = numbers(SEED);
/** How many steps further the next kill is; `least` with MVGIT_TESTS=thorough. */
const stride = (least: number): number => (THOROUGH ? least : least * (1 + Math.floor(random() * 5)));

/** Exit status of a command that may be killed: 137 then. */
async function faulty(fault: string, ...args: string[]): Promise<number> {
  const env = { ...box.env, MVGIT_FAULT: fault };
  return (
    await runProgram("/bin/sh", ["-c", '"$@"; exit $?', "sh", process.execPath, join(ROOT, "bin/mvgit"), ...args], {
      cwd: at("work"),
      env,
    })
  ).status;
}

beforeAll(async () => {
  box = await makeSandbox({ hooks: true });
  for (const version of ["one", "two"]) {
    box.write("work/w.bin", `weights ${version}`);
    for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i} ${version}`);
    const { added } = JSON.parse((await box.mv("work", ["add", "w.bin", "data", "--json"])).stdout);
    hashes[version] = added[0].hash;
    hashes[`data ${version}`] = added[1].hash;
    await box.git("work", ["commit", "-qm", version]);
  }
  restore = box.keep();
});
afterEach(() => restore());
afterAll(() => box.cleanup());

describe("1: bytes stored under a hash hash to it, checked whenever they leave a store", () => {
  it("checkout, cat, push, fetch and pull", async () => {
    for (const file of [...blobsIn(CACHE)]) expect(hashBytes(fs.readFileSync(file))).toBe(nameOf(file));
    await box.mv("work", ["push"]);
    for (const file of blobsIn("store")) damage(file);
    for (const file of blobsIn(CACHE)) damage(file);
    await box.mv("work", ["cat", "w.bin"], 24);
    fs.rmSync(at("work/w.bin"));
    await box.mv("work", ["checkout", "w.bin"], 24);
    await box.mv("work", ["pull", "w.bin"], 24);
    expect(box.exists("work/w.bin")).toBe(false);
    restore();
    for (const file of blobsIn(CACHE)) damage(file);
    await box.mv("work", ["push"], 24);
    expect(blobsIn("store")).toEqual([]);
  });
});

describe("2: a stored blob is never modified", () => {
  it("whatever is done, and is replaced only when its bytes are wrong", async () => {
    await box.git("work", ["config", "mvgit.encoding", "whole"]);
    await box.mv("work", ["push", "--all"]);
    const look = (): string[] =>
      ["store", CACHE]
        .flatMap(blobsIn)
        .map(
          (file) =>
            `${file} ${fs.statSync(file).ino} ${fs.statSync(file).mode & 0o222} ${hashBytes(fs.readFileSync(file))}`,
        );
    const before = look();
    for (const args of [
      ["add", "w.bin", "data"],
      ["push", "--all"],
      ["push", "--repair"],
      ["fetch", "--all"],
      ["checkout", "--force"],
      ["fsck"],
      ["gc"],
    ])
      await box.mv("work", args);
    box.write("work/w.bin", "Weights two");
    await box.mv("work", ["checkout", "--force"]);
    expect(look().filter((line) => before.includes(line))).toEqual(before);
    damage(blobOf(hashes["two"] as string, "store"));
    await box.mv("work", ["push", "--repair"]);
    const after = look().filter((line) => !line.startsWith(blobOf(hashes["two"] as string, "store")));
    expect(after.filter((line) => before.includes(line)).length).toBe(before.length - 1);
  });
});

describe("3: a name is written after what it names", () => {
  /** A folder's manifest is there only with its files, a pointer only with its blob. */
  function complete(top: string): void {
    const there = contentsOf(top);
    const inner = [0, 1, 2].map((i) => hashBytes(Buffer.from(`row ${i} three`)));
    const texts = [...there.values()].map(String);
    const root = texts.find((text) => text.startsWith("mvgit-leaf") && inner.some((hash) => text.includes(hash)));
    if (root) for (const hash of inner) expect(there.has(hash)).toBe(true);
    if (top === "store") return;
    for (const name of ["w.bin", "data"]) {
      const hash = /blake3: (\w+)/.exec(box.read(`work/${name}.mvgit`).toString())?.[1] as string;
      expect(there.has(hash), name).toBe(true);
    }
  }

  it("killed at any step of add and of push, no name is without what it names", async () => {
    box.write("work/w.bin", "weights three");
    for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i} three`);
    for (let step = 1; (await faulty(`kill@${step}`, "add", "w.bin", "data")) !== 0; step += stride(3)) complete(CACHE);
    complete(CACHE);
    for (let step = 1; (await faulty(`kill@${step}`, "push")) !== 0; step += stride(3)) complete("store");
    complete("store");
  });
});

describe("4: exit status 0 means durable", () => {
  it.each([
    ["one file", 1],
    ["many files, one flush", 40],
  ])("%s: flushed before it is named, its folder after; a failed flush fails", async (_, count) => {
    for (let i = 0; i < count; i++) box.write(`work/new/${i}`, `new row ${i}`);
    box.write("work/w.bin", "new weights");
    const failing = spyOn(box.dir, { failFlush: true });
    Object.assign(box.env, failing.env);
    const before = blobsIn(CACHE);
    await box.mv("work", ["add", "w.bin", "new"], 25);
    expect(blobsIn(CACHE)).toEqual(before);
    expect(box.exists("work/new.mvgit")).toBe(false);
    delete box.env["SPY_NO_FLUSH"];
    const spy = spyOn(box.dir);
    for (const [args, top] of [
      [["add", "w.bin", "new"], "work"],
      [["push"], "store"],
    ] as const) {
      await box.mv("work", args);
      const events = spy.events();
      const named = events.flatMap(([what, from = "", to = ""], index) =>
        what === "name" && /\/(blobs|packs|index\/..)\/|\.mvgit$/.test(to) && to.startsWith(at(top))
          ? [{ from, to, index }]
          : [],
      );
      // Many small ones are pushed as one pack, and its table.
      expect(named.length).toBeGreaterThan(top === "work" ? count : 1);
      for (const { from, to, index } of named) {
        const flushes = (path: string, place: number): boolean =>
          events.some(
            ([what, flushed], other) =>
              what === "flush" && (flushed === path || flushed === "*") && (place < 0 ? other < index : other > index),
          );
        expect(flushes(from, -1), `${to} was flushed before`).toBe(true);
        expect(flushes(dirname(to), 1), `the folder of ${to} was flushed after`).toBe(true);
      }
    }
  });
});

describe("5: no file of the user's goes before its replacement is there, nor while no store has its bytes", () => {
  it("checkout, pull, rm: refused, named, and nothing else touched; --force keeps the bytes", async () => {
    box.write("work/w.bin", "mine");
    box.write("work/data/1", "mine too");
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    await box.mv("work", ["push", "--all"]);
    for (const args of [["checkout"], ["pull"], ["rm", "w.bin", "data"]])
      expect((await box.mv("work", args, 1)).stderr).toMatch(/'w\.bin'|'data/);
    expect([
      box.read("work/w.bin").toString(),
      box.read("work/data/1").toString(),
      box.read("work/data/2").toString(),
    ]).toEqual(["mine", "mine too", "row 2 two"]);
    const { displaced } = JSON.parse((await box.mv("work", ["checkout", "--force", "--json"])).stdout);
    expect(displaced.map((each: { kept: string }) => fs.readFileSync(each.kept, "utf8")).toSorted()).toEqual([
      "mine",
      "mine too",
    ]);
  });

  it("killed at any step of a checkout: the file is the old one or the new one, whole", async () => {
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    for (let step = 1; ; step += stride(1)) {
      const status = await faulty(`kill@${step}`, "checkout");
      expect(["weights one", "weights two"]).toContain(box.read("work/w.bin").toString());
      for (let i = 0; i < 3; i++)
        expect([`row ${i} one`, `row ${i} two`]).toContain(box.read(`work/data/${i}`).toString());
      if (status === 0) break;
    }
    expect(box.read("work/data/2").toString()).toBe("row 2 one");
  });
});

describe("6: nothing is written outside of the work tree and mvgit's own folders", () => {
  it.each([["../out"], [".git/hooks/post-checkout"], ["a/.GIT/hooks/x"], ["link/out"]])(
    "a manifest that names '%s'",
    async (path) => {
      fs.symlinkSync("..", at("work/link"));
      const store = (bytes: Buffer): string => {
        box.write(`${CACHE}/blobs/${hashBytes(bytes).slice(0, 2)}/${hashBytes(bytes).slice(2)}`, bytes);
        return hashBytes(bytes);
      };
      const file = store(Buffer.from("#!/bin/sh\n"));
      const leaf = store(Buffer.from(`mvgit-leaf 1\n${file} x 10 ${path}\0`));
      const root = store(Buffer.from(`mvgit-root 1\n${leaf} 1 10 ${path}\0`));
      const name = path === "link/out" ? "link/evil" : "evil";
      box.write(`work/${name}.mvgit`, `mvgit: 1\nblake3: ${root}\nfiles: 1\nsize: 10\n`);
      if (name === "evil") await box.git("work", ["add", "-f", "evil.mvgit"]);
      for (const args of [
        ["checkout", name],
        ["checkout", "--force", name],
        ["pull", name],
      ])
        expect((await mvgit(args, { cwd: at("work"), env: box.env })).status).not.toBe(0);
      expect([box.exists("out"), box.exists("work/.git/hooks/x"), fs.existsSync(at("evil"))]).toEqual([
        false,
        false,
        false,
      ]);
      fs.rmSync(at("evil.mvgit"), { force: true });
    },
  );
});

describe("7: nothing that a repository contains is executed or trusted without consent", () => {
  it("committed commands, places and credentials count for nothing", async () => {
    box.write(
      "work/.mvgit/config",
      `[mvgit]\n\tcacheDir = ${at("stolen")}\n\tautoCheckout = true\n[mvgit-remote "store"]\n\turl = ` +
        `${at("stolen")}\n\tendpoint = http://127.0.0.1:9\n\tkeyFile = ${at("key")}\n[core]\n\tfsmonitor = ` +
        `touch ${at("ran")}\n[alias]\n\tx = !touch ${at("ran")}\n`,
    );
    box.write("work/hooks/pre-commit", `#!/bin/sh\ntouch ${at("ran")}\n`);
    fs.chmodSync(at("work/hooks/pre-commit"), 0o755);
    await box.git("work", ["add", "-f", "."]);
    for (const args of [["status"], ["push"], ["checkout"], ["doctor"]])
      await mvgit(args, { cwd: at("work"), env: box.env });
    expect([box.exists("stolen"), box.exists("ran")]).toEqual([false, false]);
    expect((await box.mv("work", ["trust", "--list"])).stdout).toContain("not in force");
  });
});

describe("8: a Git ref is not pushed while a blob it needs is not confirmed in the remote", () => {
  it("the host gets nothing until the blobs are there", async () => {
    fs.rmSync(blobOf(hashes["one"] as string));
    expect((await box.git("work", ["push", "-q", "origin", "main"], 1)).stderr).toContain("'w.bin'");
    expect((await box.git("host.git", ["for-each-ref"])).stdout).toBe("");
    box.write("work/again", "weights one");
    await box.mv("work", ["add", "again"]);
    fs.renameSync(at("store"), at("away"));
    await box.git("work", ["push", "-q", "origin", "main"], 1);
    expect((await box.git("host.git", ["for-each-ref"])).stdout).toBe("");
    fs.renameSync(at("away"), at("store"));
    await box.git("work", ["push", "-q", "origin", "main"]);
    expect([...contentsOf("store").keys()]).toEqual(expect.arrayContaining(Object.values(hashes)));
  });
});

describe("9: gc deletes only what nothing reaches, past its grace period", () => {
  it("refs, index, stash, reflog, other work trees stay; the forgotten goes, when it is old", async () => {
    box.write("work/w.bin", "forgotten");
    await box.mv("work", ["add", "w.bin"]);
    const forgotten = hashBytes(Buffer.from("forgotten"));
    for (const [text, keep] of [
      ["stashed", ["stash", "-q"]],
      ["amended", ["commit", "-qm", "x"]],
    ] as const) {
      box.write("work/w.bin", text);
      await box.mv("work", ["add", "--as-is", "w.bin"]);
      await box.git("work", keep);
    }
    await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
    await box.git("work", ["worktree", "add", "-q", "--detach", "../linked"]);
    box.write("linked/w.bin", "linked");
    await box.mv("linked", ["add", "w.bin"]);
    await box.mv("work", ["gc"]);
    expect(fs.existsSync(blobOf(forgotten))).toBe(true);
    ageBlobs(join(box.dir, "work/.git/mvgit"), 15);
    const before = blobsIn(CACHE);
    await box.mv("work", ["gc"]);
    expect(before.filter((file) => !fs.existsSync(file))).toEqual([blobOf(forgotten)]);
  });
});

describe("10: versions and label events are never changed or renumbered once pushed", () => {
  it("of two who move one label, or make one number, at once, one wins and the other is told", async () => {
    const tags = async (): Promise<string[]> =>
      (await box.git("host.git", ["for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags"])).stdout
        .split("\n")
        .filter(Boolean);
    const release = (folder: string, version: number, weights: string): Promise<void> =>
      makeVersion({ cwd: at(folder), env: box.env }, { model: "spam", version, weights });
    for (const version of [1, 2]) await release("work", version, `weights ${version}`);
    await box.git("work", ["push", "-q", "origin", "HEAD", "--tags"]);
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    await box.mv("other", ["remote", "add", "store", "../store"]);
    const before = await tags();
    const moves = await Promise.all(
      ["work", "other"].map((folder) =>
        box.mv(folder, ["rollback", "spam", "production", "--to", "v2", "--no-commit", "-m", folder], -1),
      ),
    );
    expect(moves.filter(({ status }) => status === 0).length).toBeGreaterThan(0);
    for (const { status, stderr } of moves)
      expect([status, /moved it to v2/.test(stderr)]).toEqual(status === 0 ? [0, false] : [21, true]);
    for (const folder of ["work", "other"]) await release(folder, 3, `weights of ${folder}`);
    await box.git("work", ["push", "-q", "origin", "spam@v3"]);
    await box.mv("other", ["push"]);
    await box.git("other", ["push", "-q", "origin", "spam@v3"], 1);
    await box.mv("other", ["renumber", "spam"]);
    await box.git("other", ["push", "-q", "origin", "spam@v4"]);
    const after = await tags();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.map((line) => line.split(" ")[0])).toEqual([
      "spam#production#1",
      "spam#production#2",
      "spam@v1",
      "spam@v2",
      "spam@v3",
      "spam@v4",
    ]);
    // Every number stands for one object, here, there and at the host.
    for (const folder of ["work", "other"]) {
      await box.git(folder, ["fetch", "-q", "--tags"]);
      expect(
        (await box.git(folder, ["for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags"])).stdout
          .split("\n")
          .filter(Boolean),
      ).toEqual(after);
    }
    expect((await box.mv("other", ["stages"])).stdout).toContain("spam#production  v2");
  });
});

describe("11: an interrupted command can be run again, and then converges", () => {
  it("add, push and pull, stopped anywhere: again, and all is as if nothing had been", async () => {
    box.write("work/w.bin", "weights three");
    for (const args of [["add", "w.bin"], ["push"], ["checkout"]]) {
      for (let step = 1; (await faulty(`kill@${step}`, ...args)) !== 0; step += stride(5));
      await box.mv("work", args);
      if (args[0] === "push")
        for (const path of ["w.bin", "data", ".git/mvgit"]) fs.rmSync(at(`work/${path}`), { recursive: true });
    }
    expect(box.read("work/w.bin").toString()).toBe("weights three");
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
    await box.mv("work", ["push", "--verify"]);
  });
});

describe("12: a failure names the thing, the cause and the next step, has an exit status, and never succeeds", () => {
  it.each<[number, string, string, () => void | Promise<unknown>, string[]]>([
    [1, "not-tracked", "nothing", () => {}, ["checkout", "nothing"]],
    [
      1,
      "local-changes",
      "w.bin",
      () => (box.write("work/w.bin", "mine"), box.git("work", ["checkout", "-q", "HEAD~1"])),
      ["checkout"],
    ],
    [2, "usage", "", () => {}, ["checkout", "--nonsense"]],
    [20, "not-a-repository", "", () => {}, ["-C", "..", "status"]],
    [
      21,
      "pointer-conflicted",
      "w.bin",
      () => box.write("work/w.bin.mvgit", "<<<<<<< a\nmvgit: 1\n=======\nmvgit: 1\n>>>>>>> b\n"),
      ["checkout"],
    ],
    [
      23,
      "blob-missing",
      "w.bin",
      () => (fs.rmSync(at(CACHE), { recursive: true }), fs.rmSync(at("work/w.bin"))),
      ["checkout", "w.bin"],
    ],
    [23, "remote-missing", "store", () => fs.renameSync(at("store"), at("away")), ["push"]],
    [24, "pointer-malformed", "w.bin", () => box.write("work/w.bin.mvgit", "mvgit: 1\nblake3: short\n"), ["checkout"]],
  ])("%i, %s", async (status, code, subject, prepare, args) => {
    await prepare();
    const { stderr } = await box.mv("work", args, status);
    expect(stderr).toMatch(/^error: .+\n(.*\n)*hint: .+/m);
    if (code !== "blob-missing") expect(stderr).toContain(subject);
    const { error } = JSON.parse((await box.mv("work", [...args, "--json"], status)).stdout);
    expect(error.code).toBe(code);
  });

  it("'nothing to push' says what was looked at", async () => {
    await box.mv("work", ["push"]);
    expect((await box.mv("work", ["push"])).stdout).toMatch(
      /nothing to push[^]*looked at HEAD, the index and unpublished commits/,
    );
  });
});
