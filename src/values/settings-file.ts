/**
 * Files that some program reads as its settings, or runs, for their name alone: Git, mvgit, hook managers, CI, editors
 * and shells. In Git's hands they must stay, where a review shows what they say; the decision is docs/decisions/0012b.
 */
import { pattern } from "../base/pattern.ts";
import { bareName } from "../base/paths.ts";
import { STAGES_FILE } from "./stages-file.ts";

/** Endings that no program's settings have whose files may be called anything behind their names. */
const DATA = "(svg|png|jpe?g|gif|webp|pdf|csv|tsv|jsonl?|txt|md|html?|xml|zip|gz)";

/**
 * Who reads it, and the names of files, or of folders with all that is in them, as any system would take them. A name
 * without a dot in front is taken whole, ending and all: `lefthook.svg` is a picture.
 */
const READERS: readonly (readonly [string, RegExp])[] = [
  ["mvgit", /^\.mvgit(ignore)?$/],
  [
    "a CI service",
    pattern()`
      ^(\.(github|gitlab|gitea|forgejo)|\.gitlab-ci[^/]*|\.circleci|circle\.ya?ml|\.buildkite|
      \.(woodpecker|drone|cirrus|travis|appveyor|semaphore|teamcity|tekton|harness)|\.(woodpecker|drone|
      cirrus|travis|appveyor)\.(ya?ml|jsonnet|star)|appveyor\.ya?ml|azure-pipelines[^/]*\.ya?ml|
      bitbucket-pipelines\.ya?ml|\.azure-?pipelines([^/]*\.ya?ml)?|
      \.?jenkinsfile([.-](?!(.*\.)?${DATA}$).*)?|cloudbuild\.(ya?ml|json)|codemagic\.ya?ml|
      buildspec\.ya?ml|\.gitpod[^/]*)$`,
  ],
  ["Git", /^(\.git(?!keep$).*|\.mailmap|\.lfsconfig|git-blame-ignore-revs)$/],
  [
    "a hook manager",
    pattern()`
      ^(\.husky|\.huskyrc(\.(json|ya?ml|[cm]?[jt]s))?|husky\.config\.[cm]?[jt]s|
      \.lefthook(-local)?|\.?lefthook(-local)?\.(ya?ml|toml|jsonc?)|\.?lefthookrc|
      \.pre-commit-(config|hooks)\.ya?ml|prek\.toml|\.lintstagedrc(\.(json|ya?ml|[cm]?[jt]s))?|
      lint-staged\.config\.[cm]?[jt]s|\.(local-)?overcommit(\.ya?ml)?|\.?hk(\.local)?\.(pkl|toml|ya?ml|json)|
      \.?simple-git-hooks\.([cm]?js|json))$`,
  ],
  [
    "an editor",
    pattern()`
      ^(\.vscode|.*\.code-workspace|\.idea|\.devcontainer|\.?devcontainer\.json|\.editorconfig|\.(n?vim|
      ex)rc|\.nvim\.lua|\.lvimrc|\.local\.vimrc|\.dir-locals(-2)?\.el|\.projectile|\.sublime-.*|
      .*\.sublime-(project|build|settings)|\.zed|\.helix|\.fleet|\.vs|\.kakrc|\.nova|\.cursor|
      \.cursorrules|\.claude|\.mcp\.json|\.windsurf.*|\.run|\.settings)$`,
  ],
  [
    "a shell",
    pattern()`
      ^(\.envrc|\.direnv|\.direnvrc|\.env(\..*)?|\.(bash|zsh|csh|tcsh|ksh)rc|\.bash_(profile|login|
      logout|aliases)|\.z(shenv|profile|login|logout)|\.profile|\.login|\.inputrc|\.autoenv.*|
      \.tool-versions|\.?mise(\..*)?\.toml|\.mise|\.(python|node|ruby|java|go|terraform)-version|
      \.nvmrc|\.sdkmanrc|\.ssh|\.netrc)$`,
  ],
  [
    "a package manager",
    /^(\.npmrc|\.yarnrc(\..*)?|\.yarn|\.pnpmfile\.c?js|\.pypirc|\.condarc|\.cargo|\.bundle|\.mvn|\.gradle|\.config)$/,
  ],
];

/** The short names that Windows may give to some of them (`GITATT~1`): the first letters, or Git's known hashes. */
const SHORT = new Set([
  "gitatt",
  "gitmod",
  "gitign",
  "gitcon",
  "github",
  "gitlab",
  "gitea",
  "gitpod",
  "gitblam",
  "forgej",
  "husky",
  "lfscon",
  "mailma",
  "mvgit",
  "mvgiti",
  "vscode",
  "idea",
  "devcon",
  "envrc",
  "direnv",
  "pre-co",
  "leftho",
  "circle",
  "buildk",
  "woodpe",
  "drone",
  "travis",
  "cirrus",
  "appvey",
  "azure-",
  "bitbuc",
  "jenkin",
  "editor",
  "dir-lo",
  "npmrc",
  "yarnrc",
  "mise",
  "tool-v",
  "vimrc",
  "exrc",
  "config",
  "gi7eba",
  "gi250a",
  "gi7d29",
  "maba30",
]);

/** What a name must have to be one of these: nearly all names of data have not, which is seen at a glance. */
const SUSPECT = pattern("i")`
  (?:^|\/)(?:\.|jenkinsfile|lefthook|azure|bitbucket|devcontainer|appveyor|circle\.|cloudbuild|
  codemagic|buildspec|mise\.|hk\.|prek\.|husky\.|lint-staged\.|simple-git|git-blame|stages\.yaml)|\.(?:code-workspace|
  sublime-)|[^ -}]`;

/**
 * Who reads a path of the work tree as settings, or runs it, by its name or that of a folder that it lies in; null for
 * what is only content.
 */
export function readerOf(path: string): string | null {
  if (!SUSPECT.test(path)) return null;
  for (const component of path.split("/")) {
    const name = bareName(component);
    const reader = READERS.find(([, names]) => names.test(name))?.[0];
    if (reader !== undefined) return reader;
    const short = /^([^~]{1,6})~\d+(?:\.[^.]{0,3})?$/.exec(name)?.[1];
    if (short !== undefined && SHORT.has(short)) return "Git, or another program,";
  }
  return bareName(path) === STAGES_FILE ? "mvgit" : null;
}

/** True for such a file. */
export function isSettingsFile(path: string): boolean {
  return readerOf(path) !== null;
}
