/**
 * `.gitignore`: Git's own merge of texts, and where that finds a conflict, mvgit's lines as a set beside everybody
 * else's.
 */
import { MARKER_SIZE, resolveIgnoreConflicts } from "../../values/merge-ignore.ts";
import type { Repo } from "../../repo/repo.ts";
import { merged, type MergeReport, type MergeRequest, settledAs } from "./conflict.ts";

export async function mergeIgnoreFile(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  const args = [
    "merge-file",
    "-p",
    "--diff3",
    `--marker-size=${MARKER_SIZE}`,
    "-L",
    "ours",
    "-L",
    "base",
    "-L",
    "theirs",
    request.ours,
    request.base,
    request.theirs,
  ];
  // The status is the number of conflicts.
  const { stdout, status } = await repo.git.run(args, { answers: Array.from({ length: 128 }, (_, at) => at) });
  if (status === 0) return merged(request, stdout);
  const { text, open } = resolveIgnoreConflicts(stdout.toString("utf8"));
  return open === 0 ? merged(request, text) : settledAs(request, text, []);
}
