/** What plain `git push`, `git merge` and a clone without mvgit do with what mvgit keeps in Git. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ hooks: true });
});
afterEach(() => box.cleanup());

it("git push takes a version's tag along, unless set otherwise; and what init set goes with its hooks", async () => {
  box.write("work/w.bin", "weights");
  await box.mv("work", ["save", "spam", "--weights", "w.bin", "-m", "first"]);
  // Of a move that was killed, the tag is not for a push to take.
  await box.git("work", ["tag", "-am", "half a move", "spam#production#1"]);
  box.write("work/.git/mvgit/unfinished-move", "refs/tags/spam#production#1\n\npromote\nhost\n");
  expect((await box.git("work", ["push", "-q", "-u", "origin", "main"], 1)).stderr).toContain(
    "'spam#production#1' is of a move that did not come to its end",
  );
  await box.git("work", ["tag", "-d", "spam#production#1"]);
  fs.rmSync(join(box.dir, "work/.git/mvgit/unfinished-move"));
  await box.git("work", ["push", "-q", "-u", "origin", "main"]);
  expect((await box.git("host.git", ["tag"])).stdout).toBe("spam@v1\n");
  await box.mv("work", ["hooks", "uninstall"]);
  await box.git("work", ["config", "push.followTags"], 1);
  await box.git("work", ["config", "--global", "push.followTags", "false"]);
  const { stdout } = await box.mv("work", ["init"]);
  expect(stdout).toContain("'git push' leaves the tags of versions here, as you set it");
  expect((await box.git("work", ["config", "push.followTags"])).stdout).toBe("false\n");
  await box.mv("work", ["hooks", "uninstall"]);
  expect((await box.git("work", ["config", "push.followTags"])).stdout).toBe("false\n");
});

it("init offers a line for the README once, and says what it set", async () => {
  await box.git(".", ["init", "-q", "fresh"]);
  const { stdout } = await box.mv("fresh", ["init", "--no-hooks"]);
  expect(stdout).toContain("'git push' takes the tags of versions along (push.followTags, set for this clone)");
  expect(stdout).toContain("for your README");
  expect((await box.mv("fresh", ["init", "--no-hooks"])).stdout).not.toContain("for your README");
});

it(
  "two branches that each add a file merge, in .gitignore as well, here and in a colleague's clone, and " +
    "without mvgit as far as Git can",
  async () => {
    await box.git("work", ["commit", "-qm", "begin"]);
    for (const [branch, name] of [
      ["one", "a.bin"],
      ["two", "b.bin"],
    ] as const) {
      await box.git("work", ["checkout", "-q", "-b", branch, "main"]);
      box.write(`work/${name}`, name);
      await box.mv("work", ["add", "-q", name]);
      await box.git("work", ["commit", "-qm", name]);
    }
    await box.git("work", ["merge", "-q", "--no-edit", "one"]);
    expect(box.read("work/.gitignore").toString()).toBe("/a.bin\n/b.bin\n");
    await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
    await box.git("work", ["push", "-q", "origin", "one", "two"]);
    await box.git(".", ["clone", "-q", "-b", "one", "host.git", "colleague"]);
    // Where mvgit is gone from its place, Git's own merge says that there is a conflict, and shows both sides.
    await box.mv("colleague", ["init", "--no-hooks"]);
    const driver = (await box.git("colleague", ["config", "merge.mvgit-ignore.driver"])).stdout.trim();
    await box.git("colleague", ["config", "merge.mvgit-ignore.driver", driver.replaceAll("bin/mvgit", "gone/mvgit")]);
    await box.git("colleague", ["merge", "-q", "--no-edit", "origin/two"], 1);
    expect(box.read("colleague/.gitignore").toString()).toMatch(
      /<<<<<<< ours\n\/a\.bin\n=+\n\/b\.bin\n>>>>>>> theirs\n/,
    );
    await box.git("colleague", ["merge", "--abort"]);
    await box.mv("colleague", ["init", "--no-hooks"]);
    await box.git("colleague", ["merge", "-q", "--no-edit", "origin/two"]);
    expect(box.read("colleague/.gitignore").toString()).toBe("/a.bin\n/b.bin\n");
  },
);
