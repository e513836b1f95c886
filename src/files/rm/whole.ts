/** What `rm` and `mv` take: whatever is tracked by a pointer of its own. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Selected } from "../../repo/tracked.ts";

/** Throws `usage` where one of them is a part of a tracked folder. */
export function wholeOnes(selected: readonly Selected[]): readonly Selected[] {
  const part = selected.find((each) => each.inside !== null);
  if (!part) return selected;
  throw new MvgitError(
    "usage",
    `'${display(`${part.path}/${part.inside?.[0]}`)}' is part of the tracked folder '${display(part.path)}'`,
    { hint: `remove or move it with your system's own command, then run 'mvgit add ${display(part.path)}'` },
  );
}
