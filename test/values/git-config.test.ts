/** The reader of Git's configuration syntax, held against Git itself. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { readGitConfig } from "../../src/values/git-config.ts";

function byGit(text: string): { key: string; value: string }[] | null {
  try {
    const stdout = execFileSync("git", ["config", "--file", "-", "--list", "-z", "--no-includes"], {
      input: text,
      stdio: ["pipe", "pipe", "ignore"],
    }).toString();
    return stdout
      .split("\0")
      .slice(0, -1)
      .map((line) => {
        const end = line.indexOf("\n");
        return end < 0 ? { key: line, value: "true" } : { key: line.slice(0, end), value: line.slice(end + 1) };
      });
  } catch {
    return null;
  }
}

describe("readGitConfig", () => {
  it.each([
    "",
    "# nothing\n; at all\n",
    '[mvgit-remote "store"]\n\turl = gs://bucket/prefix\n[mvgit]\n\tremote = store\n',
    '[Mvgit-Remote "St\\"o\\\\re"] URL=gs://b ; comment\n',
    '[mvgit.stage "x.y"]\n requires\n metric = "accuracy>=0.95 # no comment"  # comment\n',
    "[mvgit]\r\nremote = a b  c \t \r\n",
    '[a]\nx = one \\\n  two\n y = "q\\tq\\n" z\n',
    "[a]\nx =\nx = \n x=''\n",
    "x = 1\n",
    '[a]\nx = "open\n',
    "[a]\nx = \\q\n",
    "[a\nx = 1\n",
    "[a]\n1x = 1\n",
    "[a] x = 1\n[a.B] y = 2\n",
    "\ufeff[a]\nx = 1",
  ])("reads %j as Git does", (text) => expect(readGitConfig(text)).toEqual(byGit(text)));
});
