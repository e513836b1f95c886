/** Names that some program reads by itself are told from names that only begin like them. */
import { describe, expect, it } from "vitest";
import { readerOf } from "../../src/values/settings-file.ts";

/** As lefthook, husky, pre-commit and others document what they read. */
const HOOKS = `lefthook.yml lefthook.yaml lefthook.toml lefthook.json lefthook.jsonc .lefthook.yml .lefthook.jsonc
  lefthook-local.yml .lefthook-local.toml .lefthook/pre-push/check.sh .lefthook-local/x .lefthookrc lefthookrc
  .husky/pre-commit .huskyrc .huskyrc.json .huskyrc.js husky.config.js husky.config.cjs .pre-commit-config.yaml
  .pre-commit-config.yml .pre-commit-hooks.yaml prek.toml .lintstagedrc .lintstagedrc.mjs lint-staged.config.js
  .overcommit.yml .local-overcommit.yml hk.pkl .hk.pkl hk.local.pkl hk.toml .simple-git-hooks.cjs
  .simple-git-hooks.json simple-git-hooks.js simple-git-hooks.mjs LEFTHOOK.YML Lefthook-Local.yml`;
const CI = `.github/workflows/a.yml .gitlab-ci.yml .gitlab-ci-of.yml azure-pipelines.yml azure-pipelines-nightly.yaml
  .azure-pipelines/a.sh .azure-pipelines.yml bitbucket-pipelines.yml Jenkinsfile Jenkinsfile.deploy
  jenkinsfile-nightly .jenkinsfile Jenkinsfile.groovy .drone.yml .drone.star .drone.jsonnet .woodpecker.yaml
  .travis.yml appveyor.yml circle.yml cloudbuild.json codemagic.yaml buildspec.yml .readthedocs.yaml readthedocs.yml
  netlify.toml vercel.json .builds/x.yml .build.yml .zuul.yaml zuul.d/a.yaml .taskcluster.yml bitrise.yml
  codefresh.yml wercker.yml .vela.yml screwdriver.yaml .space.kts bamboo-specs/a.yml packit.yaml renovate.json
  .renovaterc .mergify.yml .semaphore/a.yml`;
const EDITORS = `.vscode/tasks.json a.code-workspace .idea/x .devcontainer.json .editorconfig .vimrc .gvimrc _vimrc
  .exrc .vim/coc-settings.json .nvim/init.lua .emacs.d/init.el .dir-locals.el .project nbproject/a.xml
  .zed/tasks.json`;
const AGENTS = `.cursor/mcp.json .cursorrules .claude/settings.json CLAUDE.md AGENTS.md AGENTS.override.md .mcp.json
  .gemini/x .codex/config.toml .kiro/hooks/a .aider.conf.yml .clinerules`;
const SHELLS = `.envrc .env .env.local .bashrc .zshenv .profile .inputrc .python-version .python-versions .ruby-version
  .tool-versions .mise.toml .rvmrc .bash_enter .shadowenv.d/a.lisp .ssh/config .aws/config _netrc BASHRC~1 PROFIL~1`;
const PACKAGES = `.npmrc .yarnrc.yml .yarn/x .pnpmfile.cjs .pnp.cjs .cargo/config.toml rust-toolchain.toml uv.toml
  poetry.toml bunfig.toml nuget.config Directory.Build.props .pixi/config.toml .bazelrc`;
const INTERPRETERS = `.Rprofile .Renviron .RData .pdbrc .octaverc .gdbinit .lldbinit .irbrc jupyter_server_config.py
  ipython_config.py sitecustomize.py usercustomize.py __pycache__/train.cpython-311.pyc`;
const OTHERS = ".hg/hgrc .svn/x .jj/repo/config.toml .dvc/config.local";
/** Data, however it begins. */
const DATA = `lefthook.svg lefthook.png lefthook lefthook-logo.svg lefthook.yml.png lefthook-local.csv lefthook.md
  lefthooks.yml mylefthook.yml lefthook/rows.csv husky.svg husky.jpg husky/1.png huskies.json husky.config.csv
  .huskyrc.png hk.csv hk.svg hk.local.csv prek.csv pre-commit-config.yaml pre-commit.svg .pre-commit-config.csv
  simple-git-hooks.svg simple-git-hooks.md simple-git.csv lint-staged.svg lint-staged.config.csv .lintstagedrc.png
  .overcommit.csv azure-pipelines.svg azure-pipelines-runs.csv azure.parquet bitbucket-pipelines.png
  bitbucket-pipelines-runs.csv Jenkinsfile.svg jenkinsfile-runs.csv jenkinsfiles.zip Jenkinsfile.prod.json
  .drone.svg .travis.csv drone.csv cloudbuild.csv buildspec.svg appveyor.png codemagic.svg circle.csv circle.svg
  build.yml vela.yml agents.csv claude.txt agents/rows.csv gemini.md.csv vimrc.txt uv.csv netlify.csv vercel.png
  renovate.csv RData.csv x.RData weights.pth conftest.py customize.py pycache.csv __init__.py python-version.csv
  jupyter.ipynb directory.csv aws/config rust-toolchain.csv project.csv
  mise.csv devcontainer.svg envrc.csv git-blame.svg stages.yaml.csv vscode.svg editorconfig.png`;

const names = (text: string): string[] => text.split(/\s+/);

describe("names of files", () => {
  it.each([
    ["a hook manager", HOOKS],
    ["a CI service", CI],
    ["an editor", EDITORS],
    ["a coding agent", AGENTS],
    ["a shell", SHELLS],
    ["a package manager", PACKAGES],
    ["an interpreter", INTERPRETERS],
    ["another version control", OTHERS],
  ])("that %s reads are told, in folders too", (reader, all) => {
    for (const name of names(all))
      for (const path of [name, `deep/er/${name}`])
        expect([path, readerOf(path)]).toEqual([path, name.includes("~") ? "Git, or another program," : reader]);
  });

  it("that only begin like them are content", () => {
    for (const name of names(DATA))
      for (const path of [name, `images/${name}`]) expect([path, readerOf(path)]).toEqual([path, null]);
  });
});
