/** Repositories that seem to be one: their gc of a remote that they share never takes what the other one needs. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { folderRemote } from "../../support/aged-remote.ts";
import { ageBlobs } from "../../support/aged-cache.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
/** An alias of somebody's ssh settings: another machine for everybody. */
const ALIAS = "git@work:models.git";

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  return box;
});

/** A repository of its own, with that origin and the same remote. */
async function repository(
  name: string,
  { origin, init = true }: { origin?: string; init?: boolean } = {},
): Promise<void> {
  await box.git(".", ["init", "-q", name]);
  if (origin !== undefined) await box.git(name, ["remote", "add", "origin", origin]);
  if (init) await box.mv(name, ["init", "--no-hooks", "--remote", "../store"]);
  else await box.git(name, ["config", "mvgit-remote.store.url", at("store")]);
}

async function commit(folder: string, text: string, path = "w.bin"): Promise<string> {
  box.write(`${folder}/${path}`, text);
  const { hash } = JSON.parse((await box.mv(folder, ["add", "--as-is", path, "--json"])).stdout).added[0] as {
    hash: string;
  };
  await box.git(folder, ["commit", "-qm", text]);
  await box.mv(folder, ["push"]);
  return `store/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;
}

/** Takes the last commit back, as if it had never been. */
async function regret(folder: string): Promise<void> {
  await box.git(folder, ["reset", "-q", "--hard", "HEAD~1"]);
  fs.rmSync(at(`${folder}/.git/ORIG_HEAD`), { force: true });
  await box.git(folder, ["reflog", "expire", "--expire=all", "--all"]);
}

function age(...folders: readonly string[]): void {
  folderRemote(box).age(15);
  for (const folder of folders) fs.rmSync(at(`${folder}/.git/mvgit/claims`), { force: true });
}

interface Answer {
  removed: { blobs: number };
  claims: { written: number; removed: number; kept: number };
  repositories: { id: string; isOwn: boolean }[];
}

const gc = async (folder: string, ...args: readonly string[]): Promise<Answer> =>
  JSON.parse((await box.mv(folder, ["gc", "--remote", "--offline", "--emptied", "--json", ...args])).stdout) as Answer;

describe("two repositories whose Git host has the same name and path", () => {
  it.each<[string, string | undefined, boolean]>([
    ["an ssh alias", ALIAS, true],
    ["a folder of each machine", "/srv/git/models.git", true],
    ["an ssh alias, and neither was made with 'mvgit init'", ALIAS, false],
    ["none at all", undefined, true],
  ])("%s: even the same bytes stay for the one that needs them", async (_, origin, init) => {
    for (const name of ["one", "two"]) {
      await repository(name, { ...(origin === undefined ? {} : { origin }), init });
      box.write(`${name}/README`, name);
      await box.git(name, ["add", "."]);
      await box.git(name, ["commit", "-qm", name]);
    }
    const same = await commit("two", "the same weights");
    const other = await commit("two", "weights of the other", "v.bin");
    await commit("one", "the same weights");
    await regret("one");
    age("one", "two");
    await gc("one");
    await box.git("one", ["commit", "-q", "--allow-empty", "-m", "more"]);
    for (const name of [same, other]) expect(box.exists(name)).toBe(true);
    fs.rmSync(at("two/.git/mvgit/blobs"), { recursive: true });
    await box.mv("two", ["fsck", "--remote"]);
  });
});

describe("the same repository", () => {
  it("is one in every clone, also with a branch checked out that is older than its id", async () => {
    await box.git("work", ["commit", "-q", "--allow-empty", "-m", "before the settings"]);
    await box.git("work", ["branch", "ancient"]);
    await box.git("work", ["add", "."]);
    const kept = await commit("work", "kept");
    const regretted = await commit("work", "regretted", "r.bin");
    await box.git("work", ["push", "-q", "origin", "main", "ancient"]);
    await regret("work");
    await box.git("work", ["push", "-qf", "origin", "main"]);
    await box.git("host.git", ["symbolic-ref", "HEAD", "refs/heads/main"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.git("clone", ["config", "mvgit-remote.store.url", at("store")]);
    expect((await commit("clone", "of the clone", "c.bin")).length).toBeGreaterThan(0);
    await box.git("clone", ["push", "-q", "origin", "main"]);
    await box.git("clone", ["checkout", "-q", "ancient"]);
    await box.mv("clone", ["push", "--all"]);
    await box.git("work", ["fetch", "-q"]);
    await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
    age("work", "clone");
    const report = await gc("work");
    expect(report.repositories.map(({ isOwn }) => isOwn)).toEqual([true]);
    expect(box.exists(regretted)).toBe(false);
    expect(box.exists(kept)).toBe(true);
  });

  it("whose clones made two ids at once goes on with both", async () => {
    await box.git("work", ["rm", "-qf", ".mvgit/config"]);
    await box.git("work", ["commit", "-qm", "none yet"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git("host.git", ["symbolic-ref", "HEAD", "refs/heads/main"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    for (const name of ["work", "clone"]) await box.mv(name, ["init", "--no-hooks", "--remote", "../store"]);
    await box.git("clone", ["commit", "-qm", "its id"]);
    const regretted = await commit("clone", "regretted");
    await box.git("clone", ["push", "-q", "origin", "main"]);
    await box.git("work", ["commit", "-qm", "my id"]);
    await box.git("work", ["fetch", "-q"]);
    await box.git("work", ["merge", "-q", "-X", "ours", "origin/main"]);
    await box.git("work", ["rm", "-q", "w.bin.mvgit"]);
    await box.git("work", ["commit", "-qm", "without"]);
    const { repositories, claims } = await gc("work");
    expect(repositories.every(({ isOwn }) => isOwn)).toBe(true);
    expect(claims.kept).toBe(0);
    expect(box.exists(regretted)).toBe(true);
  });

  it("of an older mvgit, whose claims stand under its host's place, loses none that nobody here named", async () => {
    await repository("old", { origin: ALIAS, init: false });
    const known = await commit("old", "known");
    const regretted = await commit("old", "regretted", "r.bin");
    await regret("old");
    await repository("stranger", { origin: "git@elsewhere:x.git" });
    const strange = await commit("stranger", "of somebody else");
    // As both wrote their claims before: by the place of the host alone, which is the same for both.
    const legacy = hashBytes(Buffer.from("mvgit host\nwork/models\n"));
    for (const folder of fs.readdirSync(at("store/roots")).filter((name) => name !== "since" && name !== legacy)) {
      for (const name of fs.readdirSync(at(`store/roots/${folder}`)))
        box.write(`store/roots/${legacy}/${name}`, box.read(`store/roots/${folder}/${name}`));
      fs.rmSync(at(`store/roots/${folder}`), { recursive: true });
    }
    age("old", "stranger");
    expect(await gc("old")).toMatchObject({ claims: { kept: 1 }, removed: { blobs: 1 } });
    for (const name of [known, strange]) expect(box.exists(name)).toBe(true);
    expect(box.exists(regretted)).toBe(false);
    expect((await box.mv("old", ["gc", "--remote", "--offline", "--emptied"])).stdout).toContain(
      "kept 1 claim under the name of this repository",
    );
    expect((await gc("old", "--forget", legacy)).removed.blobs).toBe(1);
  });
});

describe("a repository that carries another one's id", () => {
  const idOf = (folder: string): string => box.read(`${folder}/.mvgit/config`).toString();

  it.each<[string, string]>([
    ["as a fork on another host", "git@elsewhere:models.git"],
    ["as a hostile one behind the same alias", ALIAS],
  ])("%s: takes nothing that the other one needs", async (_, origin) => {
    await repository("victim", { origin: ALIAS });
    await box.git("victim", ["commit", "-qm", "settings"]);
    const needed = await commit("victim", "needed");
    await repository("copy", { origin });
    box.write("copy/.mvgit/config", idOf("victim"));
    await commit("copy", "its own");
    age("victim", "copy");
    await gc("copy");
    await regret("copy").catch(() => undefined);
    await gc("copy", "--unclaimed");
    expect(box.exists(needed)).toBe(true);
  });

  it("as a copy of its folder, without a host: takes nothing that the original needs", async () => {
    await repository("original");
    await box.git("original", ["commit", "-qm", "settings"]);
    await commit("original", "needed");
    await commit("original", "second", "v.bin");
    execFileSync("cp", ["-a", at("original"), at("copy")]);
    await regret("copy");
    await regret("copy");
    age("original", "copy");
    await gc("copy");
    await box.mv("original", ["fsck", "--remote"]);
  });
});

it("'mvgit init' makes an id once, and what is committed keeps it", async () => {
  const first = box.read("work/.mvgit/config").toString();
  expect(first).toMatch(/\n\[mvgit\]\n\trepository = [0-9a-f]{32}\n$/);
  await box.mv("work", ["init", "--no-hooks"]);
  expect(box.read("work/.mvgit/config").toString()).toBe(first);
  await box.git("work", ["commit", "-qm", "settings"]);
  await box.git("work", ["checkout", "-q", "--orphan", "other"]);
  await box.git("work", ["rm", "-rqf", "."]);
  await box.mv("work", ["init", "--no-hooks"]);
  expect(box.read("work/.mvgit/config").toString()).toBe(first);
  box.write("work/.mvgit/config", "[mvgit]\n\trepository = ../../x\n");
  box.write("work/w.bin", "x");
  await box.mv("work", ["add", "w.bin"]);
  expect((await box.mv("work", ["push"], 1)).stderr).toContain("mvgit.repository");
});

describe("repositories that share a cache", () => {
  const cached = (hash: string): string => `cache/${hash.slice("store/".length)}`;

  /** A repository at `place` with the cache; answers where the blob that it needs lies. */
  async function sharing(text: string): Promise<string> {
    await box.git(".", ["init", "-q", "place"]);
    await box.git("place", ["config", "mvgit.cacheDir", at("cache")]);
    await box.mv("place", ["init", "--no-hooks", "--remote", "../store"]);
    return cached(await commit("place", text));
  }

  it.each<[string, (folder: string) => void]>([
    ["was moved to another name", (folder) => fs.renameSync(folder, at("moved"))],
    ["is on another machine of the same name", (folder) => fs.renameSync(folder, at(".away"))],
    ["was removed", (folder) => fs.rmSync(folder, { recursive: true })],
  ])("another one has the place of one that %s: gc asks first", async (_, leave) => {
    const needed = await sharing("of the first");
    leave(at("place"));
    await sharing("of the second");
    ageBlobs(at("cache"));
    const { stderr } = await box.mv("place", ["gc"], 1);
    expect(stderr.replace(/\s+/g, " ")).toContain("another repository stands there now");
    expect(box.exists(needed)).toBe(true);
    await box.mv("place", ["gc", "--forget", "."]);
    expect(box.exists(needed)).toBe(false);
    await box.mv("place", ["gc", "--forget", "."], 2);
  });
});
