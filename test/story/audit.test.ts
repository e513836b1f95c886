/** `mvgit audit`: every kind of tampering is found, named, and told in one line. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditReport } from "../../src/versions/audit/report.ts";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
let restore: () => void;
const TAGS = "refs/tags/";

drawTests(2);

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const version of [1, 2, 3])
    await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: "spam", version });
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "-u", "origin", "HEAD", "--tags"]);
  for (const label of ["spam@v1", "spam@v2", "spam@v3"]) await box.mv("work", ["promote", label, "production"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => {
  // What the last test that was drawn left is not looked at.
  restore();
  box.cleanup();
});

/** The report, whose exit status must be that one. */
async function audit(status: number, ...args: string[]): Promise<AuditReport> {
  return JSON.parse((await box.mv("work", ["audit", "--json", ...args], status)).stdout);
}

/** What was found, as `kind subject`. */
async function found(...args: string[]): Promise<string[]> {
  return (await audit(1, ...args)).findings.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();
}

const oid = async (folder: string, name: string): Promise<string> =>
  (await box.git(folder, ["rev-parse", name])).stdout.trim();
const drop = (folder: string, tag: string): Promise<unknown> => box.git(folder, ["update-ref", "-d", `${TAGS}${tag}`]);
const point = (folder: string, tag: string, to: string): Promise<unknown> =>
  box.git(folder, ["update-ref", `${TAGS}${tag}`, to]);

/** Makes a tag object out of another one's text, and gives it the name. */
async function remake(folder: string, tag: string, change: (text: string) => string): Promise<void> {
  const text = (await box.git(folder, ["cat-file", "tag", tag])).stdout;
  const file = join(box.dir, "tag-object");
  fs.writeFileSync(file, change(text));
  const made = (await box.git(folder, ["hash-object", "-t", "tag", "-w", file])).stdout.trim();
  await point(folder, tag, made);
}

/** The remote's file of the blob that a version's weights are. */
async function blobOf(version: number): Promise<string> {
  const pointer = (await box.git("work", ["show", `spam@v${version}:weights.bin.mvgit`])).stdout;
  const hash = /blake3: (\w+)/.exec(pointer)?.[1] as string;
  return join(box.dir, "store/blobs", hash.slice(0, 2), hash.slice(2));
}

describe("what is as it was", () => {
  it("gives one line and status 0", async () => {
    const { stdout } = await box.mv("work", ["audit"]);
    expect(stdout).toBe(
      "nothing was found: looked at 3 versions, 3 events here; the host 'origin'; remote 'store', 3 blobs\n",
    );
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    expect((await box.mv("clone", ["audit", "spam"])).stdout).toContain(
      "not looked at: the blobs of the versions: no remote is configured\nnothing was found",
    );
    expect((await box.mv("work", ["audit", "eggs"], 1)).stderr).toContain("there is no model 'eggs'");
    await box.mv("work", ["audit", "../x"], 2);
  });

  it("a version that was not pushed yet, an old view and another name for a tag are notes", async () => {
    await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: "spam", version: 4 });
    await box.mv("work", ["push"]);
    await box.git("host.git", ["update-ref", `${TAGS}release-1`, await oid("work", "spam@v1")]);
    await box.mv("work", ["rollback", "spam", "production", "--no-commit"]);
    const { findings, notes } = await audit(0);
    expect(findings).toEqual([]);
    expect(notes.map(({ kind, subject }) => `${kind} ${subject}`).toSorted()).toEqual([
      "not-pushed spam@v4",
      "stages-behind spam#production",
      "tag-alias release-1",
    ]);
  });
});

describe("tags of this clone", () => {
  it("a version's tag that was deleted", async () => {
    await drop("work", "spam@v2");
    expect(await found()).toEqual(["tag-not-here spam@v2"]);
    expect(await found("--offline")).toEqual(["version-missing spam@v2"]);
    expect((await box.mv("work", ["audit", "--offline"], 1)).stdout).toContain(
      "'spam@v2' is not here, though 'spam@v3' came from it (and 1 more)",
    );
  });

  it("a version's tag that was moved to another commit, re-created, copied, or replaced by a plain one", async () => {
    const [first, second] = [await oid("work", "spam@v1^{}"), await oid("work", "spam@v2^{}")];
    await remake("work", "spam@v2", (text) => text.replace(second, first));
    expect(await found()).toEqual(["tag-differs-on-host spam@v2", "version-damaged spam@v2"]);
    await box.git("work", ["fetch", "-q", "--force", "origin", "refs/tags/*:refs/tags/*"]);
    const other = (
      await box.git("work", ["commit-tree", `${second}^{tree}`, "-m", "another commit with the same files"])
    ).stdout.trim();
    await remake("work", "spam@v2", (text) => text.replace(second, other));
    expect(await found("--offline")).toEqual(["event-disagrees spam#production#2"]);
    await point("work", "spam@v2", await oid("work", "spam@v1"));
    expect((await audit(1, "--offline")).findings[0]?.message).toBe(
      "'spam@v2' cannot be trusted: its tag is a copy of 'spam@v1'",
    );
    await point("work", "spam@v2", second);
    expect(await found("--offline")).toEqual(["version-foreign spam@v2"]);
  });

  it("a package file that is not the tag's", async () => {
    await box.git("work", ["checkout", "-q", "--detach", "spam@v3"]);
    const file = ".mvgit/models/spam.yaml";
    box.write(`work/${file}`, box.read(`work/${file}`).toString().replace("0.93", "0.99"));
    await box.git("work", ["commit", "-qam", "better scores", "--no-verify"]);
    const [old, forged] = [await oid("work", "spam@v3^{}"), await oid("work", "HEAD")];
    await remake("work", "spam@v3", (text) => text.replace(old, forged));
    const { findings } = await audit(1, "--offline");
    expect(findings[0]).toMatchObject({
      kind: "version-damaged",
      subject: "spam@v3",
      message: expect.stringContaining("package file is not the one that its tag names") as string,
    });
  });

  it("an event that was deleted, in the middle and at the end", async () => {
    await drop("work", "spam#production#2");
    expect(await found("--offline")).toEqual(["chain-broken spam#production", "chain-broken spam#production"]);
    await box.git("work", ["fetch", "-q", "--tags", "origin"]);
    await drop("work", "spam#production#3");
    expect(await found()).toEqual([
      "event-missing spam#production#3",
      "stages-differs spam#production",
      "tag-not-here spam#production#3",
    ]);
    for (const number of [1, 2]) await drop("work", `spam#production#${number}`);
    expect(await found("--offline")).toEqual(["event-missing spam#production#3", "stages-differs spam#production"]);
  });

  it("an event that was re-created with another reason, or replaced by a plain tag", async () => {
    await remake("work", "spam#production#2", (text) =>
      text
        .replace("stage: production", "reason: they asked\nstage: production")
        .replace(/(previous: \w+\n)(reason: .*\n)/, "$1$2"),
    );
    expect((await audit(1, "--offline")).findings[0]?.message).toContain("event 2 is not the one that event 3 names");
    await box.git("work", ["fetch", "-q", "--force", "origin", "refs/tags/*:refs/tags/*"]);
    await point("work", "spam#production#3", await oid("work", "spam@v3^{}"));
    expect(await found("--offline")).toEqual(["chain-broken spam#production", "event-missing spam#production#3"]);
    await remake("work", "spam#production#2", (text) => text.replace("version: v2", "version: v1"));
    expect((await audit(1, "--offline")).findings.map(({ kind }) => kind)).toContain("chain-broken");
  });

  it("gaps in numbers and clocks that go backwards are notes", async () => {
    const place = { cwd: join(box.dir, "work"), env: box.env };
    box.env["GIT_COMMITTER_DATE"] = "2026-01-01T23:00:00Z";
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await makeVersion(place, { model: "ham", version: 5 });
    const { findings, notes } = await audit(1, "--offline");
    expect(findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(["version-missing ham@v4"]);
    expect(notes.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      "version-gap: there is no 'ham@v1' to 'v3', and nothing here names them",
      "clock-backwards: event 4 of spam#production has an earlier time than the one before it; the order is " +
        "that of the numbers",
    ]);
  });
});

describe("tags of the Git host", () => {
  it("deleted there", async () => {
    await drop("host.git", "spam@v2");
    await drop("host.git", "spam#production#3");
    expect(await found()).toEqual(["tag-missing-on-host spam#production#3", "tag-missing-on-host spam@v2"]);
    expect((await box.mv("work", ["audit"], 1)).stdout).toContain("'git push origin spam@v2' puts it back");
  });

  it("moved, re-created and copied under another name there", async () => {
    await remake("host.git", "spam@v3", (text) => text.replace("tagger A Tester", "tagger B Tester"));
    await point("host.git", "spam@v2", await oid("host.git", "spam@v1"));
    await point("host.git", "spam@v7", await oid("host.git", "spam@v1"));
    await point("host.git", "spam#staging#1", await oid("host.git", "spam#production#1"));
    await point("host.git", "eggs@v1", await oid("host.git", "main"));
    expect(await found()).toEqual([
      "tag-copied spam#staging#1",
      "tag-copied spam@v7",
      "tag-differs-on-host spam@v2",
      "tag-differs-on-host spam@v3",
      "tag-not-here eggs@v1",
    ]);
    expect(await found("spam")).not.toContain("tag-not-here eggs@v1");
    expect((await box.mv("work", ["audit"], 1)).stdout).toContain(
      "'spam@v2' on 'origin' is another object than here: a copy of 'spam@v1'",
    );
  });

  it("that is away gives 25, without any 0 with '--offline'; a finding counts more", async () => {
    fs.renameSync(join(box.dir, "host.git"), join(box.dir, "away.git"));
    const { unlooked } = await audit(25);
    expect(unlooked.map(({ what, status }) => [what, status])).toEqual([["the tags of the Git host", 25]]);
    expect((await audit(0, "--offline")).unlooked.map(({ status }) => status)).toEqual([0, 0]);
    await drop("work", "spam@v2");
    await audit(1);
    await box.git("work", ["remote", "remove", "origin"]);
    expect((await audit(1)).unlooked.map(({ why }) => why)).toEqual(["this clone has no Git remote"]);
  });
});

describe("blobs of the remote", () => {
  it("missing, short, and damaged in place where they are read", async () => {
    fs.rmSync(await blobOf(1));
    const short = await blobOf(2);
    fs.chmodSync(short, 0o644);
    fs.writeFileSync(short, "w");
    const flipped = await blobOf(3);
    fs.chmodSync(flipped, 0o644);
    fs.writeFileSync(flipped, "Weights 3");
    expect(await found()).toEqual(["blob-damaged spam@v2", "blob-missing spam@v1"]);
    expect(await found("--verify")).toEqual(["blob-damaged spam@v2", "blob-damaged spam@v3", "blob-missing spam@v1"]);
    expect((await box.mv("work", ["audit"], 1)).stdout).toMatch(
      /blob-missing: blob \w{10} of 'weights.bin' is missing from remote 'store': needed by spam@v1\n/,
    );
  });

  it("inside of folders, once for all versions that need them, without the cache's help", async () => {
    box.write("work/data/a.txt", "one");
    box.write("work/data/b.txt", "two");
    await box.mv("work", ["add", "data"]);
    const place = { cwd: join(box.dir, "work"), env: box.env };
    for (const version of [4, 5, 6, 7]) await makeVersion(place, { model: "spam", version });
    await box.mv("work", ["push"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
    expect((await audit(0)).looked.blobs).toBe(3 + 4 + 2 + 2);
    const listed = (
      JSON.parse((await box.mv("work", ["ls", "-R", "--json"])).stdout) as { tracked: { path: string; hash: string }[] }
    ).tracked;
    const file = (path: string, store: string): string => {
      const hash = listed.find((each) => each.path === path)?.hash as string;
      return join(box.dir, store, "blobs", hash.slice(0, 2), hash.slice(2));
    };
    fs.rmSync(file("data/b.txt", "store"));
    expect((await audit(1)).findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^blob \w{10} of 'data' is missing from remote 'store': needed by spam@v4 and 3 more versions$/,
      ),
    ]);
    fs.rmSync(file("data", "store"));
    expect(await found()).toEqual(["blob-missing spam@v4", "blob-missing spam@v4"]);
    fs.rmSync(file("data", "work/.git/mvgit"));
    expect(await found()).toEqual(["blob-missing spam@v4"]);
  });

  it("a remote that is away, or another thing, is told with its own status", async () => {
    fs.renameSync(join(box.dir, "store"), join(box.dir, "gone"));
    expect((await audit(23)).unlooked).toMatchObject([{ what: "the blobs of the versions", status: 23 }]);
    box.write("store/other.txt", "x");
    expect((await audit(1)).unlooked[0]?.why).toContain("is not an mvgit remote");
    await box.mv("work", ["audit", "--remote", "nowhere"], 1);
  });
});

describe("stages.yaml", () => {
  it("that somebody edited, here or on the host's default branch", async () => {
    box.write("work/stages.yaml", "spam:\n  production: 1  # event 3\n");
    await box.git("work", ["commit", "-qam", "edit"]);
    expect((await audit(1)).findings.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      expect.stringMatching(/^stages-differs: 'stages.yaml' of HEAD has v1 in spam#production, the events have v3/),
    ]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD"]);
    expect((await audit(1)).findings[0]?.message).toContain("of HEAD and origin/main");
    await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
    expect((await audit(1)).findings[0]?.message).toContain("of origin/main");
  });

  it("that another clone pushed is fetched to be seen; one that is no YAML is told", async () => {
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    box.write("clone/stages.yaml", "spam: [\n");
    await box.git("clone", ["commit", "-qam", "edit"]);
    await box.git("clone", ["push", "-q", "--no-verify", "origin", "HEAD"]);
    expect(await found()).toEqual(["stages-malformed stages.yaml"]);
  });
});

const hasKeygen = (process.env["PATH"] ?? "").split(":").some((folder) => fs.existsSync(join(folder, "ssh-keygen")));

describe.skipIf(!hasKeygen)("signatures (skipped without ssh-keygen)", () => {
  const key = (name: string): string => join(box.dir, name);
  beforeEach(async () => {
    for (const name of ["mine", "other"])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key(name)]);
    const set = (name: string, value: string): Promise<unknown> => box.git("work", ["config", name, value]);
    await set("gpg.format", "ssh");
    await set("user.signingKey", key("mine"));
    await set("tag.gpgSign", "true");
    box.write("allowed", `tester@example.com ${box.read("mine.pub").toString()}`);
  });
  const allow = (): Promise<unknown> => box.git("work", ["config", "gpg.ssh.allowedSignersFile", key("allowed")]);
  const sign = async (): Promise<void> => {
    await box.mv("work", ["promote", "spam@v1", "staging"]);
    await box.mv("work", ["promote", "spam@v2", "staging"]);
  };

  it("good ones are counted; tags of the user's that carry none are told", async () => {
    await allow();
    await sign();
    const { looked, findings } = await audit(1);
    expect(looked.signatures).toBe(2);
    expect([...new Set(findings.map(({ kind }) => kind))]).toEqual(["signature-missing"]);
    expect(findings).toHaveLength(6);
    // Those of others are not asked to sign, unless the team asks everybody.
    box.env["GIT_COMMITTER_EMAIL"] = "somebody@example.com";
    expect((await audit(0)).looked.signatures).toBe(2);
    await box.git("work", ["config", "mvgit.audit.requireSigned", "true"]);
    expect((await audit(1)).findings).toHaveLength(6);
  });

  it("bad and unknown ones are told apart", async () => {
    await allow();
    await sign();
    await box.git("work", ["config", "user.signingKey", key("other")]);
    await box.mv("work", ["promote", "spam@v3", "staging"]);
    await box.git("work", ["config", "tag.gpgSign", "false"]);
    expect(await found()).toEqual(["signature-unknown spam#staging#3"]);
    await remake("work", "spam#staging#3", (text) => text.replace("tagger A Tester", "tagger B Tester"));
    expect(await found("--offline")).toEqual(["signature-bad spam#staging#3"]);
  });

  it("those that nothing here can verify are not called good", async () => {
    await sign();
    const { unlooked, looked } = await audit(1);
    expect(looked.signatures).toBe(0);
    expect(unlooked).toMatchObject([
      { what: "2 signatures", why: expect.stringContaining("allowedSignersFile") as string, status: 1 },
    ]);
    await box.git("work", ["config", "tag.gpgSign", "false"]);
    expect((await audit(0)).unlooked[0]?.why).toContain("allowedSignersFile");
  });
});
