/**
 * A TAB after `spam@` offers versions, in real bash, whose readline ends words at `@`, and gives no tag's name to a
 * shell.
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bashScript } from "../../../src/cli/completion/bash.ts";
import { fishScript } from "../../../src/cli/completion/fish.ts";
import { kindsOf } from "../../../src/cli/completion/names.ts";
import { readWords } from "../../../src/cli/completion/words.ts";
import { allCommands } from "../../../src/cli/commands.ts";
import { zshScript } from "../../../src/cli/completion/zsh.ts";
import { findProgram } from "../../../src/program/find.ts";
import { hermeticEnv } from "../../support/cli.ts";

const HOSTILE = "evil$(touch${IFS}pwned)@v1";
let dir: string;
beforeAll(async () => {
  dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-tab-")));
  const git = (...args: string[]): void =>
    void execFileSync("git", args, { cwd: join(dir, "work"), env: hermeticEnv(dir) });
  fs.mkdirSync(join(dir, "work"));
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "x");
  for (const tag of [
    "spam@v1",
    "spam@v2",
    "spam@v10",
    "ham@v1",
    "spam#production#1",
    "spam#production#2",
    "spam#staging#1",
    "v1",
    "spam@v1x",
    HOSTILE,
  ])
    git("tag", tag);
  for (const path of ["data.csv.mvgit", "my files.mvgit", "evil$(touch pwned).mvgit", "new\nline.mvgit"])
    fs.writeFileSync(join(dir, "work", path), "");
  fs.writeFileSync(join(dir, "work/plain.txt"), "");
  git("add", "-A");
  git("update-ref", "refs/mvgit/runs/0a1b2c3d", "HEAD");
  git("config", "mvgit-remote.store.url", "gs://b");
  git("config", "core.fsmonitor", "touch pwned; false");
  fs.mkdirSync(join(dir, "work/.mvgit"));
  fs.writeFileSync(
    join(dir, "work/.mvgit/config"),
    '[mvgit-remote "second"]\n\turl = x\n[mvgit-remote "$(touch pwned)"]\n\turl = y\n[include]\n\tpath = /nowhere\n',
  );
  fs.writeFileSync(join(dir, "completion.bash"), bashScript(await readWords(allCommands())));
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

/** What bash would offer at the end of this line: the words as bash splits them, and what readline would replace. */
function offered(line: string, env: Record<string, string> = {}): string[] {
  const words = line.split(/(\s+|[@:=])/).filter((each) => each !== "" && !/^\s/.test(each));
  if (/\s$/.test(line)) words.push("");
  // '@' begins what is replaced, the other two end it.
  const replaced = /\s$/.test(line) ? "" : (/(?:@[^\s@:=]*|[^\s@:=]*)$/.exec(line) as RegExpExecArray)[0];
  const script = `source ../completion.bash
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE=$LINE; COMP_POINT=\${#LINE}
    _mvgit mvgit "$REPLACED" "" 2>/dev/null; for each in "\${COMPREPLY[@]}"; do printf '%s\\n' "$each"; done`;
  const { BASH_ENV: _, ...clean } = hermeticEnv(dir) as Record<string, string>;
  const out = execFileSync("bash", ["--norc", "--noprofile", "-c", script, "bash", ...words], {
    cwd: join(dir, "work"),
    env: { ...clean, LINE: line, REPLACED: replaced, ...env },
    encoding: "utf8",
  });
  return out
    .split("\n")
    .filter((each) => each !== "")
    .toSorted();
}

test.skipIf(findProgram("bash", { cwd: "/", env: process.env }) === null)(
  "labels, models and stages, each where it is meant",
  () => {
    expect(offered("mvgit show spam@")).toEqual(["@latest", "@v1", "@v10", "@v2"]);
    expect(offered("mvgit show spam@v1")).toEqual(["@v1", "@v10"]);
    expect(offered("mvgit show sp")).toEqual(["spam#", "spam@"]);
    expect(offered("mvgit show spam#")).toEqual(["spam#production", "spam#staging"]);
    expect(offered("mvgit compare spam@v1 ham@")).toEqual(["@latest", "@v1"]);
    expect(offered("mvgit promote spam@v2 ")).toEqual(["production", "staging"]);
    expect(offered("mvgit promote -m why spam@v2 st")).toEqual(["staging"]);
    expect(offered("mvgit log ")).toEqual(["ham", "spam"]);
    expect(offered("mvgit show host@")).toEqual([]);
    expect(offered("mvgit add spam@")).toEqual([]);
    expect(offered("mvgit help sho")).toEqual(["show"]);
    expect(offered("mvgit export LA")).toEqual([]);
  },
);

test.skipIf(findProgram("bash", { cwd: "/", env: process.env }) === null)(
  "remotes, tracked paths and runs, as operands and as values of options; nothing where a text is wanted",
  () => {
    expect(offered("mvgit remote default ")).toEqual(["second", "store"]);
    expect(offered("mvgit push --remote s")).toEqual(["second", "store"]);
    expect(offered("mvgit push --remote store ")).toEqual(["data.csv", "evil$(touch pwned)", "my files"]);
    expect(offered("mvgit rm d")).toEqual(["data.csv"]);
    expect(offered("mvgit checkout my")).toEqual(["my files"]);
    expect(offered("mvgit runs show ")).toEqual(["0a1b2c3d"]);
    expect(offered("mvgit promote spam@v2 production -m ")).toEqual([]);
    expect(offered("mvgit note spam@v2 ")).toEqual([]);
    expect(offered(`mvgit -C ${dir} rm d`)).toEqual([]);
    expect(fs.existsSync(join(dir, "work/pwned"))).toBe(false);
  },
);

test.skipIf(findProgram("bash", { cwd: "/", env: process.env }) === null)(
  "of a repository elsewhere, and of the folder that -C names",
  () => {
    expect(offered(`mvgit get ${dir}/work ham@`)).toEqual(["@latest", "@v1"]);
    expect(offered(`mvgit get -o x file://${dir}/work ham@`)).toEqual(["@latest", "@v1"]);
    expect(offered(`mvgit -C ${dir}/work show ham@v`)).toEqual(["@v1"]);
    expect(offered(`mvgit -C ${dir} show ham@v`)).toEqual([]);
    expect(fs.existsSync(join(dir, "work/pwned"))).toBe(false);
  },
);

test("a usage line says what each operand is", () => {
  expect(kindsOf("LABEL STAGE")).toEqual({ kinds: ["label", "stage"], repeats: false });
  expect(kindsOf("REPO-URL LABEL|REV[:PATH]")).toEqual({ kinds: ["address", "label"], repeats: false });
  expect(kindsOf("MODEL [-- CMD...]")).toEqual({ kinds: ["model"], repeats: false });
  expect(kindsOf("[REV] [PATH...]")).toEqual({ kinds: ["path", "path"], repeats: true });
});

test("the scripts of zsh and fish are what these shells can read, where they are", async () => {
  const words = await readWords(allCommands());
  for (const [shell, text] of [
    ["zsh", zshScript(words)],
    ["fish", fishScript(words)],
  ] as const) {
    expect(/mvgit_(?:names|of) label/.test(text)).toBe(true);
    const file = join(dir, `completion.${shell}`);
    fs.writeFileSync(file, text);
    const program = findProgram(shell, { cwd: "/", env: process.env });
    if (program !== null) execFileSync(program, ["-n", file]);
  }
});
