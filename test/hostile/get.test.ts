/**
 * A host that lies, a remote that rots, and paths that want to get out: `get` brings nothing wrong, and DIR keeps what
 * it had.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { MvgitError } from "../../src/base/errors.ts";
import { filesOf, getHere, makeDeployment, move } from "../support/deployment.ts";
import { type GitHttpServer, startGitHttpServer } from "../support/git-http-server.ts";
import { runProgram } from "../support/cli.ts";
import type { Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let server: GitHttpServer;
let restore: () => void;
const V2 = { "data/1": "row 1", "data/2": "row 2", "model/tok/a.json": "{}", "model/w.bin": "weights 2" };
const at = (path: string): string => join(box.dir, path);

beforeAll(async () => {
  box = await makeDeployment(3);
  for (const version of [1, 2]) await move(box, version);
  await box.mv(".", ["get", "host.git", "spam#production", "-o", "dir", "--remote", "store"]);
  server = await startGitHttpServer({ root: box.dir });
  restore = box.keep();
});
afterEach(() => restore());
afterAll(async () => {
  await server.close();
  box.cleanup();
});

/** Both hands must refuse, and DIR keeps what it had. */
async function refused(what: string, status: number, message: string, dir = "dir"): Promise<void> {
  for (const address of ["host.git", `${server.url}/host.git`]) {
    const error = await getHere(box, address, what, { dir }).then(
      () => null,
      (thrown: unknown) => thrown as MvgitError,
    );
    expect(error?.message, address).toContain(message);
    expect(error?.exitStatus, address).toBe(status);
  }
  expect(filesOf(at("dir"))).toEqual(V2);
}

const git = async (...args: string[]): Promise<string> => (await box.git("host.git", args)).stdout.trim();

/** A tag object made of another one's text. */
async function forge(from: string, change: (text: string) => string): Promise<string> {
  const text = change(await git("cat-file", "tag", from));
  const { stdout, status, stderr } = await runProgram(
    "git",
    ["hash-object", "-t", "tag", "-w", "--stdin", "--literally"],
    { cwd: at("host.git"), env: box.env, input: `${text}\n` },
  );
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

describe("a stage", () => {
  it("whose version tag was moved to another commit", async () => {
    const v3 = await git("rev-parse", "spam@v3^{commit}");
    const old = await git("rev-parse", "spam@v2^{commit}");
    await git("update-ref", "refs/tags/spam@v2", await forge("spam@v2", (text) => text.replace(old, v3)));
    await refused("spam#production", 24, "its package file is not the one that its tag names");
    await refused("spam@v2", 24, "its package file is not the one that its tag names");
  });

  it("whose version was made anew under its number, all of it in order", async () => {
    const [v2, v3] = [await git("rev-parse", "spam@v2^{commit}"), await git("rev-parse", "spam@v3")];
    // The version's tag is one that somebody made for the same package on another commit.
    const child = await git(
      "-c",
      "user.name=E",
      "-c",
      "user.email=e@x",
      "commit-tree",
      "-p",
      v2,
      "-m",
      "evil",
      `${v2}^{tree}`,
    );
    await git("update-ref", "refs/tags/spam@v2", await forge("spam@v2", (text) => text.replace(v2, child)));
    await refused("spam#production", 24, "was moved to a v2 that is not the present one");
    await git("update-ref", "refs/tags/spam@v2", v3);
    await refused("spam#production", 24, "its tag is a copy of 'spam@v3'");
  });

  it("whose version tag is gone", async () => {
    await git("update-ref", "-d", "refs/tags/spam@v2");
    await refused("spam#production", 1, "no version of 'spam' is here");
  });

  it("whose event was replaced, deleted, copied, or cut off from the one before", async () => {
    const [one, two] = [await git("rev-parse", "spam#production#1"), await git("rev-parse", "spam#production#2")];
    await git(
      "update-ref",
      "refs/tags/spam#production#1",
      await forge("spam#production#1", (text) => text.replace(/tagger .*? </, "tagger Somebody <")),
    );
    await refused("spam#production", 24, "event 1 is not the one that event 2 names");
    await git("update-ref", "-d", "refs/tags/spam#production#1");
    await refused("spam#production", 24, "event 1 is missing");
    await git("update-ref", "refs/tags/spam#production#1", one);
    await git("update-ref", "refs/tags/spam#production#3", one);
    await refused("spam#production", 24, "event 3 is a copy of the tag 'spam#production#1'");
    await git("update-ref", "refs/tags/spam#production#3", two);
    await refused("spam#production", 24, "event 3 is a copy of the tag 'spam#production#2'");
    await git("update-ref", "-d", "refs/tags/spam#production#3");
    await git(
      "update-ref",
      "refs/tags/spam#production#4",
      await forge("spam#production#2", (text) =>
        text.replaceAll("production#2", "production#4").replace("event: 2", "event: 4"),
      ),
    );
    await refused("spam#production", 24, "event 3 is missing");
  });

  it("beside which somebody put a light tag of such a name: it is no event", async () => {
    await git("update-ref", "refs/tags/spam#production#3", "spam@v3^{commit}");
    expect((await getHere(box, "host.git", "spam#production")).outcome).toBe("present");
    await getHere(box, `${server.url}/host.git`, "spam#production");
    expect(filesOf(at("dir"))).toEqual(V2);
  });
});

describe("bytes", () => {
  it("of the remote that are damaged or gone", async () => {
    const hash = hashBytes(Buffer.from("weights 3"));
    const blob = at(`store/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);
    fs.chmodSync(blob, 0o644);
    fs.writeFileSync(blob, "weights X");
    await refused("spam@v3", 24, "cannot bring 'model/w.bin': blob ");
    fs.rmSync(blob);
    await refused("spam@v3", 23, "'model/w.bin'");
    expect(fs.readdirSync(at("dir/.mvgit-release")).filter((name) => name.startsWith("r-"))).toHaveLength(1);
  });

  it("of DIR that rotted are had again", async () => {
    const file = fs.realpathSync(at("dir/model/w.bin"));
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, "weights X");
    expect((await getHere(box, "host.git", "spam#production")).copied).toBe(1);
    expect(filesOf(at("dir"))).toEqual(V2);
  });
});

describe("paths", () => {
  /** A commit on the host with these blobs at its top, made past all of Git's checks. */
  async function commitOf(names: readonly string[], text: string, mode = "100644"): Promise<void> {
    const blob = (
      await runProgram("git", ["hash-object", "-w", "--stdin"], { cwd: at("host.git"), env: box.env, input: text })
    ).stdout.trim();
    const entries = names.map((name) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(blob, "hex")]));
    fs.writeFileSync(at("tree"), Buffer.concat(entries));
    const tree = await git("hash-object", "-t", "tree", "-w", "--literally", "../tree");
    await git(
      "update-ref",
      "refs/heads/evil",
      await git("-c", "user.name=E", "-c", "user.email=e@x", "commit-tree", "-m", "evil", tree),
    );
  }
  const pointer = `mvgit: 1\nblake3: ${hashBytes(Buffer.from("weights 2"))}\nsize: 9\n`;

  it.each([
    ["above DIR", ["...mvgit"], pointer, "unsafe"],
    ["into a .git", [".git.mvgit"], pointer, "'.git'"],
    ["that other systems take for a .git", ["GIT~1.mvgit"], pointer, "'.git'"],
    ["that are one on other systems", ["A.bin.mvgit", "a.bin.mvgit"], pointer, "one name on some systems"],
    ["with a backslash", ["a\\b"], "text", "backslash"],
    ["that mvgit uses itself", [".mvgit-release"], "text", "mvgit uses in the folder itself"],
    ["that mvgit uses itself, on other systems", [".MVGIT-receipt.json"], "text", "mvgit uses in the folder itself"],
  ])("%s", async (_, names, text, message) => {
    await commitOf(names, text);
    await refused("evil", 1, message === "unsafe" ? "'..'" : message);
    await refused("evil", 1, message === "unsafe" ? "'..'" : message, "fresh");
    expect(fs.existsSync(at("fresh")) ? filesOf(at("fresh")) : {}).toEqual({});
  });

  it("links are left out, and no link in DIR leads outside", async () => {
    await commitOf(["link"], "/etc/passwd", "120000");
    await refused("evil", 1, "there is nothing");
    fs.rmSync(at("dir/.mvgit-release"), { recursive: true });
    fs.mkdirSync(at("elsewhere"));
    fs.symlinkSync(at("elsewhere"), at("dir/.mvgit-release"));
    for (const force of [false, true])
      await expect(getHere(box, "host.git", "spam@v2", { force })).rejects.toMatchObject({ exitStatus: 1 });
    expect(fs.readdirSync(at("elsewhere"))).toEqual([]);
  });
});

it("nothing that the repository brings is executed, and no folder or command of its settings is used", async () => {
  const marker = at("executed");
  box.write(
    "work/.mvgit/config",
    `[mvgit-remote "store"]\n\turl = ${at("store")}\n[mvgit]\n\tremote = store\n[core]\n\tfsmonitor = touch ` +
      `${marker}\n\thooksPath = .\n[include]\n\tpath = ../t.py\n`,
  );
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "settings"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  for (const hook of ["post-checkout", "post-update", "reference-transaction"])
    fs.writeFileSync(at(`host.git/hooks/${hook}`), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  for (const address of ["host.git", `${server.url}/host.git`]) {
    expect((await box.mv(".", ["get", address, "main:model", "-o", "other"], 1)).stderr).toContain(
      "without a clone only buckets of known clouds count",
    );
    await box.mv(".", ["get", address, "main:model", "-o", "other", "--remote", "./store"]);
  }
  expect(fs.existsSync(marker)).toBe(false);
});
