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
      cirrus|travis|appveyor|semaphore)\.(ya?ml|jsonnet|star)|appveyor\.ya?ml|azure-pipelines[^/]*\.ya?ml|
      bitbucket-pipelines\.ya?ml|\.azure-?pipelines([^/]*\.ya?ml)?|
      \.?jenkinsfile([.-](?!(.*\.)?${DATA}$).*)?|cloudbuild\.(ya?ml|json)|codemagic\.ya?ml|
      buildspec\.ya?ml|\.gitpod[^/]*|\.?(readthedocs|bitrise|codefresh|wercker|shippable|packit|screwdriver|
      zuul)\.ya?ml|\.(vela|prow|scrutinizer|taskcluster|mergify|onedev-buildspec|build|rultor|cnb)\.ya?ml|
      \.(codefresh|vela|prow|mergify|builds|copr|codebuild|bazelci|kokoro)|\.?zuul\.d|bamboo-specs|
      \.space\.kts|netlify\.toml|vercel\.json|renovate\.json5?|\.renovaterc(\.json5?)?)$`,
  ],
  ["Git", /^(\.git(?!keep$).*|\.mailmap|\.lfsconfig|git-blame-ignore-revs)$/],
  ["another version control", /^(\.(hg|hgrc|svn|bzr|jj|sl|pijul)|_darcs|\.dvc)$/],
  [
    "a hook manager",
    pattern()`
      ^(\.husky|\.huskyrc(\.(json|ya?ml|[cm]?[jt]s))?|husky\.config\.[cm]?[jt]s|
      \.lefthook(-local)?|\.?lefthook(-local)?\.(ya?ml|toml|jsonc?)|\.?lefthookrc|
      \.pre-commit-(config|hooks)\.ya?ml|prek\.toml|\.lintstagedrc(\.(json|ya?ml|[cm]?[jt]s))?|
      lint-staged\.config\.[cm]?[jt]s|\.(local-)?overcommit(\.ya?ml)?|\.?hk(\.local)?\.(pkl|toml|ya?ml|json)|
      \.?simple-git-hooks\.([cm]?js|json)|captainhook\.json|grumphp\.ya?ml(\.dist)?|\.rusty-hook\.toml|
      \.trunk|\.talismanrc|\.commitlintrc(\..*)?|commitlint\.config\.[cm]?[jt]s)$`,
  ],
  [
    "an editor",
    pattern()`
      ^(\.vscode|.*\.code-workspace|\.idea|\.devcontainer|\.?devcontainer\.json|\.editorconfig|[._](g?vim|nvim|
      ex)rc|\.n?vim|\.nvim\.lua|\.lvimrc|\.local\.vimrc|\.emacs(\.d)?|\.dir-locals(-2)?\.el|\.projectile|
      \.sublime-.*|.*\.sublime-(project|build|settings)|\.zed|\.helix|\.fleet|\.vs|\.kakrc|\.nova|\.lapce|
      \.theia|\.run|\.settings|\.project|\.classpath|\.pydevproject|nbproject|\.ycm_extra_conf\.py|\.clangd)$`,
  ],
  [
    "a coding agent",
    pattern()`
      ^(\.cursor|\.cursorrules|\.claude|\.mcp\.json|\.(windsurf|aider|roo|cline|continue|augment)[^/]*|
      \.(gemini|codex|kiro|junie|amazonq|trae|opencode|agents?)|\.goosehints|opencode\.jsonc?|
      (claude|agents|gemini)(\.local|\.override)?\.md)$`,
  ],
  [
    "a shell",
    pattern()`
      ^(\.envrc|\.direnv|\.direnvrc|\.env(\..*)?|\.(bash|zsh|csh|tcsh|ksh|mksh|sh)rc|\.bash_(profile|login|
      logout|aliases|enter|leave)|\.z(shenv|profile|login|logout)|\.profile|\.login|\.inputrc|\.autoenv.*|
      \.tool-versions|\.?mise(\..*)?\.toml|\.mise|\.[a-z]+-versions?|\.nvmrc|\.rvmrc|\.ruby-gemset|
      \.rbenv-vars|\.sdkmanrc|\.jvmrc|\.shadowenv\.d|\.flox|\.x(initrc|profile|session(rc)?)|
      \.(ssh|gnupg|aws|azure|kube|docker)|[._]netrc)$`,
  ],
  [
    "a package manager",
    pattern()`
      ^(\.npmrc|\.yarnrc(\..*)?|\.yarn|\.pnpmfile\.[cm]?js|\.pnp\.(c?js|loader\.mjs)|\.pypirc|\.condarc|
      \.cargo|\.bundle|\.mvn|\.gradle|\.config|\.pixi|\.nuget|\.bazel(isk)?rc|\.gemrc|\.(sbt|jvm)opts|
      (uv|poetry|\.?pdm|\.?bunfig)\.toml|\.pdm-python|rust-toolchain(\.toml)?|nuget\.config|
      directory\.(build|packages)\.(props|targets|rsp))$`,
  ],
  [
    "an interpreter",
    pattern()`
      ^(\.rprofile|\.renviron|\.rdata|\.pdbrc(\.py)?|\.octaverc|\.gdbinit|\.lldbinit|\.irbrc|\.pryrc|\.ghci|
      \.ocamlinit|\.psqlrc|\.sqliterc|\.ipython|\.jupyter|jupyter_[a-z]+_config\.(py|json)|
      ipython(_kernel)?_config\.py|(site|user)customize\.py|__pycache__)$`,
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
  "env",
  "bashrc",
  "bash_p",
  "bash_l",
  "zshrc",
  "zshenv",
  "zprofi",
  "profil",
  "inputr",
  "kshrc",
  "netrc",
  "ssh",
  "aws",
  "python",
  "node-v",
  "ruby-v",
  "nvmrc",
  "rvmrc",
  "sdkman",
  "pypirc",
  "condar",
  "cargo",
  "bundle",
  "mvn",
  "gradle",
  "pnpmfi",
  "pixi",
  "rprofi",
  "renvir",
  "rdata",
  "pdbrc",
  "octave",
  "gdbini",
  "lldbin",
  "irbrc",
  "pryrc",
  "ipytho",
  "jupyte",
  "lintst",
  "overco",
  "commit",
  "hgrc",
  "dvc",
  "claude",
  "cursor",
  "mcp",
  "gemini",
  "codex",
  "emacs",
  "projec",
  "zed",
  "helix",
  "readth",
  "semaph",
  "taskcl",
  "mergif",
  "builds",
  "codefr",
  "renova",
  "nuget",
  "direct",
  "maba30",
]);

/** What a name must have to be one of these: nearly all names of data have not, which is seen at a glance. */
const SUSPECT = pattern("i")`
  (?:^|\/)(?:\.|_|jenkinsfile|lefthook|azure|bitbucket|bamboo|bitrise|devcontainer|appveyor|circle\.|cloudbuild|
  codefresh|codemagic|buildspec|mise\.|hk\.|prek\.|husky\.|lint-staged\.|simple-git|git-blame|
  stages\.yaml|readthedocs|wercker|shippable|packit|screwdriver|zuul\.|
  netlify\.|vercel\.|renovate\.|captainhook|grumphp|commitlint|nbproject|opencode\.|claude\.|
  agents\.|gemini\.|uv\.|poetry\.|pdm\.|bunfig\.|rust-tool|nuget\.|directory\.|jupyter_|ipython_|sitecustom|
  usercustom)|\.(?:code-workspace|sublime-)|[^ -}]`;

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
