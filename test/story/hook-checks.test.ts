/** What the pre-commit hook sees, lets pass and stops, in every way that Git makes commits. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../support/cli.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(2);

beforeEach(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  // Every case below needs a file of more than the limit; a low limit keeps them small.
  await box.git("work", ["config", "mvgit.maxFileSize", "1k"]);
});
afterEach(() => box.cleanup());

const big = (): Buffer => someBytes(3000);

async function commitAll(message: string, ...options: string[]): Promise<void> {
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-qm", message, ...options]);
}

/** Commits, is stopped, and does in a shell what the hook says mends it. */
async function stoppedAndMended(folder: string, args: readonly string[] = ["commit", "-qm", "x"]): Promise<string> {
  const { stderr } = await box.git(folder, args, 1);
  const commands = [...stderr.matchAll(/mend it with: (.+?)( \(or .*)?\n/g)].map((match) => match[1] as string);
  expect(commands.length, stderr).toBeGreaterThan(0);
  for (const command of commands) {
    const ran = await runProgram("bash", ["-c", command], { cwd: join(box.dir, folder), env: box.env });
    expect(ran.status, `${command}\n${ran.stderr}`).toBe(0);
  }
  return stderr;
}

describe("large files", () => {
  it("by their staged size, whatever the work tree has by now", async () => {
    box.write("work/a", big());
    await box.git("work", ["add", "a"]);
    box.write("work/a", "small now");
    box.write("work/b", "small");
    await box.git("work", ["add", "b"]);
    box.write("work/b", big());
    const { stderr } = await box.git("work", ["commit", "-qm", "x"], 1);
    expect(stderr).toContain("'a' has 2.9 KiB");
    expect(stderr).not.toContain("'b'");
  });

  it("under any name; the command is right in bash and from a subfolder", async () => {
    const names = ["with blank", 'it\'s "quoted"', "line\nfeed", "-dash", "$HOME `id`"];
    for (const name of names) box.write(`work/sub/${name}`, big());
    box.write("work/top", big());
    await box.git("work/sub", ["add", ".", "../top"]);
    await stoppedAndMended("work/sub");
    await box.git("work/sub", ["commit", "-qm", "mended"]);
    const { stdout } = await box.git("work", ["ls-tree", "-r", "-z", "--name-only", "HEAD"]);
    expect(
      stdout
        .split("\0")
        .filter((path) => path.endsWith(".mvgit"))
        .toSorted(),
    ).toEqual([...names.map((name) => `sub/${name}.mvgit`), "top.mvgit"].toSorted());
  });

  it("not submodules, links, deletions, nor what a merged branch had already", async () => {
    box.write("work/old", big());
    await commitAll("old", "--no-verify");
    await box.git("work", ["checkout", "-qb", "side"]);
    box.write("work/theirs", big());
    box.write("work/text", "theirs");
    await commitAll("theirs", "--no-verify");
    await box.git("work", ["checkout", "-q", "main"]);
    box.write("work/text", "ours");
    await commitAll("ours");
    await box.git("work", ["merge", "-q", "side"], 1);
    box.write("work/text", "both");
    await commitAll("merged");
    await box.git("work", ["rm", "-q", "old"]);
    fs.symlinkSync("x".repeat(1500), join(box.dir, "work/link"));
    await box.git("work", [
      "update-index",
      "--add",
      "--cacheinfo",
      `160000,${(await box.git("work", ["rev-parse", "HEAD"])).stdout.trim()},sub`,
    ]);
    await box.git("work", ["add", "link"]);
    await box.git("work", ["commit", "-qm", "odd things"]);
  });

  it("unless the attribute is staged that allows it", async () => {
    box.write("work/a", big());
    await box.git("work", ["add", "a"]);
    box.write("work/.gitattributes", `${box.read("work/.gitattributes")}a -mvgit\n`);
    await box.git("work", ["commit", "-qm", "not staged"], 1);
    await box.git("work", ["add", ".gitattributes"]);
    await box.git("work", ["commit", "-qm", "staged"]);
  });
});

describe("pointers", () => {
  beforeEach(async () => {
    box.write("work/w", "x");
    box.write("work/data/a", "a");
    await box.mv("work", ["add", "w", "data"]);
    await commitAll("one");
  });

  it("raw bytes in a pointer's place, beside it, and inside a tracked folder", async () => {
    box.write("work/w.mvgit", big());
    await box.git("work", ["add", "w.mvgit"]);
    expect(await stoppedAndMended("work")).toContain("was a pointer");
    box.write("work/data/new", "new");
    await box.git("work", ["add", "-f", "w", "data/new"]);
    expect(await stoppedAndMended("work")).toContain("'data/new' lies in a folder that mvgit tracks ('data.mvgit')");
    await box.git("work", ["commit", "-qm", "mended"]);
    expect((await box.git("work", ["ls-files"])).stdout.split("\n")).not.toContain("w");
    expect((await box.mv("work", ["ls", "-R"])).stdout).toContain("data/new");
  });

  it("a large file that only has the name of one", async () => {
    box.write("work/big.mvgit", big());
    await box.git("work", ["add", "big.mvgit"]);
    await stoppedAndMended("work");
    await box.git("work", ["commit", "-q", "--allow-empty", "-m", "x"]);
    expect((await box.git("work", ["ls-files"])).stdout).not.toContain("big.mvgit");
  });

  it("malformed, with and without the file that it stands for", async () => {
    const broken = (): void =>
      box.write("work/w.mvgit", box.read("work/w.mvgit").toString().toUpperCase().replace("MVGIT", "mvgit"));
    broken();
    await stoppedAndMended("work", ["commit", "-qam", "x"]);
    broken();
    fs.rmSync(join(box.dir, "work/w"));
    expect(await stoppedAndMended("work", ["commit", "-qam", "x"])).toContain("git checkout HEAD -- w.mvgit");
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w").toString()).toBe("x");
  });

  it("staged with the markers of a conflict", async () => {
    await box.git("work", ["checkout", "-qb", "side"]);
    box.write("work/w", "theirs");
    await box.mv("work", ["add", "--as-is", "w"]);
    await commitAll("theirs");
    await box.git("work", ["checkout", "-q", "main"]);
    box.write("work/w", "ours");
    await box.mv("work", ["add", "--as-is", "w"]);
    await commitAll("ours");
    await box.git("work", ["merge", "-q", "side"], 1);
    await box.git("work", ["add", "w.mvgit"]);
    expect(await stoppedAndMended("work")).toContain("is a conflicted pointer");
    await box.git("work", ["commit", "-qm", "merged"]);
    expect((await box.mv("work", ["cat", "HEAD:w"])).stdout).toBe("ours");
  });
});

describe("ways to commit", () => {
  it("a part, all, amended, in a linked work tree, before the first commit", async () => {
    box.write("work/small", "1");
    await commitAll("first");
    box.write("work/small", big());
    await box.git("work", ["commit", "-qm", "part", "small"], 1);
    await box.git("work", ["commit", "-qam", "all"], 1);
    await box.git("work", ["commit", "-qa", "--amend", "-m", "amended"], 1);
    box.write("work/other", "2");
    await box.git("work", ["add", "small", "other"]);
    // What is staged besides does not belong to this commit.
    await box.git("work", ["commit", "-qm", "other alone", "other"]);
    await box.git("work", ["worktree", "add", "-q", "../linked"]);
    box.write("linked/a", big());
    await box.git("linked", ["add", "a"]);
    await stoppedAndMended("linked");
    await box.git("linked", ["commit", "-qm", "mended"]);
    await box.git("work", ["checkout", "-q", "--orphan", "fresh"]);
    await box.git("work", ["commit", "-qm", "no parent"], 1);
  });

  it("while a rebase and a cherry-pick are stopped", async () => {
    box.write("work/text", "base");
    await commitAll("base");
    await box.git("work", ["checkout", "-qb", "side"]);
    box.write("work/text", "side");
    await commitAll("side");
    await box.git("work", ["checkout", "-q", "main"]);
    box.write("work/text", "main");
    await commitAll("main");
    for (const start of [
      ["cherry-pick", "side"],
      ["rebase", "-q", "side"],
    ]) {
      await box.git("work", start, 1);
      box.write("work/text", `both ${start[0]}`);
      box.write("work/a", big());
      await box.git("work", ["add", "."]);
      await stoppedAndMended("work", ["commit", "-qm", "continued"]);
      await box.git("work", ["commit", "-qm", "continued"]);
      await box.git("work", [
        "-c",
        "core.editor=true",
        start[0] as string,
        start[0] === "rebase" ? "--continue" : "--quit",
      ]);
      await box.git("work", ["reset", "-q", "--hard", "main~1"]);
      await box.git("work", ["checkout", "-q", "main"]);
    }
  });
});

describe("a clone without hooks", () => {
  const NOTE = "the hooks of mvgit are not installed here; 'mvgit init' installs them\n";

  beforeEach(async () => {
    box.write("work/w", "x");
    await box.mv("work", ["add", "w"]);
    await commitAll("one");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
  });

  it("is told once, not with -q, beside one JSON document", async () => {
    expect((await box.mv("clone", ["ls", "-q"])).stderr).toBe("");
    const first = await box.mv("clone", ["ls", "--json"]);
    expect(first.stderr).toBe(NOTE);
    expect(JSON.parse(first.stdout)).toMatchObject({ command: "ls" });
    expect((await box.mv("clone", ["status"])).stderr).toBe("");
    await box.mv("clone", ["init"]);
    expect((await box.mv("clone", ["ls"])).stderr).toBe("");
    fs.rmSync(join(box.dir, "clone/.git/hooks/pre-push"));
    expect((await box.mv("clone", ["ls"])).stderr).toContain("do not run here any more");
    expect((await box.mv("clone", ["ls"])).stderr).toBe("");
  });

  it("is told by any pointer, also without settings; a choice against hooks is respected", async () => {
    await box.git("clone", ["rm", "-q", ".mvgit/config"]);
    expect((await box.mv("clone", ["status"])).stderr).toBe(NOTE);
    await box.mv("clone", ["init", "--no-hooks"]);
    expect((await box.mv("clone", ["status"])).stderr).toBe("");
    await box.git(".", ["init", "-q", "plain"]);
    expect((await box.mv("plain", ["ls"])).stderr).toBe("");
  });
});
