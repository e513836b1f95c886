/** What a deployment calls: export, and get over HTTP without a git program, from a folder, a bucket, and SSH. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addEvents, filesOf, makeDeployment, move } from "../support/deployment.ts";
import { startGcsServer } from "../support/gcs-server.ts";
import { type GitHttpServer, startGitHttpServer } from "../support/git-http-server.ts";
import type { Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let server: GitHttpServer;
const at = (path: string): string => join(box.dir, path);
/** Where node is and git is not. */
const WITHOUT_GIT = "/nowhere";
const V1 = { "data/1": "row 1", "data/2": "row 2", "model/tok/a.json": "{}", "model/w.bin": "weights 1" };
const V2 = { ...V1, "model/w.bin": "weights 2" };
const url = (): string => `${server.url}/host.git`;

beforeAll(async () => {
  box = await makeDeployment(2, { inProcess: true });
  await move(box, 1);
  server = await startGitHttpServer({ root: box.dir });
});
afterAll(async () => {
  await server.close();
  box.cleanup();
});

/** Runs mvgit where there is no git program. */
async function withoutGit(args: readonly string[], status = 0): ReturnType<Sandbox["mv"]> {
  const { PATH } = box.env;
  box.env["PATH"] = WITHOUT_GIT;
  try {
    return await box.mv(".", args, status);
  } finally {
    if (PATH === undefined) delete box.env["PATH"];
    else box.env["PATH"] = PATH;
  }
}

describe("export", () => {
  it("puts the files of a version below a folder, verified, and leaves the work tree alone", async () => {
    box.write("work/model/w.bin", "being edited");
    expect((await box.mv("work", ["export", "spam@v1", "-o", "../out"])).stdout).toBe(
      "spam@v1 is in '../out': 4 files, 21 B\n",
    );
    expect(filesOf(at("out"))).toEqual(V1);
    expect(box.read("work/model/w.bin").toString()).toBe("being edited");
    expect((await box.mv("work", ["export", "spam@v1", "-o", "../out"])).stdout).toBe(
      "'../out' holds spam@v1 already; 4 files verified\n",
    );
    expect((await box.mv("work", ["export", "spam@latest", "-o", "../out"])).stdout).toContain(
      "spam@v2 is in '../out', was v1",
    );
    expect(filesOf(at("out"))).toEqual(V2);
    const receipt = box.read("out/.mvgit-receipt.json").toString();
    expect(JSON.parse(receipt)).toMatchObject({
      mvgit: 1,
      model: "spam",
      version: 2,
      what: "spam@latest",
      files: 4,
      size: 21,
      repository: null,
    });
    expect((await box.mv("work", ["explain", "@../out/.mvgit-receipt.json"])).stdout).toContain("belongs to spam@v2");
    box.write("work/model/w.bin", "weights 2");
  });

  it("brings parts: weights, data, a path; of a revision, also what Git keeps", async () => {
    await box.mv("work", ["export", "spam@v2", "-o", "../weights", "--only", "weights"]);
    expect(filesOf(at("weights"))).toEqual({ "model/tok/a.json": "{}", "model/w.bin": "weights 2" });
    await box.mv("work", ["export", "spam@v2:data/2", "-o", "../weights", "--only", "t.py"]);
    expect(filesOf(at("weights"))).toEqual({ "data/2": "row 2", "t.py": "print(1)\n" });
    await box.mv("work", ["export", "spam@v1^{commit}:model/", "-o", "../weights"]);
    expect(filesOf(at("weights"))).toEqual({ "model/tok/a.json": "{}", "model/w.bin": "weights 1" });
    expect((await box.mv("work", ["export", "main:nothing", "-o", "../weights"], 1)).stderr).toContain(
      "there is no 'nothing' in commit",
    );
    expect(Object.keys(filesOf(at("weights")))).toHaveLength(2);
  });

  it("fetches what the cache lacks, and takes no damaged blob", async () => {
    const blobs = at("work/.git/mvgit/blobs");
    fs.renameSync(blobs, `${blobs}-away`);
    await box.mv("work", ["export", "spam@v2", "-o", "../fetched", "--only", "weights"]);
    const blob = fs
      .readdirSync(blobs, { recursive: true, encoding: "utf8" })
      .map((name) => join(blobs, name))
      .find((file) => fs.statSync(file).isFile() && fs.readFileSync(file, "utf8") === "weights 2") as string;
    fs.chmodSync(blob, 0o644);
    fs.writeFileSync(blob, "weights X");
    await box.mv("work", ["export", "spam@v2", "-o", "../fetched-2", "--only", "weights"]);
    expect(filesOf(at("fetched-2"))["model/w.bin"]).toBe("weights 2");
    fs.rmSync(blobs, { recursive: true });
    fs.renameSync(`${blobs}-away`, blobs);
  });

  it("mends a file that somebody changed in DIR", async () => {
    await box.mv("work", ["export", "spam@v1", "-o", "../mend"]);
    const file = fs.realpathSync(at("mend/model/w.bin"));
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, "weights X");
    expect((await box.mv("work", ["export", "spam@v1", "-o", "../mend"])).stdout).toContain("is in '../mend'");
    expect(filesOf(at("mend"))).toEqual(V1);
  });

  it("refuses a folder with files of others; --force keeps aside what stands in the way", async () => {
    box.write("mine/notes.txt", "mine");
    box.write("mine/model/w.bin", "mine too");
    expect((await box.mv("work", ["export", "spam@v1", "-o", "../mine"], 1)).stderr).toContain(
      "which mvgit did not put there",
    );
    expect(fs.readdirSync(at("mine"))).toEqual(["model", "notes.txt"]);
    const { stderr } = await box.mv("work", ["export", "spam@v1", "-o", "../mine", "--force"]);
    const [, aside = ""] = /what stood in the way was moved to '([^']+)'/.exec(stderr) ?? [];
    expect(fs.readFileSync(join(aside, "model/w.bin"), "utf8")).toBe("mine too");
    expect(filesOf(at("mine"))).toEqual({ ...V1, "notes.txt": "mine" });
    await box.mv("work", ["export", "spam@v2", "-o", "../mine"], 1);
    await box.mv("work", ["export", "spam@v2", "-o", "../mine", "--force"]);
    expect(filesOf(at("mine"))).toEqual({ ...V2, "notes.txt": "mine" });
    for (const folder of ["../work", "../work/.git/x", "../host.git/objects/../../work/.git"])
      await box.mv("work", ["export", "spam@v1", "-o", folder, "--force"], 1);
    fs.symlinkSync("nowhere", at("dangling"));
    for (const file of ["../work/t.py", "../dangling"])
      expect((await box.mv("work", ["export", "spam@v1", "-o", file], 1)).stderr).toContain("is not a folder");
    await box.mv("work", ["export", "spam@v1"], 2);
  });

  it("removes what the next version no longer has, and keeps one version back", async () => {
    await box.mv("work", ["export", "spam@v1", "-o", "../kept"]);
    await box.mv("work", ["export", "spam@v2", "-o", "../kept", "--only", "weights"]);
    expect(fs.readdirSync(at("kept"))).toEqual([".mvgit-receipt.json", ".mvgit-release", "model"]);
    await box.mv("work", ["export", "spam@v1", "-o", "../kept", "--only", "data"]);
    expect(fs.readdirSync(at("kept"))).toEqual([".mvgit-receipt.json", ".mvgit-release", "data"]);
    expect(fs.readdirSync(at("kept/.mvgit-release")).filter((name) => name.startsWith("r-"))).toHaveLength(2);
    fs.renameSync(at("kept"), at("moved"));
    expect(Object.keys(filesOf(at("moved")))).toEqual(["data/1", "data/2"]);
  });
});

describe("get", () => {
  it("over HTTP, with neither clone nor git program, asks little and verifies all", async () => {
    server.requests.length = 0;
    const { stdout } = await withoutGit(["get", url(), "spam#production", "-o", "served", "--remote", "./store"]);
    expect(stdout).toBe("spam@v1 (spam#production, event 1) is in 'served': 4 files, 21 B, 21 B fetched\n");
    expect(filesOf(at("served"))).toEqual(V1);
    expect(server.requests.length).toBeLessThanOrEqual(6);
    expect(server.sent()).toBeLessThan(12_000);
    const receipt = JSON.parse(box.read("served/.mvgit-receipt.json").toString());
    expect(receipt).toMatchObject({
      mvgit: 1,
      model: "spam",
      version: 1,
      stage: "production",
      event: 1,
      repository: url(),
      only: [],
    });
    expect(JSON.parse((await box.mv("work", ["receipt", "spam#production"])).stdout)).toEqual(
      Object.fromEntries(["mvgit", "model", "version", "package", "stage", "event"].map((key) => [key, receipt[key]])),
    );
    const document = JSON.parse(
      (await withoutGit(["get", url(), "spam@v2:model/w.bin", "-o", "served", "--remote", "./store", "--json"])).stdout,
    );
    expect(document).toMatchObject({
      mvgit: 1,
      command: "get",
      model: "spam",
      version: 2,
      stage: null,
      outcome: "changed",
      files: 1,
      before: { version: 1 },
      fetched: { blobs: 1, bytes: 9 },
    });
    expect(filesOf(at("served"))).toEqual({ "model/w.bin": "weights 2" });
    expect(fs.existsSync(at("served/.git"))).toBe(false);
  });

  it("goes back to the version before without a download", async () => {
    const args = ["--only", "weights", "-o", "back", "--remote", "./store", "--json"];
    await withoutGit(["get", url(), "spam@v1", ...args]);
    await withoutGit(["get", url(), "spam@v2", ...args]);
    const { fetched } = JSON.parse((await withoutGit(["get", url(), "spam@v1", ...args])).stdout);
    expect(fetched).toEqual({ blobs: 0, bytes: 0 });
    expect(filesOf(at("back"))).toEqual({ "model/tok/a.json": "{}", "model/w.bin": "weights 1" });
    const blobs = fs
      .readdirSync(at("back/.mvgit-release/blobs"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile());
    expect(blobs.map((entry) => fs.readFileSync(join(entry.parentPath, entry.name), "utf8")).toSorted()).toEqual([
      "weights 1",
      "weights 2",
      "{}",
    ]);
  });

  it.each([
    ["a folder", () => "host.git", {}],
    ["file://", () => `file://${box.dir}/host.git`, {}],
    ["SSH", () => "git@host.example:host.git", { GIT_SSH_COMMAND: "./ssh.sh" }],
  ])("from %s, with the git program", async (_, address, env) => {
    fs.writeFileSync(
      at("ssh.sh"),
      `#!/bin/sh\nwhile [ "$1" != git@host.example ]; do shift; done\nshift\ncd '${box.dir}' && eval "$1"\n`,
      { mode: 0o755 },
    );
    if ("GIT_SSH_COMMAND" in env) box.env["GIT_SSH_COMMAND"] = at("ssh.sh");
    fs.rmSync(at("from"), { recursive: true, force: true });
    await box.mv(".", ["get", address(), "spam#production", "-o", "from", "--remote", "store"]);
    expect(filesOf(at("from"))).toEqual(V1);
    await box.mv(".", ["get", address(), "main:t.py", "-o", "from"]);
    expect(filesOf(at("from"))).toEqual({ "t.py": "print(1)\n" });
    delete box.env["GIT_SSH_COMMAND"];
  });

  it("signs in with a token, which is seen nowhere", async () => {
    const shut = await startGitHttpServer({ root: box.dir, signIn: "x-access-token:s3cret" });
    const args = ["get", `${shut.url}/host.git`, "spam@v1", "-o", "signed", "--remote", "./store"];
    expect((await withoutGit(args, 22)).stderr).toContain("MVGIT_GIT_TOKEN");
    box.env["MVGIT_GIT_TOKEN"] = "s3cret";
    const { stdout, stderr } = await withoutGit(args);
    delete box.env["MVGIT_GIT_TOKEN"];
    await withoutGit(args.with(1, `${shut.url.replace("//", "//x-access-token:s3cret@")}/host.git`));
    expect(`${stdout}${stderr}${box.read("signed/.mvgit-receipt.json").toString()}`).not.toContain("s3cret");
    await shut.close();
  });

  it("finds the store: by option, environment, the user's own settings", async () => {
    expect((await withoutGit(["get", url(), "spam@v1", "-o", "found"], 1)).stderr).toContain("--remote URL");
    box.env["MVGIT_REMOTE"] = "./store";
    await withoutGit(["get", url(), "spam@v1", "-o", "found"]);
    delete box.env["MVGIT_REMOTE"];
    await box.git(".", ["config", "--file", ".gitconfig", "mvgit-remote.mine.url", at("store")]);
    await box.mv(".", ["get", url(), "spam@v2", "-o", "found"]);
    expect(filesOf(at("found"))).toEqual(V2);
    await box.git(".", ["config", "--file", ".gitconfig", "--remove-section", "mvgit-remote.mine"]);
    expect((await withoutGit(["get", url(), "spam@v1", "-o", "found", "--remote", "./absent"], 23)).stderr).toContain(
      "absent",
    );
    expect(filesOf(at("found"))).toEqual(V2);
  });

  it("says what is not there, and what plain http it does not speak", async () => {
    for (const label of ["spam@v9", "spam#staging", "ham@latest", "no-branch", "spam"])
      expect((await withoutGit(["get", url(), label, "-o", "none"], 1)).stderr, label).toContain("(in '");
    expect((await withoutGit(["get", "http://example.com/repo.git", "spam@v1", "-o", "none"], 1)).stderr).toContain(
      "--insecure",
    );
    await withoutGit(["get", url(), "spam@v1", "-o", "none", "--exec", "true"], 2);
    expect(fs.existsSync(at("none"))).toBe(false);
  });

  it("needs no more than the refs and the version's objects, however long the history", async () => {
    await box.git(".", ["clone", "-q", "--mirror", "host.git", "long.git"]);
    await addEvents({ cwd: at("long.git"), env: box.env }, 501);
    server.requests.length = 0;
    await withoutGit(["get", `${server.url}/long.git`, "spam#production", "-o", "long", "--remote", "./store"]);
    expect(JSON.parse(box.read("long/.mvgit-receipt.json").toString())).toMatchObject({ version: 2, event: 502 });
    expect(server.requests.length).toBeLessThanOrEqual(6);
    const list = (await box.git("long.git", ["ls-remote", ".", "refs/tags/spam#production#*"])).stdout.length;
    expect(server.sent()).toBeLessThan(list + 12_000);
  });
});

describe("get from a bucket", () => {
  it("that the committed settings name, and from none with an endpoint that they name", async () => {
    const gcs = await startGcsServer();
    try {
      for (const name of fs.readdirSync(at("store"), { recursive: true, encoding: "utf8" })) {
        if (fs.statSync(at(`store/${name}`)).isFile() && !dirname(name).startsWith("tmp"))
          gcs.put("bucket", `team/${name}`, box.read(`store/${name}`));
      }
      await box.git(".", ["clone", "-q", "host.git", "bucket"]);
      const commit = async (branch: string, more: string): Promise<void> => {
        const config = `[mvgit-remote "team"]\n\turl = gs://bucket/team\n${more}[mvgit-remote "other"]\n\turl = /tmp\n`;
        box.write("bucket/.mvgit/config", config);
        await box.git("bucket", ["add", "-A"]);
        await box.git("bucket", ["commit", "-qm", branch]);
        await box.git("bucket", ["push", "-q", "origin", `HEAD:refs/heads/${branch}`]);
      };
      await commit("bucket", "\tkeyFile = /etc/passwd\n");
      await commit("endpoint", "\tendpoint = http://127.0.0.1:1\n");
      box.env["STORAGE_EMULATOR_HOST"] = gcs.url;
      await withoutGit(["get", url(), "bucket:model", "-o", "gs"]);
      expect((await withoutGit(["get", url(), "endpoint:model", "-o", "gs2"], 1)).stderr).toContain(
        "remote 'team' is at 'gs://bucket/team' with 'endpoint=http://127.0.0.1:1'",
      );
      expect(filesOf(at("gs"))).toEqual({ "model/tok/a.json": "{}", "model/w.bin": "weights 2" });
      await withoutGit(["get", url(), "spam#production", "-o", "gs", "--remote", "gs://bucket/team"]);
      expect(filesOf(at("gs"))).toEqual(V1);
    } finally {
      delete box.env["STORAGE_EMULATOR_HOST"];
      await gcs.close();
    }
  });
});
