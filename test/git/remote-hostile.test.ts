/** What a server sends, and what an address says, that nobody may believe or follow. */
import * as fs from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import type { Oid, TreeFile } from "../../src/git/reader.ts";
import { runProgram } from "../support/cli.ts";
import { at, id, open, server, shareRemotes } from "./remotes.ts";

shareRemotes();

describe("a server that sends what was not asked for", () => {
  const line = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from((bytes.length + 5).toString(16).padStart(4, "0") + "\u0001", "latin1"), bytes]);
  const answerWith = (objects: Buffer[], count = objects.length): Buffer => {
    const head = Buffer.from("PACK\0\0\0\u0002\0\0\0\0", "latin1");
    head.writeUInt32BE(count, 8);
    const body = Buffer.concat([head, ...objects]);
    return Buffer.concat([
      Buffer.from("000dpackfile\n"),
      line(Buffer.concat([body, createHash("sha1").update(body).digest()])),
      Buffer.from("0000"),
    ]);
  };
  const header = (type: number, size: number): Buffer => {
    const bytes = [(type << 4) | (size & 15)];
    for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
      bytes[bytes.length - 1] = (bytes.at(-1) as number) | 128;
      bytes.push(rest & 127);
    }
    return Buffer.from(bytes);
  };
  const blob = (text: string): Buffer => Buffer.concat([header(3, Buffer.byteLength(text)), deflateSync(text)]);
  const bomb = deflateSync(Buffer.alloc(40_000_000));

  it.each<[string, () => Buffer, string?]>([
    ["another object", () => answerWith([blob("something else")])],
    ["nothing", () => answerWith([])],
    ["fewer objects than it says", () => answerWith([blob("x")], 2)],
    ["more objects than it says", () => answerWith([blob("x"), blob("y")], 1)],
    ["an object longer than it says", () => answerWith([Buffer.concat([header(3, 10), bomb])])],
    [
      "an object as large as it says, beyond the limit",
      () => answerWith([Buffer.concat([header(3, 40_000_000), bomb])]),
      "not-supported",
    ],
    [
      "an object that says it is endless",
      () => answerWith([Buffer.concat([header(3, 2 ** 50), deflateSync("x")])]),
      "not-supported",
    ],
    [
      "a delta of itself",
      () => answerWith([Buffer.concat([header(6, 3), Buffer.from([0]), deflateSync(Buffer.from([1, 1, 0x90]))])]),
    ],
    [
      "a delta of nothing",
      () => answerWith([Buffer.concat([header(7, 3), Buffer.alloc(20, 7), deflateSync(Buffer.from([1, 1, 0x90]))])]),
    ],
    [
      "a delta that makes much of little",
      () =>
        answerWith([
          blob("x".repeat(65_536)),
          Buffer.concat([
            header(7, 1000),
            Buffer.alloc(20, 7),
            deflateSync(Buffer.concat([Buffer.from([128, 128, 4, 255, 255, 255, 127]), Buffer.alloc(993, 128)])),
          ]),
        ]),
      "not-supported",
    ],
    ["an unknown type", () => answerWith([Buffer.concat([header(5, 1), deflateSync("x")])])],
    [
      "a damaged sum",
      () =>
        Buffer.concat([
          Buffer.from("000dpackfile\n"),
          line(Buffer.concat([Buffer.from("PACK\0\0\0\u0002\0\0\0\u0001", "latin1"), blob("x"), Buffer.alloc(20)])),
          Buffer.from("0000"),
        ]),
    ],
    ["no pack", () => Buffer.from("000dpackfile\n0000")],
    ["its own words instead", () => Buffer.from("0008oops0000")],
  ])("%s: an error, and nothing is believed", async (_, body, code = "remote-unavailable") => {
    const reader = await open(undefined, { maxBytes: 1_000_000 });
    const wanted = await id("main:a.txt");
    server.fault = ({ method }) =>
      method === "POST" ? { do: "answer", type: "application/x-git-upload-pack-result", body: body() } : null;
    await expect(reader.fetch([wanted])).rejects.toMatchObject({ code });
    server.fault = () => null;
    expect((await reader.blob(wanted, 10))?.toString()).toBe("a\n");
  });

  it("refs without sense", async () => {
    const reader = await open();
    const row = (text: string): string => (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
    for (const text of [
      "x refs/heads/a\n",
      `${"1".repeat(40)} ../../x\n`,
      `${"1".repeat(40)} refs/heads/a\u001b[2J\n`,
      `${"1".repeat(40)} refs/tags/a peeled:x\n`,
    ]) {
      server.fault = () => ({ do: "answer", type: "application/x-git-upload-pack-result", body: `${row(text)}0000` });
      await expect(reader.refs(), text).rejects.toMatchObject({ code: "remote-unavailable" });
    }
  });

  it("a tree that names itself a billion times", async () => {
    const folder = (oid: string): string =>
      Array.from({ length: 16 }, (_, i) => `040000 tree ${oid}\tfolder-${String.fromCharCode(97 + i)}`).join("\n");
    const make = async (input: string): Promise<string> =>
      (await runProgram("git", ["mktree"], { cwd: join(at.dir, "source"), env: at.env, input })).stdout.trim();
    let tree = await make(`100644 blob ${await id("main:a.txt")}\tx\n`);
    for (let depth = 0; depth < 12; depth++) tree = await make(`${folder(tree)}\n`);
    const commit = await at.git("source", "commit-tree", "-m", "bomb", tree);
    await at.git("source", "update-ref", "refs/heads/bomb", commit);
    const reader = await open(`${server.url}/source/.git`);
    const head = (await reader.resolveCommit("bomb")) as Oid;
    const some: TreeFile[] = [];
    for await (const file of reader.treeFiles(head)) if (some.push(file) === 3) break;
    expect(some).toHaveLength(3);
    expect(server.sent()).toBeLessThan(50_000);
  });
});

describe("through the git program", () => {
  // Of its own: other tests make such folders at the same time.
  beforeEach(() => {
    fs.mkdirSync(join(at.dir, "tmp"), { recursive: true });
    vi.stubEnv("TMPDIR", join(at.dir, "tmp"));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("leaves nothing behind, and keeps its folder to its user", async () => {
    const reader = await open("repo.git");
    const [made = ""] = fs.readdirSync(tmpdir());
    expect(made).toMatch(/^mvgit-git-/);
    expect(fs.statSync(join(tmpdir(), made)).mode & 0o777).toBe(0o700);
    expect(fs.existsSync(join(tmpdir(), made, "hooks"))).toBe(false);
    reader.close();
    expect(fs.existsSync(join(tmpdir(), made))).toBe(false);
    await expect(open("absent.git")).rejects.toMatchObject({ code: "remote-missing" });
  });

  it("brings no history, and runs no hook of the user's", async () => {
    const hooks = join(at.dir, "hooks");
    fs.mkdirSync(hooks);
    fs.writeFileSync(join(hooks, "reference-transaction"), `#!/bin/sh\ntouch '${at.dir}/started'\n`, { mode: 0o755 });
    const env = { ...at.env, GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.hooksPath", GIT_CONFIG_VALUE_0: hooks };
    const reader = await open("repo.git", { env });
    const [made = ""] = fs.readdirSync(tmpdir());
    const head = (await reader.resolveCommit("main")) as Oid;
    const { status } = await runProgram(
      "git",
      ["--git-dir", join(tmpdir(), made), "cat-file", "-e", `${await id("main~1")}`],
      { cwd: at.dir, env: at.env },
    );
    expect(status).toBe(1);
    expect((await reader.commit(head)).parents).toEqual([await id("main~1")]);
    expect(fs.existsSync(join(at.dir, "started"))).toBe(false);
  });

  it.each([
    ["-o/tmp/x"],
    ["--upload-pack=touch x"],
    ["ext::sh -c touch% x"],
    ["fd::17"],
    ["git://host/x"],
    ["ftp://host/x"],
    ["ssh://-oProxyCommand=x/y"],
    ["-x@host:y"],
    ["-oProxyCommand=x:y"],
    ["host:x\ny"],
    [""],
    ["http://example.com/repo.git"],
    ["https://"],
  ])("refuses the address %j", async (address) => {
    await expect(open(address)).rejects.toMatchObject({ code: "setting-invalid" });
  });

  it("shows no password of an address it refuses", async () => {
    for (const address of [
      "ftp://me:secret@host/x",
      "http://me:secret@example.com/x",
      "https://me:secret@:1/",
      "ssh://me:secret@-x/y",
    ]) {
      const error = await open(address).catch((thrown: unknown) => thrown as MvgitError);
      expect(error).toBeInstanceOf(MvgitError);
      expect(JSON.stringify([error, (error as Error).message])).not.toContain("secret");
    }
  });

  it("speaks only the address's own protocol, whatever settings rewrite it to", async () => {
    const env = {
      ...at.env,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.ext::sh -c touch% ${at.dir}/started% .insteadOf`,
      GIT_CONFIG_VALUE_0: at.dir,
    };
    await expect(open("repo.git", { env })).rejects.toBeInstanceOf(MvgitError);
    expect(fs.existsSync(join(at.dir, "started"))).toBe(false);
  });
});
