/** Packages of Node made anew from the recorded lock files: `npm ci`, without scripts, in the scratch work tree. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { display, pathProblem } from "../../base/paths.ts";
import { findOnPath } from "../../base/search-path.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import type { Mapping } from "../../values/document.ts";
import { type Lacking, whyLacking } from "../../values/wished-environment.ts";
import { ask } from "../../program/ask.ts";
import { inEmptyFolder, isInside, neutralEnvironment, sealFolder } from "../../program/neutral.ts";
import { perform } from "../../program/perform.ts";
import { type Repo, withoutGitVariables } from "../../repo/repo.ts";

const LOCK = /^(?:.*\/)?(?:package-lock|npm-shrinkwrap)\.json$/;
const LOCK_CAP = 64 * 1024 * 1024;

export interface RebuiltModules {
  /** The lock files that were installed from. */
  locks: string[];
  lacking: Lacking[];
}

/** Lock files of npm that a version recorded, by path and hash. */
export function npmLocks(environment: Mapping): { path: string; hash: string }[] {
  const locks = Object.hasOwn(environment, "locks") ? environment["locks"] : [];
  return (Array.isArray(locks) ? locks : []).flatMap((each) => {
    if (each === null || typeof each !== "object" || Array.isArray(each)) return [];
    const { path, blake3 } = each;
    return typeof path === "string" && typeof blake3 === "string" && LOCK.test(path) && pathProblem(path) === null
      ? [{ path, hash: blake3 }]
      : [];
  });
}

/** Installs what they list. What cannot be had is lacking, and everything else goes on. */
export async function rebuildModules(
  repo: Repo,
  scratch: Repo,
  locks: readonly { path: string; hash: string }[],
): Promise<RebuiltModules> {
  const rebuilt: RebuiltModules = { locks: [], lacking: [] };
  if (locks.length === 0) return rebuilt;
  const npm = findOnPath("npm", repo.env);
  for (const { path, hash } of locks) {
    const why =
      npm === null || isInside(npm, repo.top)
        ? "npm is not on this machine"
        : await installFrom(repo, scratch, { npm, path, hash });
    if (why === null) rebuilt.locks.push(path);
    else rebuilt.lacking.push({ package: path, why });
  }
  return rebuilt;
}

async function installFrom(
  repo: Repo,
  scratch: Repo,
  { npm, path, hash }: { npm: string; path: string; hash: string },
): Promise<string | null> {
  const bytes = readUpTo(join(scratch.top, path), LOCK_CAP);
  if (bytes === null) return "the lock file is no part of the version's code";
  if (hashBytes(bytes) !== hash) return "the lock file is another one than was recorded";
  const folder = dirname(join(scratch.top, path));
  if (fs.existsSync(join(folder, ".npmrc")))
    repo.watch.note(`'${display(join(dirname(path), ".npmrc"))}' of the version has a say in where packages come from`);
  const env = neutralEnvironment(withoutGitVariables(repo.env), repo.top);
  // The user's own, and not that of the repository.
  const registry = await inEmptyFolder((cwd) => {
    sealFolder(cwd);
    return ask({ file: npm, args: ["config", "get", "registry"], cwd, env, patience: 60_000 });
  });
  const from = registry !== null && /^https?:\/\/\S+$/.test(registry.trim()) ? [`--registry=${registry.trim()}`] : [];
  repo.watch.note(`installing from '${display(path)}' (npm)`);
  const done = await perform({
    file: npm,
    args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", ...from],
    cwd: folder,
    env: { ...env, NO_COLOR: "1", GIT_TERMINAL_PROMPT: "0" },
    signal: repo.watch.signal,
  });
  return done.ok ? null : npmReason(done.words);
}

function npmReason(words: string): string {
  if (/\b(?:ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET)\b/.test(words))
    return "the registry cannot be reached";
  const missing = /\b(?:E404|ETARGET)\b[^]*?'?((?:@[\w.-]+\/)?[\w.-]+@[\w.+-]+)/.exec(words)?.[1];
  if (missing !== undefined) return `the registry does not have ${display(missing)}`;
  if (/\bEINTEGRITY\b/.test(words)) return "bytes are others than the lock file says";
  return whyLacking(
    words
      .split("\n")
      .filter((line) => /^npm (?:error|ERR!)/.test(line) && !/A complete log|code /.test(line))
      .slice(0, 1)
      .join(""),
  ).why;
}
