/** A remote that was emptied, made anew or wrongly mounted is not taken for the one that this clone knows. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bucketRemote, folderRemote } from "../../support/aged-remote.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);

/** Commits new bytes; answers the name of their blob. */
async function commit(text: string, path = "w.bin", folder = "work"): Promise<string> {
  box.write(`${folder}/${path}`, text);
  const { hash } = JSON.parse((await box.mv(folder, ["add", path, "--json"])).stdout).added[0] as { hash: string };
  await box.git(folder, ["commit", "-qm", text]);
  return `blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;
}

const empty = (): void => {
  fs.rmSync(at("store"), { recursive: true });
  fs.mkdirSync(at("store"));
};
const hostTip = async (): Promise<string> =>
  (await box.git("host.git", ["log", "-1", "--format=%s", "main"])).stdout.trim();

let first = "";
shareSandbox(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  first = await commit("first");
  await box.git("work", ["push", "-q", "origin", "main"]);
  return box;
});

describe("in place of the remote there is", () => {
  it.each<[string, string, () => Promise<void> | void]>([
    ["an empty folder, as an unmounted disk leaves it", "it is empty", empty],
    [
      "one that somebody made anew",
      "another one is there",
      async () => {
        empty();
        await box.git(".", ["init", "-q", "other"]);
        await box.git("other", ["config", "mvgit-remote.store.url", at("store")]);
        box.write("other/x.bin", "of another disk");
        await box.mv("other", ["add", "x.bin"]);
        await box.mv("other", ["push"]);
      },
    ],
    [
      "one that an older mvgit made",
      "another one is there",
      () => {
        empty();
        box.write("store/mvgit.json", '{"mvgit": 1}\n');
      },
    ],
  ])("%s: all that would rely on it is refused, and nothing is written there", async (_, words, change) => {
    await change();
    const before = folderRemote(box).names();
    await commit("second");
    const hook = await box.git("work", ["push", "-q", "origin", "main"], 1);
    expect(hook.stderr).toContain(`remote 'store' at '${at("store")}' is not the one that this clone knows: ${words}`);
    expect(hook.stderr).toContain("mvgit remote accept");
    expect(await hostTip()).toBe("first");
    for (const args of [["push"], ["status", "--remote"], ["gc", "--remote"], ["remote", "add", "again", "../store"]])
      expect((await box.mv("work", args, 1)).stderr).toContain(words);
    expect((await box.mv("work", ["doctor", "--remote"], 1)).stdout).toContain(words);
    expect(folderRemote(box).names()).toEqual(before);
  });
});

it("a push of code alone is refused as well, where the place can be looked at for nothing", async () => {
  empty();
  await box.git("work", ["commit", "-q", "--allow-empty", "-m", "code"]);
  expect((await box.git("work", ["push", "-q", "origin", "main"], 1)).stderr).toContain("it is empty");
  fs.rmdirSync(at("store"));
  await box.mv("work", ["remote", "add", "store", "../store"], 23);
  await box.git("work", ["push", "-q", "origin", "main"]);
  expect(await hostTip()).toBe("code");
  expect(box.exists("store")).toBe(false);
});

it("another remote than the default: the way out that is told is of that one, also for a copy into it", async () => {
  await box.mv("work", ["remote", "add", "second", "../second"]);
  await box.mv("work", ["remote", "copy", "store", "second"]);
  fs.rmSync(at("second"), { recursive: true });
  fs.mkdirSync(at("second"));
  for (const args of [
    ["push", "--remote", "second"],
    ["remote", "copy", "store", "second"],
    ["remote", "repack", "second"],
  ])
    expect((await box.mv("work", args, 1)).stderr.replace(/\s+/g, " ")).toContain(
      "run 'mvgit remote accept second', then 'mvgit push --all --remote second'",
    );
  expect(fs.readdirSync(at("second"))).toEqual([]);
  expect((await box.mv("work", ["remote", "accept", "second"])).stderr).not.toContain("error");
  await box.mv("work", ["push", "--all", "--remote", "second"]);
  expect(box.exists(`second/${first}`)).toBe(true);
});

it("once accepted, everything that was pushed before is pushed again", async () => {
  const second = await commit("second");
  await box.git("work", ["push", "-q", "origin", "main"]);
  empty();
  const third = await commit("third");
  await box.git("work", ["push", "-q", "origin", "main"], 1);
  expect((await box.mv("work", ["remote", "accept"])).stdout).toContain("is accepted as it is now, empty");
  expect((await box.git("work", ["push", "-q", "origin", "main"])).stderr).toContain(
    `pushed 3 blobs to remote 'store' (${at("store")})`,
  );
  for (const name of [first, second, third]) expect(box.exists(`store/${name}`)).toBe(true);
});

it("an older copy of it, under its name, counts for what it holds", async () => {
  execFileSync("cp", ["-a", at("store"), at("backup")]);
  const second = await commit("second");
  await box.git("work", ["push", "-q", "origin", "main"]);
  fs.rmSync(at("store"), { recursive: true });
  fs.renameSync(at("backup"), at("store"));
  await commit("third");
  await box.git("work", ["push", "-q", "origin", "main"]);
  expect(box.exists(`store/${second}`)).toBe(true);
});

it("one that was moved, copied with other times, or is reached by another path is the same", async () => {
  execFileSync("cp", ["-r", at("store"), at("moved")]);
  fs.rmSync(at("store"), { recursive: true });
  execFileSync("cp", ["-r", at("moved"), at("store")]);
  await commit("second");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git("work", ["config", "mvgit-remote.store.url", at("moved")]);
  await commit("third");
  expect((await box.git("work", ["push", "-q", "origin", "main"])).stderr).toContain("pushed 2 blobs");
});

describe("a clone that knows no remote there", () => {
  it("says that one is new where it did not name it itself", async () => {
    empty();
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.git("clone", ["config", "mvgit-remote.store.url", at("store")]);
    const { stderr } = await box.mv("clone", ["pull"], 23);
    expect(stderr).toContain("does not have blob");
    await commit("second", "v.bin", "clone");
    expect((await box.mv("clone", ["push"], 23)).stderr).toContain(
      `remote 'store' ('${at("store")}') was empty, and is new from now on`,
    );
  });

  it("of an older mvgit is not fooled where it pushed before", async () => {
    const made = fs.statSync(at("store/mvgit.json"), { bigint: true });
    fs.rmSync(at("work/.git/mvgit/stores"), { recursive: true });
    fs.rmSync(at("work/.git/mvgit/receipts"), { recursive: true });
    box.write(
      "work/.git/mvgit/claims",
      JSON.stringify({ mvgit: 1, claims: { [`${at("store")} ${made.ino}-${made.mtimeNs} ${"a".repeat(64)}`]: {} } }),
    );
    empty();
    await commit("second");
    expect((await box.git("work", ["push", "-q", "origin", "main"], 1)).stderr).toContain("it is empty");
    await box.mv("work", ["remote", "remove", "store"]);
    await box.mv("work", ["remote", "add", "store", "../store"]);
    expect((await box.git("work", ["push", "-q", "origin", "main"])).stderr).toContain("pushed 2 blobs");
  });
});

it("a bucket that was made anew is refused by pull, which would call its blobs missing", async () => {
  const place = await bucketRemote(box);
  try {
    await box.git("work", ["config", "mvgit-remote.store.url", place.url]);
    await box.mv("work", ["push"]);
    place.server?.objects.clear();
    fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
    fs.rmSync(at("work/w.bin"));
    for (const args of [["pull"], ["fetch"], ["checkout"], ["cat", "w.bin"], ["fsck", "--remote"]])
      expect((await box.mv("work", args, 1)).stderr).toContain("it is empty");
  } finally {
    await place.close();
  }
});
