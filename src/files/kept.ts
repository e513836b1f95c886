/** Files that a command left alone, since they were not what was decided on any more. */
import { plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";

/**
 * What a checkout, or another command, left as it was, since it changed meanwhile: one error each, for the first ten.
 */
export function keptErrors({ kept }: { kept: readonly RepoPath[] }): MvgitError[] {
  const hint = "look at it, keep it with 'mvgit add' or move it away, then run the command again";
  const errors = kept
    .slice(0, 10)
    .map(
      (path) =>
        new MvgitError("local-changes", `'${display(path)}' changed while the command ran, and was left as it is now`, {
          subject: display(path),
          hint,
        }),
    );
  if (kept.length > 10)
    errors.push(
      new MvgitError(
        "local-changes",
        `${plural(kept.length - 10, "more file")} changed while the command ran, and stayed as found`,
        { hint },
      ),
    );
  return errors;
}
