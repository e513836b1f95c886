/** `init`, `remote`, `trust`, `hooks` and `doctor`: what makes a clone ready, and tells whether it is. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { doctor } from "../../src/care/doctor.ts";
import { init, type InitReport, type InitRequest } from "../../src/care/init.ts";
import { hooksStatus, installHooks, uninstallHooks } from "../../src/care/hooks.ts";
import { acceptRemote, addRemote, defaultRemote, listRemotes, removeRemote } from "../../src/care/remote.ts";
import { checkStaged } from "../../src/care/hook-checks.ts";
import { trust } from "../../src/care/trust.ts";
import { push } from "../../src/files/push.ts";
import { codeOf, refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { PROGRAM, track } from "../support/track.ts";
import { testWatch } from "../support/watch.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "weights" });
  return box;
});

describe("init", () => {
  const initIn = async (folder: string, more: Partial<InitRequest> = {}): Promise<InitReport> =>
    init(await box.open(folder), { hooks: false, program: PROGRAM, ...more });

  it("writes and stages what a new repository needs, and finds nothing to do the second time", async () => {
    await box.git(".", ["init", "-q", "new"]);
    const report = await initIn("new", { remote: "../other" });
    expect(report).toMatchObject({
      written: [".mvgit/config", ".gitattributes"],
      hooks: null,
      remote: { name: "store", url: join(box.dir, "other"), isDefault: true, made: true },
      readme: expect.stringContaining("mvgit pull"),
    });
    expect((await box.git("new", ["ls-files"])).stdout).toBe(".gitattributes\n.mvgit/config\n");
    expect((await box.git("new", ["config", "merge.mvgit.driver"])).stdout).toContain("merge-driver");
    expect(await initIn("new")).toMatchObject({ written: [], remote: null, readme: null });
  });

  it("takes the last word where attributes would have Git change pointers", async () => {
    box.write("work/.gitattributes", "*.mvgit merge=mvgit diff=mvgit text eol=lf\n*.mvgit text eol=crlf\n");
    expect((await initIn("work")).written).toContain(".gitattributes");
    expect(box.read("work/.gitattributes").toString()).toMatch(/text eol=lf -filter .*\n$/);
  });

  it("refuses where no repository is, and another address for a remote that has its name", async () => {
    fs.mkdirSync(join(box.dir, "plain"));
    expect(await codeOf(initIn("plain"))).toBe("not-a-repository");
    expect(await codeOf(initIn("work", { remote: "../none/of/these" }))).toBe("name-taken");
  });
});

describe("remote", () => {
  it("is added by name, listed, made the default and removed", async () => {
    const { added } = await addRemote(await box.open(), { name: "second", url: "../second" });
    const url = join(box.dir, "second");
    expect(added).toEqual({ name: "second", url, isDefault: false, settings: {}, made: true, needsConsent: false });
    expect(await defaultRemote(await box.open(), "second")).toEqual({ default: "second" });
    expect(listRemotes(await box.open()).remotes).toMatchObject([
      { name: "second", isDefault: true },
      { name: "store", isDefault: false },
    ]);
    expect(await removeRemote(await box.open(), "second")).toEqual({ removed: "second" });
    expect(listRemotes(await box.open()).remotes).toMatchObject([{ name: "store" }]);
    expect(box.exists("second")).toBe(true);
  });

  it("is added with the form of its blobs, which goes with its name", async () => {
    const adding = async (encoding: string): ReturnType<typeof addRemote> =>
      addRemote(await box.open(), { name: "plain", url: "../plain", options: { encoding } });
    expect(await refusalOf(box, () => adding("zipped"))).toBe("usage");
    expect((await adding("whole")).added.settings).toEqual({ encoding: "whole" });
    expect((await (await box.open()).remote("plain")).isCompact).toBe(false);
    expect(listRemotes(await box.open()).remotes[0]).toMatchObject({ name: "plain", settings: { encoding: "whole" } });
    await removeRemote(await box.open(), "plain");
    expect((await box.open()).settings.encodings.has("plain")).toBe(false);
  });

  it("is refused by a taken or impossible name, and where its folder or its mark is another's", async () => {
    const adding = (name: string, url: string): Promise<string> =>
      refusalOf(box, async () => addRemote(await box.open(), { name, url }));
    box.write("foreign/file", "of somebody else");
    expect(await adding("store", "../second")).toBe("name-taken");
    expect(await adding("no name", "../second")).toBe("usage");
    expect(await adding("second", "../foreign")).toBe("remote-foreign");
    for (const work of [removeRemote, defaultRemote])
      expect(await refusalOf(box, async () => work(await box.open(), "none"))).toBe("remote-unknown");
  });

  it("that is another one than this clone met is taken only when it is accepted", async () => {
    await push(await box.open(), { paths: [] });
    fs.rmSync(join(box.dir, "store"), { recursive: true });
    await takePlace();
    expect(await codeOf(push(await box.open(), { paths: [], all: true }))).toBe("remote-foreign");
    expect(await acceptRemote(await box.open(), "store")).toMatchObject({ accepted: "store", empty: false });
    expect(await push(await box.open(), { paths: [], all: true })).toMatchObject({ lacking: [] });
  });

  /** The remote of somebody else stands where ours did. */
  async function takePlace(): Promise<void> {
    const other = await makeSandbox();
    await track(other, { "x.bin": "of another" });
    await push(await other.open(), { paths: [] });
    fs.cpSync(join(other.dir, "store"), join(box.dir, "store"), { recursive: true });
    other.cleanup();
  }
});

it("trust takes exactly the committed settings that need consent, and gives it back", async () => {
  await box.git("work", ["config", "-f", ".mvgit/config", "mvgit.cacheDir", "/somewhere/else"]);
  await box.git("work", ["add", ".mvgit/config"]);
  const settings = [{ key: "mvgit.cachedir", value: "/somewhere/else" }];
  expect(await trust(await box.open(), "list")).toMatchObject({ settings, trusted: false });
  expect((await box.open()).settings.cacheDir).toBeNull();
  expect(await trust(await box.open(), "accept")).toMatchObject({ settings, trusted: true });
  expect(await trust(await box.open(), "revoke")).toMatchObject({ settings, trusted: false });
  expect((await box.open()).settings.cacheDir).toBeNull();
});

describe("hooks", () => {
  it("are installed, told, and taken away with what was before them put back", async () => {
    box.write("work/.git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    fs.chmodSync(join(box.dir, "work/.git/hooks/pre-commit"), 0o755);
    const installed = await installHooks(await box.open(), PROGRAM);
    expect(installed).toMatchObject({ refusal: null, advice: null });
    expect(new Set(installed.hooks.map(({ state }) => state))).toEqual(new Set(["runs"]));
    expect(await hooksStatus(await box.open(), PROGRAM)).toEqual(installed);
    expect((await uninstallHooks(await box.open(), PROGRAM)).advice).toContain("mvgit hooks install");
    expect(box.read("work/.git/hooks/pre-commit").toString()).toBe("#!/bin/sh\nexit 0\n");
  });

  it("are not installed where Git looks for them in the work tree, and that is told", async () => {
    await box.git("work", ["config", "core.hooksPath", ".githooks"]);
    const { refusal, advice } = await installHooks(await box.open(), PROGRAM);
    expect([typeof refusal, typeof advice]).toEqual(["string", "string"]);
    expect(box.exists("work/.githooks")).toBe(false);
  });

  it("find what a commit must not bring: large files, and bytes or nonsense in place of a pointer", async () => {
    await box.git("work", ["config", "mvgit.maxFileSize", "1k"]);
    box.write("work/large.bin", Buffer.alloc(2000));
    box.write("work/bad.mvgit", "mvgit: 1\nno hash\n");
    box.write("work/w.bin.mvgit", "raw");
    await box.git("work", ["add", "-f", "large.bin", "bad.mvgit", "w.bin.mvgit"]);
    const { checked, findings } = await checkStaged(await box.open());
    expect(checked).toBe(3);
    expect(findings.map(({ path, kind }) => `${path} ${kind}`).toSorted()).toEqual([
      "bad.mvgit malformed",
      "large.bin too-large",
      "w.bin.mvgit raw-bytes",
    ]);
  });
});

it("doctor looks at everything, and says of each thing that is wrong what to do", async () => {
  const look = async (remote: string | null) => {
    const versions = { mvgit: "0", node: "0" };
    const { lines } = await doctor(await box.open("work", testWatch()), { remote, program: PROGRAM, versions });
    for (const { ok, advice, what } of lines) expect(ok || advice !== undefined, what).toBe(true);
    return new Map(lines.map((line) => [line.what, line.ok]));
  };
  const lines = await look("");
  for (const what of ["mvgit", "git", "cache", "merge and diff", "pointers", "remote store", "identity"])
    expect(lines.get(what), what).toBe(true);
  expect(lines.get("hook pre-commit")).toBe(false);
  await box.git("work", ["config", "--unset", "merge.mvgit.driver"]);
  fs.rmSync(join(box.dir, "store"), { recursive: true });
  const broken = await look("");
  expect([broken.get("merge and diff"), [...broken.values()].includes(false)]).toEqual([false, true]);
});
