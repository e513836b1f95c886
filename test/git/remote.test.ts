/** A repository is read by its address, without a clone: little is asked, and what fails says so. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import type { Oid, TreeFile } from "../../src/git/reader.ts";
import { type RemoteReader } from "../../src/git/remote/remote-reader.ts";
import type { RemoteOptions } from "../../src/git/remote/transport.ts";
import { all, at, id, open, other, server, shareRemotes } from "./remotes.ts";

shareRemotes();

const WAYS: [string, () => Promise<RemoteReader>, string][] = [
  ["HTTP", () => open(), "repo.git"],
  ["HTTP, a server that cannot leave out blobs", () => ((server.options.filter = false), open()), "repo.git"],
  ["HTTP, a server of the old protocol", () => ((server.options.old = true), open()), "repo.git"],
  ["a folder", () => open("repo.git"), "repo.git"],
  ["file://", () => open(`file://${at.dir}/repo.git`), "repo.git"],
  ["a SHA-256 folder", () => open("sha256"), "sha256"],
  ["SSH", () => open("git@host.example:repo.git", { env: { ...at.env, GIT_SSH_COMMAND: fakeSsh() } }), "repo.git"],
];

/** Runs what it is told on this machine, as a server would. */
function fakeSsh(): string {
  const file = join(at.dir, "ssh.sh");
  fs.writeFileSync(
    file,
    `#!/bin/sh\nwhile [ "$1" != git@host.example ]; do shift; done\nshift\ncd '${at.dir}' && eval "$1"\n`,
    { mode: 0o755 },
  );
  return file;
}

describe.each(WAYS)("over %s", (_, openIt, repository) => {
  it("lists refs by prefix", async () => {
    const reader = await openIt();
    const [ref, ...more] = await reader.refs(["refs/tags/spam@"]);
    expect(more).toEqual([]);
    expect(ref).toEqual({
      name: "refs/tags/spam@v1",
      oid: await id("spam@v1", repository),
      peeled: await id("light", repository),
    });
    expect((await reader.refs(["refs/tags/nested", "refs/tags/spam#"])).map(({ name }) => name)).toEqual([
      "refs/tags/nested",
      "refs/tags/spam#production#1",
    ]);
    expect((await reader.refs(["refs/tags/nested"]))[0]?.peeled).toBe(await id("light", repository));
    expect((await reader.refs()).map(({ name }) => name)).toEqual(
      (await at.git(repository, "for-each-ref", "--format=%(refname)")).split("\n"),
    );
    expect(await reader.refs(["refs/tags/absent"])).toEqual([]);
  });

  it("reads a tag, its commit, the tree and blobs", async () => {
    const reader = await openIt();
    const commit = await id("light", repository);
    expect(await reader.resolveCommit("spam#production#1")).toBe(commit);
    expect(await reader.resolveCommit("nested")).toBe(commit);
    expect(await reader.resolveCommit("absent")).toBeNull();
    expect(await reader.resolveCommit("a-tree")).toBeNull();
    expect(await reader.resolveCommit("HEAD")).toBe(await id("HEAD", repository));
    expect(await reader.tag(await id("spam@v1", repository))).toMatchObject({
      name: "spam@v1",
      object: commit,
      message: "version 1\n\npackage: abc\n",
    });
    expect(await reader.commit(commit)).toMatchObject({ parents: [await id("light~1", repository)] });
    const files = await all(reader.treeFiles(commit, { suffix: ".mvgit" }));
    expect(files.map(({ path }: TreeFile) => path)).toEqual([
      "data-2/z.mvgit",
      "data.mvgit",
      "data/deep/er/y.mvgit",
      "data/x.mvgit",
      "ümlaut/ö.mvgit",
    ]);
    const blobs = await all(
      reader.blobs(
        files.map(({ oid }) => oid),
        100,
      ),
    );
    expect(blobs.map(({ bytes }) => bytes?.toString() ?? null)).toEqual(["z\n", "d\n", null, "x\n", "ö\n"]);
    const one = await reader.fileAt(commit, "a.txt");
    expect((await reader.blob(one?.oid as Oid, 10))?.toString()).toBe("a\n");
  });

  it("knows what the server has not", async () => {
    const reader = await openIt();
    const absent = "0123456789abcdef".repeat(4).slice(0, (await id("light", repository)).length) as Oid;
    expect(await reader.fetch([absent])).toBe(false);
    expect(await reader.resolveCommit(absent)).toBeNull();
    await expect(reader.commit(absent)).rejects.toMatchObject({ code: "git-failed" });
  });
});

describe("over HTTP", () => {
  it("asks little: three requests for a stage's tag, no large file of the tree", async () => {
    const reader = await open();
    const commit = (await reader.resolveCommit("big@v1")) as Oid;
    const file = await reader.fileAt(commit, "data/x.mvgit");
    expect(server.requests).toHaveLength(3);
    await reader.blob(file?.oid as Oid, 100);
    expect(server.requests).toHaveLength(4);
    expect(server.sent()).toBeLessThan(20_000);
  });

  it("brings many tags with one request, and files of many commits with two", async () => {
    const reader = await open();
    const refs = await reader.refs(["refs/tags/spam", "refs/tags/nested", "refs/tags/big"]);
    const before = server.requests.length;
    expect((await all(reader.tags(refs.map(({ oid }) => oid)))).map(({ tag }) => tag?.name)).toEqual([
      "big@v1",
      "nested",
      "spam#production#1",
      "spam@v1",
    ]);
    expect(server.requests).toHaveLength(before + 1);
    const wanted = refs.map(({ peeled }) => ({ commit: peeled, path: "data/x.mvgit" }));
    expect(
      (
        await all(reader.filesAt([...wanted, { commit: (wanted[0] as { commit: Oid }).commit, path: "absent" }], 10))
      ).map(String),
    ).toEqual(["x\n", "x\n", "x\n", "x\n", "null"]);
    expect(server.requests).toHaveLength(before + 2);
  });

  it("brings many blobs with one request, and nothing twice", async () => {
    const reader = await open();
    const commit = (await reader.resolveCommit("main")) as Oid;
    const files = (await all(reader.treeFiles(commit))).filter(({ path }) => path !== "big.bin");
    const before = server.requests.length;
    await all(
      reader.blobs(
        files.map(({ oid }) => oid),
        100_000,
      ),
    );
    await all(
      reader.blobs(
        files.map(({ oid }) => oid),
        100_000,
      ),
    );
    expect(server.requests).toHaveLength(before + 1);
  });

  it("does not pay for a long history of events", async () => {
    await at.git(".", "clone", "-q", "--mirror", "source", "long.git");
    const tag = await id("spam#production#1");
    const lines = Array.from({ length: 20_000 }, (_, i) => `${tag} refs/tags/other-model#production#${i + 1}`).sort();
    const packed = join(at.dir, "long.git/packed-refs");
    fs.writeFileSync(packed, `${fs.readFileSync(packed, "utf8").replace(" sorted", "")}${lines.join("\n")}\n`);
    const reader = await open(`${server.url}/long.git`);
    expect(await reader.resolveCommit("spam#production#1")).toBe(await id("light"));
    expect(server.sent()).toBeLessThan(20_000);
    expect(await reader.refs(["refs/tags/other-model#production#"])).toHaveLength(20_000);
  });

  it("reads an empty repository as one", async () => {
    for (const old of [false, true]) {
      server.options.old = old;
      const reader = await open(`${server.url}/empty.git`);
      expect(await reader.refs()).toEqual([]);
      expect(await reader.resolveCommit("HEAD")).toBeNull();
    }
  });

  it("refuses SHA-256", async () => {
    for (const old of [false, true]) {
      server.options.old = old;
      await expect(open(`${server.url}/sha256/.git`)).rejects.toMatchObject({ code: "not-supported" });
    }
  });

  it("needs no git program", async () => {
    const env = { PATH: "/nowhere" };
    const reader = await open(undefined, { env });
    const commit = (await reader.resolveCommit("spam@v1")) as Oid;
    const file = await reader.fileAt(commit, "data/x.mvgit");
    expect((await reader.blob(file?.oid as Oid, 10))?.toString()).toBe("x\n");
    await expect(open(`${other.url}/repo.git`, { env })).rejects.toMatchObject({ code: "access-denied" });
    await expect(open("repo.git", { env })).rejects.toMatchObject({
      code: "git-failed",
      message: "cannot find the git program",
    });
  });

  it("says what is not there, and what is no repository", async () => {
    await expect(open(`${server.url}/absent.git`)).rejects.toMatchObject({ code: "remote-missing" });
    server.fault = () => ({ do: "answer", type: "text/html", body: "<html>Please sign in</html>" });
    await expect(open()).rejects.toMatchObject({ code: "not-a-repository" });
    server.fault = () => ({
      do: "answer",
      type: "application/x-git-upload-pack-advertisement",
      body: "<html>Please sign in</html>",
    });
    await expect(open()).rejects.toMatchObject({ code: "remote-unavailable" });
  });

  it("signs in when asked, with what it was given, and only then", async () => {
    const url = `${other.url}/repo.git`;
    await expect(open(url)).rejects.toMatchObject({
      code: "access-denied",
      hint: expect.stringContaining("MVGIT_GIT_TOKEN"),
    });
    const ways: [string, Partial<RemoteOptions>][] = [
      [url, { env: { ...at.env, MVGIT_GIT_USER: "me", MVGIT_GIT_TOKEN: "secret" } }],
      [url.replace("//", "//me:secret@"), {}],
      [url, { credentials: async () => ({ username: "me", password: "secret" }) }],
      [
        url,
        {
          env: {
            ...at.env,
            GIT_CONFIG_COUNT: "1",
            GIT_CONFIG_KEY_0: "credential.helper",
            GIT_CONFIG_VALUE_0: "!f() { echo username=me; echo password=secret; }; f",
          },
        },
      ],
    ];
    for (const [address, more] of ways) {
      other.requests.length = 0;
      expect(await (await open(address, more)).resolveCommit("main"), address).toBe(await id("main"));
      expect(other.requests.map(({ authorization }) => authorization !== undefined)).toEqual([false, true, true, true]);
    }
    const wrong = await open(url.replace("//", "//me:geheim@")).catch((error: unknown) => error as MvgitError);
    expect(wrong).toMatchObject({ code: "access-denied" });
    expect(JSON.stringify([wrong, (wrong as Error).message, (wrong as Error).stack])).not.toMatch(/geheim|secret/);
  });

  it("follows a redirect, and takes no credentials along", async () => {
    const env = { ...at.env, MVGIT_GIT_USER: "me", MVGIT_GIT_TOKEN: "secret" };
    server.fault = ({ path }) =>
      path.startsWith("/moved") ? { do: "redirect", to: path.replace("/moved", "/repo.git") } : null;
    expect(await (await open(`${server.url}/moved`)).resolveCommit("main")).toBe(await id("main"));
    server.fault = ({ path }) => ({ do: "redirect", to: other.url + path });
    await expect(open(undefined, { env })).rejects.toMatchObject({ code: "access-denied" });
    await expect(open(`${server.url.replace("//", "//me:secret@")}/repo.git`)).rejects.toMatchObject({
      code: "access-denied",
    });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(other.requests.map(({ authorization }) => authorization)).toEqual(other.requests.map(() => undefined));
  });

  it("follows no redirect to what is no repository, for ever, in the middle, or to a file", async () => {
    for (const to of [
      `${server.url}/elsewhere`,
      "file:///etc/passwd",
      `ftp://127.0.0.1/repo.git/info/refs?service=git-upload-pack`,
      "http://example.com/repo.git/info/refs?service=git-upload-pack",
    ]) {
      server.fault = () => ({ do: "redirect", to });
      await expect(open(), to).rejects.toMatchObject({ code: "remote-unavailable" });
    }
    server.fault = ({ path }) => ({ do: "redirect", to: path });
    await expect(open()).rejects.toMatchObject({ code: "remote-unavailable" });
    expect(server.requests.length).toBeLessThan(20);
    server.fault = ({ method, path }) =>
      method === "POST" ? { do: "redirect", to: other.url + path, status: 307 } : null;
    await expect((await open()).refs()).rejects.toMatchObject({ code: "remote-unavailable" });
  });

  it("tries again what failed by the network", async () => {
    let left = 2;
    server.fault = ({ method }) => {
      if (method !== "POST" || left-- <= 0) return null;
      return left === 1 ? { do: "status", status: 503 } : { do: "cut", after: 10 };
    };
    expect(await (await open()).refs(["refs/heads/main"])).toHaveLength(1);
    server.fault = () => ({ do: "status", status: 502 });
    server.requests.length = 0;
    await expect(open()).rejects.toMatchObject({ code: "remote-unavailable" });
    expect(server.requests).toHaveLength(4);
  });

  it("takes no list of refs and no pack that ends early, however politely", async () => {
    const reader = await open();
    const whole = (await reader.refs()).length;
    expect(whole).toBeGreaterThan(3);
    for (const after of [0, 1, 64, 200]) {
      server.fault = () => ({ do: "short", after });
      await expect(reader.refs(), String(after)).rejects.toMatchObject({ code: "remote-unavailable" });
      await expect(reader.fetch([await id("main")]), String(after)).rejects.toMatchObject({
        code: "remote-unavailable",
      });
      if (after < 100) await expect(open(), String(after)).rejects.toMatchObject({ code: "remote-unavailable" });
    }
    server.fault = () => null;
    expect(await reader.fetch([await id("main")])).toBe(true);
  });

  it("ends a stalled request, an endless one, and all when told to stop", async () => {
    server.fault = () => ({ do: "stall" });
    await expect(open(undefined, { inactivityMs: 100 })).rejects.toMatchObject({ code: "remote-stalled" });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new MvgitError("interrupted", "stopped")), 50);
    await expect(open(undefined, { signal: stop.signal })).rejects.toMatchObject({ code: "interrupted" });
    server.fault = () => null;
    const reader = await open(undefined, { maxBytes: 1_000_000 });
    server.fault = () => ({
      do: "answer",
      type: "application/x-git-upload-pack-result",
      body: Buffer.alloc(65_536),
      repeat: true,
    });
    await expect(reader.fetch([await id("main")])).rejects.toMatchObject({ code: "not-supported" });
    await expect(reader.refs()).rejects.toMatchObject({ code: "not-supported" });
  });

  it("takes no more than it may, in one answer or in all", async () => {
    const reader = await open(undefined, { maxBytes: 2_000 });
    const commit = (await reader.resolveCommit("main")) as Oid;
    const file = await reader.fileAt(commit, "big.bin");
    await expect(reader.blob(file?.oid as Oid, 1_000)).rejects.toMatchObject({ code: "not-supported" });
    await expect((await open(undefined, { maxBytes: 200_000 })).blob(file?.oid as Oid, 1_000)).rejects.toMatchObject({
      code: "not-supported",
    });
  });

  it("takes a server's words only in quotes", async () => {
    const words = "ERR \u001b[31m no such thing";
    server.fault = () => ({
      do: "answer",
      type: "application/x-git-upload-pack-advertisement",
      body: (Buffer.byteLength(words) + 4).toString(16).padStart(4, "0") + words,
    });
    const error = await open().catch((thrown: unknown) => thrown as MvgitError);
    expect(error).toMatchObject({ code: "git-failed" });
    expect((error as MvgitError).message).not.toContain("\u001b");
  });
});
