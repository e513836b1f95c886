/** `mvgit audit`: whether versions and stages are what they were, here, on the Git host and in the remote. */
import { MvgitError } from "../base/errors.ts";
import { type ModelName, readRef } from "../values/label.ts";
import type { Repo } from "../repo/repo.ts";
import { readChains } from "../registry/chain.ts";
import { readRemarks } from "../registry/remarks.ts";
import { readVersions, type VersionReading, type VersionRef, versionRefs } from "../registry/versions.ts";
import { type BlobRequest, checkBlobs } from "./audit/blobs.ts";
import { askHost, checkHost } from "./audit/host.ts";
import { checkPolicy } from "./audit/policy.ts";
import { type AuditReport, Findings } from "./audit/report.ts";
import { tellRewritten } from "./audit/rewritten.ts";
import { checkRemarks } from "./audit/remarks.ts";
import { checkSeenBefore } from "./audit/seen.ts";
import { checkSignatures } from "./audit/signatures.ts";
import { checkVersions, type Local, trusted } from "./audit/versions.ts";
import { checkView } from "./audit/view.ts";

export type { AuditReport } from "./audit/report.ts";

export interface AuditRequest extends BlobRequest {
  /** Null for every model. */
  model: ModelName | null;
}

/**
 * Reads everything, changes no ref and no file. Throws `label-unknown` for a model that nobody knows, and what Git
 * cannot read.
 */
export async function audit(repo: Repo, request: AuditRequest): Promise<AuditReport> {
  const findings = new Findings();
  const only = request.model === null ? {} : { model: request.model };
  const refs = await repo.git.refs();
  const readings: VersionReading[] = [];
  for await (const reading of readVersions(repo.git, versionRefs(refs, only.model))) readings.push(reading);
  const local: Local = {
    readings,
    chains: await readChains(repo.git, refs, only),
    remarks: await readRemarks(repo.git, refs, only),
  };
  const host = await askHost(repo, request.offline, findings);
  if (
    request.model !== null &&
    !isKnown(request.model, [...refs.map(({ name }) => name), ...(host?.refs.keys() ?? [])])
  )
    throw unknown(request.model);
  const isOnHost = ({ model, version }: Pick<VersionRef, "model" | "version">): boolean =>
    host?.refs.has(`refs/tags/${model}@v${version}`) ?? false;
  const now = repo.watch.clock.now() / 1000;
  checkVersions(local, { isOnHost, findings, now });
  checkRemarks(local, { isOnHost: (name) => host?.refs.has(`refs/tags/${name}`) ?? false, findings, now });
  if (host) await checkHost(repo, host, { refs, local, findings, ...only });
  await checkView(repo, { chains: local.chains, host, findings, ...only });
  tellRewritten(local, findings);
  await checkPolicy(repo, local, { host, findings });
  const signatures = await checkSignatures(repo, local, findings);
  checkSeenBefore(repo, refs, { findings, ...only });
  const stored = await checkBlobs(repo, trusted(local), { request, findings });
  return {
    model: request.model,
    looked: {
      versions: readings.length,
      events: local.chains.reduce((sum, chain) => sum + chain.events.length, 0),
      remarks: [...local.remarks.values()].reduce((sum, { links }) => sum + links.length, 0),
      signatures,
      blobs: stored?.blobs ?? 0,
    },
    host: host?.name ?? null,
    remote: stored?.remote ?? null,
    findings: findings.findings,
    notes: findings.notes,
    unlooked: findings.unlooked,
  };
}

function isKnown(model: ModelName, refs: readonly string[]): boolean {
  return refs.some((name) => readRef(name)?.model === model);
}

function unknown(model: ModelName): MvgitError {
  return new MvgitError("label-unknown", `there is no model '${model}'`, {
    subject: model,
    hint: "'mvgit log' lists the versions of all models; 'git fetch --tags' brings those of others",
  });
}
