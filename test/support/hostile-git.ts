/**
 * What a user's environment and configuration may say to Git, all of which is allowed and none of which may change what
 * mvgit sees: each entry is one variable or one setting, on values that hurt most. `gitMatrix` gives them one by one,
 * and `hostileGit` as one environment and one file of settings that a sandbox is given.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { THOROUGH } from "./thorough.ts";

/** One thing that somebody set. */
export interface GitWhim {
  /** For the test's name. */
  name: string;
  /** Variables; `<dir>` stands for the sandbox's folder. */
  env?: Readonly<Record<string, string>>;
  /** Settings of the user; `<dir>` as above. */
  config?: Readonly<Record<string, string>>;
  /** Also for the git that the test itself starts: false where that one could not do its work any more. */
  isForGitToo?: false;
  /** Contradicts others, so that it is only tried alone. */
  isAlone?: true;
}

const variable = (name: string, value: string, more: Partial<GitWhim> = {}): GitWhim => ({
  name: `${name}=${value}`,
  env: { [name]: value },
  ...more,
});
const setting = (key: string, value: string, more: Partial<GitWhim> = {}): GitWhim => ({
  name: `${key}=${value}`,
  config: { [key]: value },
  ...more,
});

/** Every whim. Programs that they name write `<dir>/started` and do nothing else. */
const WHIMS: readonly GitWhim[] = [
  // How paths are matched: as `git --literal-pathspecs` and its like export it.
  variable("GIT_LITERAL_PATHSPECS", "1"),
  variable("GIT_NOGLOB_PATHSPECS", "1", { isAlone: true }),
  variable("GIT_GLOB_PATHSPECS", "1", { isAlone: true }),
  variable("GIT_ICASE_PATHSPECS", "1", { isAlone: true }),
  // How history is shown.
  setting("log.diffMerges", "off"),
  setting("log.diffMerges", "first-parent", { isAlone: true }),
  setting("log.diffMerges", "dense-combined", { isAlone: true }),
  setting("log.showRoot", "false"),
  setting("log.showSignature", "true"),
  setting("log.follow", "true"),
  setting("log.abbrevCommit", "true"),
  setting("log.decorate", "full"),
  setting("log.date", "relative"),
  setting("log.mailmap", "true"),
  setting("format.pretty", "oneline"),
  setting("core.abbrev", "4"),
  setting("i18n.logOutputEncoding", "UTF-16"),
  setting("i18n.commitEncoding", "ISO-8859-1"),
  setting("log.excludeDecoration", "*"),
  // How differences are shown.
  setting("diff.renames", "copies"),
  setting("diff.noprefix", "true"),
  setting("diff.mnemonicPrefix", "true"),
  setting("diff.relative", "true"),
  setting("diff.ignoreSubmodules", "all"),
  setting("diff.orderFile", "<dir>/order"),
  setting("diff.external", "<dir>/program"),
  setting("diff.wordRegex", "."),
  setting("diff.statGraphWidth", "1"),
  variable("GIT_EXTERNAL_DIFF", "<dir>/program"),
  variable("GIT_DIFF_OPTS", "--unified=0"),
  // How names and words are shown.
  setting("core.quotePath", "false"),
  setting("color.ui", "always"),
  setting("color.diff", "always"),
  setting("color.push", "always"),
  setting("column.ui", "always"),
  setting("core.pager", "<dir>/program"),
  setting("pager.log", "true"),
  variable("GIT_PAGER", "<dir>/program"),
  variable("GIT_PAGER_IN_USE", "1"),
  setting("branch.sort", "-committerdate"),
  setting("tag.sort", "-version:refname"),
  setting("status.short", "true"),
  setting("status.showUntrackedFiles", "no"),
  setting("status.relativePaths", "true"),
  setting("advice.detachedHead", "true"),
  setting("alias.rev-list", "!<dir>/program"),
  setting("alias.ls-files", "!<dir>/program"),
  variable("GIT_TRACE", "1"),
  variable("GIT_TRACE_PACKET", "2"),
  variable("GIT_TRACE2_EVENT", "1"),
  variable("GIT_FLUSH", "0"),
  // What is read from elsewhere.
  variable("GIT_NO_REPLACE_OBJECTS", "1"),
  variable("GIT_REPLACE_REF_BASE", "refs/heads/"),
  variable("GIT_REF_PARANOIA", "0"),
  variable("GIT_DEFAULT_HASH", "sha256", { isForGitToo: false }),
  variable("GIT_CONFIG", "<dir>/no-such-file", { isForGitToo: false }),
  variable("GIT_ALTERNATE_OBJECT_DIRECTORIES", "<dir>/other.git/objects"),
  variable("GIT_NAMESPACE", "elsewhere", { isForGitToo: false }),
  variable("GIT_GRAFT_FILE", "<dir>/grafts", { isForGitToo: false }),
  variable("GIT_SHALLOW_FILE", "<dir>/shallow", { isForGitToo: false }),
  variable("GIT_ATTR_SOURCE", "HEAD"),
  setting("core.attributesFile", "<dir>/attributes"),
  setting("core.excludesFile", "<dir>/excludes"),
  setting("core.alternateRefsCommand", "<dir>/program"),
  setting("include.path", "<dir>/included"),
  // How the index and the work tree are looked at.
  setting("core.fsmonitor", "<dir>/program"),
  setting("core.untrackedCache", "true"),
  setting("core.splitIndex", "true"),
  setting("core.ignoreStat", "true"),
  setting("core.preloadIndex", "false"),
  setting("core.checkStat", "minimal"),
  setting("index.version", "4"),
  setting("index.threads", "4"),
  setting("feature.manyFiles", "true"),
  setting("feature.experimental", "true"),
  setting("core.autocrlf", "input"),
  setting("core.safecrlf", "true"),
  setting("core.precomposeUnicode", "true"),
  variable("GIT_INDEX_VERSION", "4"),
  variable("GIT_OPTIONAL_LOCKS", "0"),
  variable("GIT_INTERNAL_SUPER_PREFIX", "sub/", { isForGitToo: false }),
  // What commands do besides.
  setting("submodule.recurse", "true"),
  setting("fetch.prune", "true"),
  setting("fetch.pruneTags", "true"),
  setting("push.followTags", "true"),
  setting("push.default", "nothing"),
  setting("commit.verbose", "true"),
  setting("commit.cleanup", "strip"),
  setting("core.commentChar", "m"),
  setting("rebase.updateRefs", "true"),
  setting("merge.ff", "only"),
  setting("checkout.guess", "false"),
  setting("core.warnAmbiguousRefs", "true"),
  setting("core.logAllRefUpdates", "always"),
  setting("clone.defaultRemoteName", "upstream", { isForGitToo: false }),
];

/** Settings that each go without the others: of the index and work tree, of transport, and of what is only shown. */
const ALONE: readonly (readonly [string, string])[] = [
  ["core.sparseCheckout", "true"],
  ["core.sparseCheckoutCone", "true"],
  ["index.sparse", "true"],
  ["sparse.expectFilesOutsideOfPatterns", "true"],
  ["core.symlinks", "false"],
  ["core.fileMode", "false"],
  ["core.ignoreCase", "true"],
  ["core.trustctime", "false"],
  ["core.eol", "crlf"],
  ["core.whitespace", "cr-at-eol,tab-in-indent"],
  ["core.bigFileThreshold", "1"],
  ["core.compression", "0"],
  ["core.commitGraph", "false"],
  ["core.multiPackIndex", "false"],
  ["core.createObject", "rename"],
  ["core.useReplaceRefs", "true"],
  ["core.notesRef", "refs/heads/main"],
  ["core.editor", "<dir>/program"],
  ["core.askPass", "<dir>/program"],
  ["core.preferSymlinkRefs", "true"],
  ["core.sharedRepository", "all"],
  ["core.packedGitWindowSize", "4096"],
  ["core.bare", "true"],
  ["core.worktree", "<dir>/elsewhere"],
  ["splitIndex.maxPercentChange", "0"],
  ["index.skipHash", "true"],
  ["index.recordOffsetTable", "true"],
  ["gc.auto", "1"],
  ["maintenance.auto", "true"],
  ["fetch.writeCommitGraph", "true"],
  ["transfer.fsckObjects", "true"],
  ["fetch.negotiationAlgorithm", "skipping"],
  ["fetch.output", "compact"],
  ["fetch.recurseSubmodules", "true"],
  ["transfer.unpackLimit", "1"],
  ["protocol.version", "0"],
  ["push.negotiate", "true"],
  ["push.autoSetupRemote", "true"],
  ["push.useForceIfIncludes", "true"],
  ["push.recurseSubmodules", "check"],
  ["commit.template", "<dir>/order"],
  ["commit.status", "false"],
  ["user.useConfigOnly", "true"],
  ["init.defaultBranch", "trunk"],
  ["init.templateDir", "<dir>/template"],
  ["checkout.workers", "4"],
  ["worktree.guessRemote", "true"],
  ["merge.conflictStyle", "diff3"],
  ["merge.renames", "false"],
  ["rerere.enabled", "true"],
  ["pull.rebase", "true"],
  ["diff.algorithm", "patience"],
  ["diff.interHunkContext", "5"],
  ["diff.submodule", "log"],
  ["diff.colorMoved", "zebra"],
  ["diff.wsErrorHighlight", "all"],
  ["diff.renameLimit", "1"],
  ["diff.none.textconv", "<dir>/program"],
  ["diff.none.command", "<dir>/program"],
  ["diff.none.binary", "true"],
  ["notes.displayRef", "refs/*"],
  ["format.signature", "x"],
  ["color.status", "always"],
  ["status.branch", "true"],
  ["status.renames", "copies"],
  ["help.autocorrect", "immediate"],
  ["trace2.normalTarget", "1"],
  ["trace2.eventTarget", "2"],
  ["trace2.perfTarget", "true"],
  ["gpg.program", "<dir>/program"],
  ["interactive.diffFilter", "<dir>/program"],
  ["sequence.editor", "<dir>/program"],
  ["mailmap.file", "<dir>/order"],
  ["pack.allowPackReuse", "false"],
  ["repack.writeBitmaps", "true"],
  ["safe.bareRepository", "explicit"],
  ["uploadpack.allowFilter", "true"],
  ["checkout.defaultRemote", "nowhere"],
  ["remote.pushDefault", "nowhere"],
  ["advice.statusHints", "true"],
];

const ALL: readonly GitWhim[] = [...WHIMS, ...ALONE.map(([key, value]) => setting(key, value, { isAlone: true }))];

/** The whims of the sample, by how their names begin: what every run tries. With MVGIT_TESTS=thorough all of them. */
export function gitMatrix(sample: readonly string[]): readonly GitWhim[] {
  if (THOROUGH) return ALL;
  return sample.map((name) => {
    const found = ALL.find((each) => each.name.startsWith(name));
    if (found === undefined) throw new Error(`no whim '${name}'`);
    return found;
  });
}

/** What a sandbox is made of, as far as this touches it. */
interface Place {
  dir: string;
  env: Record<string, string>;
}

/**
 * Sets whims in a sandbox: variables in its `env`, settings in the user's `.gitconfig`. What is not for the test's own
 * git stands in what it answers, and belongs only into the environment of mvgit.
 */
export function setWhims({ dir, env }: Place, whims: readonly GitWhim[]): Record<string, string> {
  prepare(dir);
  const filled = (text: string): string => text.replaceAll("<dir>", dir);
  const forMvgit: Record<string, string> = {};
  for (const { env: variables = {}, config = {}, isForGitToo } of whims) {
    for (const [name, value] of Object.entries(variables))
      (isForGitToo === false ? forMvgit : env)[name] = filled(value);
    const text = Object.entries(config)
      .map(([key, value]) => configLine(key, filled(value)))
      .join("");
    fs.appendFileSync(join(dir, ".gitconfig"), text);
  }
  return forMvgit;
}

/** All whims that go together, at once. */
export function hostileGit(place: Place): Record<string, string> {
  return setWhims(
    place,
    WHIMS.filter((each) => each.isAlone !== true),
  );
}

/** True when a program that a whim names was started. */
export function wasStarted({ dir }: { dir: string }): boolean {
  return fs.existsSync(join(dir, "started"));
}

/** The files that whims name. */
function prepare(dir: string): void {
  fs.writeFileSync(join(dir, "program"), `#!/bin/sh\necho "$0 $*" >> '${dir}/started'\ncat > /dev/null\nexit 1\n`, {
    mode: 0o755,
  });
  fs.writeFileSync(join(dir, "order"), "z*\n*.mvgit\n");
  fs.writeFileSync(join(dir, "attributes"), "*.mvgit diff=none\n");
  fs.writeFileSync(join(dir, "excludes"), "*.orig\n");
  fs.writeFileSync(join(dir, "included"), "[core]\n\tquotePath = false\n");
  fs.writeFileSync(join(dir, "grafts"), "");
  fs.writeFileSync(join(dir, "shallow"), "");
  for (const folder of ["other.git/objects", "template/hooks", "elsewhere"])
    fs.mkdirSync(join(dir, folder), { recursive: true });
}

function configLine(key: string, value: string): string {
  const [, section, middle, name] = /^([^.]+)\.(?:(.*)\.)?([^.]+)$/.exec(key) as unknown as [
    string,
    string,
    string | undefined,
    string,
  ];
  const head = middle === undefined ? section : `${section} "${middle}"`;
  return `[${head}]\n\t${name} = "${value.replaceAll(/["\\]/g, "\\$&")}"\n`;
}
