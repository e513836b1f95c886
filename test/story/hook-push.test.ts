/** What the pre-push hook uploads and stops, for every kind of push; what the other hooks say. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ hooks: true });
});
afterEach(() => box.cleanup());

/** A commit whose `w` has this text. */
async function commit(text: string, ...options: string[]): Promise<void> {
  box.write("work/w", text);
  await box.mv("work", ["add", "--as-is", "w"]);
  await box.git("work", ["commit", "-qm", text, ...options]);
}

/** Takes everything out of the cache and the remote. */
function forget(): void {
  for (const folder of ["work/.git/mvgit/blobs", "store/blobs"])
    fs.rmSync(join(box.dir, folder), { recursive: true, force: true });
}

/** How many blobs the remote has. */
function stored(): number {
  const blobs = join(box.dir, "store/blobs");
  return fs.existsSync(blobs)
    ? fs.readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length
    : 0;
}

describe("pre-push uploads what", () => {
  it("a new branch, a tag and a force push need, several at once", async () => {
    await commit("one");
    await box.git("work", ["push", "-q", "origin", "main"]);
    expect(stored()).toBe(1);
    await box.git("work", ["checkout", "-qb", "side"]);
    await commit("two");
    await box.git("work", ["tag", "light"]);
    await commit("three");
    await box.git("work", ["tag", "-am", "note", "heavy"]);
    await box.git("work", ["reset", "-q", "--hard", "main"]);
    await commit("four");
    await box.git("work", ["push", "-q", "origin", "side", "light", "heavy"]);
    expect(stored()).toBe(4);
    await commit("five", "--amend");
    await box.git("work", ["push", "-q", "origin", "side"], 1);
    await box.git("work", ["push", "-q", "--force", "origin", "side"]);
    expect(stored()).toBe(5);
  });

  it("only the pushed commits need", async () => {
    await commit("one");
    await box.git("work", ["branch", "first"]);
    await commit("two");
    await box.git("work", ["push", "-q", "origin", "first"]);
    expect(stored()).toBe(1);
  });

  it("a push to an address needs, with all of its history", async () => {
    await commit("one");
    await commit("two");
    await box.git("work", ["push", "-q", join(box.dir, "host.git"), "main"]);
    expect(stored()).toBe(2);
  });

  it("a tag of something that is no commit needs: nothing", async () => {
    await commit("one");
    await box.git("work", ["tag", "blob", "HEAD:w.mvgit"]);
    await box.git("work", ["push", "-q", "origin", "main", "blob"]);
    expect(stored()).toBe(1);
  });
});

describe("pre-push stops", () => {
  it("all refs when one needs what no store has, and none without a need", async () => {
    box.unchecked("blobs that no store has any more");
    await commit("one");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git("work", ["branch", "good"]);
    await commit("two");
    forget();
    expect((await box.git("work", ["push", "-q", "origin", "good", "main"], 1)).stderr).toContain("'w'");
    expect((await box.git("host.git", ["for-each-ref", "--format=%(refname)"])).stdout).toBe("refs/heads/main\n");
    await box.git("work", ["push", "-q", "origin", "good"]);
    await box.git("work", ["push", "-q", "origin", "--delete", "good"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
    expect((await box.git("host.git", ["log", "-1", "--format=%s", "main"])).stdout).toBe("two\n");
  });

  it("a push without a remote for the bytes, only where there are bytes", async () => {
    await box.mv("work", ["remote", "remove", "store"]);
    await box.git("work", ["commit", "-q", "--allow-empty", "-m", "none"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await commit("one");
    expect((await box.git("work", ["push", "-q", "origin", "main"], 1)).stderr).toContain("no remote is configured");
  });
});

describe("after a change of the pointers", () => {
  beforeEach(async () => {
    await commit("one");
    await box.git("work", ["checkout", "-qb", "side"]);
    await commit("two");
    await box.git("work", ["checkout", "-q", "main"]);
    await box.mv("work", ["checkout"]);
  });

  const LINE = /^mvgit: 1 tracked path differs from its pointer; 'mvgit checkout' brings it up to date$/gm;

  it.each([
    ["checkout", ["checkout", "-q", "side"]],
    ["merge", ["merge", "-q", "side"]],
    ["merge --squash", ["merge", "-q", "--squash", "side"]],
    ["pull", ["pull", "-q", ".", "side"]],
    ["rebase", ["rebase", "-q", "side"]],
  ])("%s says so in one line", async (_, args) => {
    if (args[0] === "rebase") await box.git("work", ["commit", "-q", "--allow-empty", "-m", "mine"]);
    const { stderr } = await box.git("work", args);
    expect(stderr.match(LINE), stderr).toHaveLength(1);
    expect(box.read("work/w").toString()).toBe("one");
  });

  it.each([
    ["checkout", ["checkout", "-q", "side"]],
    ["merge", ["merge", "-q", "side"]],
    ["rebase", ["rebase", "-q", "side"]],
  ])("%s brings the files too, with mvgit.autoCheckout", async (_, args) => {
    await box.git("work", ["config", "mvgit.autoCheckout", "true"]);
    await box.git("work", args);
    expect(box.read("work/w").toString()).toBe("two");
  });

  it("nothing is said where no pointer changed, and no failure fails Git", async () => {
    await box.git("work", ["branch", "same"]);
    expect((await box.git("work", ["checkout", "-q", "same"])).stderr).toBe("");
    await box.git("work", ["config", "mvgit.autoCheckout", "true"]);
    box.write("work/w", "changed by hand");
    const { stderr } = await box.git("work", ["checkout", "-q", "side"]);
    expect(stderr).toContain("nothing was checked out: 'w' changed here, and in another way");
    expect(box.read("work/w").toString()).toBe("changed by hand");
  });
});
