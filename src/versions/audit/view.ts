/** `stages.yaml`, here and on the Git host's default branch, beside the events. */
import { isMvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { fetchFromHost } from "../../git/host.ts";
import type { Oid } from "../../git/reader.ts";
import { type ModelName, versionWord } from "../../values/label.ts";
import { readStages, STAGES_FILE, type StageLine } from "../../values/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Chain, stageName } from "../../registry/chain.ts";
import { compareView } from "../stage-check.ts";
import { stagesAt } from "../stage-view.ts";
import type { Host } from "./host.ts";
import type { Findings } from "./report.ts";

export async function checkView(
  repo: Repo,
  about: { chains: readonly Chain[]; host: Host | null; model?: ModelName; findings: Findings },
): Promise<void> {
  const places = new Map<string, string[]>();
  const add = async (revision: string, name: string): Promise<void> => {
    const text = await stagesAt(repo, revision);
    if (text !== null) places.set(text, [...(places.get(text) ?? []), name]);
  };
  const head = await repo.git.resolveCommit("HEAD");
  if (head !== null) await add(head, "HEAD");
  const theirs = about.host && (await defaultBranch(repo, about.host, about.findings));
  if (theirs) await add(theirs.commit, theirs.name);
  for (const [text, names] of places)
    await checkText(text, `'${STAGES_FILE}' of ${names.map(display).join(" and ")}`, about);
}

/** The commit that the host's default branch is at now, fetched where it is not here; null when there is none. */
export async function defaultBranch(
  repo: Repo,
  { name: host, refs, branch }: Host,
  findings: Findings,
): Promise<{ commit: Oid; name: string } | null> {
  try {
    const commit = branch === null ? undefined : refs.get(`refs/heads/${branch}`);
    if (commit === undefined) return null;
    if ((await repo.git.absent([commit])).has(commit)) await fetchFromHost(repo.git, host, [`refs/heads/${branch}`]);
    return { commit, name: `${host}/${branch}` };
  } catch (error) {
    if (!isMvgitError(error, "remote-unavailable")) throw error;
    findings.failed("the Git host's default branch", error);
    return null;
  }
}

async function checkText(
  text: string,
  where: string,
  { chains, model, findings }: { chains: readonly Chain[]; model?: ModelName; findings: Findings },
): Promise<void> {
  let lines: StageLine[];
  try {
    lines = (await readStages(text)).filter((line) => model === undefined || line.model === model);
  } catch (error) {
    if (!isMvgitError(error, "setting-invalid")) throw error;
    return findings.found("stages-malformed", STAGES_FILE, `${where}: ${error.message}`);
  }
  for (const line of lines) {
    const last =
      chains.find((chain) => chain.model === line.model && chain.stage === line.stage)?.events.at(-1)?.event.number ??
      0;
    if ((line.event ?? 0) > last)
      findings.found(
        "event-missing",
        `${stageName(line)}#${line.event}`,
        `event ${line.event} of ${stageName(line)} is not here, though ${where} was written after it: its ` +
          ("tag " + "was deleted, or not fetched"),
      );
  }
  for (const verdict of compareView(chains, lines)) {
    const says =
      `${where} has ${versionWord(verdict.file, "nothing")} in ${stageName(verdict)}, the events have ` +
      `${versionWord(verdict.chain, "nothing")}`;
    if (verdict.state === "differs")
      findings.found(
        "stages-differs",
        stageName(verdict),
        `${says}: it was edited; 'mvgit stage apply' makes the events, 'mvgit stage check --write' takes the edit back`,
      );
    if (verdict.state === "behind") findings.note("stages-behind", stageName(verdict), `${says}: the file lags`);
  }
}
