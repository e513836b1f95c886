/** The error for files that some program would read or run for their names. */
import { andMore } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { shellName } from "../base/shell.ts";
import { ALLOW_KEY } from "../values/settings.ts";
import type { Guard } from "./guard.ts";
import { IGNORE_FILE } from "./ignore-rules.ts";

/** Files named at most. */
const SHOWN = 10;

/** For at least one path. */
export function refused(guard: Guard, paths: readonly RepoPath[]): MvgitError {
  const first = paths[0] as RepoPath;
  const names =
    paths
      .slice(0, SHOWN)
      .map((each) => `'${display(each)}'`)
      .join(", ") + andMore(paths.length - SHOWN);
  return new MvgitError(
    "cannot-add",
    prose`
      cannot add ${names}: ${guard.readerOf(first) ?? "Git"} reads or runs it by its name,
      and a review would see a hash
    `,
    {
      subject: display(first),
      hint: prose`
        let Git keep it ('git add -f'), or name it in '${IGNORE_FILE}' to leave it out of its folder;
        to track it all the same: 'git config --add ${ALLOW_KEY} ${shellName(first)}'
      `,
    },
  );
}
