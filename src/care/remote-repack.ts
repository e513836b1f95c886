/**
 * `mvgit remote repack`: brings what lies in a remote to the form in which a push would write it today. It never
 * removes: the gc after the grace period does. Decisions 56 and 57 (docs/decisions) say why it is safe.
 */
import { MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import type { Repo } from "../repo/repo.ts";
import type { Remote } from "../store/remote/remote.ts";
import type { Hash } from "../values/hash.ts";
import { encodeWhole } from "./repack/encoding.ts";
import { type Encoded, nothingEncoded } from "./repack/large.ts";
import { rewrite } from "./repack/repacking.ts";
import { survey } from "./repack/survey.ts";

export interface RepackRequest {
  /** The default one when absent. */
  remote?: string | undefined;
  dryRun: boolean;
}

export interface RepackReport {
  remote: string;
  address: string;
  dryRun: boolean;
  /** Small blobs that lay whole, packs of which less than half is read, and small packs that become fewer. */
  whole: number;
  sparse: number;
  small: number;
  /** Written anew, or to be: blobs, and bytes (about, in a dry run). */
  written: { blobs: number; bytes: number };
  /**
   * Large blobs that lay whole and are told by what is new of them, or would be: their bytes, and what they take
   * instead (about, in a dry run).
   */
  encoded: Encoded["encoded"];
  /** Large blobs that stay whole, since that takes hardly more. */
  left: Encoded["left"];
  /** In a dry run: those whose bytes are not in the cache, and that were not looked at. */
  unseen: Encoded["unseen"];
  /** Bytes of objects that a gc will remove after the grace period, less what was written. */
  saved: number;
  /** Objects that become needless. */
  objects: number;
  /** Blobs that are not right, or changed meanwhile: they stay as they are. */
  passed: number;
}

/** Throws `remote-unknown`, `read-only`, `lock-held` beside a gc, `not-supported`, and what the remote throws. */
export async function remoteRepack(repo: Repo, { remote: name, dryRun }: RepackRequest): Promise<RepackReport> {
  const remote = await repo.remote(name);
  remote.place.writable();
  const report = nothingRepacked(remote, dryRun);
  if (!(await remote.place.recognise())) return report;
  if (!remote.isCompact) repo.watch.note(prose`${remote.name} is to keep plain blobs: those that it has stay so`);
  const task = repo.watch.progress.task(`repacking ${remote.name}`, { files: 0, bytes: 0 });
  let large: Large = [];
  try {
    const options = { signal: repo.watch.signal, onWritten: (bytes: number) => task.advance(bytes, 1) };
    large = await repack(remote, report, options);
  } finally {
    task.done();
  }
  addEncoded(report, await encodeWhole(repo, remote, { whole: large, isDry: dryRun }));
  return report;
}

/** Nothing done yet. */
export function nothingRepacked({ name, address }: Remote, dryRun: boolean): RepackReport {
  const counts = { whole: 0, sparse: 0, small: 0, saved: 0, objects: 0, passed: 0 };
  const { encoded, left, unseen } = nothingEncoded();
  return { remote: name, address, dryRun, ...counts, written: { blobs: 0, bytes: 0 }, encoded, left, unseen };
}

/** Blobs that lie whole and may be encoded. */
type Large = readonly { hash: Hash; size: number }[];

/** Of a place that was recognised; answers what may be encoded. */
export async function repack(
  remote: Remote,
  report: RepackReport,
  options: Parameters<typeof rewrite>[2],
): Promise<Large> {
  const { index } = remote.packed;
  await index.refresh();
  if (index.doubt !== null) throw uncertain(index.doubt);
  const found = await survey(remote);
  const whole = found.items.filter(({ kind }) => kind === "whole").length;
  Object.assign(report, { whole, sparse: found.sparse, small: found.small, passed: found.unreadable });
  report.objects = whole + 2 * (found.sparse + found.small);
  report.written = { blobs: found.items.length, bytes: found.live };
  if (!report.dryRun) {
    const { passed, ...written } = await rewrite(remote, found, options);
    report.passed += passed;
    report.written = written;
  }
  report.saved = Math.max(0, found.replaced - report.written.bytes);
  return found.large;
}

/** Adds what became of large blobs. */
function addEncoded(report: RepackReport, { passed, ...done }: Encoded): void {
  Object.assign(report, done);
  report.passed += passed;
  report.objects += done.encoded.blobs;
  report.saved += done.encoded.bytes - done.encoded.stored;
}

function uncertain(error: MvgitError): MvgitError {
  return new MvgitError(error.code, `nothing was written: ${error.message}`, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hint: error.hint ?? "run 'mvgit fsck --remote', which says how to mend it",
    cause: error,
  });
}
