/** Tags here beside those of the Git host. */
import { isMvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { askHost as ask, hostOf } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { type ModelName, readRef, versionRef } from "../../values/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf } from "../../registry/versions.ts";
import type { Findings } from "./report.ts";
import { tellOtherHistory } from "./rewritten.ts";
import { type Local, refOf } from "./versions.ts";

export interface Host {
  name: string;
  /** Tags and branches by full name, with the ids of their own objects. */
  refs: ReadonlyMap<string, Oid>;
  /** Its default branch, `main`; null when there is none. */
  branch: string | null;
}

/** What the host has; null when it was not asked or did not answer, which is told then. */
export async function askHost(repo: Repo, offline: boolean, findings: Findings): Promise<Host | null> {
  const what = "the tags of the Git host";
  const name = await hostOf(repo.git);
  if (name === null || offline) {
    findings.left(what, name === null ? "this clone has no Git remote" : "'--offline' was given");
    return null;
  }
  try {
    return { name, ...(await ask(repo.git, name, ["refs/tags/*", "refs/heads/*"])) };
  } catch (error) {
    if (!isMvgitError(error, "remote-unavailable")) throw error;
    findings.failed(what, error);
    return null;
  }
}

const TAGS = "refs/tags/";
const short = (ref: string): string => ref.slice(TAGS.length);

/** `refs`: all of this clone. */
export async function checkHost(
  repo: Repo,
  host: Host,
  about: { refs: readonly GitRef[]; local: Local; model?: ModelName; findings: Findings },
): Promise<void> {
  const { refs, local, model, findings } = about;
  const isMeant = (ref: string): boolean => {
    const read = readRef(ref);
    return read !== null && (model === undefined || read.model === model);
  };
  const foreign = new Set(
    local.readings.flatMap((each) => (each.kind === "foreign" ? [versionRef(each.ref.model, each.ref.version)] : [])),
  );
  const ours = new Map(
    refs.filter(({ name }) => isMeant(name) && !foreign.has(name)).map(({ name, oid }) => [name, oid]),
  );
  const nameByOid = new Map([...ours].map(([name, oid]) => [oid, name]));
  const where = `'${display(host.name)}'`;
  const absent: string[] = [];
  for (const [ref, oid] of ours) {
    const theirs = host.refs.get(ref);
    if (theirs === undefined) absent.push(ref);
    else if (theirs !== oid) {
      const copyOf = nameByOid.get(theirs);
      const how = copyOf ? `: a copy of '${short(copyOf)}'` : " (moved or re-created there, or here)";
      findings.found(
        "tag-differs-on-host",
        short(ref),
        `'${short(ref)}' on ${where} is another object than here${how}`,
      );
    }
  }
  for (const [ref, oid] of host.refs) {
    const original = nameByOid.get(oid);
    if (ours.has(ref) || !ref.startsWith(TAGS) || foreign.has(ref)) continue;
    if (isMeant(ref) && original)
      findings.found("tag-copied", short(ref), `'${short(ref)}' on ${where} is a copy of '${short(original)}'`);
    else if (isMeant(ref))
      findings.found(
        "tag-not-here",
        short(ref),
        `'${short(ref)}' is on ${where} and not here; 'git fetch ${display(host.name)} --tags' brings it`,
      );
    else if (original)
      findings.note(
        "tag-alias",
        display(short(ref)),
        `the tag '${display(short(ref))}' on ${where} is another name for '${short(original)}'`,
      );
  }
  await checkAbsent(repo, host, { absent, local, findings });
  tellOtherHistory(display(host.name), { ours, theirs: host.refs }, findings);
}

/**
 * An event is made only when the host has it, and a version whose commit the host has was pushed, or should have been;
 * any other version simply was not pushed yet.
 */
async function checkAbsent(
  repo: Repo,
  host: Host,
  { absent, local, findings }: { absent: readonly string[]; local: Local; findings: Findings },
): Promise<void> {
  const where = `'${display(host.name)}'`;
  const commits = new Map(local.readings.map(refOf).map((each) => [versionRef(each.model, each.version), each.commit]));
  const events = new Set(
    local.chains.flatMap((chain) =>
      chain.events.flatMap(({ event }) =>
        event.version === null ? [] : [nameOf({ model: chain.model, version: event.version })],
      ),
    ),
  );
  const unpushed = await notOnHost(
    repo,
    host,
    absent.flatMap((ref) => commits.get(ref) ?? []),
  );
  for (const ref of absent) {
    const commit = commits.get(ref);
    const push = `'git push ${display(host.name)} ${short(ref)}' puts it back`;
    const read = readRef(ref);
    const isUnpushed = read?.kind === "remark" && !host.refs.has(versionRef(read.model, read.version));
    if (isUnpushed) findings.note("not-pushed", short(ref), `'${short(ref)}' was not pushed to ${where} yet`);
    else if (commit === undefined)
      findings.found(
        "tag-missing-on-host",
        short(ref),
        prose`the ${read?.kind ?? "tag"} '${short(ref)}' is not on ${where}: deleted there, or made when there was no
          host; ${push}`,
      );
    else if (!unpushed.has(commit) || events.has(short(ref)))
      findings.found(
        "tag-missing-on-host",
        short(ref),
        `'${short(ref)}' is not on ${where}, though ` +
          `${unpushed.has(commit) ? "a stage held it" : "its commit is"}: deleted there, or pushed without its ` +
          `tag; ${push}`,
      );
    else findings.note("not-pushed", short(ref), `'${short(ref)}' was not pushed to ${where} yet`);
  }
}

/** Which of the commits no branch of the host reaches, as far as this clone has seen them. */
async function notOnHost(repo: Repo, host: Host, commits: readonly Oid[]): Promise<Set<string>> {
  if (commits.length === 0) return new Set();
  const { stdout } = await repo.git.run(["rev-list", "--stdin", "--not", `--remotes=${host.name}`], {
    input: `${commits.join("\n")}\n`,
  });
  return new Set(stdout.toString("latin1").split("\n"));
}
