/** A folder remote that a web server gives out: whoever reads it, and what becomes of whoever would write. */
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { init } from "../../src/care/init.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { PROGRAM, track } from "../support/track.ts";
import { startWebServer, type WebServer } from "../support/web-server.ts";

let box: Sandbox;
let server: WebServer;

/** `work` pushed a file and a folder to `store`, which a server gives out; `reader` is a clone that knows it so. */
shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  await track(box, { "w.bin": "weights", "d/1": "row 1", "d/2": "row 2" }, ["w.bin", "d"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
  await box.git(".", ["clone", "-q", "host.git", "reader"]);
  await init(await box.open("reader"), { hooks: true, program: PROGRAM });
  server = await startWebServer(join(box.dir, "store"));
  expect(await says("reader", ["remote", "add", "data", `${server.url}/`, "--local"])).toBe(
    "remote 'data' is URL, the default (written to this clone's Git configuration)",
  );
  return box;
});
beforeEach(() => {
  server.asked.length = 0;
  server.instead = () => false;
});
afterAll(() => server.close());

/** What is printed, with the server's address as URL. */
async function says(folder: string, args: readonly string[], status = 0): Promise<string> {
  const { stdout, stderr } = await box.mv(folder, args, status);
  return `${stdout}${stderr}`.replaceAll(server.url, "URL").trim();
}

describe("whoever reads", () => {
  it("has what is there, without a listing", async () => {
    await says("reader", ["pull"]);
    expect(box.read("reader/w.bin").toString() + box.read("reader/d/2").toString()).toBe("weightsrow 2");
    expect(await says("reader", ["status", "--remote"])).toContain("lacks nothing");
    expect(await says("reader", ["fsck", "--remote"])).toBe("5 blobs (257 B) of remote 'data' read and found right");
    expect(await says("reader", ["fsck", "--remote", "--all"])).toContain(
      "remote 'data' cannot be listed: what refs need was read, and nothing else",
    );
    expect(await says("reader", ["doctor", "--remote"], -1)).toContain("may be written: no, it can only be read");
    expect(server.asked.filter((each) => !/^(HEAD|GET) \/data\/(mvgit\.json|blobs\/|$)/.test(each))).toEqual([]);
  });

  it("is told what is damaged or missing, and who can mend it", async () => {
    const name = blobName(hashBytes(Buffer.from("weights")));
    server.instead = (req, res) =>
      req.url?.endsWith(name) === true && (res.writeHead(200).end("<h1>Welcome</h1>"), true);
    expect(await says("reader", ["fsck", "--remote"], 24)).toMatch(/^damaged: blob .*\nnothing can be pushed there/);
    expect(await says("reader", ["status", "--remote"])).toContain("1 blob (7 B) not in your cache either");
    server.instead = (req, res) => req.url?.endsWith(name) === true && (res.writeHead(404).end(), true);
    expect(await says("reader", ["fsck", "--remote"], 23)).toContain("missing: blob");
    expect(await says("reader", ["pull"], 23)).toContain("remote 'data' does not have blob");
    server.instead = (req, res) => req.url?.endsWith(name) === true && (res.writeHead(403).end(), true);
    expect(await says("reader", ["pull"], 22)).toContain("does not let you have it (403)");
    server.instead = () => false;
    await says("reader", ["pull"]);
    server.instead = (req, res) => req.url?.endsWith(name) === true && (res.writeHead(404).end(), true);
    expect(await says("reader", ["status", "--remote"])).toContain(
      "lacks 1 blob (7 B); looked at HEAD, the index and unpublished commits\n    nothing can be pushed there",
    );
  });

  it("is told in one line why nothing is written", async () => {
    for (const args of [["push"], ["push", "--dry-run"], ["push", "--repair"], ["push", "--all"], ["gc", "--remote"]])
      expect(await says("reader", args, 1)).toBe(
        "error: remote 'data' can only be read: a web server serves 'URL'\n" +
          "hint: name another one with '--remote NAME', or make another the default with 'mvgit remote default NAME'",
      );
    expect(await says("reader", ["remote", "accept", "data"])).toContain("is accepted as it is now");
  });

  it("notices another remote, or none, at the address", async () => {
    server.instead = (req, res) => req.url === "/data/mvgit.json" && (res.writeHead(404).end(), true);
    expect(await says("reader", ["pull"], 1)).toContain("there is no 'mvgit.json' any more");
    const other = `{"mvgit": 1, "id": "${"0".repeat(32)}"}\n`;
    server.instead = (req, res) => req.url === "/data/mvgit.json" && (res.end(other), true);
    expect(await says("reader", ["pull"], 1)).toContain("is not the one that this clone knows: another one is there");
  });
});

it("a place without a remote is refused when it is named", async () => {
  for (const [path, status, words] of [
    ["/none", 23, "there is no mvgit remote at 'URL/none': it has no 'mvgit.json'"],
    ["?key=secret", 2, "holds credentials"],
  ] as const) {
    const said = await says("work", ["remote", "add", "data", server.url + path], status);
    expect(said).toContain(words);
    expect(said).not.toContain("secret");
  }
  server.instead = (_, res) => (res.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>"), true);
  expect(await says("work", ["remote", "add", "data", server.url], 1)).toContain(
    "'URL' is not an mvgit remote: what it answers for 'mvgit.json' is something else",
  );
});

describe("the pre-push hook", () => {
  const push = (status = 0) => box.git("reader", ["push", "-q", "origin", "HEAD:main"], status);

  it("lets pass what brings no bytes, or such as are there, and stops what is stored nowhere", async () => {
    box.write("reader/README", "words");
    await box.git("reader", ["add", "README"]);
    await box.git("reader", ["commit", "-qm", "words"]);
    server.asked.length = 0;
    expect((await push()).stderr).toBe("");
    expect(server.asked).toEqual([]);

    await says("reader", ["pull"]);
    await says("reader", ["mv", "w.bin", "moved.bin"]);
    await box.git("reader", ["commit", "-qm", "moved"]);
    server.asked.length = 0;
    expect((await push()).stderr).toBe("");
    expect(server.asked.length).toBeLessThan(6);

    box.write("reader/new.bin", "new");
    await says("reader", ["add", "new.bin"]);
    await box.git("reader", ["commit", "-qm", "new"]);
    const { stderr } = await push(1);
    expect(stderr).toContain("mvgit: not known to be stored: 'new.bin'");
    expect(stderr).toContain("remote 'data' can only be read");
    expect(stderr).toContain("make another the default with 'mvgit remote default NAME'");

    await says("reader", ["remote", "add", "own", "../own"]);
    await says("reader", ["remote", "default", "own"]);
    expect((await push()).stderr).toContain("to remote 'own'");
  }, 30_000);
});

describe("without a clone", () => {
  it("get takes the address from whoever asks, and from no repository", async () => {
    await says(".", ["get", "host.git", "main:w.bin", "-o", "out", "--remote", server.url]);
    expect(box.read("out/w.bin").toString()).toBe("weights");

    await says("work", ["remote", "add", "data", server.url, "--shared"]);
    await box.git("work", ["config", "-f", ".mvgit/config", "mvgit.remote", "data"]);
    await box.git("work", ["commit", "-qam", "published"]);
    await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
    const refused = await says(".", ["get", "host.git", "main:w.bin", "-o", "other"], 1);
    expect(refused).toContain("--remote URL");
    await box.git(".", ["config", "--global", "mvgit-remote.data.url", server.url]);
    await says(".", ["get", "host.git", "main:w.bin", "-o", "other"]);
  });

  it("a clone pulls from a committed one after consent", async () => {
    await says("work", ["remote", "add", "data", server.url, "--shared"]);
    await box.git("work", ["config", "-f", ".mvgit/config", "mvgit.remote", "data"]);
    await box.git("work", ["commit", "-qam", "published"]);
    await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    await init(await box.open("other"), { hooks: false, program: PROGRAM });
    server.asked.length = 0;
    expect(await says("other", ["pull"], 1)).toContain("needs your consent");
    expect(server.asked).toEqual([]);
    await says("other", ["trust"]);
    await says("other", ["pull"]);
    expect(box.read("other/w.bin").toString()).toBe("weights");
  });
});
