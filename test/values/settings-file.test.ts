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
  .travis.yml appveyor.yml circle.yml cloudbuild.json codemagic.yaml buildspec.yml`;
/** Data, however it begins. */
const DATA = `lefthook.svg lefthook.png lefthook lefthook-logo.svg lefthook.yml.png lefthook-local.csv lefthook.md
  lefthooks.yml mylefthook.yml lefthook/rows.csv husky.svg husky.jpg husky/1.png huskies.json husky.config.csv
  .huskyrc.png hk.csv hk.svg hk.local.csv prek.csv pre-commit-config.yaml pre-commit.svg .pre-commit-config.csv
  simple-git-hooks.svg simple-git-hooks.md simple-git.csv lint-staged.svg lint-staged.config.csv .lintstagedrc.png
  .overcommit.csv azure-pipelines.svg azure-pipelines-runs.csv azure.parquet bitbucket-pipelines.png
  bitbucket-pipelines-runs.csv Jenkinsfile.svg jenkinsfile-runs.csv jenkinsfiles.zip Jenkinsfile.prod.json
  .drone.svg .travis.csv drone.csv cloudbuild.csv buildspec.svg appveyor.png codemagic.svg circle.csv circle.svg
  mise.csv devcontainer.svg envrc.csv git-blame.svg stages.yaml.csv vscode.svg editorconfig.png`;

const names = (text: string): string[] => text.split(/\s+/);

describe("names of files", () => {
  it.each([
    ["a hook manager", HOOKS],
    ["a CI service", CI],
  ])("that %s reads are told, in folders too", (reader, all) => {
    for (const name of names(all))
      for (const path of [name, `deep/er/${name}`]) expect([path, readerOf(path)]).toEqual([path, reader]);
  });

  it("that only begin like them are content", () => {
    for (const name of names(DATA))
      for (const path of [name, `images/${name}`]) expect([path, readerOf(path)]).toEqual([path, null]);
  });
});
