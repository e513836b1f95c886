/** What a commit must not bring: large files that nobody tracks, broken pointers, raw bytes beside a pointer. */
import { display, type RepoPath } from "../../base/paths.ts";
import type { RawChange } from "../../git/program.ts";
import type { Oid } from "../../git/reader.ts";
import { isPointerPath, POINTER_CAP, pointerPathOf, readPointer } from "../../model/pointer.ts";
import type { Repo } from "../../repo/repo.ts";

export interface Finding {
  path: string;
  kind: "too-large" | "conflicted" | "malformed" | "raw-bytes";
  /** What is wrong, after the path. */
  message: string;
  /** The one command that mends it. */
  command: string;
}

/** A change to be checked: which paths were touched, and what is known of the whole tree after it. */
export interface Changes {
  changes: readonly RawChange[];
  /** Which of these paths are in the tree after the change. */
  exists: (paths: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Object ids that the history before had already, under any name. */
  known: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>;
}

/** Everything that is wrong with a set of changes, in path order. */
export async function checkChanges(repo: Repo, { changes, exists, known }: Changes): Promise<Finding[]> {
  const files = changes.filter((each) => each.status !== "D" && (each.newMode === "100644" || each.newMode === "100755"));
  const pointers = files.filter((each) => isPointerPath(each.path));
  const others = files.filter((each) => !isPointerPath(each.path));
  const findings = [...(await checkPointers(repo, pointers)), ...(await checkRaw(others, exists))];
  const raw = new Set(findings.map((each) => each.path));
  findings.push(...(await checkSizes(repo, others.filter((each) => !raw.has(each.path)), known)));
  return findings.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function checkPointers(repo: Repo, pointers: readonly RawChange[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  const oids = [...new Set(pointers.map((each) => each.newOid))];
  const readings = new Map<Oid, ReturnType<typeof readPointer>>();
  for await (const { oid, bytes } of repo.git.blobs(oids, POINTER_CAP)) readings.set(oid, bytes ? readPointer(bytes) : { kind: "other" });
  for (const { path, newOid } of pointers) {
    const reading = readings.get(newOid);
    const target = quoted(path.slice(0, -".mvgit".length));
    if (reading?.kind === "conflicted") findings.push({ path, kind: "conflicted", message: "is a conflicted pointer", command: `mvgit checkout --ours ${target} (or --theirs)` });
    if (reading?.kind === "malformed") findings.push({ path, kind: "malformed", message: `is a malformed pointer: ${reading.reason}`, command: `mvgit add ${target}` });
  }
  return findings;
}

async function checkRaw(files: readonly RawChange[], exists: Changes["exists"]): Promise<Finding[]> {
  const there = await exists(files.map((each) => pointerPathOf(each.path as RepoPath)));
  return files.filter((each) => there.has(pointerPathOf(each.path as RepoPath)))
    .map(({ path }) => ({ path, kind: "raw-bytes" as const, message: "is tracked by mvgit, and its bytes are staged beside its pointer", command: `mvgit add ${quoted(path)}` }));
}

async function checkSizes(repo: Repo, files: readonly RawChange[], known: Changes["known"]): Promise<Finding[]> {
  const sizes = await repo.git.objectSizes(files.map((each) => each.newOid));
  const large = files.map((change, index) => ({ change, size: sizes[index] as number })).filter(({ size }) => size > repo.settings.maxFileSize);
  if (large.length === 0) return [];
  const old = await known(large.map(({ change }) => change.newOid));
  const fresh = large.filter(({ change }) => !old.has(change.newOid));
  const allowed = await repo.git.attribute("mvgit", fresh.map(({ change }) => change.path));
  return fresh.filter((_, index) => allowed[index] !== "unset")
    .map(({ change, size }) => ({ path: change.path, kind: "too-large" as const, message: `has ${mebibytes(size)}, more than Git should keep (mvgit.maxFileSize is ${mebibytes(repo.settings.maxFileSize)})`, command: `mvgit add ${quoted(change.path)}` }));
}

function mebibytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(path) && !path.startsWith("-") ? path : `'${display(path).replaceAll("'", "'\\''")}'`;
}
