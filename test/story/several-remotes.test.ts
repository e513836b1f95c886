/** Several remotes: what one cannot give comes from the next. */
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { damage } from "../support/track.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
const blob = (hash: string, top: string): string => at(`${top}/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);
const gone = (remote: string): void => fs.renameSync(at(remote), at(`${remote}.gone`));
/** Each part of each line, for people to read here. */
const linesOf = (text: string): string[] =>
  text
    .replaceAll(box.dir, "DIR")
    .replaceAll(weights.slice(0, 10), "HASH")
    .trimEnd()
    .split(/\n|(?<=;) /);
/** Of a file, and of a folder's manifest. */
let weights = "";
let folder = "";

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  fs.mkdirSync(at("b"));
  fs.mkdirSync(at("c"));
  for (const name of ["b", "c"]) await box.mv("work", ["remote", "add", name, `../${name}`]);
  box.write("work/w.bin", "weights");
  box.write("work/data/1", "row 1");
  const { added } = JSON.parse((await box.mv("work", ["add", "w.bin", "data", "--json"])).stdout);
  [weights, folder] = ["w.bin", "data"].map(
    (path) => added.find((each: { path: string }) => each.path === path).hash as string,
  ) as [string, string];
  await box.git("work", ["commit", "-qm", "one"]);
  for (const name of ["store", "b", "c"]) await box.mv("work", ["push", "--remote", name]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  for (const name of ["store", "b", "c"]) await box.mv("clone", ["remote", "add", name, `../${name}`]);
  return box;
});

describe("reading", () => {
  it("goes on without the default remote, and says so once", async () => {
    gone("store");
    const { stdout, stderr } = await box.mv("clone", ["pull"]);
    expect(stdout.replaceAll(box.dir, "DIR")).toMatchInlineSnapshot(`
      "fetched 2 blobs (12 B) from remote 'b' (DIR/b)
      checked out: 2 files made (12 B)
      "
    `);
    expect(stderr.replaceAll(box.dir, "DIR")).toMatchInlineSnapshot(`
      "remote 'store' cannot be used: the remote's folder 'DIR/store' does not exist; remote 'b' is asked instead
      "
    `);
    expect(box.read("clone/w.bin").toString() + box.read("clone/data/1").toString()).toBe("weightsrow 1");
  });

  it("goes on so with whatever needs bytes", async () => {
    gone("store");
    expect((await box.mv("clone", ["cat", "w.bin"])).stdout).toBe("weights");
    expect((await box.mv("clone", ["cat", "data/1"])).stdout).toBe("row 1");
    expect((await box.mv("clone", ["cat", "--hash", weights])).stdout).toBe("weights");
    await box.mv("clone", ["export", "main:w.bin", "-o", "out"]);
    expect(box.read("clone/out/w.bin").toString()).toBe("weights");
    await box.mv("clone", ["checkout"]);
    expect(box.read("clone/w.bin").toString()).toBe("weights");
  });

  it("mends nothing by itself, and says what does", async () => {
    damage(blob(weights, "store"), "WEIGHTS");
    fs.rmSync(blob(folder, "store"));
    const { stderr } = await box.mv("clone", ["pull"]);
    expect(linesOf(stderr)).toMatchInlineSnapshot(`
      [
        "warning: 1 blob came from another remote, because remote 'store' has it damaged;",
        "'mvgit push --remote store --repair' mends that",
      ]
    `);
    await box.mv("clone", ["push", "--remote", "store", "--repair"]);
    await box.mv("clone", ["fsck", "--remote"]);
  });

  it("tells what each remote said of what none gives, and exits as for what may be mended", async () => {
    fs.rmSync(blob(weights, "store"));
    damage(blob(weights, "b"), "WEIGHTS");
    gone("c");
    const { stderr } = await box.mv("clone", ["pull"], 23);
    expect(linesOf(stderr)).toMatchInlineSnapshot(`
      [
        "error: cannot fetch 'w.bin': no remote gives blob HASH: remote 'store' does not have it;",
        "remote 'b' has it damaged;",
        "remote 'c' cannot be used: the remote's folder 'DIR/c' does not exist",
        "hint: mount the disk that holds it, or make the folder if it is to be a new remote",
      ]
    `);
  });

  it("asks only the remote that is named", async () => {
    fs.rmSync(blob(weights, "b"));
    expect((await box.mv("clone", ["pull", "--remote", "b"], 23)).stderr).toContain("remote 'b' does not have blob");
    await box.mv("clone", ["pull"]);
  });

  it("asks no remote that the repository names without consent", async () => {
    gone("store");
    for (const name of ["b", "c"]) await box.git("clone", ["config", "--unset", `mvgit-remote.${name}.url`]);
    box.write("clone/.mvgit/config", `[mvgit-remote "b"]\n\turl = ${at("b")}\n`);
    const { stderr } = await box.mv("clone", ["pull"], 23);
    expect(stderr).not.toContain("'b'");
    await box.mv("clone", ["trust"]);
    await box.mv("clone", ["pull"]);
  });
});

describe("push --remote all", () => {
  it("pushes to each, and one that fails keeps it from no other", async () => {
    gone("b");
    box.write("work/w.bin", "new weights");
    await box.mv("work", ["add", "w.bin"]);
    const { stdout, stderr } = await box.mv("work", ["push", "--remote", "all"], 23);
    expect(linesOf(stdout)).toMatchInlineSnapshot(`
      [
        "pushed 1 blob (11 B) to remote 'store' (DIR/store), 4 blobs there already",
        "not pushed to remote 'b' (DIR/b)",
        "pushed 1 blob (11 B) to remote 'c' (DIR/c), 4 blobs there already",
      ]
    `);
    expect(linesOf(stderr)).toMatchInlineSnapshot(`
      [
        "not known to be in remote 'b': 'data', 'w.bin'",
        "error: the remote's folder 'DIR/b' does not exist",
        "hint: mount the disk that holds it, or make the folder if it is to be a new remote",
      ]
    `);
    for (const place of ["store", "c"]) expect(fs.readdirSync(at(`${place}/blobs`)).length).toBe(5);
    fs.renameSync(at("b.gone"), at("b"));
    const { remotes } = JSON.parse((await box.mv("work", ["push", "--remote", "all", "--json"])).stdout);
    expect(remotes.map(({ report }: { report: { copied: number } }) => report.copied)).toEqual([0, 1, 0]);
  });

  it("refuses what is wrong with the push itself, once", async () => {
    const { stderr } = await box.mv("work", ["push", "--remote", "all", "none"], 1);
    expect(stderr.match(/error:/g)).toHaveLength(1);
  });

  it("is no name for a remote, but one that is called so stays that remote", async () => {
    expect((await box.mv("work", ["remote", "add", "all", "../c"], 2)).stderr).toContain("means every one");
    await box.git("work", ["config", "mvgit-remote.all.url", at("c")]);
    expect((await box.mv("work", ["push", "--remote", "all"])).stdout).toContain("remote 'all'");
  });

  it("gives up only what no other remote has", async () => {
    fs.rmSync(blob(weights, "c"));
    fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
    const pushed = await box.mv("work", ["push", "--remote", "c", "--all", "--accept-lost"], 23);
    expect(pushed.stderr).toContain("remote copy");
    await box.mv("work", ["remote", "copy", "store", "c"]);
    await box.mv("work", ["push", "--remote", "c", "--all"]);
  });
});

it("a server that only cuts is left after four tries, while there is another remote", async () => {
  let heard = 0;
  const server = http.createServer();
  server.on("connection", (socket) => {
    heard++;
    socket.destroy();
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  try {
    const { port } = server.address() as AddressInfo;
    await box.git("work", ["config", "mvgit-remote.dead.url", `http://127.0.0.1:${port}/store`]);
    await box.git("work", ["config", "mvgit.remote", "dead"]);
    fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
    const { stderr } = await box.mv("work", ["fetch"]);
    expect(stderr).toContain("remote 'dead' cannot be used");
    expect(heard).toBe(4);
  } finally {
    await new Promise((done) => server.close(done));
  }
});
