/** Entries of Git's configuration. */
import { fields } from "../run.ts";

export interface ConfigEntry {
  /** Section and last part in lower case, the middle as written. */
  key: string;
  value: string;
  /** `system`, `global`, `local`, `worktree`, `command`. */
  scope: string;
  /** `file:/path`, `command line:`. */
  origin: string;
}

/** The output of `git config --list -z --show-scope --show-origin`. */
export function parseConfig(stdout: Buffer): ConfigEntry[] {
  const parts = fields(stdout);
  const entries: ConfigEntry[] = [];
  for (let i = 0; i + 2 < parts.length; i += 3) {
    const [scope, origin, line] = parts.slice(i, i + 3) as [string, string, string];
    const end = line.indexOf("\n");
    // A key without '=' means true, as in Git.
    entries.push({
      scope,
      origin,
      key: end < 0 ? line : line.slice(0, end),
      value: end < 0 ? "true" : line.slice(end + 1),
    });
  }
  return entries;
}
