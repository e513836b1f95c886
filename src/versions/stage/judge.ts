/** The policies that a stage had, as the history of one branch tells, and the events that none of them let in. */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { PEOPLE_SKEW, SECOND } from "../../base/times.ts";
import { hostOf } from "../../git/host.ts";
import type { ConfigEntry } from "../../git/program/config.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { Paths, Trees } from "../../git/trees.ts";
import { type JudgedEvent, type PolicyState, refusedEvents } from "../../values/event-policy.ts";
import { type Label, readRef, type StageName } from "../../values/label.ts";
import { readRules } from "../../values/policy.ts";
import type { Setting } from "../../values/settings.ts";
import { readStages, STAGES_CAP, STAGES_FILE } from "../../values/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { COMMITTED_CONFIG, committedSettings } from "../../repo/settings.ts";
import { type Chain, readChains, type StageEvent, stageName, type StageOf } from "../../registry/chain.ts";
import { readVersions, type Version, versionRefs } from "../../registry/versions.ts";
import { POLICY_CAP, policySettings } from "../stage-policy.ts";

/** A change of the committed settings on the branch. */
interface Change {
  commit: Oid;
  time: number;
  settings: readonly Setting[];
}

/** One branch, oldest first. */
export interface PolicyHistory {
  changes: readonly Change[];
  /** For each of its commits that changed `stages.yaml`: the newest change of settings by then, -1 for none. */
  views: readonly { commit: Oid; policy: number }[];
}

/**
 * Reads along first parents: what the branch said at each time, not what was written elsewhere and came to it later.
 */
export async function policyHistory(repo: Repo, tip: Oid): Promise<PolicyHistory> {
  const list = async (path: string): Promise<Oid[]> => {
    const { stdout } = await repo.git.run([
      "rev-list",
      "--first-parent",
      "--reverse",
      tip,
      "--",
      `:(top,literal)${path}`,
    ]);
    return stdout
      .toString("latin1")
      .split("\n")
      .filter((line) => line !== "") as Oid[];
  };
  const [configs, views] = [await list(COMMITTED_CONFIG), await list(STAGES_FILE)];
  const changes: Change[] = [];
  for await (const { oid, commit } of repo.git.commits(configs))
    changes.push({ commit: oid, time: commit.committer.time, settings: await policySettings(repo, oid) });
  if (changes.length === 0) return { changes, views: [] };
  const { stdout } = await repo.git.run(["rev-list", "--first-parent", "--reverse", tip, "--"]);
  const order = new Map(
    stdout
      .toString("latin1")
      .split("\n")
      .map((commit, at) => [commit, at]),
  );
  const at = (commit: Oid): number => order.get(commit) ?? 0;
  return {
    changes,
    views: views.map((commit) => ({ commit, policy: changes.findLastIndex((each) => at(each.commit) <= at(commit)) })),
  };
}

/** Seconds. */
const SKEW = PEOPLE_SKEW / SECOND;

/**
 * For each stage with events that no policy let in: their numbers, and why. `chains`: all of the models that are
 * judged.
 */
export async function judge(
  repo: Repo,
  history: PolicyHistory,
  { chains, versions }: { chains: readonly Chain[]; versions: readonly Version[] },
): Promise<Map<Chain, Map<number, string[]>>> {
  const found = new Map<Chain, Map<number, string[]>>();
  const ruled = chains.filter(({ stage }) =>
    history.changes.some(({ settings }) => settings.some(({ key }) => key.startsWith(`mvgit.stage.${stage}.`))),
  );
  if (ruled.length === 0) return found;
  const least = await leastPolicies(repo, history);
  const first = firstTold(repo, history);
  const byName = new Map(versions.map((each) => [`${each.model}@v${each.version}`, each]));
  const meant = (chain: Chain, { event, commit }: StageEvent): Version | null => {
    const version = byName.get(`${chain.model}@v${event.version}`);
    return version && version.packageHash === event.package && version.commit === commit ? version : null;
  };
  for (const chain of ruled) {
    const events = chain.events.map((each): JudgedEvent => {
      const version = meant(chain, each);
      return {
        number: each.event.number,
        version: each.event.version,
        metrics: version?.pack.metrics ?? null,
        time: each.tagger.time,
        held: heldBy(chains, chain, { at: each, meant }),
        least: version === null ? -1 : (least.get(`${version.model}@v${version.version}`) ?? -1),
        most: async () => (await first()).get(`${stageName(chain)}#${each.event.number}`) ?? null,
      };
    });
    const refused = await refusedEvents(
      events,
      history.changes.map((change) => stateOf(change, chain.stage)),
    );
    if (refused.size > 0) found.set(chain, refused);
  }
  return found;
}

function stateOf({ time, settings }: Change, stage: StageName): PolicyState {
  try {
    return { time, rules: readRules(settings, stage) };
  } catch (error) {
    // Such a policy let nobody move anything; which rule was meant nobody knows.
    if (isMvgitError(error, "setting-invalid")) return { time, rules: null };
    throw error;
  }
}

/** Other stages that the version had come to when the event was made. */
function heldBy(
  chains: readonly Chain[],
  chain: Chain,
  { at, meant }: { at: StageEvent; meant: (chain: Chain, event: StageEvent) => Version | null },
): Set<StageName> {
  const others = chains.filter((each) => each.model === chain.model && each !== chain && each.problems.length === 0);
  return new Set(
    others
      .filter((each) =>
        each.events.some(
          (event) =>
            event.event.version === at.event.version &&
            event.tagger.time <= at.tagger.time + SKEW &&
            meant(each, event) !== null,
        ),
      )
      .map(({ stage }) => stage),
  );
}

/** By version: the newest policy that its commit comes from, so that no date of an event can be before it. */
async function leastPolicies(repo: Repo, { changes }: PolicyHistory): Promise<Map<string, number>> {
  const least = new Map<string, number>();
  for (const [index, { commit }] of changes.entries()) {
    if (commit === "") continue;
    const { stdout } = await repo.git.run(["for-each-ref", `--contains=${commit}`, "--format=%(refname)", "refs/tags"]);
    for (const name of stdout.toString("utf8").split("\n"))
      if (readRef(name)?.kind === "version") least.set(name.slice("refs/tags/".length), index);
  }
  return least;
}

/**
 * By event: the newest policy when the branch's `stages.yaml` first told of it, or of a later one. Read once, when it
 * is needed.
 */
function firstTold(repo: Repo, { views }: PolicyHistory): () => Promise<Map<string, number>> {
  let read: Promise<Map<string, number>> | null = null;
  return () =>
    (read ??= (async () => {
      const told = new Map<string, number>();
      const newest = new Map<string, number>();
      let at = 0;
      for await (const bytes of repo.git.filesAt(
        views.map(({ commit }) => ({ commit, path: STAGES_FILE })),
        STAGES_CAP,
      )) {
        const { policy } = views[at++] as (typeof views)[number];
        for (const line of bytes === null ? [] : await readStages(bytes.toString("utf8")).catch(unreadable)) {
          const name = stageName(line);
          for (let number = (newest.get(name) ?? 0) + 1; number <= Math.min(line.event ?? 0, MOST_EVENTS); number++)
            told.set(`${name}#${number}`, policy);
          newest.set(name, Math.max(newest.get(name) ?? 0, line.event ?? 0));
        }
      }
      return told;
    })());
}

/** A file that somebody wrote could name any number. */
const MOST_EVENTS = 1_000_000;

function unreadable(error: unknown): [] {
  if (isMvgitError(error, "setting-invalid")) return [];
  throw error;
}

/** What was just read of a repository, and is not asked for again. */
interface KnownOfRepo {
  own?: readonly ConfigEntry[];
  /** All of them. */
  refs?: readonly GitRef[];
}

/**
 * The commit of the branch that policies are read from, as far as this clone knows it: `mvgit.policyRef`, else the
 * host's default branch, else HEAD.
 */
export async function policyTip(repo: Repo, { own, refs = [] }: KnownOfRepo = {}): Promise<Oid | null> {
  const config = own ?? (await repo.git.config());
  const named = config.findLast(({ key }) => key === "mvgit.policyref")?.value;
  if (named !== undefined) return repo.git.resolveCommit(named);
  const host = await hostOf(repo.git, config);
  const branch = await repo.git.currentBranch();
  const names =
    host === null ? [] : [`refs/remotes/${host}/HEAD`, ...(branch === null ? [] : [`refs/remotes/${host}/${branch}`])];
  const listed = new Map(refs.map(({ name, oid }) => [name, oid]));
  for (const name of [...names, "HEAD"]) {
    if (refs.length > 0 && name !== "HEAD" && !listed.has(name)) continue;
    const commit = listed.get(name) ?? (await repo.git.resolveCommit(name));
    if (commit !== null) return commit;
  }
  return null;
}

/** Whether readers are to refuse what a stage's policy did not let in. What stands last among the settings counts. */
export function isEnforced(settings: readonly Pick<Setting, "key" | "value">[], stage: StageName): boolean {
  return /^(?:true|yes|on|1)$/i.test(
    settings.findLast(({ key }) => key === `mvgit.stage.${stage}.enforce`)?.value ?? "",
  );
}

/**
 * For a stage whose policy readers enforce (`mvgit.stage.NAME.enforce`, in the user's configuration, or committed on
 * the branch that policies are read from or in the work tree): throws `policy-refused` where no policy let its newest
 * event in.
 */
export async function enforceHere(
  repo: Repo,
  label: Label & { kind: "stage" },
  refs: readonly GitRef[],
): Promise<void> {
  const refused = (await refusedHere(repo, refs, [label])).get(stageName(label));
  if (refused) throw refused;
}

/** Of these stages, by name, those of which `enforceHere` refuses the newest event, and what it throws. */
export async function refusedHere(
  repo: Repo,
  refs: readonly GitRef[],
  stages: readonly StageOf[],
): Promise<Map<string, MvgitError>> {
  const own = await repo.git.config();
  const tip = await policyTip(repo, { own, refs });
  const here = await committedSettings(repo.git);
  if (![...own, ...here].some(isOfEnforcing) && !(await saysEnforce(repo, tip))) return new Map();
  const settings = [...here, ...(tip === null ? [] : await policySettings(repo, tip)), ...own];
  const asked = new Set(stages.filter(({ stage }) => isEnforced(settings, stage)).map(stageName));
  const found = new Map<string, MvgitError>();
  if (asked.size === 0) return found;
  const history = tip === null ? { changes: [], views: [] } : await policyHistory(repo, tip);
  for (const model of new Set(stages.filter((each) => asked.has(stageName(each))).map((each) => each.model))) {
    const chains = await readChains(repo.git, refs, { model });
    const versions: Version[] = [];
    for await (const reading of readVersions(repo.git, versionRefs(refs, model)))
      if (reading.kind === "version") versions.push(reading.version);
    for (const [chain, refused] of await judge(repo, withOwn(history, own), { chains, versions })) {
      const newest = chain.events.at(-1);
      const broken = newest && refused.get(newest.event.number);
      if (newest && broken && asked.has(stageName(chain))) found.set(stageName(chain), refusal(newest, broken));
    }
  }
  return found;
}

function isOfEnforcing({ key }: Pick<Setting, "key">): boolean {
  return /^mvgit\.stage\..+\.enforce$/.test(key);
}

/** Whether the committed settings may say so, without a start of git: lists of every repository ask. */
async function saysEnforce({ git }: Repo, tip: Oid | null): Promise<boolean> {
  if (tip === null) return false;
  const { tree } = await git.commit(tip);
  const [trees, paths] = [new Trees(git), new Paths()];
  paths.add(COMMITTED_CONFIG);
  await trees.read([{ root: tree, paths }]);
  const file = trees.at(tree, COMMITTED_CONFIG);
  // What else may stand there, the settings themselves say.
  return file !== null && /enforce/i.test((await git.blob(file.oid, POLICY_CAP))?.toString("latin1") ?? "enforce");
}

/** The user's own rules hold at all times. */
function withOwn({ changes, views }: PolicyHistory, own: readonly Setting[]): PolicyHistory {
  const rules = own.filter(({ key }) => key.startsWith("mvgit.stage."));
  if (rules.length === 0) return { changes, views };
  const always = { commit: "" as Oid, time: Number.NEGATIVE_INFINITY, settings: rules };
  return {
    changes: [always, ...changes.map((each) => ({ ...each, settings: [...each.settings, ...rules] }))],
    views: views.map((each) => ({ ...each, policy: each.policy + 1 })),
  };
}

/** For an event that readers are told to refuse. */
export function refusal({ event, tagger }: StageEvent, broken: readonly string[]): MvgitError {
  const name = stageName(event);
  return new MvgitError(
    "policy-refused",
    `event ${event.number} of ${name} (to v${event.version}, by ${display(tagger.name)}) was not let in by ` +
      ("the " + `policy of '${event.stage}': ${broken.map(display).join("; ")}`),
    {
      subject: name,
      hint:
        `'mvgit.stage.${event.stage}.enforce' says that readers refuse it: ` +
        `'mvgit rollback ${event.model} ${event.stage}' moves it back, 'mvgit audit' tells more`,
    },
  );
}
