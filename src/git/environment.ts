/**
 * The environment of every git that is started: its answer is the same whatever the caller's environment and
 * configuration say about what Git prints, matches or hides. What they say about where the repository is, who the user
 * is and how hosts are reached stays. Why each is decided so: docs/decisions/0010-git-answers-the-same.md.
 */
import { devNull } from "node:os";

/** The variables that a started git sees. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of Git's that change what it prints, matches or reads from, or what it starts. */
const DROPPED = new Set([
  // How paths are matched.
  "GIT_LITERAL_PATHSPECS",
  "GIT_GLOB_PATHSPECS",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_ICASE_PATHSPECS",
  // How differences and objects are shown, and by which program.
  "GIT_DIFF_OPTS",
  "GIT_EXTERNAL_DIFF",
  "GIT_PRINT_SHA1_ELLIPSIS",
  "GIT_PAGER",
  "GIT_PAGER_IN_USE",
  "GIT_FLUSH",
  "GIT_EXT_SERVICE",
  "GIT_EXT_SERVICE_NOPREFIX",
  "GIT_TRANSLOOP_DEBUG",
  "GIT_TRANSPORT_HELPER_DEBUG",
  "GIT_ADVICE",
  // What history and attributes are read from.
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_ATTR_SOURCE",
  "GIT_NAMESPACE",
  "GIT_CONFIG",
  "GIT_DEFAULT_HASH",
  "GIT_DEFAULT_REF_FORMAT",
  "GIT_NOTES_REF",
  "GIT_NOTES_DISPLAY_REF",
  "GIT_NOTES_REWRITE_MODE",
  "GIT_NOTES_REWRITE_REF",
  // How the index is written and read.
  "GIT_INDEX_VERSION",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_PREFIX",
  "GIT_OPTIONAL_LOCKS",
  "GIT_FORCE_UNTRACKED_CACHE",
  "GIT_DISABLE_UNTRACKED_CACHE",
  "GIT_FORCE_THREADS",
  // Limits and switches of Git's own developers.
  "GIT_ALLOC_LIMIT",
  "GIT_MMAP_LIMIT",
  "GIT_ALLOW_NULL_SHA1",
]);

/**
 * Everything is looked at as it is stored: no commit stands in another one's place, and a broken ref is not passed
 * over.
 */
const PINNED = { GIT_NO_REPLACE_OBJECTS: "1", GIT_GRAFT_FILE: devNull, GIT_REF_PARANOIA: "1" };

/** Settings that would start a program, change what is staged or committed, or colour Git's words. */
const SETTINGS: Readonly<Record<string, string>> = {
  "core.fsmonitor": "false",
  "core.ignoreStat": "false",
  "core.safecrlf": "false",
  "submodule.recurse": "false",
  "i18n.commitEncoding": "UTF-8",
  "attr.tree": "",
  "advice.graftFileDeprecated": "false",
  "color.ui": "false",
  "color.diff": "false",
  "color.advice": "false",
  "color.push": "false",
  "color.remote": "false",
  "color.transport": "false",
};

/** Commands that tell or change what the configuration says. */
const TELLS_SETTINGS = new Set(["config", "var", "version"]);

/** The caller's environment as a git with these arguments gets it. */
export function gitEnvironment(env: Environment, args: readonly string[]): Environment {
  const kept = Object.fromEntries(Object.entries(env).filter(([name, value]) => !isDropped(name, value)));
  const prompt = env["GIT_TERMINAL_PROMPT"] ?? "0";
  const pinned = { ...kept, ...PINNED, LC_ALL: "C", LANGUAGE: "C", GIT_TERMINAL_PROMPT: prompt };
  return TELLS_SETTINGS.has(args[0] ?? "") ? pinned : withSettings(pinned, SETTINGS);
}

function isDropped(name: string, value: string | undefined): boolean {
  // A trace into a file of its own stays; one into an open descriptor would stand among Git's words.
  if (/^GIT_(?:TRACE|CURL_VERBOSE)/.test(name)) return /^(?:[1-9]|true|yes|on)$/i.test(value ?? "");
  if (name.startsWith("GIT_TEST_")) return name !== "GIT_TEST_ASSUME_DIFFERENT_OWNER";
  return DROPPED.has(name);
}

/**
 * The same variables with more settings for Git, which count over those of every file, and over `git -c` of who called.
 */
export function withSettings(env: Environment, settings: Readonly<Record<string, string>>): Environment {
  const added = Object.entries(settings).map(([key, value]) => `'${`${key}=${value}`.replaceAll("'", "'\\''")}'`);
  // Git reads GIT_CONFIG_COUNT before this variable, in which `-c` arrives, and the last one counts.
  const given = env["GIT_CONFIG_PARAMETERS"] ?? "";
  return { ...env, GIT_CONFIG_PARAMETERS: [...(given === "" ? [] : [given]), ...added].join(" ") };
}
