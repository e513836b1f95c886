/** `mvgit merge-driver BASE OURS THEIRS PATH`: what Git calls to merge pointers. */
import { resolve } from "node:path";
import { mergeFile } from "../../../files/merge-driver.ts";
import { defineCommand } from "../../command.ts";
import { conflictText } from "../../render/files/merge-conflict.ts";

export const command = defineCommand({
  aboutHooks: true,
  arguments: "BASE OURS THEIRS PATH",
  details: "What Git calls to merge pointers, package files and stages.yaml; 'mvgit init' configures it.",
  options: {},
  async run({ operands }, session) {
    const [base = "", ours = "", theirs = "", path = ""] = operands;
    const files = {
      base: resolve(session.cwd, base),
      ours: resolve(session.cwd, ours),
      theirs: resolve(session.cwd, theirs),
    };
    const repo = await session.repo();
    return { path, ...(await mergeFile(repo, path, files)) };
  },
  text({ path, merged, conflicts, open, sides }) {
    if (merged) return "";
    const which =
      sides.during === "rebase" ? `\nmvgit: in a rebase, ours is ${sides.ours}, and theirs is ${sides.theirs}` : "";
    return conflictText(path, conflicts, open ?? []) + which;
  },
  exit: ({ merged }) => (merged ? 0 : 1),
});
