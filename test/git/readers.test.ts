import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openWithoutProgram } from "../../src/git/isomorphic/open.ts";
import { openReader } from "../../src/git/open-reader.ts";
import { GitProgram } from "../../src/git/program.ts";
import type { Oid } from "../../src/git/reader.ts";
import { readerSuite } from "./reader-suite.ts";
import { makeHistory, makeRepositories, type Repositories } from "../support/repositories.ts";

readerSuite([
  {
    name: "the git program",
    open: async (folder, { env }, bare) => (bare ? openReader(folder, env) : GitProgram.open(folder, env)),
    refuses: new Set(),
  },
  {
    name: "isomorphic-git",
    open: async (folder) => openWithoutProgram(folder),
    refuses: new Set(["with alternates", "partial clone", "SHA-256"]),
  },
]);

describe("whichever hand there is", () => {
  const at = makeRepositories();
  beforeAll(async () => {
    await makeHistory(at, "repo");
    await at.git("repo", "worktree", "add", "-q", "--detach", "../linked", "HEAD~1");
    await makeHistory(at, "sha256", "--object-format=sha256");
  });
  afterAll(() => at.cleanup());

  it("reads the same, with the git program where there is one", async () => {
    for (const env of [at.env, { PATH: "/nowhere" }]) {
      for (const folder of ["repo", "repo/data", "linked", "repo/.git"]) {
        const reader = await openReader(join(at.dir, folder), env);
        expect(await reader.resolveCommit("HEAD"), folder).toBe(await at.git(folder, "rev-parse", "HEAD"));
        expect(await reader.resolveCommit("spam@v1"), folder).toBe(await at.git(folder, "rev-parse", "light"));
      }
    }
    expect(await openReader(join(at.dir, "sha256"), at.env)).toBeInstanceOf(GitProgram);
    await expect(openReader(join(at.dir, "sha256"), { PATH: "/nowhere" })).rejects.toMatchObject({
      code: "not-supported",
    });
    await expect(openReader(at.dir, at.env)).rejects.toMatchObject({ code: "not-a-repository" });
    await expect(openReader(at.dir, { PATH: "/nowhere" })).rejects.toMatchObject({ code: "not-a-repository" });
  });
});

describe("without the git program", () => {
  let at: Repositories;
  beforeEach(async () => {
    at = makeRepositories();
    await makeHistory(at, "repo");
  });
  afterEach(() => at.cleanup());
  const inGit = (path: string): string => join(at.dir, "repo/.git", path);

  it.each([
    ["reftable", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n"],
    ["SHA-256 on one line", "[core] repositoryformatversion = 1\n[extensions] objectFormat = sha256\n"],
    ["an extension of the future", "[core]\n\trepositoryformatversion = 1\n[Extensions]\n\tnewThing\n"],
    ["a format of the future", "[core]\n\trepositoryformatversion = 2\n"],
    ["a promisor remote", '[remote "my origin"]\n\tpromisor = true\n'],
  ])("refuses %s", (_, config) => {
    fs.writeFileSync(inGit("config"), config);
    expect(() => openWithoutProgram(join(at.dir, "repo"))).toThrow(expect.objectContaining({ code: "not-supported" }));
  });

  it("opens with the extensions that change nothing", () => {
    fs.writeFileSync(
      inGit("config"),
      '[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = "sha1" ; the old one\n' +
        "\tworktreeConfig\n\trefStorage = files\n",
    );
    openWithoutProgram(join(at.dir, "repo"));
  });

  it("refuses replaced objects", async () => {
    await at.git("repo", "replace", "HEAD", "HEAD~1");
    expect(() => openWithoutProgram(join(at.dir, "repo"))).toThrow(expect.objectContaining({ code: "not-supported" }));
    await at.git("repo", "pack-refs", "--all");
    expect(() => openWithoutProgram(join(at.dir, "repo"))).toThrow(expect.objectContaining({ code: "not-supported" }));
  });

  it("takes no folder of refs that cannot be read for an empty one", async () => {
    fs.rmSync(inGit("refs/tags"), { recursive: true });
    fs.symlinkSync("tags", inGit("refs/tags"));
    await expect(openWithoutProgram(join(at.dir, "repo")).refs()).rejects.toMatchObject({ code: "disk-failed" });
  });

  it("refuses what only Git can resolve, and says so", async () => {
    const reader = openWithoutProgram(join(at.dir, "repo"));
    for (const revision of ["HEAD~1", "main^{tree}", "HEAD@{1}", "HEAD:a.txt", ":/first", "a b", "-x", ""]) {
      await expect(reader.resolveCommit(revision), revision).rejects.toMatchObject({ code: "not-supported" });
    }
  });

  it("believes no pack index: an object under another's id is damage", async () => {
    await at.git("repo", "gc", "-q");
    const pack = fs.readdirSync(inGit("objects/pack")).find((name) => name.endsWith(".idx")) as string;
    const file = inGit(`objects/pack/${pack}`);
    const idx = fs.readFileSync(file);
    const count = idx.readUInt32BE(8 + 255 * 4);
    const offsets = 8 + 1024 + count * 24;
    const swapped = Buffer.concat([
      idx.subarray(0, offsets),
      Buffer.concat(
        Array.from({ length: count }, (_, i) => idx.subarray(offsets + (count - 1 - i) * 4, offsets + (count - i) * 4)),
      ),
      idx.subarray(offsets + count * 4),
    ]);
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, swapped);
    const reader = openWithoutProgram(join(at.dir, "repo"));
    const blob = (await at.git("repo", "hash-object", "a.txt")) as Oid;
    await expect(reader.blob(blob, 100)).rejects.toMatchObject({ code: "git-failed" });
  });

  it("reads on when Git packs anew and brings more while it is open", async () => {
    const oids = async (...names: string[]): Promise<Oid[]> =>
      (await at.git("repo", "rev-parse", ...names)).split("\n") as Oid[];
    await at.git("repo", "gc", "-q");
    await at.git("repo", "commit", "-q", "--allow-empty", "-m", "more");
    await at.git("repo", "repack", "-dq");
    const known = await oids("HEAD~1", "HEAD");
    const readers = known.map(() => openWithoutProgram(join(at.dir, "repo")));
    // One of them has now read one pack and listed the other, and another reader has it the other way round.
    for (const [index, reader] of readers.entries()) await reader.commit(known[index] as Oid);
    await at.git("repo", "commit", "-q", "--allow-empty", "-m", "newest");
    await at.git("repo", "repack", "-adfq", "--depth=0");
    const [before = "", newest = "", blob = ""] = await oids("HEAD~2", "HEAD", "HEAD:a.txt");
    for (const reader of readers) {
      const all = Promise.all([before as Oid, newest as Oid, ...known].map((oid) => reader.commit(oid)));
      expect((await all).map(({ message }) => message.trim())).toContain("newest");
      expect(await reader.blob(blob as Oid, 100)).not.toBeNull();
      expect(await reader.resolveCommit("1".repeat(40))).toBeNull();
    }
  });

  it("finds the repository above a folder", async () => {
    expect(await openWithoutProgram(join(at.dir, "repo/data/deep")).resolveCommit("HEAD")).toBe(
      await at.git("repo", "rev-parse", "HEAD"),
    );
  });
});
