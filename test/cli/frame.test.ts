import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allCommands } from "../../src/cli/commands.ts";
import { commandHelp, mainHelp } from "../../src/cli/help.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import { mvgit, type Place, ROOT, runProgram, transcript } from "../support/cli.ts";

let place: Place;
beforeAll(() => {
  place = { cwd: fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-cli-"))) };
});
afterAll(() => fs.rmSync(place.cwd, { recursive: true, force: true }));

const { version } = JSON.parse(fs.readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

describe("version and help", () => {
  test("--version alone, among others, and as JSON", async () => {
    for (const args of [["--version"], ["-q", "--version"]]) {
      expect(await mvgit(args, place)).toEqual({ stdout: `mvgit ${version}\n`, stderr: "", status: 0 });
    }
    expect(JSON.parse((await mvgit(["--version", "--json"], place)).stdout)).toEqual({
      mvgit: 1,
      command: "",
      version,
    });
  });

  test("mvgit alone, --help and help say the same and exit with 0", async () => {
    const alone = await mvgit([], place);
    expect(alone.status).toBe(0);
    expect(alone.stdout).toMatch(/^usage: mvgit /);
    expect(await mvgit(["--help"], place)).toEqual(alone);
    expect(await mvgit(["-h"], place)).toEqual(alone);
    expect(await mvgit(["help"], place)).toEqual(alone);
  });

  test("help of one command reads the same however it is asked for", async () => {
    const asked = await mvgit(["help", "completion"], place);
    expect(asked.stdout).toMatch(/^usage: mvgit completion bash\|zsh\|fish\n/);
    expect(await mvgit(["completion", "--help"], place)).toEqual(asked);
    expect(await mvgit(["completion", "bash", "-h"], place)).toEqual(asked);
  });

  test("help of every command stays within 80 columns, but for an example", async () => {
    const style = makeStyle({ color: false });
    for (const entry of allCommands()) {
      const lines = commandHelp(entry, (await entry.load()).command, style)
        .split("\n")
        .filter((line) => !line.startsWith("  $ "));
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
    expect(
      mainHelp(style)
        .split("\n")
        .filter((line) => line.length > 80),
    ).toEqual([]);
  });

  test("works through a link, as npm installs it", async () => {
    const link = join(place.cwd, "linked");
    fs.symlinkSync(join(ROOT, "bin/mvgit"), link);
    expect((await runProgram(link, ["--version"], place)).stdout).toBe(`mvgit ${version}\n`);
    expect((await runProgram(link, ["completion", "fish"], place)).status).toBe(0);
  });

  test("a clone without dist says how to build it", async () => {
    const clone = join(place.cwd, "clone");
    fs.mkdirSync(join(clone, "bin"), { recursive: true });
    fs.copyFileSync(join(ROOT, "bin/mvgit"), join(clone, "bin/mvgit"));
    fs.copyFileSync(join(ROOT, "package.json"), join(clone, "package.json"));
    const ran = await runProgram(process.execPath, [join(clone, "bin/mvgit"), "status"], place);
    expect(ran).toEqual({
      stdout: "",
      stderr: "error: mvgit is not built\nhint: run 'npm ci && npm run build' in its folder\n",
      status: 1,
    });
  });
});

describe("mistakes", () => {
  test("are usage errors that say how it is meant", async () => {
    expect(
      await transcript(
        place,
        "mvgit completon bash",
        "mvgit frobnicate",
        "mvgit completion",
        "mvgit completion bash extra",
        "mvgit completion tcsh",
        "mvgit completion --verbos bash",
        "mvgit completion -X bash",
        "mvgit --color=sometimes completion bash",
        "mvgit -C nowhere completion bash",
        "mvgit -C",
        "mvgit -- completion bash",
      ),
    ).toMatchInlineSnapshot(`
      "$ mvgit completon bash
      ! error: there is no command 'completon'
      ! hint: did you mean 'mvgit completion'?
      [exit 2]
      $ mvgit frobnicate
      ! error: there is no command 'frobnicate'
      ! hint: 'mvgit help' lists all commands
      [exit 2]
      $ mvgit completion
      ! error: 'mvgit completion' needs bash|zsh|fish
      ! hint: usage: mvgit completion bash|zsh|fish
      [exit 2]
      $ mvgit completion bash extra
      ! error: 'mvgit completion' does not take 'extra'
      ! hint: usage: mvgit completion bash|zsh|fish
      [exit 2]
      $ mvgit completion tcsh
      ! error: there is no completion for 'tcsh'
      ! hint: name bash, zsh or fish
      [exit 2]
      $ mvgit completion --verbos bash
      ! error: unknown option '--verbos'
      ! hint: did you mean '--verbose'?
      [exit 2]
      $ mvgit completion -X bash
      ! error: unknown option '-X'
      ! hint: the option '--help' lists all; write '--' before a path that starts with '-'
      [exit 2]
      $ mvgit --color=sometimes completion bash
      ! error: option '--color' is auto, always or never, not 'sometimes'
      [exit 2]
      $ mvgit -C nowhere completion bash
      ! error: cannot work in '<here>/nowhere': there is no such folder
      [exit 2]
      $ mvgit -C
      ! error: option '--directory' needs a value (DIR)
      [exit 2]
      $ mvgit -- completion bash
      ! error: the name of a command comes before '--'
      ! hint: 'mvgit help' lists all commands
      [exit 2]"
    `);
  });

  test("with --json are one document on stdout, with the same status", async () => {
    const ran = await mvgit(["completon", "--json"], place);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toEqual({
      mvgit: 1,
      command: "",
      error: {
        code: "usage",
        message: "there is no command 'completon'",
        hint: "did you mean 'mvgit completion'?",
        subject: "completon",
      },
    });
    expect(JSON.parse((await mvgit(["--json", "completion", "tcsh"], place)).stdout)).toMatchObject({
      command: "completion",
    });
  });

  test("escapes of a hostile name do not reach the terminal", async () => {
    const ran = await mvgit(["\u001b[31mred\u0007"], place);
    expect(ran.stderr).toContain("there is no command '\\x1b[31mred\\x07'");
    expect(ran.stderr).not.toContain("\u001b");
  });
});

describe("output", () => {
  test("--json prints exactly one document", async () => {
    const { stdout } = await mvgit(["completion", "bash", "--json"], place);
    expect(JSON.parse(stdout)).toMatchObject({ mvgit: 1, command: "completion", shell: "bash" });
    expect(stdout.endsWith("}\n")).toBe(true);
  });

  test("colours come with --color and stay away without a terminal", async () => {
    expect((await mvgit(["--color", "nothing"], place)).stderr).not.toContain("\u001b");
    expect((await mvgit(["help", "--color=always"], place)).stdout).toContain("\u001b[1m");
    expect((await mvgit(["help", "--color"], place)).stdout).toContain("\u001b[1m");
    expect((await mvgit(["help"], place)).stdout).not.toContain("\u001b");
    expect((await mvgit(["help", "--color=never"], place)).stdout).not.toContain("\u001b");
  });

  test("a reader that goes away ends it quietly", async () => {
    const ran = await runProgram("/bin/sh", ["-c", "{ mvgit completion zsh; echo $? >&2; } | exec true"], place);
    expect(ran).toEqual({ stdout: "", stderr: "0\n", status: 0 });
  });
});
