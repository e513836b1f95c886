/**
 * gc keeps what Git itself still reaches: in the middle of a merge, rebase or bisect, hidden by replacements, in any
 * work tree.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ageBlobs } from "../../support/aged-cache.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

const NAMES = [
  "ORIG_HEAD",
  "MERGE_HEAD",
  "CHERRY_PICK_HEAD",
  "REVERT_HEAD",
  "REBASE_HEAD",
  "BISECT_HEAD",
  "MERGE_AUTOSTASH",
  "FETCH_HEAD",
  "AUTO_MERGE",
  "rebase-merge/autostash",
  "rebase-merge/orig-head",
  "rebase-merge/stopped-sha",
  "rebase-apply/orig-head",
  "rebase-apply/abort-safety",
  "sequencer/head",
  "refs/worktree/mine",
  "refs/rewritten/label",
  "refs/bisect/good-1",
];

let box: Sandbox;
let folder: string;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  folder = "work";
  await commit("base");
});
afterEach(() => box.cleanup());

/** The blob of `w.bin` with these bytes, committed (or only added). */
async function add(bytes: string): Promise<string> {
  box.write(`${folder}/w.bin`, bytes);
  const { stdout } = await box.mv(folder, ["add", "--as-is", "w.bin", "--json"]);
  return (JSON.parse(stdout) as { added: { hash: string }[] }).added[0]?.hash as string;
}

async function commit(bytes: string): Promise<string> {
  const hash = await add(bytes);
  await box.git(folder, ["commit", "-qam", bytes]);
  return hash;
}

/** A commit that no branch has any more, and its blob. */
async function lost(bytes: string): Promise<{ hash: string; oid: string }> {
  const hash = await commit(bytes);
  const oid = (await box.git(folder, ["rev-parse", "HEAD"])).stdout.trim();
  await box.git(folder, ["reset", "-q", "--hard", "HEAD~1"]);
  await box.mv(folder, ["checkout", "--force", "--offline"]);
  return { hash, oid };
}

interface Alone {
  name: string;
  hash: string;
  /** Of a commit that has nothing else. */
  oid: string;
}

/** A blob for each name, in a commit of its own that nothing names. */
async function alone(names: readonly string[]): Promise<Alone[]> {
  const files = names.map((_, index) => `${index}.bin`);
  for (const file of files) box.write(`${folder}/${file}`, `only ${file}`);
  const { added } = JSON.parse((await box.mv(folder, ["add", "--as-is", ...files, "--json"])).stdout) as {
    added: { path: string; hash: string }[];
  };
  const index = { GIT_INDEX_FILE: join(box.dir, "alone") };
  const found: Alone[] = [];
  for (const [at, name] of names.entries()) {
    const pointer = `${at}.bin.mvgit`;
    const blob = (await box.git(folder, ["rev-parse", `:${pointer}`])).stdout.trim();
    Object.assign(box.env, index);
    await box.git(folder, ["read-tree", "--empty"]);
    await box.git(folder, ["update-index", "--add", "--cacheinfo", `100644,${blob},${pointer}`]);
    const tree = (await box.git(folder, ["write-tree"])).stdout.trim();
    delete box.env["GIT_INDEX_FILE"];
    const oid = (await box.git(folder, ["commit-tree", "-m", name, tree])).stdout.trim();
    found.push({ name, oid, hash: added.find(({ path }) => path === `${at}.bin`)?.hash as string });
  }
  await box.mv(folder, ["rm", "--keep", ...files]);
  for (const file of files) fs.rmSync(join(box.dir, folder, file));
  return found;
}

/** Those of which a gc of an old cache leaves nothing. */
async function lacking(all: readonly Alone[]): Promise<string[]> {
  await survives(all[0]?.hash as string);
  return all.filter(({ hash }) => !box.exists(blobOf(hash))).map(({ name }) => name);
}

function blobOf(hash: string): string {
  return `work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;
}

/** Whether a gc of an old cache, with every reflog gone, leaves the blob. */
async function survives(hash: string): Promise<boolean> {
  await box.git("work", ["reflog", "expire", "--expire=now", "--all"]);
  // What mvgit itself remembers keeps blobs as well.
  for (const name of ["mvgit/displaced", "mvgit/stat", "worktrees/linked/mvgit/stat"]) {
    fs.rmSync(join(box.dir, "work/.git", name), { recursive: true, force: true });
  }
  ageBlobs(join(box.dir, "work/.git/mvgit"));
  await box.mv("work", ["gc"]);
  return box.exists(blobOf(hash));
}

it("what nothing names goes, so that the tests below show something", async () => {
  const { hash } = await lost("gone");
  fs.rmSync(join(box.dir, "work/.git/ORIG_HEAD"), { force: true });
  expect(await survives(hash)).toBe(false);
});

describe.each(["work", "linked"])("in the middle of it, in '%s'", (where) => {
  beforeEach(async () => {
    if (where === "linked") await box.git("work", ["worktree", "add", "-q", "../linked", "-b", "side"]);
    folder = where;
  });

  it("every name that Git has for a commit beside branches", async () => {
    const held = await alone(NAMES);
    for (const [index, name] of NAMES.entries()) {
      const { stdout } = await box.git(folder, ["rev-parse", "--path-format=absolute", "--git-path", name]);
      const head = (await box.git(folder, ["rev-parse", "HEAD"])).stdout;
      // Several lines stand in the one, words behind the id in the other.
      const [before, behind] = [
        name === "MERGE_HEAD" ? head : "",
        name === "FETCH_HEAD" ? "\t\tbranch 'x' of elsewhere" : "",
      ];
      fs.mkdirSync(dirname(stdout.trim()), { recursive: true });
      fs.writeFileSync(stdout.trim(), `${before}${held[index]?.oid}${behind}\n`);
    }
    expect(await lacking(held)).toEqual([]);
  });

  it("rebase --autostash that stopped at a conflict", async () => {
    await box.git(folder, ["checkout", "-qb", "topic"]);
    const mine = await commit("mine");
    await box.git(folder, ["checkout", "-qb", "upstream", "HEAD~1"]);
    await box.mv(folder, ["checkout", "--offline"]);
    await commit("theirs");
    await box.git(folder, ["checkout", "-q", "topic"]);
    await box.mv(folder, ["checkout", "--offline"]);
    box.write(`${folder}/x.bin`, "stashed");
    const { added } = JSON.parse((await box.mv(folder, ["add", "x.bin", "--json"])).stdout) as {
      added: { hash: string }[];
    };
    await box.git(folder, ["rebase", "-q", "--autostash", "upstream"], 1);
    await box.git(folder, ["branch", "-qD", "topic"], -1);
    expect(await survives(added[0]?.hash as string)).toBe(true);
    expect(await survives(mine)).toBe(true);
  });

  it("cherry-pick of several, whose list abbreviates them", async () => {
    await box.git(folder, ["checkout", "-qb", "source"]);
    await commit("first");
    const last = await commit("second");
    await box.git(folder, ["checkout", "-qb", "target", "HEAD~2"]);
    await box.mv(folder, ["checkout", "--offline"]);
    await commit("in the way");
    await box.git(folder, ["cherry-pick", "HEAD..source"], 1);
    await box.git(folder, ["branch", "-qD", "source"]);
    const { stdout } = await box.git(folder, ["rev-parse", "--path-format=absolute", "--git-path", "sequencer/todo"]);
    expect(fs.readFileSync(stdout.trim(), "utf8")).not.toMatch(/[0-9a-f]{40}/);
    expect(await survives(last)).toBe(true);
  });

  it("bisect, whose refs are the work tree's own", async () => {
    const hash = await commit("bad");
    const branch = (await box.git(folder, ["symbolic-ref", "HEAD"])).stdout.trim();
    await box.git(folder, ["bisect", "start", "HEAD", "HEAD~1"]);
    await box.git(folder, ["checkout", "-q", "--detach", "HEAD~1"]);
    await box.mv(folder, ["checkout", "--offline"]);
    await box.git(folder, ["update-ref", "-d", branch]);
    expect((await box.git("work", ["rev-list", "--all", "--", "w.bin.mvgit"])).stdout.trim().split("\n")).toHaveLength(
      where === "work" ? 2 : 1,
    );
    expect(await survives(hash)).toBe(true);
  });

  it("an index with a conflict, and one that was resolved just now", async () => {
    await box.git(folder, ["checkout", "-qb", "one"]);
    const theirs = await commit("theirs");
    await box.git(folder, ["checkout", "-qb", "two", "HEAD~1"]);
    await box.mv(folder, ["checkout", "--offline"]);
    await commit("ours");
    await box.git(folder, ["merge", "-q", "one"], 1);
    await box.git(folder, ["checkout", "-q", "--ours", "w.bin.mvgit"]);
    await box.git(folder, ["branch", "-qD", "one"]);
    for (const name of ["MERGE_HEAD", "AUTO_MERGE", "ORIG_HEAD"]) {
      const { stdout } = await box.git(folder, ["rev-parse", "--path-format=absolute", "--git-path", name]);
      fs.rmSync(stdout.trim(), { force: true });
    }
    expect(await survives(theirs)).toBe(true);
    await box.git(folder, ["add", "w.bin.mvgit"]);
    expect(await survives(theirs)).toBe(true);
  });
});

describe("the clock", () => {
  /** What this machine's clock says in mvgit, that many days off. */
  function shift(days: number): void {
    box.write(
      "clock.mjs",
      `const now = Date.now; Date.now = () => now() + ${days} * 86400000;
      const D = Date;
      globalThis.Date = class extends D { constructor(...a) { a.length ? super(...a) : super(D.now()); } };`,
    );
    box.env["NODE_OPTIONS"] = `--import ${join(box.dir, "clock.mjs")}`;
  }

  it("that jumped forward removes nothing that was kept an hour ago", async () => {
    const [kept] = await alone(["kept"]);
    box.write("work/w.bin", "never added");
    await box.mv("work", ["checkout", "--force"]);
    box.write("work/.git/mvgit/damaged/x", "set aside");
    box.write("work/.git/mvgit/tmp/elsewhere.1.0123456789abcdef", "being written");
    box.write("work/.git/mvgit/uploads/elsewhere.1.0123456789abcdef", "an upload that was cut");
    const count = (): number =>
      ["blobs", "damaged", "tmp", "uploads"]
        .map((name) => fs.readdirSync(join(box.dir, "work/.git/mvgit", name), { recursive: true }).length)
        .reduce((sum, each) => sum + each);
    const before = count();
    shift(20);
    expect(JSON.parse((await box.mv("work", ["gc", "--json"])).stdout)).toMatchObject({
      removed: { blobs: 0 },
      damaged: 0,
    });
    expect(box.exists(blobOf(kept?.hash as string))).toBe(true);
    expect(count()).toBe(before);
    expect(box.read("work/.git/mvgit/displaced").toString()).not.toBe("");
  });

  it("that is behind does not make old what is used now", async () => {
    const [used] = await alone(["used"]);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    shift(-20);
    box.write("work/y.bin", "only 0.bin");
    await box.mv("work", ["add", "y.bin"]);
    delete box.env["NODE_OPTIONS"];
    await box.mv("work", ["rm", "--keep", "y.bin"]);
    expect(JSON.parse((await box.mv("work", ["gc", "--json"])).stdout)).toMatchObject({ removed: { blobs: 0 } });
    expect(box.exists(blobOf(used?.hash as string))).toBe(true);
  });
});

describe("hidden", () => {
  it.each([
    ["git replace", (oid: string) => box.git("work", ["replace", "--graft", oid])],
    ["grafts", async (oid: string) => box.write("work/.git/info/grafts", `${oid}\n`)],
    ["a shallow file", async (oid: string) => box.write("work/.git/shallow", `${oid}\n`)],
  ])("by %s", async (_, hide) => {
    const old = await commit("old");
    await commit("newer");
    await box.git("work", ["rm", "-q", "w.bin.mvgit"]);
    await box.git("work", ["commit", "-qm", "removed"]);
    await hide((await box.git("work", ["rev-parse", "HEAD"])).stdout.trim());
    expect((await box.git("work", ["rev-list", "--count", "HEAD"])).stdout).toBe("1\n");
    expect(await survives(old)).toBe(true);
  });

  it("by a shallow file, where what is behind ends as well", async () => {
    await commit("first");
    const [first = ""] = (await box.git("work", ["rev-list", "HEAD~1"])).stdout.split("\n");
    const old = await commit("old");
    await commit("newer");
    box.write("work/.git/shallow", `${(await box.git("work", ["rev-parse", "HEAD"])).stdout}`);
    fs.rmSync(join(box.dir, "work/.git/objects", first.slice(0, 2), first.slice(2)));
    expect(await survives(old)).toBe(true);
  });

  it.each(["blob", "tree", "commit"])("and what stands in its place: a %s", async (kind) => {
    const { hash, oid } = await lost("the replacement");
    const name = { blob: ":w.bin.mvgit", tree: "^{tree}", commit: "" }[kind] as string;
    fs.rmSync(join(box.dir, "work/.git/ORIG_HEAD"), { force: true });
    await box.git("work", ["replace", `HEAD${name}`, `${oid}${name}`]);
    expect(await survives(hash)).toBe(true);
  });

  it("what a tag of a tree names", async () => {
    const { hash, oid } = await lost("tagged");
    fs.rmSync(join(box.dir, "work/.git/ORIG_HEAD"), { force: true });
    await box.git("work", ["tag", "-am", "a tree", "kept", `${oid}^{tree}`]);
    expect(await survives(hash)).toBe(true);
  });

  it.each([
    ["a", []],
    ["a locked", ["--lock"]],
  ])("%s linked work tree whose folder is away for a while", async (_, lock) => {
    await box.git("work", ["worktree", "add", "-q", ...lock, "../linked", "-b", "side"]);
    folder = "linked";
    const hash = await add("only in its index");
    fs.renameSync(join(box.dir, "linked"), join(box.dir, "away"));
    expect(await survives(hash)).toBe(true);
  });
});
