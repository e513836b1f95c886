/** Which of Git's variables reach a git that mvgit starts. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitEnvironment, withSettings } from "../../src/git/environment.ts";
import { ROOT } from "../support/cli.ts";

/** Where the repository is, who the user is, where settings are, how hosts are reached, which programs there are. */
const KEPT = `
  GIT_DIR GIT_WORK_TREE GIT_COMMON_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
  GIT_QUARANTINE_PATH GIT_IMPLICIT_WORK_TREE
  GIT_CEILING_DIRECTORIES GIT_DISCOVERY_ACROSS_FILESYSTEM GIT_NO_LAZY_FETCH
  GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
  GIT_AUTHOR_IDENT GIT_COMMITTER_IDENT
  GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_ATTR_NOSYSTEM
  GIT_ATTR_SYSTEM GIT_ATTR_GLOBAL GIT_TEMPLATE_DIR GIT_EXEC_PATH GIT_TEXTDOMAINDIR
  GIT_ASKPASS GIT_TERMINAL_PROMPT GIT_SSH GIT_SSH_COMMAND GIT_SSH_VARIANT GIT_ALLOW_PROTOCOL GIT_PROTOCOL
  GIT_PROTOCOL_FROM_USER GIT_PROXY_COMMAND GIT_USER_AGENT GIT_OVERRIDE_VIRTUAL_HOST
  GIT_PUSH_OPTION_COUNT GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_REFLOG_ACTION GIT_MAN_VIEWER GIT_PROGRESS_DELAY
  GIT_DEFAULT_BRANCH GIT_BASENAME_FACTOR GIT_CHERRY_PICK_HELP GIT_SHELL_PATH
  GIT_DIFFTOOL_DIRDIFF GIT_DIFFTOOL_EXTCMD GIT_DIFFTOOL_TRUST_EXIT_CODE GIT_DIFF_TOOL GIT_MERGETOOL_GUI
  GIT_MERGE_AUTOEDIT GIT_MERGE_VERBOSITY
  GIT_TEST_ASSUME_DIFFERENT_OWNER
`
  .split(/\s+/)
  .filter((name) => name !== "");

/** Names in the program itself; none where it is no plain file of strings. */
function namesInGit(): string[] {
  const folder = execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
  const bytes = fs.readFileSync(join(folder, "git")).toString("latin1");
  const isReach = (name: string): boolean => /^GIT_(?:CONFIG_(?:KEY|VALUE)|HTTP|SSL|CURL|PROXY_SSL)_/.test(name);
  return [...new Set([...bytes.matchAll(/\0(GIT_[A-Z0-9_]+)(?=\0)/g)].map(([, name]) => name as string))].filter(
    (name) => !isReach(name),
  );
}

describe("the environment of a git", () => {
  it("every variable that this Git knows was decided on", () => {
    const passes = (name: string): boolean =>
      gitEnvironment({ [name]: "1" }, ["ls-files"])[name] === "1" &&
      !["GIT_NO_REPLACE_OBJECTS", "GIT_REF_PARANOIA"].includes(name);
    expect(
      namesInGit().filter((name) => passes(name) && !KEPT.includes(name) && !name.startsWith("GIT_TRACE")),
      "decide on these in src/git/environment.ts",
    ).toEqual([]);
  });

  it("keeps who, where and how hosts are reached, and what is not Git's", () => {
    const env = {
      GIT_DIR: "/d",
      GIT_ASKPASS: "/a",
      GIT_AUTHOR_NAME: "me",
      GIT_PASSWORD: "read by the askpass program",
      PATH: "/bin",
      GIT_TRACE2_EVENT: "/log",
    };
    expect(gitEnvironment(env, ["ls-files"])).toMatchObject(env);
  });

  it("a trace among Git's words is left out", () => {
    expect(
      Object.keys(
        gitEnvironment({ GIT_TRACE: "1", GIT_TRACE_PACKET: "true", GIT_CURL_VERBOSE: "1" }, ["ls-files"]),
      ).filter((name) => /TRACE|CURL/.test(name)),
    ).toEqual([]);
  });

  it("settings given by mvgit count over those of the caller, in each of Git's forms", () => {
    const env = withSettings(
      {
        PATH: process.env["PATH"],
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "a.b",
        GIT_CONFIG_VALUE_0: "count",
        GIT_CONFIG_PARAMETERS: "'a.b'='parameter'",
      },
      { "a.b": "it's ours" },
    );
    expect(execFileSync("git", ["config", "a.b"], { env, cwd: ROOT, encoding: "utf8" })).toBe("it's ours\n");
  });
});
