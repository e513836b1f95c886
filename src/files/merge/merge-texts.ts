/** Git's own merge of three texts. */
import type { Repo } from "../../repo/repo.ts";
import type { MergeRequest } from "./conflict.ts";

/** The merged text, where both sides changed the same with markers around them, and how many such places there are. */
export async function mergeTexts(
  repo: Repo,
  { base, ours, theirs }: MergeRequest,
  options: readonly string[] = [],
): Promise<{ text: Buffer; conflicts: number }> {
  const labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
  // The status is the number of conflicts.
  const answers = Array.from({ length: 128 }, (_, at) => at);
  const { stdout, status } = await repo.git.run(["merge-file", "-p", ...options, ...labels, ours, base, theirs], {
    answers,
  });
  return { text: stdout, conflicts: status };
}
