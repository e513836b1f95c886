/** What to do about each state of what is tracked. */
import type { PathStatus } from "../../../files/status.ts";

type Simple = Exclude<PathStatus["state"], "behind" | "incomplete" | "diverged" | "modified">;

const ADVICE: Readonly<Record<Simple, string>> = {
  clean: "'mvgit fetch' gets the bytes from a remote",
  deleted: "'mvgit checkout' brings it back, 'mvgit rm' stops tracking it",
  unpointed: "'git rm' its pointer to stop tracking, or 'git checkout' it",
  conflicted: "'mvgit conflicts' shows both sides; 'mvgit checkout --ours PATH' or '--theirs' decides",
  malformed: "'git checkout' its pointer, or 'mvgit add' it again",
  newer: "update mvgit",
  held: "'mvgit checkout' says why, and how to let it come",
  blocked: "move what stands there away, then 'mvgit checkout'",
  sparse: "left out by sparse checkout",
};

/** One line, for the path itself. */
export function adviceOf(each: PathStatus): string {
  const { state, notInCache } = each;
  const bring = notInCache ? "'mvgit pull'" : "'mvgit checkout'";
  switch (state) {
    case "behind":
      return `${bring} brings what its pointer names now`;
    case "incomplete":
      return `${bring} brings the rest`;
    case "modified":
      return forModified(each);
    case "diverged":
      return forDiverged(each, bring);
    default:
      return ADVICE[state];
  }
}

function forModified({ files, isUnknown }: PathStatus): string {
  if (isUnknown) return "'mvgit add' records it as it is here, 'mvgit checkout --force' replaces it";
  if (files?.added && !files.modified && !files.deleted)
    return "'mvgit add' takes in what is new; 'mvgit checkout' leaves it alone";
  if (files?.deleted && !files.modified && !files.added)
    return "'mvgit add' keeps the change, 'mvgit checkout PATH' brings the files back";
  return "'mvgit add' keeps the change, 'mvgit checkout --force' undoes it";
}

function forDiverged({ files, isOther, notInCache, detail }: PathStatus, bring: string): string {
  if (isOther) return `${ADVICE.blocked}; 'mvgit add --as-is PATH' records it`;
  if (notInCache && detail !== undefined) return "'mvgit pull' brings what the pointer changed, or says what to decide";
  if (files && !files.diverged) return `${bring} brings what the pointer changed, and keeps your changes`;
  return "'mvgit checkout --force PATH' takes the pointer's bytes, 'mvgit add --as-is PATH' yours";
}
