/** Files that Git, or mvgit, reads by their name: in Git's hands they must stay. */
import { baseOf, foldName } from "../base/paths.ts";
import { STAGES_FILE } from "./stages-file.ts";

const NAMES = new Set([".gitattributes", ".gitignore", ".gitmodules", ".mvgitignore", ".lfsconfig"]);

/** True for such a file, for mvgit's own folder at the top, and for what lies in it. */
export function isSettingsFile(path: string): boolean {
  const folded = foldName(path);
  return NAMES.has(baseOf(folded)) || folded === STAGES_FILE || /^\.mvgit(\/|$)/.test(folded);
}
