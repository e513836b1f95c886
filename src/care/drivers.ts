/** What Git calls mvgit for in this clone beside hooks: merges of its files, and diffs of pointers. */
import { quoted } from "../base/shell.ts";
import type { Repo } from "../repo/repo.ts";

/** How this mvgit is started: what hooks and drivers call. */
export interface Program {
  /** Absolute path of Node. */
  node: string;
  /** Absolute path of `bin/mvgit`. */
  script: string;
}

/** Whether they call this mvgit, another one (of another place or age), or are not there. */
export type DriversState = "this" | "another" | "missing";

/**
 * What stands in the clone's own configuration, since it names a program of this machine. That may go away from its
 * place, with an environment or a version of Node: Git then does what it can without.
 */
function settingsFor(program: Program): [key: string, value: string][] {
  const [node, script] = [quoted(program.node), quoted(program.script)];
  const driver = (words: string, otherwise: string): string =>
    `if test -x ${node} && test -e ${script}; then ${node} ${script} ${words}; else ${otherwise}; fi`;
  const gone = "mvgit is gone from where it was: run 'mvgit init' where it is now, then merge again";
  return [
    ["merge.mvgit.name", "mvgit: folders by path, versions by number, stages by their events"],
    // A failure is a conflict, which nobody can overlook.
    ["merge.mvgit.driver", driver("merge-driver -- %O %A %B %P", `echo "${gone}" >&2; false`)],
    ["merge.mvgit-ignore.name", "mvgit: its own lines of .gitignore as a set"],
    // Here Git would leave our side as if it were all.
    [
      "merge.mvgit-ignore.driver",
      driver("merge-driver -- %O %A %B %P", "git merge-file -L ours -L base -L theirs %A %O %B"),
    ],
    // Git ends a whole log where this fails.
    ["diff.mvgit.textconv", `mvgit_text() { ${driver('textconv -- "$1"', 'cat -- "$1"')}; }; mvgit_text`],
  ];
}

/** Has Git call this mvgit. */
export async function configureDrivers(repo: Repo, program: Program): Promise<void> {
  for (const [key, value] of settingsFor(program)) await repo.git.setConfig(key, value);
}

/** Which mvgit Git calls here. */
export async function driversState(repo: Repo, program: Program): Promise<DriversState> {
  const entries = await repo.git.config();
  const values = settingsFor(program).map(([key, value]) => [
    value,
    entries.findLast((each) => each.key === key)?.value,
  ]);
  if (values.some(([, there]) => there === undefined)) return "missing";
  return values.every(([value, there]) => value === there) ? "this" : "another";
}
