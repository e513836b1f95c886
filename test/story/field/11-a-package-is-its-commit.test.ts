/**
 * A version's package says what its commit holds, or the version is refused wherever it is read, and `audit` finds it.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import type { AuditReport } from "../../../src/versions/audit/report.ts";
import { runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
let restore: () => void;
const PACKAGE = ".mvgit/models/spam.yaml";

drawTests(3);

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/t.py", "print(1)\n");
  box.write("work/data/1", "row 1");
  box.write("work/other.bin", "good for nothing");
  await box.git("work", ["add", "t.py"]);
  await box.mv("work", ["add", "other.bin"]);
  for (const version of [1, 2]) {
    box.write("work/w.bin", `weights ${version}`);
    box.write("work/metrics.json", `{"accuracy": 0.${version}}`);
    await box.mv("work", ["save", "spam", "--data", "data", "--weights", "w.bin", "--metrics", "metrics.json"]);
  }
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "main", "--tags"]);
  await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"]);
  await box.mv("work", ["promote", "spam@v2", "production", "--no-commit"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

async function git(args: readonly string[], input = "", env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, status } = await runProgram("git", args, {
    cwd: join(box.dir, "work"),
    env: { ...box.env, ...env },
    input,
  });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

interface Forgery {
  /** The package's text; that of v2 when not given. */
  pack?(text: string): string;
  /** Files of the commit, null for none; `mode` and bytes otherwise. */
  files?: Record<string, { mode?: string; bytes: string } | null>;
  author?: string;
  tagger?: string;
}

/** Makes v2's tag anew, here and on the host, on a commit like its own but for this. */
async function forge({
  pack = (text) => text,
  files = {},
  author = "A Tester",
  tagger = "A Tester",
}: Forgery): Promise<void> {
  const text = pack(`${await git(["show", `spam@v2:${PACKAGE}`])}\n`);
  const env = { GIT_INDEX_FILE: join(box.dir, "forged-index") };
  await git(["read-tree", "spam@v2"], "", env);
  for (const [path, file] of Object.entries({ [PACKAGE]: { bytes: text }, ...files } as NonNullable<
    Forgery["files"]
  >)) {
    const line =
      file === null
        ? `0 ${"0".repeat(40)}\t${path}\0`
        : `${file.mode ?? "100644"} ${await git(["hash-object", "-w", "--stdin"], file.bytes)}\t${path}\0`;
    await git(["update-index", "-z", "--index-info"], line, env);
  }
  const tree = await git(["write-tree"], "", env);
  const commit = await git(["commit-tree", tree, "-p", "spam@v2^{commit}^", "-m", "spam@v2"], "", {
    GIT_AUTHOR_NAME: author,
  });
  const message = `spam v2\n\nmvgit: 1\nmodel: spam\npackage: ${hashBytes(Buffer.from(text))}\nversion: 2\n`;
  const object =
    `object ${commit}\ntype commit\ntag spam@v2\ntagger ${tagger} <tester@example.com> 1767323045 ` +
    `+0000\n\n` +
    `${message}`;
  await git(["update-ref", "refs/tags/spam@v2", await git(["hash-object", "-t", "tag", "-w", "--stdin"], object)]);
  await git(["push", "-q", "--force", "--no-verify", "origin", "spam@v2"]);
}

const pointerOf = (path: string): Promise<string> => git(["show", `HEAD:${path}.mvgit`]);
const valueOf = (pointer: string, key: string): string => new RegExp(`${key}: (\\w+)`).exec(pointer)?.[1] as string;

async function foundWrong(reason: string | RegExp): Promise<void> {
  const { findings } = JSON.parse((await box.mv("work", ["audit", "--offline", "--json"], 1)).stdout) as AuditReport;
  expect(findings.filter(({ subject }) => subject === "spam@v2")).toEqual([
    { kind: "version-damaged", subject: "spam@v2", message: expect.stringMatching(reason) as string },
  ]);
  expect((await box.mv(".", ["get", "host.git", "spam@v2", "-o", "got", "--remote", "./store"], 24)).stderr).toMatch(
    reason,
  );
  expect(box.exists("got/w.bin")).toBe(false);
}

describe("bytes that the package names and the commit does not", () => {
  it("are found by all that read or move the version", async () => {
    const [old, other] = [await pointerOf("w.bin"), await pointerOf("other.bin")];
    await forge({
      pack: (text) =>
        text
          .replace(valueOf(old, "blake3"), valueOf(other, "blake3"))
          .replace("size: 9", `size: ${valueOf(other, "size")}`),
    });
    await foundWrong(/its package and the pointer of its commit name other bytes for 'w.bin'/);
    const MOVED = [
      ["promote", "spam@v2", "staging"],
      ["show", "spam@v2"],
      ["export", "spam@v2", "-o", "../out"],
      ["show", "spam#production"],
      ["export", "spam#production", "-o", "../out"],
      ["reproduce", "spam@v2"],
      ["compare", "spam@v1", "spam@v2"],
      ["receipt", "spam@v2"],
      ["explain", "spam@v2"],
      ["show", "spam@latest"],
    ];
    for (const command of MOVED) await box.mv("work", command, 24);
    expect(box.exists("out/w.bin")).toBe(false);
    await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"]);
    await box.mv("work", ["rollback", "spam", "production", "--to", "v2", "--no-commit"], 24);
    const { stdout } = await box.mv("work", ["log", "spam"], 24);
    expect(stdout).toContain("cannot be trusted: spam@v2");
    box.write("work/stages.yaml", "spam:\n  staging: 2\n");
    await box.git("work", ["add", "stages.yaml"]);
    await box.git("work", ["commit", "-qm", "stage"]);
    expect((await box.mv("work", ["hooks", "run", "--range", "HEAD~1..HEAD"], 1)).stdout).toContain("name other bytes");
    await box.mv("work", ["stage", "apply", "--no-commit"], 24);
  });

  it.each<[string, (pointer: string) => Forgery, RegExp]>([
    ["a size", () => ({ pack: (text) => text.replace("size: 9", "size: 10") }), /name other bytes for 'w.bin'/],
    [
      "a pointer",
      (pointer) => ({ files: { "w.bin.mvgit": { bytes: pointer.replace("size: 9", "size: 10") + "\n" } } }),
      /name other bytes for 'w.bin'/,
    ],
    [
      "a folder's list of files",
      () => ({ pack: (text) => text.replace("files: 1", "files: 2") }),
      /name other bytes for 'data'/,
    ],
    [
      "a file in place of a folder",
      () => ({ pack: (text) => text.replace(/\n {4}files: 1/, "") }),
      /name other bytes for 'data'/,
    ],
    [
      "a file that is not tracked",
      () => ({ pack: (text) => text.replace('path: "w.bin"', 'path: "v.bin"') }),
      /lists 'v.bin', which its commit does not track/,
    ],
    [
      "a pointer that is gone",
      () => ({ files: { "w.bin.mvgit": null } }),
      /lists 'w.bin', which its commit does not track/,
    ],
    [
      "a link in a pointer's place",
      (pointer) => ({ files: { "w.bin.mvgit": { mode: "120000", bytes: pointer } } }),
      /pointer of 'w.bin' is none/,
    ],
    [
      "text in a pointer's place",
      () => ({ files: { "w.bin.mvgit": { bytes: "nothing\n" } } }),
      /pointer of 'w.bin' is none/,
    ],
    ["a link in the package's place", () => ({ files: { [PACKAGE]: null } }), /no package file/],
  ])("%s", async (_, forgery, reason) => {
    await forge(forgery(await pointerOf("w.bin")));
    await foundWrong(reason);
  });
});

describe("a tag that was moved to another commit with the same package", () => {
  it.each<[string, Forgery["files"]]>([
    ["other code", { "t.py": { bytes: "print(2)\n" } }],
    ["one file more", { "new/evil.py": { bytes: "import os\n" } }],
    ["one file less", { "t.py": null }],
    ["an executable file", { "t.py": { mode: "100755", bytes: "print(1)\n" } }],
    ["a link in a file's place", { "t.py": { mode: "120000", bytes: "/etc/passwd" } }],
    [
      "a pointer that the package does not list",
      { "more.bin.mvgit": { bytes: `mvgit: 1\nblake3: ${"1".repeat(64)}\nsize: 1\n` } },
    ],
  ])("%s", async (_, files) => {
    await forge(files === undefined ? {} : { files });
    await foundWrong(/the files of its commit are not those that its package says/);
  });

  it("or by other people", async () => {
    await forge({ author: "M" });
    await foundWrong(/its package is by 'A Tester <tester@example.com>', its commit by 'M <tester@example.com>'/);
    await forge({ tagger: "M" });
    await foundWrong(/its tag was made by 'M <tester@example.com>', its commit by 'A Tester/);
    await forge({ pack: (text) => text.replace(/author: ".*"/, 'author: "Ada <ada@example.com>"') });
    await foundWrong(/its package is by 'Ada <ada@example.com>'/);
  });
});

describe("no false alarm", () => {
  it("for data that a run's command changed, a tree with names of other bytes, and an emptied folder", async () => {
    fs.mkdirSync(join(box.dir, "work/old/deep"), { recursive: true });
    fs.writeFileSync(Buffer.concat([Buffer.from(join(box.dir, "work/")), Buffer.from([0xe4, 0x2e, 0x74])]), "latin-1");
    box.write("work/old/deep/x.txt", "x");
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", "odd"]);
    const node = JSON.stringify(process.execPath);
    await box.mv("work", [
      "run",
      "spam",
      "--weights",
      "w.bin",
      "--data",
      "data",
      "--",
      "sh",
      "-c",
      `echo more > data/2; rm -r old; echo x > w.bin; ${node} ` +
        `${JSON.stringify(join(import.meta.dirname, "../../../bin/mvgit"))} add data`,
    ]);
    await box.mv("work", ["show", "spam@v3"]);
    expect(await git(["show", `spam@v3:${PACKAGE}`])).toContain('path: "old/deep/x.txt"');
    await box.mv("work", ["audit", "--offline"]);
    await box.mv("work", ["export", "spam@v3", "-o", "../out"]);
    expect(fs.readdirSync(join(box.dir, "out/data"))).toEqual(["1"]);
  });

  it("for a version whose author and committer differ, renumbered, or gone on with by another name", async () => {
    const env = { ...box.env, GIT_COMMITTER_NAME: "CI", GIT_COMMITTER_EMAIL: "ci@example.com" };
    Object.assign(box.env, env);
    box.write("work/w.bin", "by CI");
    await box.mv("work", ["save", "spam"]);
    await box.mv("work", ["show", "spam@v3"]);
    box.write("work/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    fs.chmodSync(join(box.dir, "work/.git/hooks/pre-commit"), 0o755);
    box.write("work/w.bin", "refused at first");
    await box.mv("work", ["save", "spam"], 1);
    fs.rmSync(join(box.dir, "work/.git/hooks/pre-commit"));
    Object.assign(box.env, { GIT_AUTHOR_NAME: "New", GIT_COMMITTER_NAME: "New" });
    await box.mv("work", ["save", "spam"]);
    await box.mv("work", ["show", "spam@v4"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.mv("clone", ["init", "--no-hooks", "--remote", "../store"]);
    await box.mv("clone", ["pull"]);
    box.write("clone/w.bin", "of another clone");
    await box.mv("clone", ["save", "spam"]);
    await box.git("clone", ["push", "-q", "--no-verify", "origin", "main", "spam@v3"]);
    Object.assign(box.env, { GIT_AUTHOR_NAME: "Third" });
    await box.mv("work", ["renumber", "spam"]);
    await box.mv("work", ["show", "spam@v5"]);
    await box.mv("work", ["show", "spam@v3"]);
  });
});
