/**
 * `.gitignore`: Git's own merge of texts, and where that finds a conflict, mvgit's lines as a set beside everybody
 * else's.
 */
import { MARKER_SIZE, resolveIgnoreConflicts } from "../../values/merge-ignore.ts";
import type { Repo } from "../../repo/repo.ts";
import { merged, type MergeReport, type MergeRequest, settledAs } from "./conflict.ts";
import { mergeTexts } from "./merge-texts.ts";

export async function mergeIgnoreFile(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  const git = await mergeTexts(repo, request, ["--diff3", `--marker-size=${MARKER_SIZE}`]);
  if (git.conflicts === 0) return merged(request, git.text);
  const { text, open } = resolveIgnoreConflicts(git.text.toString("utf8"));
  return open === 0 ? merged(request, text) : settledAs(request, text, []);
}
