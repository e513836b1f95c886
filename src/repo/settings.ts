/** Settings as this clone has them: Git's own configuration, and under it the committed `.mvgit/config`. */
import { join } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import type { GitProgram } from "../git/program.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { isAllowedInRepository, readSettings, type Setting, type Settings } from "../model/settings.ts";
import { look } from "../worktree/stamp.ts";

/** The committed settings, relative to the top of the work tree. */
export const COMMITTED_CONFIG = ".mvgit/config";
const CAP = 64 * 1024;
/** Where consent is kept: in the clone's own configuration, which no repository can bring. */
export const TRUST_KEY = "mvgit.trusted";

/** Reads both. Committed entries that need consent and do not have it are listed in `untrusted` and count for nothing. */
export async function loadSettings(git: GitProgram): Promise<Settings> {
  const own = (await git.config()).filter((entry) => entry.key.startsWith("mvgit") || entry.key === "core.hookspath");
  const committed = await committedSettings(git);
  const critical = committed.filter((entry) => !isAllowedInRepository(entry));
  const isTrusted = critical.length > 0 && own.some((entry) => entry.key === TRUST_KEY && entry.value === trustMark(critical));
  const untrusted = isTrusted ? [] : critical;
  const settings = readSettings([...committed.filter((entry) => !untrusted.includes(entry)), ...own]);
  return { ...settings, untrusted };
}

/** Everything of mvgit's that the committed file sets. */
export async function committedSettings(git: GitProgram): Promise<Setting[]> {
  const folder = look(join(git.place.top, ".mvgit"));
  const file = join(git.place.top, COMMITTED_CONFIG);
  const found = folder?.kind === "folder" ? look(file) : null;
  if (found === null) return [];
  if (found.kind !== "file" || found.size > CAP) {
    throw new MvgitError("setting-invalid", `'${COMMITTED_CONFIG}' is not a regular file of at most 64 KiB`, {
      subject: COMMITTED_CONFIG,
      hint: "restore it with 'git checkout -- .mvgit/config', or remove it",
    });
  }
  // Without a setting in it, and that is common, there is nothing to start Git for.
  const text = readUpTo(file, CAP)?.toString("utf8") ?? "";
  if (!/^\s*[^#;\s]/m.test(text)) return [];
  return (await git.configFile(file)).filter((entry) => entry.key.startsWith("mvgit")).map(({ key, value }) => ({ key, value, origin: `'${COMMITTED_CONFIG}'` }));
}

/** The committed settings that need consent. */
export async function criticalSettings(git: GitProgram): Promise<Setting[]> {
  return (await committedSettings(git)).filter((entry) => !isAllowedInRepository(entry));
}

/** What stands for consent to exactly these settings: any change of them needs it anew. */
export function trustMark(settings: readonly Setting[]): string {
  const lines = settings.map(({ key, value }) => JSON.stringify([key, value])).toSorted();
  return hashBytes(Buffer.from(lines.join("\n")));
}
