/** Which policy holds for a stage here, and whether a version satisfies it. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { askHost, fetchFromHost } from "../git/host.ts";
import type { GitRef } from "../git/reader.ts";
import { brokenRule, readRules, type Rule } from "../values/policy.ts";
import type { Setting } from "../values/settings.ts";
import type { Repo } from "../repo/repo.ts";
import { COMMITTED_CONFIG, committedSettings } from "../repo/settings.ts";
import { readChains, type StageOf } from "../registry/chain.ts";
import { nameOf, type Version } from "../registry/versions.ts";

export const POLICY_CAP = 64 * 1024;

/** A policy is that of the repository that others fetch from. */
const FETCHED = { side: "fetch" } as const;

/**
 * The revision that the committed policy is read from, as the host has it now: `mvgit.policyRef`, else the host's
 * default branch; null without either.
 */
export async function policyRevision(repo: Repo, host: string | null): Promise<string | null> {
  const named = (await repo.git.config()).findLast(({ key }) => key === "mvgit.policyref")?.value;
  if (host === null) return named ?? null;
  const branch = named === undefined ? (await askHost(repo.git, host, [], FETCHED)).branch : branchOf(named, host);
  if (branch !== null)
    await fetchFromHost(repo.git, host, [`+refs/heads/${branch}:refs/remotes/${host}/${branch}`], FETCHED);
  return named ?? (branch === null ? null : `refs/remotes/${host}/${branch}`);
}

/** The host's branch that a revision like `origin/main` stands for, null for any other. */
function branchOf(revision: string, host: string): string | null {
  const name = revision.replace(/^refs\/remotes\//, "");
  return name.startsWith(`${host}/`) && /^[\w./-]+$/.test(name) ? name.slice(host.length + 1) : null;
}

/**
 * Every rule that applies: of Git's configuration, of the work tree's committed file, and of that file at `revision`,
 * so that a branch of one's own cannot take a rule away. Throws `setting-invalid`.
 */
export async function rulesFor(repo: Repo, stage: StageOf["stage"], revision: string | null): Promise<Rule[]> {
  const own = await repo.git.config();
  const committed = revision === null ? [] : await policySettings(repo, revision);
  return readRules([...own, ...committed, ...(await committedSettings(repo.git))], stage);
}

/** What the committed settings of a revision say; nothing for a branch that is not there. Throws `setting-invalid`. */
export async function policySettings(repo: Repo, revision: string): Promise<Setting[]> {
  const commit = await repo.git.resolveCommit(revision);
  if (commit === null) {
    // A host without any commit has no policy; a revision that the user named must be there.
    if (revision.startsWith("refs/remotes/")) return [];
    throw new MvgitError("setting-invalid", `'mvgit.policyRef' names '${display(revision)}', which is no commit here`, {
      subject: "mvgit.policyRef",
      hint: "fetch it, or correct the setting",
    });
  }
  const file = await repo.git.fileAt(commit, COMMITTED_CONFIG);
  if (file === null) return [];
  if ((await repo.git.blob(file.oid, POLICY_CAP)) === null) {
    throw new MvgitError(
      "setting-invalid",
      `'${COMMITTED_CONFIG}' of '${display(revision)}' is larger than 64 KiB, so that the policy cannot be read`,
      { subject: COMMITTED_CONFIG, hint: "have it made smaller there" },
    );
  }
  return (await repo.git.configBlob(file.oid)).map(({ key, value }) => ({
    key,
    value,
    origin: `'${COMMITTED_CONFIG}' of ${revision.replace(/^refs\/remotes\//, "")}`,
  }));
}

/** Why the version may not come to the stage: a sentence for each broken rule. */
export async function brokenRules(
  repo: Repo,
  rules: readonly Rule[],
  { version, refs }: { version: Version; refs: readonly GitRef[] },
): Promise<string[]> {
  if (rules.length === 0) return [];
  const held = await heldIn(repo, { version, refs });
  return rules.flatMap((rule) => {
    const reason = brokenRule(rule, { metrics: version.pack.metrics, held });
    return reason === null ? [] : [`${reason} (${display(rule.text)} in ${display(rule.origin)})`];
  });
}

/** Stages that the version holds or once held. */
export async function heldIn(
  repo: Repo,
  { version, refs }: { version: Version; refs: readonly GitRef[] },
): Promise<Set<string>> {
  const chains = await readChains(repo.git, refs, { model: version.model });
  return new Set(
    chains
      .filter(
        (chain) =>
          chain.problems.length === 0 &&
          chain.events.some(
            ({ event, commit }) =>
              event.version === version.version && event.package === version.packageHash && commit === version.commit,
          ),
      )
      .map(({ stage }) => stage),
  );
}

/** Throws `policy-refused`. */
export async function enforcePolicy(
  repo: Repo,
  of: StageOf,
  moved: { version: Version; refs: readonly GitRef[]; host: string | null },
): Promise<void> {
  const rules = await rulesFor(repo, of.stage, await policyRevision(repo, moved.host));
  const broken = await brokenRules(repo, rules, moved);
  if (broken.length === 0) return;
  throw new MvgitError("policy-refused", `'${of.stage}' does not take ${nameOf(moved.version)}: ${broken.join("; ")}`, {
    subject: nameOf(moved.version),
    hint: rules.some((rule) => rule.kind === "requires")
      ? `promote it to the stage that comes before first; 'mvgit log ${of.model}' shows scores and stages`
      : `'mvgit log ${of.model}' shows the scores`,
  });
}
