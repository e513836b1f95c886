/** The hooks, called by Git itself. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ hooks: true });
});
afterEach(() => box.cleanup());

describe("pre-commit", () => {
  it("blocks a large file, and the command it names mends it", async () => {
    box.write("work/sub/big file.bin", someBytes(6_000_000));
    await box.git("work", ["add", "."]);
    const { stderr } = await box.git("work", ["commit", "-qm", "big"], 1);
    expect(stderr).toContain("mend it with: mvgit add 'sub/big file.bin'");
    await box.mv("work", ["add", "sub/big file.bin"]);
    await box.git("work", ["commit", "-qm", "big"]);
    expect((await box.git("work", ["ls-files"])).stdout).toContain("big file.bin.mvgit");
  });

  it("lets pass what the attribute allows, what HEAD has already, and a limit that the user raised", async () => {
    box.write("work/allowed.bin", someBytes(6_000_000));
    box.write("work/.gitattributes", `${box.read("work/.gitattributes")}allowed.bin -mvgit\n`);
    await box.git("work", ["add", "."]);
    await box.git("work", ["commit", "-qm", "allowed"]);
    await box.git("work", ["mv", "allowed.bin", "renamed.bin"]);
    await box.git("work", ["commit", "-qm", "renamed"]);
    box.write("work/other.bin", someBytes(6_000_000));
    await box.git("work", ["add", "."]);
    await box.git("work", ["commit", "-qm", "other"], 1);
    await box.git("work", ["-c", "mvgit.maxFileSize=10m", "commit", "-qm", "other"]);
  });

  it("blocks raw bytes beside a pointer and malformed pointers, also in a partial commit", async () => {
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.git("work", ["add", "-f", "w.bin"]);
    expect((await box.git("work", ["commit", "-qm", "raw"], 1)).stderr).toContain("staged beside its pointer");
    await box.git("work", ["rm", "-q", "--cached", "w.bin"]);
    box.write("work/w.bin.mvgit", box.read("work/w.bin.mvgit").toString().replace("size: ", "size: 0"));
    expect((await box.git("work", ["commit", "-qm", "zero", "w.bin.mvgit"], 1)).stderr).toContain("malformed");
  });

  it("warns of a tracked file that changed since it was added, and does not block", async () => {
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    box.write("work/w.bin", "changed");
    expect((await box.git("work", ["commit", "-qm", "one"])).stderr).toContain("'w.bin' changed since 'mvgit add'");
  });

  it("needs at most four starts of git for a small commit", async () => {
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    box.write("work/readme", "text");
    await box.git("work", ["add", "readme"]);
    const log = join(box.dir, "trace");
    box.env["GIT_TRACE2_EVENT"] = log;
    await box.git("work", ["-c", "maintenance.auto=false", "commit", "-qm", "two"]);
    delete box.env["GIT_TRACE2_EVENT"];
    const starts = fs
      .readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.includes('"event":"start"'))
      .map((line) => JSON.parse(line));
    // Git marks a program that it started, directly or not, by its own id in front of the program's.
    const byHook = starts.filter((each) => String(each.sid).includes("/")).map((each) => each.argv.join(" "));
    expect(byHook.length, byHook.join("\n")).toBeLessThanOrEqual(4);
    expect(byHook.length).toBeGreaterThan(0);
  });
});

describe("pre-push", () => {
  it("uploads what the pushed commits need, for branches and tags", async () => {
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.git("work", ["tag", "-am", "v1", "v1"]);
    box.write("work/w.bin", "y");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "two"]);
    await box.git("work", ["push", "-q", "origin", "main", "v1"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.mv("clone", ["remote", "add", "store", "../store"]);
    await box.mv("clone", ["fetch", "--all"]);
    expect((await box.mv("clone", ["cat", "v1:w.bin"])).stdout).toBe("x");
  });

  it("stops the push while the remote lacks a blob", async () => {
    box.unchecked("the only blob is removed");
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    const { stderr } = await box.git("work", ["push", "-q", "origin", "main"], 1);
    expect(stderr).toContain("'w.bin'");
    expect((await box.git("host.git", ["for-each-ref"])).stdout).toBe("");
  });
});

describe("chaining", () => {
  it("runs a hook that was there before with its arguments and input, and keeps its exit status", async () => {
    await box.mv("work", ["hooks", "uninstall"]);
    const hook = join(box.dir, "work/.git/hooks/pre-push");
    fs.writeFileSync(hook, '#!/bin/sh\necho "$1" > ../args; cat > ../input; exit "$(cat ../status)"\n', {
      mode: 0o755,
    });
    box.write("status", "7");
    await box.mv("work", ["hooks", "install"]);
    await box.mv("work", ["hooks", "install"]);
    box.write("work/w.bin", "x");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.git("work", ["push", "-q", "origin", "main"], 1);
    expect(box.read("input").toString()).toContain("refs/heads/main");
    expect(box.read("args").toString()).toBe("origin\n");
    box.write("status", "0");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.mv("work", ["hooks", "uninstall"]);
    expect(fs.readFileSync(hook, "utf8")).toContain("../status");
  });

  it("does not write into a hooks folder that belongs to others", async () => {
    await box.git("work", ["config", "core.hooksPath", join(box.dir, "elsewhere")]);
    expect((await box.mv("work", ["hooks", "install"], 1)).stderr).toContain("outside of this repository");
  });
});
