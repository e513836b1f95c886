/**
 * What Git, hook managers, CI, editors and shells read or run by its name comes out of no store unless it was asked for
 * by name.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf, lfsObject } from "../../support/foreign.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, "work", path);
const EVIL = "* filter=evil\n";
/** One for each kind of reader, at the top and deeper, and in spellings that some system takes for the same. */
const NAMES = [
  ".gitattributes",
  "data/.gitattributes",
  ".gitmodules",
  ".lfsconfig",
  "x/.gitignore",
  ".mailmap",
  ".gitconfig",
  ".husky/pre-commit",
  "lefthook.yml",
  ".lefthook-local.yaml",
  ".pre-commit-config.yaml",
  ".github/workflows/ci.yml",
  ".github/actions/a/action.yml",
  ".gitlab-ci.yml",
  ".circleci/config.yml",
  "Jenkinsfile",
  "azure-pipelines.yml",
  ".travis.yml",
  "bitbucket-pipelines.yml",
  ".drone.yml",
  ".woodpecker/a.yml",
  ".buildkite/pipeline.yml",
  ".vscode/tasks.json",
  "sub/.vscode/settings.json",
  ".idea/workspace.xml",
  ".devcontainer/devcontainer.json",
  ".devcontainer.json",
  ".envrc",
  ".env",
  ".editorconfig",
  ".npmrc",
  ".exrc",
  ".dir-locals.el",
  ".GitAttributes",
  "GITATT~1",
  ".gi\u200ctmodules",
  ".VSCODE/tasks.json",
  ".envrc.",
  "\uff0egitattributes",
];
const HARMLESS = [
  "data/Makefile",
  "data/package.json",
  "data/.zattrs",
  "data/.gitkeep",
  "data/conftest.py",
  "data/github/x",
  "x.gitattributes",
  "data/jenkins.txt",
];

shareSandbox(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  box.write("work/plain.bin", "plain");
  box.write("work/set/one", "one");
  await box.mv("work", ["add", "plain.bin", "set"]);
  await box.git("work", ["commit", "-qm", "first"]);
  return box;
});

/** Commits a pointer as somebody makes it who wants a review to see a hash. */
async function plant(...paths: string[]): Promise<void> {
  const hash = (
    JSON.parse((await box.mv("work", ["add", "plain.bin", "--json"])).stdout) as {
      added: { hash: string; size: number }[];
    }
  ).added[0] as { hash: string; size: number };
  for (const path of paths) box.write(`work/${path}.mvgit`, `mvgit: 1\nblake3: ${hash.hash}\nsize: ${hash.size}\n`);
  await box.git("work", ["add", "-f", ...paths.map((path) => `${path}.mvgit`)]);
  await box.git("work", ["commit", "-qnm", "planted"]);
}

/** Tracks a folder that has such files, as an older mvgit did. */
async function plantFolder(folder: string, files: readonly string[]): Promise<void> {
  for (const path of files) box.write(`work/${folder}/${path}`, EVIL);
  await box.mv("work", ["-C", ".", "status"]);
  await box.git("work", ["config", "mvgit.allow", folder]);
  await box.mv("work", ["add", folder]);
  await box.git("work", ["config", "--unset-all", "mvgit.allow"]);
  await box.git("work", ["commit", "-qnm", "a folder"]);
  for (const path of files) fs.rmSync(at(`${folder}/${path}`));
}

it("a pointer of any such name is held back by checkout and pull, which name it and bring out all else", async () => {
  await plant(...NAMES);
  const before = fs.existsSync(at(".gitattributes")) ? fs.readFileSync(at(".gitattributes"), "utf8") : null;
  fs.rmSync(at("plain.bin"));
  for (const args of [["checkout"], ["checkout", "--force"]]) {
    const { stderr } = await box.mv("work", args, 1);
    expect(stderr).toMatch(/held back '.*' and \d+ more: .* would read or run what stands there[^]*mvgit.allow/);
  }
  expect(box.read("work/plain.bin").toString()).toBe("plain");
  for (const name of NAMES)
    if (name !== ".gitattributes" && name !== ".GitAttributes") expect(box.exists(`work/${name}`), name).toBe(false);
  if (before !== null) expect(fs.readFileSync(at(".gitattributes"), "utf8")).toBe(before);
  const { tracked } = JSON.parse((await box.mv("work", ["status", "--json"])).stdout) as {
    tracked: { path: string; state: string }[];
  };
  expect(
    tracked
      .filter((each) => each.state === "held")
      .map((each) => each.path)
      .toSorted(),
  ).toEqual([...NAMES].toSorted());
  await box.mv("work", ["push"]);
  expect((await box.mv("work", ["pull"], 1)).stderr).toContain("held back");
});

it("comes once the user's own configuration names it, and not because the repository's does", async () => {
  await plant(".envrc", ".vscode/tasks.json", ".vscode/settings.json");
  box.write("work/.mvgit/config", "[mvgit]\n\tallow = .envrc\n");
  await box.mv("work", ["trust"], -1);
  await box.mv("work", ["checkout"], 1);
  expect(box.exists("work/.envrc")).toBe(false);
  await box.git("work", ["config", "--add", "mvgit.allow", ".envrc"]);
  await box.git("work", ["config", "--add", "mvgit.allow", ".vscode/"]);
  await box.mv("work", ["checkout"]);
  for (const path of [".envrc", ".vscode/tasks.json", ".vscode/settings.json"])
    expect(box.read(`work/${path}`).toString()).toBe("plain");
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("in a tracked folder is held back at any depth; the rest of the folder comes, and harmless names do", async () => {
  const held = [
    ".gitattributes",
    "sub/.gitattributes",
    "sub/.gitignore",
    "deep/.vscode/tasks.json",
    "deep/.github/workflows/x.yml",
  ];
  await plantFolder("set", [...held, ...HARMLESS]);
  fs.rmSync(at("set"), { recursive: true });
  const { stderr } = await box.mv("work", ["checkout"], 1);
  for (const path of held) expect(stderr, path).toContain(`'set/${path}'`);
  for (const path of held) expect(box.exists(`work/set/${path}`), path).toBe(false);
  for (const path of ["one", ...HARMLESS]) expect(box.exists(`work/set/${path}`), path).toBe(true);
  expect((await box.mv("work", ["status"])).stdout).toMatch(
    /^held {2}set {2}\(held back: set\/\.gitattributes, .* and 2 more\)/m,
  );
  // What was held back is not gone: a change of another file keeps it in the folder.
  box.write("work/set/two", "two");
  await box.mv("work", ["add", "set"]);
  expect((await box.mv("work", ["ls", "set"])).stdout).not.toBe("");
  expect((await box.mv("work", ["cat", "set/.gitattributes"])).stdout).toBe(EVIL);
  await box.git("work", ["config", "mvgit.allow", "set/sub"]);
  await box.mv("work", ["checkout"], 1);
  expect(box.exists("work/set/sub/.gitattributes")).toBe(true);
  expect(box.exists("work/set/.gitattributes")).toBe(false);
});

it.each([[".github"], ["sub/.vscode"], [".husky"]])("a tracked folder '%s' is held back as a whole", async (folder) => {
  await plantFolder(folder, ["a", "b/c"]);
  fs.rmSync(at(folder), { recursive: true, force: true });
  expect((await box.mv("work", ["checkout"], 1)).stderr).toContain(`held back '${folder}'`);
  expect(box.exists(`work/${folder}/a`)).toBe(false);
});

it("is brought out neither by a hook that checks out by itself, nor by a merge", async () => {
  await box.git("work", ["config", "mvgit.autoCheckout", "true"]);
  await box.git("work", ["checkout", "-q", "-b", "other"]);
  await plant(".envrc", "more.bin");
  await box.git("work", ["checkout", "-q", "main"]);
  const { stderr } = await box.git("work", ["merge", "-q", "other"]);
  expect(stderr).toContain("held back '.envrc'");
  expect(box.exists("work/.envrc")).toBe(false);
  expect(box.read("work/more.bin").toString()).toBe("plain");
});

it("what Git's own configuration names as hooks, attributes or more configuration is held back too", async () => {
  await box.git("work", ["config", "core.attributesFile", "config/attributes"]);
  await box.git("work", ["config", "include.path", "../config/more"]);
  await box.git("work", ["config", "filter.x.clean", "./tools/clean.sh %f"]);
  await plant("config/attributes", "config/more", "tools/clean.sh", "config/other");
  await box.mv("work", ["checkout"], 1);
  for (const path of ["config/attributes", "config/more", "tools/clean.sh"])
    expect(box.exists(`work/${path}`), path).toBe(false);
  expect(box.exists("work/config/other")).toBe(true);
});

describe("add", () => {
  it("refuses each name, by itself, in a folder and by a pattern, and says how to have it all the same", async () => {
    for (const name of NAMES.filter((each) => !/VSCODE|GitA/.test(each))) box.write(`work/set/${name}`, "x");
    const { stderr } = await box.mv("work", ["add", "set"], 1);
    expect(stderr).toMatch(/cannot add 'set\/.*reads or runs it by its name[^]*\.mvgitignore[^]*mvgit\.allow/);
    for (const name of [".envrc", "set/.vscode/tasks.json", ".github"]) {
      if (!box.exists(`work/${name}`)) box.write(`work/${name}`, "x");
      expect((await box.mv("work", ["add", name], 1)).stderr, name).toContain("reads or runs it by its name");
      expect(box.exists(`work/${name}.mvgit`)).toBe(false);
    }
    expect((await box.mv("work", ["add", "--glob", "**/.envrc"], 1)).stderr).toContain("no file matches");
    expect((await box.mv("work", ["mv", "plain.bin", ".npmrc"], 1)).stderr).toContain("reads or runs it by its name");
    expect((await box.mv("work", ["freeze", "Jenkinsfile", "--", "true"], 1)).stderr).toContain(
      "reads or runs it by its name",
    );
    await box.git("work", ["config", "mvgit.allow", "set"]);
    await box.mv("work", ["add", "set"]);
  });

  it("leaves harmless names alone, and what '.mvgitignore' names out", async () => {
    for (const name of HARMLESS) box.write(`work/set/${name}`, "x");
    box.write("work/set/.gitattributes", "x");
    box.write("work/.mvgitignore", ".gitattributes\n");
    await box.mv("work", ["add", "set"]);
    expect((await box.mv("work", ["status"])).stdout).toContain("all clean");
  });

  it("of a run leaves them out and says so: hours of work are not refused for a name", async () => {
    const { stderr } = await box.mv("work", [
      "run",
      "m",
      "--weights",
      "out",
      "--",
      "node",
      "-e",
      "fs.mkdirSync('out'); fs.writeFileSync('out/w', 'w'); fs.writeFileSync('out/.gitattributes', 'x')",
    ]);
    expect(stderr).toContain("left out 'out/.gitattributes'");
    expect(box.read("work/out.mvgit").toString()).toContain("files: 1");
    // A name that could never be taken in is refused before the command starts.
    expect(
      (
        await box.mv(
          "work",
          ["run", "m", "--weights", ".envrc", "--", "node", "-e", "fs.writeFileSync('started', '')"],
          1,
        )
      ).stderr,
    ).toContain("reads or runs it by its name");
    expect(
      (await box.mv("work", ["run", "m", "--weights", "OUT", "--", "node", "-e", "fs.writeFileSync('started', '')"], 1))
        .stderr,
    ).toContain("one name on some systems");
    expect(box.exists("work/started")).toBe(false);
  });
});

it("the hook names a new pointer of such a file", async () => {
  await plant("a.bin");
  box.write("work/.envrc.mvgit", box.read("work/a.bin.mvgit"));
  await box.git("work", ["add", "-f", ".envrc.mvgit"]);
  expect((await box.git("work", ["commit", "-qm", "envrc"], 1)).stderr).toContain(
    "'.envrc.mvgit' stands for a file that a shell reads or runs by its name",
  );
});

it("get and export leave it out, and bring it when it is asked for by name", async () => {
  await plantFolder("set", [".gitattributes", "Makefile"]);
  await box.mv("work", ["export", "HEAD", "--only", "set", "-o", "../out"]);
  expect(fs.existsSync(join(box.dir, "out/set/Makefile"))).toBe(true);
  expect(fs.existsSync(join(box.dir, "out/set/.gitattributes"))).toBe(false);
  expect((await box.mv("work", ["export", "HEAD", "--only", "set", "-o", "../out2"])).stderr).toContain(
    "left out 'set/.gitattributes'",
  );
  await box.mv("work", ["export", "HEAD", "--only", "set", "--only", "set/.gitattributes", "-o", "../out3"]);
  expect(fs.readFileSync(join(box.dir, "out3/set/.gitattributes"), "utf8")).toBe(EVIL);
});

it("an import leaves such files with the program that has them, names them, and takes the rest", async () => {
  box.write("work/.gitattributes", `${box.read("work/.gitattributes").toString()}/lfs/** filter=lfs\n`);
  for (const path of ["lfs/.envrc", "lfs/plain.txt"]) box.write(`work/${path}`, lfsObject(box, "work", path));
  const digest = digestOf("md5", "x");
  box.write(`work/.dvc/cache/files/md5/${digest.slice(0, 2)}/${digest.slice(2)}`, "x");
  box.write("work/.dvc/config", "[core]\n");
  const out = (path: string): string => `- md5: ${digest}\n  size: 1\n  hash: md5\n  path: ${path}\n`;
  box.write("work/a.dvc", `outs:\n${out("AGENTS.md")}${out("plain.csv")}`);
  await box.git("work", ["add", "-f", ".gitattributes", "lfs", "a.dvc", ".dvc/config"]);
  await box.git("work", ["commit", "-qnm", "of others"]);
  for (const [from, left, taken] of [
    ["lfs", "lfs/.envrc", "lfs/plain.txt"],
    ["dvc", "AGENTS.md", "plain.csv"],
  ] as const) {
    const { stdout, stderr } = await box.mv("work", ["import", from], -1);
    expect(stdout + stderr).toMatch(/reads or runs it by its name, and a review would see a hash/);
    expect([left, taken].map((path) => box.exists(`work/${path}.mvgit`))).toEqual([false, true]);
  }
});
