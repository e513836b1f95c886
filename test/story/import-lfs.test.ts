/** From Git LFS, and from large files in Git itself, with what they leave on the disk. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf, fingerprint, lfsObject, lfsText } from "../support/foreign.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
});
afterEach(() => box.cleanup());

const commitAll = async (message: string): Promise<void> => {
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", message]);
};
const report = async (
  args: readonly string[],
  status = 0,
): Promise<{
  imported: { path: string; what: string; missing: { expected: string[]; wrong: string[] }[] }[];
  totals: object;
  history: { path: string }[];
}> => JSON.parse((await box.mv("work", [...args, "--json"], status)).stdout);
const attributes = (): string => (box.exists("work/.gitattributes") ? box.read("work/.gitattributes").toString() : "");

describe("import lfs", () => {
  const LFS = "filter=lfs diff=lfs merge=lfs -text";
  let weights: Buffer;
  beforeEach(async () => {
    weights = someBytes(2_000_000);
    box.write("work/.gitattributes", `${attributes()}*.bin ${LFS}\nmodels/** ${LFS}\n`);
    box.write("work/a.bin", lfsObject(box, "work", weights));
    box.write("work/models/m", lfsObject(box, "work", "small"));
    box.write("work/sub/x.bin", lfsObject(box, "work", "x"));
    box.write("work/notes.txt", lfsText("only a text that looks like one"));
    await commitAll("with LFS");
  });

  it("takes files over in one commit, with the attributes, and leaves LFS's objects alone", async () => {
    const before = fingerprint(join(box.dir, "work/.git/lfs"));
    expect((await box.mv("work", ["import", "lfs", "--dry-run"])).stdout).toContain(
      "found 3 files; would take 3 files (1.9 MiB); missing 0 files\n",
    );
    expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
    const { stdout } = await box.mv("work", ["import", "lfs", "--commit"]);
    expect(stdout).toContain("found 3 files; taken 3 files (1.9 MiB); missing 0 files\ncommitted as ");
    expect(fingerprint(join(box.dir, "work/.git/lfs"))).toEqual(before);
    expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
    expect(attributes()).toBe(
      "*.mvgit merge=mvgit diff=mvgit text eol=lf\n/stages.yaml merge=mvgit text eol=lf\n/.mvgit/models/* " +
        "merge=mvgit text eol=lf\n.gitignore merge=mvgit-ignore\n",
    );
    expect((await box.git("work", ["ls-files"])).stdout.split("\n")).not.toContain("a.bin");
    expect(box.read("work/a.bin.mvgit").toString()).toContain(`source.sha256: ${digestOf("sha256", weights)}\n`);
    // LFS's pointer text stood in the work tree: now the bytes do.
    expect(box.read("work/a.bin").equals(weights)).toBe(true);
    expect(box.read("work/notes.txt").toString()).toBe(lfsText("only a text that looks like one"));
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("3 tracked paths, all clean");
    expect((await box.mv("work", ["import", "lfs"])).stdout).toContain("nothing to import");
  });

  it("only some: what stays keeps its line, and the line leaves pointers alone", async () => {
    await box.mv("work", ["import", "lfs", "--include", "m", "--include", "a.*"]);
    expect(attributes()).toContain(`*.bin ${LFS}\n`);
    expect(attributes()).not.toContain("models/**");
    box.write("work/models/other", lfsObject(box, "work", "other"));
    await box.git("work", ["reset", "-q", "--hard"]);
    box.write("work/models/other", lfsObject(box, "work", "other"));
    await commitAll("one more");
    await box.mv("work", ["import", "lfs", "--include", "models/m", "--commit"]);
    expect(
      (await box.git("work", ["check-attr", "filter", "models/m.mvgit", "models/.gitignore", "models/other"])).stdout,
    ).toBe("models/m.mvgit: filter: unspecified\nmodels/.gitignore: filter: unspecified\nmodels/other: filter: lfs\n");
    expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
  });

  it("--above leaves small files with LFS", async () => {
    expect((await report(["import", "lfs", "--above", "1MB"])).imported.map((each) => each.path)).toEqual(["a.bin"]);
    expect((await box.mv("work", ["import", "lfs", "--above", "big"], 2)).stderr).toContain(
      "'big' is not a number of bytes",
    );
  });

  it("what is nowhere is named and stays; bytes of the work tree are good enough; other bytes are not", async () => {
    const objects = join(box.dir, "work/.git/lfs/objects");
    for (const bytes of [weights, "x"])
      fs.rmSync(join(objects, digestOf("sha256", bytes).slice(0, 2)), { recursive: true });
    const small = digestOf("sha256", "small");
    box.write(`work/.git/lfs/objects/${small.slice(0, 2)}/${small.slice(2, 4)}/${small}`, "sma11");
    box.write("work/a.bin", weights);
    box.write("work/.lfsconfig", "[lfs]\n\turl = https://evil.example/\n");
    const { imported } = await report(["import", "lfs", "--commit"], 3);
    expect(imported.map((each) => [each.path, each.what])).toEqual([
      ["a.bin", "taken"],
      ["models/m", "missing"],
      ["sub/x.bin", "missing"],
    ]);
    expect(imported[1]?.missing[0]?.wrong).toHaveLength(1);
    expect(imported[2]?.missing[0]?.wrong).toEqual([]);
    expect((await box.git("work", ["diff", "--cached", "--name-status"])).stdout).not.toContain("sub/x.bin");
    expect((await box.git("work", ["log", "--oneline"])).stdout.split("\n")).toHaveLength(2);
  });
});

describe("import git", () => {
  beforeEach(async () => {
    box.write("work/big.bin", someBytes(300_000));
    box.write("work/small.txt", "x");
    box.write("work/wanted.bin", someBytes(200_000));
    box.write("work/.gitattributes", `${attributes()}wanted.bin -mvgit\n`);
    await commitAll("one");
    box.write("work/big.bin", someBytes(400_000));
    await commitAll("two");
  });

  it("takes large files out of the index, and says what history keeps of them", async () => {
    const dry = await box.mv("work", ["import", "git", "--above", "100KB", "--dry-run"]);
    expect(dry.stdout).toContain("taken    big.bin     391 KiB");
    expect(dry.stdout).toContain("skipped  wanted.bin  195 KiB  '.gitattributes' says '-mvgit'");
    expect(dry.stdout).toMatch(/history keeps 879 KiB of large files.*\n {2}big.bin {5}2 versions {2}684 KiB/);
    const head = (await box.git("work", ["rev-parse", "HEAD"])).stdout.trim();
    const made = await report(["import", "git", "--above", "100KB", "--commit"]);
    expect(made.history.map((each) => each.path)).toEqual(["big.bin", "wanted.bin"]);
    expect((await box.git("work", ["rev-parse", "HEAD^"])).stdout.trim()).toBe(head);
    expect((await box.git("work", ["ls-files"])).stdout).not.toMatch(/^big.bin$/m);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("1 tracked path, all clean");
    const small = await report(["import", "git", "--above", "1B", "--dry-run"]);
    expect(small.imported.map((each) => each.path).filter((path) => /^\.|\.mvgit$/.test(path))).toEqual([]);
    expect((await box.mv("work", ["import", "git", "--above", "1GB"])).stdout).toContain("nothing to import");
  });

  it("a file that is not in the work tree is left, and why", async () => {
    fs.rmSync(join(box.dir, "work/big.bin"));
    expect((await report(["import", "git", "--above", "250000"])).imported).toMatchObject([
      { path: "big.bin", what: "skipped" },
    ]);
  });
});
