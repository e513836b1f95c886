/** What every GitReader answers, over every kind of repository. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GitReader, Oid, TreeFile } from "../../src/git/reader.ts";
import { makeHistory, makeRepositories, type Repositories } from "../support/repositories.ts";

export interface Hand {
  name: string;
  /** `bare`: the folder is a bare repository. */
  open(folder: string, at: Repositories, bare: boolean): Promise<GitReader>;
  /** Kinds that it refuses with `not-supported` when it is opened. */
  refuses: ReadonlySet<string>;
}

/** Each makes the shared history in `name`, or in what it returns, its own way. */
const KINDS: Record<string, (at: Repositories, name: string) => Promise<string | void>> = {
  plain: (at, name) => makeHistory(at, name),
  bare: async (at, name) => {
    await makeHistory(at, `${name}-source`);
    await at.git(".", "clone", "-q", "--mirror", `${name}-source`, name);
  },
  packed: async (at, name) => {
    await makeHistory(at, name);
    await at.git(name, "gc", "-q");
  },
  "packed, then more": async (at, name) => {
    await at.git(".", "init", "-q", name);
    await at.git(name, "commit", "-q", "--allow-empty", "-m", "old");
    await at.git(name, "tag", "light");
    await at.git(name, "gc", "-q");
    fs.rmSync(join(at.dir, name, ".git/refs/heads/main"), { force: true });
    await at.git(name, "update-ref", "-d", "refs/heads/main");
    await at.git(name, "tag", "-d", "light");
    await makeHistory(at, name);
  },
  "packed refs without peeled ids": async (at, name) => {
    await makeHistory(at, name);
    await at.git(name, "pack-refs", "--all");
    const file = join(at.dir, name, ".git/packed-refs");
    fs.writeFileSync(
      file,
      fs
        .readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => !/^[#^]/.test(line))
        .join("\n"),
    );
  },
  "detached HEAD": async (at, name) => {
    await makeHistory(at, name);
    await at.git(name, "checkout", "-q", "--detach");
  },
  shallow: async (at, name) => {
    await makeHistory(at, `${name}-source`);
    await at.git(".", "clone", "-q", "--depth=1", "--mirror", `file://${at.dir}/${name}-source`, `${name}.git`);
    await at.git(".", "clone", "-q", `${name}.git`, name);
    await at.git(name, "update-ref", "-d", "refs/remotes/origin/main");
    await at.git(name, "symbolic-ref", "-d", "refs/remotes/origin/HEAD");
  },
  "linked work tree": async (at, name) => {
    await makeHistory(at, `${name}-main`);
    await at.git(`${name}-main`, "checkout", "-q", "--detach");
    await at.git(`${name}-main`, "worktree", "add", "-q", `../${name}`, "main");
    await at.git(`${name}-main`, "checkout", "-q", "HEAD~1");
  },
  "separate git folder": (at, name) => makeHistory(at, name, `--separate-git-dir=${name}-kept`),
  "with alternates": async (at, name) => {
    await makeHistory(at, `${name}-source`);
    await at.git(".", "clone", "-q", "--shared", `${name}-source`, name);
    await at.git(name, "fetch", "-q", "--tags");
    await at.git(name, "update-ref", "-d", "refs/remotes/origin/main");
    await at.git(name, "symbolic-ref", "-d", "refs/remotes/origin/HEAD");
  },
  "partial clone": async (at, name) => {
    await makeHistory(at, `${name}-source`);
    await at.git(`${name}-source`, "config", "uploadpack.allowFilter", "true");
    await at.git(".", "clone", "-q", "--filter=blob:none", `file://${at.dir}/${name}-source`, name);
    await at.git(name, "update-ref", "-d", "refs/remotes/origin/main");
    await at.git(name, "symbolic-ref", "-d", "refs/remotes/origin/HEAD");
  },
  "SHA-256": (at, name) => makeHistory(at, name, "--object-format=sha256"),
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const line = ({ mode, path }: TreeFile): string => `${mode} ${path}`;

/** Runs the suite for every hand. */
export function readerSuite(hands: readonly Hand[]): void {
  const at = makeRepositories();
  afterAll(() => at.cleanup());
  describe.each(Object.keys(KINDS))("%s", (kind) => {
    beforeAll(() => KINDS[kind]?.(at, nameOf(kind)) as Promise<void>);
    describe.each(hands)("read by $name", (hand) => reads(hand, kind, at));
  });
  describe.each(hands)("special and damaged, read by $name", damage);
}

function nameOf(kind: string): string {
  return kind.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function reads(hand: Hand, kind: string, at: Repositories): void {
  const name = nameOf(kind);
  /** What Git says that revisions are, asked once. */
  const ids = async <const R extends readonly string[]>(...revisions: R): Promise<{ [K in keyof R]: Oid }> =>
    (await at.git(name, "rev-parse", ...revisions)).split("\n") as unknown as { [K in keyof R]: Oid };
  const open = (): Promise<GitReader> => hand.open(join(at.dir, name), at, kind === "bare");

  if (hand.refuses.has(kind)) {
    it("is refused when it is opened", async () => {
      await expect(open()).rejects.toMatchObject({ code: "not-supported" });
    });
    return;
  }

  it("gives every ref with what its tag finally names", async () => {
    const names = [
      "refs/heads/main",
      "refs/tags/a-tree",
      "refs/tags/light",
      "refs/tags/nested",
      "refs/tags/spam#production#1",
      "refs/tags/spam@v1",
    ];
    const found = await ids(...names.flatMap((ref) => [ref, `${ref}^{}`]));
    expect(await (await open()).refs()).toEqual(
      names.map((ref, i) => ({ name: ref, oid: found[i * 2], peeled: found[i * 2 + 1] })),
    );
  });

  it("resolves what names a commit, and nothing else", async () => {
    const reader = await open();
    const [head, blob] = await ids("refs/heads/main", "HEAD:a.txt");
    for (const revision of [
      "HEAD",
      "main",
      "heads/main",
      "refs/heads/main",
      "light",
      "spam@v1",
      "nested",
      "spam#production#1",
      head,
    ]) {
      expect(await reader.resolveCommit(revision), revision).toBe(head);
    }
    for (const revision of ["a-tree", "absent", "refs/tags/main", "0123456789".repeat(4), blob]) {
      expect(await reader.resolveCommit(revision), revision).toBeNull();
    }
  });

  it("reads tags and commits", async () => {
    const reader = await open();
    const [head, version, ofTree, light, tree] = await ids(
      "refs/heads/main",
      "spam@v1",
      "a-tree",
      "light",
      "light^{tree}",
    );
    const person = { name: "A Tester", email: "tester@example.com", time: 1767323045, zone: "+0000" };
    expect(await reader.tag(version)).toEqual({
      object: head,
      type: "commit",
      name: "spam@v1",
      tagger: person,
      message: "version 1\n\npackage: abc\n",
      signed: false,
    });
    expect(await reader.tag(ofTree)).toMatchObject({ object: tree, type: "tree" });
    expect(await reader.tag(light)).toBeNull();
    expect((await all(reader.tags([ofTree, light, version]))).map(({ oid, tag }) => [oid, tag?.name ?? null])).toEqual([
      [ofTree, "a-tree"],
      [light, null],
      [version, "spam@v1"],
    ]);
    const commit = await reader.commit(head);
    expect(commit).toMatchObject({
      tree,
      author: person,
      committer: person,
      message: "second: größer\n\nbody\n",
      signed: false,
    });
    expect(commit.parents).toHaveLength(1);
    await expect(reader.commit(tree)).rejects.toMatchObject({ code: "git-failed" });
    expect(await all(reader.commits([head, head]))).toEqual([
      { oid: head, commit },
      { oid: head, commit },
    ]);
    const [raw] = await all(reader.trees([tree as Oid]));
    expect(
      createHash(tree.length === 64 ? "sha256" : "sha1")
        .update(`tree ${raw?.bytes.length}\0`)
        .update(raw?.bytes ?? "")
        .digest("hex"),
    ).toBe(tree);
    await expect(all(reader.trees([head]))).rejects.toMatchObject({ code: "git-failed" });
  });

  it("reads trees whole, by suffix, by folder, and one path", async () => {
    const reader = await open();
    const head = (await reader.resolveCommit("HEAD")) as Oid;
    expect((await all(reader.treeFiles(head))).map(line)).toEqual([
      "100644 a.txt",
      "100644 data-2/z.mvgit",
      "100644 data.mvgit",
      "100644 data/deep/er/y.mvgit",
      "100644 data/x.mvgit",
      "120000 link",
      "100755 run.sh",
      "100644 ümlaut/ö.mvgit",
    ]);
    expect(
      (await all(reader.treeFiles(head, { suffix: ".mvgit", folders: ["data", "run.sh", "absent"] }))).map(line),
    ).toEqual(["100644 data/deep/er/y.mvgit", "100644 data/x.mvgit"]);
    expect(await all(reader.treeFiles(head, { folders: ["absent"] }))).toEqual([]);
    const path = "data/deep/er/y.mvgit";
    const paths = ["a.txt", path, "data", "absent", "absent/x", "run.sh"];
    expect(
      (
        await all(
          reader.filesAt(
            paths.map((each) => ({ commit: head, path: each })),
            100,
          ),
        )
      ).map((bytes) => bytes?.toString() ?? null),
    ).toEqual(["a\n", null, null, null, null, "#!/bin/sh\n"]);
    expect(await reader.fileAt(head, path)).toEqual({
      path,
      mode: "100644",
      oid: await at.git(name, "rev-parse", `HEAD:${path}`),
    });
    for (const absent of ["", "data", "data/deep", "data/", "absent", "a.txt/x", "data/../a.txt", "da*", "/a.txt"])
      expect(await reader.fileAt(head, absent), absent).toBeNull();
  });

  it("reads blobs up to a cap", async () => {
    const reader = await open();
    const [small, large, tree] = await ids("light:a.txt", "light:data/deep/er/y.mvgit", "light^{tree}");
    const found = await all(reader.blobs([small, large, small], 100));
    expect(found.map(({ oid, bytes }) => [oid, bytes?.toString() ?? null])).toEqual([
      [small, "a\n"],
      [large, null],
      [small, "a\n"],
    ]);
    expect(await reader.blob(large, 5000)).toHaveLength(5000);
    for (const not of [tree, small.replace(/./g, "7") as Oid])
      await expect(reader.blob(not, 10)).rejects.toMatchObject({ code: "git-failed" });
  });
}

function damage(hand: Hand): void {
  let at: Repositories;
  beforeAll(async () => {
    at = makeRepositories();
    await makeHistory(at, "source");
  });
  afterAll(() => at.cleanup());
  const copy = async (name: string, change: (folder: string) => Promise<void> | void): Promise<string> => {
    fs.cpSync(join(at.dir, "source"), join(at.dir, name), { recursive: true, verbatimSymlinks: true });
    await change(join(at.dir, name, ".git"));
    return join(at.dir, name);
  };
  const loose = async (git: string, revision: string): Promise<string> => {
    const oid = await at.git("source", "rev-parse", revision);
    return join(git, "objects", oid.slice(0, 2), oid.slice(2));
  };

  it("finds nothing in a repository without a commit", async () => {
    await at.git(".", "init", "-q", "empty");
    const reader = await hand.open(join(at.dir, "empty"), at, false);
    expect(await reader.refs()).toEqual([]);
    expect(await reader.resolveCommit("HEAD")).toBeNull();
    expect(await reader.resolveCommit("main")).toBeNull();
  });

  it("opens nothing where no repository is", async () => {
    fs.mkdirSync(join(at.dir, "nothing"));
    await expect(hand.open(join(at.dir, "nothing"), at, false).then((reader) => reader.refs())).rejects.toMatchObject({
      code: "not-a-repository",
    });
  });

  it("leaves out a symbolic ref that leads nowhere", async () => {
    const folder = await copy("dangling", (git) =>
      fs.writeFileSync(join(git, "refs/heads/gone"), "ref: refs/heads/absent\n"),
    );
    expect((await (await hand.open(folder, at, false)).refs()).map(({ name }) => name)).not.toContain(
      "refs/heads/gone",
    );
  });

  it.each([
    ["no object id", "garbage\n"],
    ["empty", ""],
    ["half an id", "0123456789\n"],
  ])("a broken ref is an error, not absence: %s", async (_, text) => {
    const folder = await copy(`broken-${text.length}`, (git) => fs.writeFileSync(join(git, "refs/tags/spam@v1"), text));
    await expect((await hand.open(folder, at, false)).refs()).rejects.toMatchObject({ code: "git-failed" });
  });

  it("a missing or damaged object is an error where a ref needs it", async () => {
    for (const [name, change] of [
      ["missing", (file: string) => fs.rmSync(file)],
      ["cut", (file: string) => (fs.chmodSync(file, 0o644), fs.truncateSync(file, 20))],
    ] as const) {
      const tagged = await copy(`${name}-tag`, async (git) => change(await loose(git, "spam@v1")));
      const reader = await hand.open(tagged, at, false);
      await expect(reader.refs(), name).rejects.toMatchObject({ code: "git-failed" });
      await expect(reader.resolveCommit("spam@v1"), name).rejects.toMatchObject({ code: "git-failed" });
      const commit = await copy(`${name}-commit`, async (git) => change(await loose(git, "light")));
      await expect((await hand.open(commit, at, false)).resolveCommit("main"), name).rejects.toMatchObject({
        code: "git-failed",
      });
      const tree = await copy(`${name}-tree`, async (git) => change(await loose(git, "light:data/deep")));
      const treeReader = await hand.open(tree, at, false);
      const head = (await treeReader.resolveCommit("main")) as Oid;
      await expect(all(treeReader.treeFiles(head)), name).rejects.toMatchObject({ code: "git-failed" });
      await expect(
        all(treeReader.filesAt([{ commit: head, path: "data/deep/er/y.mvgit" }], 10_000)),
        name,
      ).rejects.toMatchObject({ code: "git-failed" });
      await expect(treeReader.fileAt(head, "data/deep/er/y.mvgit"), name).rejects.toMatchObject({ code: "git-failed" });
      expect(await treeReader.fileAt(head, "data/x.mvgit"), name).not.toBeNull();
      const blob = await copy(`${name}-blob`, async (git) => change(await loose(git, "light:data/deep/er/y.mvgit")));
      const blobReader = await hand.open(blob, at, false);
      await expect(
        all(blobReader.filesAt([{ commit: head, path: "data/deep/er/y.mvgit" }], 10_000)),
        name,
      ).rejects.toMatchObject({ code: "git-failed" });
    }
  });

  it("a damaged pack is an error", async () => {
    for (const [name, spoil] of [
      ["cut", (pack: string) => fs.truncateSync(pack, 100)],
      ["gone", (pack: string) => fs.rmSync(pack)],
    ] as const) {
      const folder = await copy(`pack-${name}`, async (git) => {
        await at.git(`pack-${name}`, "gc", "-q");
        const pack = fs.readdirSync(join(git, "objects/pack")).find((each) => each.endsWith(".pack")) as string;
        fs.chmodSync(join(git, "objects/pack", pack), 0o644);
        spoil(join(git, "objects/pack", pack));
      });
      await expect(
        hand.open(folder, at, false).then((reader) => reader.resolveCommit("main")),
        name,
      ).rejects.toMatchObject({ code: "git-failed" });
    }
  });

  it("follows a link to a folder of refs", async () => {
    const folder = await copy("linked-refs", (git) => {
      fs.renameSync(join(git, "refs/tags"), join(git, "kept"));
      fs.symlinkSync("../kept", join(git, "refs/tags"));
    });
    expect((await (await hand.open(folder, at, false)).refs()).map(({ name }) => name)).toContain("refs/tags/spam@v1");
  });
}
