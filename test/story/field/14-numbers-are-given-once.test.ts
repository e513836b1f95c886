/** A number of a version is given once: not again when its tag is gone, and not where nobody can tell. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeFileStore } from "../../support/mlflow/store.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let restore: () => void;
const host = (): string => `file://${box.dir}/host.git`;

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const version of [1, 2, 3]) await save("work", `weights ${version}`);
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "--no-verify", "-u", "origin", "main", "--tags"]);
  await box.mv("work", ["promote", "m@v3", "production", "--no-commit"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

async function save(folder: string, weights: string, status = 0): ReturnType<Sandbox["mv"]> {
  box.write(`${folder}/w.bin`, weights);
  return box.mv(folder, ["save", "m", "--weights", "w.bin"], status);
}
const tags = async (folder: string): Promise<string> =>
  (await box.git(folder, ["tag", "-l", "m@*"])).stdout.trim().replaceAll("\n", " ");
async function clone(name: string, ...options: string[]): Promise<void> {
  await box.git(".", ["clone", "-q", ...options, host(), name]);
  await box.mv(name, ["init", "--no-hooks", "--remote", "../store"]);
}

describe("a clone that cannot tell", () => {
  it.each([
    ["of the last commit alone", ["--depth=1", "--no-tags"]],
    ["that is shallow and has tags", ["--depth=1", "--no-single-branch"]],
  ])("%s refuses before it runs anything, and names the fetch", async (_, options) => {
    await clone("ci", ...options);
    const { stderr } = await save("ci", "more", 1);
    expect(stderr).toContain("cannot tell which number the next version of 'm' has: this clone's history is cut");
    expect(stderr).toContain("git fetch --unshallow --tags");
    await box.mv("ci", ["run", "m", "--weights", "w.bin", "--", "touch", "ran"], 1);
    expect(box.exists("ci/ran")).toBe(false);
    await box.git("ci", ["fetch", "-q", "--unshallow", "--tags"]);
    await save("ci", "more");
    expect(await tags("ci")).toBe("m@v1 m@v2 m@v3 m@v4");
  });

  it("without tags refuses, with the host and without", async () => {
    await clone("ci", "--no-tags");
    const { stderr } = await save("ci", "more", 1);
    expect(stderr).toContain("is on 'origin', and its tag is not here");
    expect(stderr).toContain("git fetch origin --tags");
    fs.renameSync(join(box.dir, "host.git"), join(box.dir, "away.git"));
    expect((await save("ci", "more", 1)).stderr).toContain(
      "there were versions of it, whose tags are not here, and the Git host 'origin' does not answer",
    );
    fs.renameSync(join(box.dir, "away.git"), join(box.dir, "host.git"));
    await box.git("ci", ["fetch", "-q", "origin", "--tags"]);
    await save("ci", "more");
    expect(await tags("ci")).toBe("m@v1 m@v2 m@v3 m@v4");
  });
});

describe("a number whose tag is gone", () => {
  it("from everywhere is not given again, since a package in some branch knows it", async () => {
    await box.git("work", ["checkout", "-q", "-b", "side"]);
    await save("work", "on a side");
    await box.git("work", ["checkout", "-q", "main"]);
    await box.mv("work", ["checkout"]);
    await box.git("work", ["tag", "-d", "m@v4"]);
    await save("work", "next");
    expect(await tags("work")).toBe("m@v1 m@v2 m@v3 m@v5");
  });

  it("is known by an event alone, also by one that only the host has", async () => {
    await clone("other");
    await box.mv("other", ["pull"]);
    await save("other", "of another");
    await box.mv("other", ["push"]);
    await box.mv("other", ["promote", "m@v4", "staging", "--no-commit"]);
    await box.git("host.git", ["tag", "-d", "m@v4"]);
    await save("work", "next");
    expect(await tags("work")).toBe("m@v1 m@v2 m@v3 m@v5");
  });

  it("is known by a remark alone, also by one that only the host has", async () => {
    await box.mv("work", ["note", "m@v3", "seen by many"]);
    await clone("other");
    for (const folder of ["host.git", "work", "other"]) await box.git(folder, ["tag", "-d", "m@v3"]);
    await box.git("other", ["tag", "-d", "m@v3#1"]);
    await forgetThird("work", "other");
    await save("work", "next");
    await save("other", "next");
    expect(await tags("work")).toBe("m@v1 m@v2 m@v3#1 m@v4");
    expect(await tags("other")).toBe("m@v1 m@v2 m@v4");
  });

  it("here, and on the host still, is asked for", async () => {
    await box.git("work", ["tag", "-d", "m@v3"]);
    expect((await save("work", "next", 1)).stderr).toContain("'m@v3' is on 'origin', and its tag is not here");
  });
});

/** The branch goes back to before the third version, everywhere that the folder knows of. */
async function forgetThird(...folders: string[]): Promise<void> {
  await box.git("host.git", ["tag", "-d", "m#production#1"]);
  for (const folder of folders) {
    await box.git(folder, ["tag", "-d", "m#production#1"]);
    await box.git(folder, ["reset", "-q", "--hard", "m@v2"]);
    await box.git(folder, ["update-ref", "-d", "refs/remotes/origin/main"]);
    await box.git(folder, ["symbolic-ref", "-d", "refs/remotes/origin/HEAD"], -1);
    await box.mv(folder, ["pull", "--force"]);
  }
}

describe("versions that are brought from elsewhere", () => {
  const imported = async (folder: string, status: number): Promise<string> =>
    (await box.mv(folder, ["import", "mlflow", "../mlruns"], status)).stderr;

  beforeEach(async () => {
    makeFileStore(box, (await box.git("work", ["rev-parse", "HEAD"])).stdout.trim());
  });

  it("are not made again in a clone that lacks their tags", async () => {
    await clone("other");
    await imported("other", 23);
    await box.git("other", ["push", "-q", "--no-verify", "origin", "--tags"]);
    expect(await imported("work", 1)).toMatch(
      /cannot tell .*'spam-detector@v1' is on 'origin', and its tag is not here[^]*git fetch origin --tags/,
    );
    expect((await box.git("work", ["tag", "-l", "spam-detector*"])).stdout).toBe("");
    await box.git("work", ["fetch", "-q", "origin", "--tags"]);
    expect(await imported("work", 23)).not.toContain("cannot tell");
  });

  it("get no number in a clone whose history is cut", async () => {
    await clone("ci", "--depth=1");
    expect(await imported("ci", 1)).toContain("this clone's history is cut");
  });

  it("and what is renumbered get none that a move names which only the host has", async () => {
    await clone("other");
    await box.mv("other", ["pull"]);
    await save("other", "of another");
    await box.mv("other", ["push"]);
    await box.mv("other", ["promote", "m@v4", "staging", "--no-commit"]);
    await box.git("host.git", ["tag", "-d", "m@v4"]);
    await box.git("other", ["tag", "-f", "-a", "-m", "another", "m@v3", "HEAD"]);
    await box.git("other", ["push", "-q", "-f", "--no-verify", "--no-follow-tags", "origin", "m@v3"]);
    await box.git("work", ["update-ref", "-d", "refs/remotes/origin/main"]);
    await box.mv("work", ["renumber", "m"]);
    expect(await tags("work")).toContain("m@v5");
  });
});

describe("a number that only the host has", () => {
  it("is passed over, and said", async () => {
    await clone("other");
    await box.mv("other", ["pull"]);
    await save("other", "of another");
    await box.git("other", ["push", "-q", "--no-verify", "origin", "m@v4"]);
    expect((await save("work", "mine")).stderr).toContain(
      "'m@v4' is on 'origin' and not here ('git fetch --tags' brings it), so this is v5",
    );
    expect(await tags("work")).toBe("m@v1 m@v2 m@v3 m@v5");
  });

  it("does not stop work without the host", async () => {
    fs.renameSync(join(box.dir, "host.git"), join(box.dir, "away.git"));
    expect((await save("work", "offline")).stderr).toContain(
      "the Git host 'origin' does not answer: the version is numbered by what is known here",
    );
    expect(await tags("work")).toBe("m@v1 m@v2 m@v3 m@v4");
  });
});

describe("promote", () => {
  it("of the latest refuses one that came from the host just now, and goes on when it is named", async () => {
    await clone("other");
    await box.mv("other", ["pull"]);
    await save("other", "of another");
    await box.mv("other", ["push"]);
    await box.git("other", ["push", "-q", "--no-verify", "origin", "m@v4"]);
    const { stderr } = await box.mv("work", ["promote", "m@latest", "staging", "--no-commit"], 21);
    expect(stderr).toContain("the latest version of 'm' is m@v4, which came from 'origin' just now: here it was v3");
    expect((await box.git("host.git", ["tag", "-l", "m#staging*"])).stdout).toBe("");
    await box.mv("work", ["promote", "m@v4", "staging", "--no-commit"]);
  });

  it("refuses where this clone's version is not the host's, also when the stage holds that number now", async () => {
    await clone("other");
    await box.git("other", ["tag", "-d", "m@v3"]);
    await box.git("other", ["tag", "-d", "m#production#1"]);
    await box.git("other", ["reset", "-q", "--hard", "HEAD~1"]);
    await box.mv("other", ["pull"]);
    await box.git("other", ["update-ref", "-d", "refs/remotes/origin/main"]);
    await box.git("other", ["update-ref", "-d", "refs/remotes/origin/HEAD"]);
    fs.renameSync(join(box.dir, "host.git"), join(box.dir, "away.git"));
    await save("other", "another third");
    fs.renameSync(join(box.dir, "away.git"), join(box.dir, "host.git"));
    expect(await tags("other")).toBe("m@v1 m@v2 m@v3");
    for (const label of ["m@v3", "m@latest"])
      expect((await box.mv("other", ["promote", label, "production", "--no-commit"], 21)).stderr).toContain(
        "the Git host 'origin' has another m@v3 than this clone",
      );
  });
});
