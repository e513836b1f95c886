/**
 * What a commit must not bring: large files that nobody tracks, broken pointers, raw bytes where a pointer should be.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatSize } from "../../base/counts.ts";
import { display, parentOf, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { shellName } from "../../base/shell.ts";
import type { RawChange } from "../../git/program.ts";
import type { Oid } from "../../git/reader.ts";
import { Spellings } from "../../values/name-clash.ts";
import {
  isPointerPath,
  POINTER_CAP,
  POINTER_SUFFIX,
  pointerPathOf,
  type PointerReading,
  readPointer,
} from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { checkAmount } from "./amount.ts";
import type { Changes, Finding } from "./finding.ts";

export type { Changes, Finding };

/** Everything that is wrong with a set of changes, in path order. */
export async function checkChanges(repo: Repo, changes: Changes): Promise<Finding[]> {
  const files = changes.changes.filter((each) => each.status !== "D" && isFile(each.newMode));
  const pointers = files.filter((each) => isPointerPath(each.path));
  const { findings, others } = await checkPointers(repo, pointers, changes.typed);
  const unread = new Set([...findings, ...others].map((each) => each.path));
  findings.push(
    ...(await checkNames(
      repo,
      pointers.filter((each) => each.status === "A" && !unread.has(each.path)),
      changes,
    )),
  );
  const plain = files.filter((each) => !isPointerPath(each.path));
  findings.push(...(await checkRaw(repo, plain, changes)));
  const raw = new Set(findings.map((each) => each.path));
  const rest = [...plain.filter((each) => !raw.has(each.path)), ...others];
  const large = await checkSizes(repo, rest, changes);
  findings.push(
    ...large,
    ...(await checkAmount(
      repo,
      rest.filter((each) => !large.some(({ path }) => path === each.path)),
      changes,
    )),
  );
  return findings.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function isFile(mode: string): boolean {
  return mode === "100644" || mode === "100755";
}

/** `others`: files that are called as pointers are, and never were one. */
async function checkPointers(
  repo: Repo,
  pointers: readonly RawChange[],
  typed: Changes["typed"],
): Promise<{ findings: Finding[]; others: RawChange[] }> {
  const readings = await readAll(
    repo,
    pointers.map((each) => each.newOid),
  );
  const others = pointers.filter((each) => readings.get(each.newOid)?.kind === "other");
  const before = await readAll(
    repo,
    others.filter((each) => isFile(each.oldMode)).map((each) => each.oldOid),
  );
  const findings: Finding[] = [];
  for (const change of pointers) {
    const { path, newOid: oid, oldOid } = change;
    const reading = readings.get(oid);
    const name = shellName(typed(path));
    const target = path.slice(0, -POINTER_SUFFIX.length);
    const undo = isFile(change.oldMode) ? `git checkout HEAD -- ${name}` : `git rm --cached -- ${name}`;
    if (reading?.kind === "conflicted") {
      findings.push({
        path,
        oid,
        kind: "conflicted",
        message: "is a conflicted pointer",
        command: prose`mvgit checkout --ours ${shellName(typed(target))} (or --theirs; 'mvgit conflicts' lists what is
            still open)`,
      });
    } else if (reading?.kind === "malformed") {
      const command = existsSync(join(repo.top, target)) ? `mvgit add ${shellName(typed(target))}` : undo;
      findings.push({ path, oid, kind: "malformed", message: `is a malformed pointer: ${reading.reason}`, command });
    } else if (reading?.kind === "other" && before.get(oldOid)?.kind === "pointer") {
      findings.push({
        path,
        oid,
        kind: "raw-bytes",
        message: "was a pointer, and other bytes are staged in its place",
        command: undo,
      });
    }
  }
  const found = new Set(findings.map((each) => each.path));
  return { findings, others: others.filter((each) => !found.has(each.path)) };
}

/**
 * New pointers whose names no checkout brings out: of what some program reads or runs, or one file with another on some
 * systems.
 */
async function checkNames(repo: Repo, added: readonly RawChange[], { all, typed }: Changes): Promise<Finding[]> {
  if (added.length === 0) return [];
  const fresh = new Set(added.map((each) => each.path));
  // What was there first is how a name is written.
  const spellings = new Spellings([...(await all()).filter((path) => !fresh.has(path)), ...fresh].map(targetPath));
  return added.flatMap(({ path, newOid: oid }): Finding[] => {
    const target = targetPath(path);
    if (repo.guard.isAllowed(target)) return [];
    const reader = repo.guard.readerOf(target);
    const clash = spellings.clashOf(target);
    if (reader === null && clash === null) return [];
    const command = `git rm --cached -- ${shellName(typed(path))}`;
    if (reader !== null)
      return [
        {
          path,
          oid,
          kind: "held",
          message: `stands for a file that ${reader} reads or runs by its name, where a review sees a hash`,
          command,
        },
      ];
    return [
      {
        path,
        oid,
        kind: "name-clash",
        message: `and '${display(pointerPathOf(clash as RepoPath))}' are one name on some systems`,
        command,
      },
    ];
  });
}

function targetPath(pointerPath: string): RepoPath {
  return pointerPath.slice(0, -POINTER_SUFFIX.length) as RepoPath;
}

async function readAll(repo: Repo, oids: readonly Oid[]): Promise<Map<Oid, PointerReading>> {
  const readings = new Map<Oid, PointerReading>();
  for await (const { oid, bytes } of repo.git.blobs([...new Set(oids)], POINTER_CAP))
    readings.set(oid, bytes ? readPointer(bytes) : { kind: "other" });
  return readings;
}

/** The pointers that would stand for a path: its own, and those of the folders that it lies in. */
function* pointersOver(path: string): Generator<string> {
  for (let each = path; each !== ""; each = parentOf(each)) yield pointerPathOf(each as RepoPath);
}

async function checkRaw(repo: Repo, files: readonly RawChange[], { pointers, typed }: Changes): Promise<Finding[]> {
  const there = await pointers([...new Set(files.flatMap((each) => [...pointersOver(each.path)]))]);
  if (there.size === 0) return [];
  return files.flatMap(({ path, newOid: oid }) => {
    const pointer = [...pointersOver(path)].find((each) => there.has(each));
    if (pointer === undefined) return [];
    const isOwn = pointer === pointerPathOf(path as RepoPath);
    const message = isOwn
      ? "is tracked by mvgit, and its bytes are staged beside its pointer"
      : `lies in a folder that mvgit tracks ('${display(pointer)}'), and its bytes are staged`;
    return [
      {
        path,
        oid,
        kind: "raw-bytes" as const,
        message,
        command: `${existsSync(join(repo.top, path)) ? "mvgit add" : "git rm --cached --"} ${shellName(typed(path))}`,
      },
    ];
  });
}

async function checkSizes(repo: Repo, files: readonly RawChange[], { known, typed }: Changes): Promise<Finding[]> {
  const limit = repo.settings.maxFileSize;
  const sizes = await repo.git.objectSizes(files.map((each) => each.newOid));
  const large = files
    .map((change, index) => ({ change, size: sizes[index] as number }))
    .filter(({ size }) => size > limit);
  if (large.length === 0) return [];
  const old = await known(large.map(({ change }) => change.newOid));
  const fresh = large.filter(({ change }) => !old.has(change.newOid));
  const allowed = await repo.git.attribute(
    "mvgit",
    fresh.map(({ change }) => change.path),
  );
  return fresh
    .filter((_, index) => allowed[index] !== "unset")
    .map(({ change: { path, newOid: oid }, size }) => {
      const message = `has ${formatSize(size)}, more than Git should keep (mvgit.maxFileSize is ${formatSize(limit)})`;
      // A name like a pointer's cannot be tracked.
      const command = isPointerPath(path)
        ? `git rm --cached -- ${shellName(typed(path))}`
        : `mvgit add ${shellName(typed(path))}`;
      return { path, oid, kind: "too-large", message, command };
    });
}
