/** Which files of a commit are asked for: those of a version's package, or paths, tracked by mvgit or kept by Git. */
import { MvgitError } from "../../base/errors.ts";
import { checkPath, display, parentOf, type RepoPath } from "../../base/paths.ts";
import type { GitReader, Oid, TreeFile } from "../../git/reader.ts";
import type { Package, PackageFile } from "../../values/package.ts";
import {
  isPointerPath,
  type Pointer,
  POINTER_CAP,
  pointerPathOf,
  readPointer,
  targetOf,
} from "../../values/pointer.ts";
import type { Inside } from "../../worktree/compare.ts";

/** A file or folder that mvgit tracks, or a file that Git keeps itself. */
export type Part =
  | { kind: "tracked"; path: RepoPath; pointer: Pick<Pointer, "hash" | "size" | "files" | "exec">; inside: Inside }
  | { kind: "kept"; path: RepoPath; oid: Oid; exec: boolean };

export interface PartsRequest {
  commit: Oid;
  /** Of the version, when a label was asked for. */
  pack: Package | null;
  /** `weights`, `data` (of a version), or paths; empty: all of the package, or without one all of the commit. */
  only: readonly string[];
}

export interface Parts {
  parts: Part[];
  /** Links and submodules, which are left out. */
  left: string[];
}

/** Throws `not-tracked` for a path that is not there, `pointer-malformed`, `unsafe-path`. */
export async function partsOf(reader: GitReader, { commit, pack, only }: PartsRequest): Promise<Parts> {
  const found: Parts = { parts: [], left: [] };
  if (only.length === 0 && pack === null) await addPath(reader, { commit, path: "" }, found);
  const groups = pack === null ? {} : { weights: pack.weights, data: pack.data };
  for (const name of only.length === 0 ? Object.keys(groups) : only) {
    const group = (groups as Record<string, PackageFile[] | undefined>)[name];
    if (group) found.parts.push(...(await Promise.all(group.map((file) => tracked(reader, commit, file)))));
    else await addPath(reader, { commit, path: pathOf(name) }, found);
  }
  if (found.parts.length > 0) return found;
  throw new MvgitError("not-tracked", `there is nothing of '${display(only.join(", ") || "it")}' to bring`, {
    subject: display(only.join(", ")),
    hint: "'mvgit show LABEL' lists what a version is made of",
  });
}

/** What a package does not say of a file, its pointer in the same commit does: whether it may be run. */
async function tracked(reader: GitReader, commit: Oid, { path, hash, size, files }: PackageFile): Promise<Part> {
  if (files !== undefined) return { kind: "tracked", path, pointer: { hash, size, files }, inside: null };
  const entry = await reader.fileAt(commit, pointerPathOf(path as RepoPath));
  const bytes = entry && (await reader.blob(entry.oid, POINTER_CAP));
  const reading = bytes && readPointer(bytes);
  const exec = reading?.kind === "pointer" && reading.pointer.hash === hash && reading.pointer.exec;
  return { kind: "tracked", path, pointer: { hash, size, ...(exec ? { exec } : {}) }, inside: null };
}

/** A path as typed: a folder may end in a slash, and a pointer's own name stands for what it tracks. */
function pathOf(typed: string): RepoPath | "" {
  const trimmed = typed.replace(/\/+$/, "").replace(/^\.(?:\/|$)/, "");
  if (trimmed === "" && typed !== "/") return "";
  const path = checkPath(trimmed);
  return isPointerPath(path) ? targetOf(path) : path;
}

async function addPath(
  reader: GitReader,
  { commit, path }: { commit: Oid; path: RepoPath | "" },
  found: Parts,
): Promise<void> {
  const files: TreeFile[] = [];
  for await (const file of reader.treeFiles(commit, path === "" ? {} : { folders: [path] })) files.push(file);
  // Pointers whose target is the path itself, or a folder above it.
  for (let at: string = path; at !== ""; at = parentOf(at)) {
    const pointer = await reader.fileAt(commit, pointerPathOf(at as RepoPath));
    if (pointer) files.push(pointer);
  }
  const before = found.parts.length + found.left.length;
  await addFiles(reader, { files, path }, found);
  if (found.parts.length + found.left.length > before) return;
  throw new MvgitError("not-tracked", `there is no '${display(path)}' in commit ${commit.slice(0, 10)}`, {
    subject: display(path),
    hint: "paths count from the top of the repository",
  });
}

async function addFiles(
  reader: GitReader,
  { files, path }: { files: readonly TreeFile[]; path: RepoPath | "" },
  found: Parts,
): Promise<void> {
  const plain = files.filter(({ mode }) => mode === "100644" || mode === "100755");
  found.left.push(...files.filter((file) => !plain.includes(file)).map((file) => file.path));
  const pointers = plain.filter((file) => isPointerPath(file.path));
  const known = new Set<string>();
  const blobs = reader
    .blobs(
      pointers.map(({ oid }) => oid),
      POINTER_CAP,
    )
    [Symbol.asyncIterator]();
  for (const file of pointers) {
    const bytes = ((await blobs.next()).value as { bytes: Buffer | null } | undefined)?.bytes ?? null;
    const reading = bytes === null ? ({ kind: "other" } as const) : readPointer(bytes);
    if (reading.kind === "other") continue;
    known.add(file.path);
    if (reading.kind !== "pointer") throw malformed(file.path, reading);
    const target = targetOf(checkPath(file.path, "pointer's name"));
    const part = insideOf(target, path);
    // A file has nothing inside it.
    if (part === null || reading.pointer.files !== undefined)
      found.parts.push({ kind: "tracked", path: target, pointer: reading.pointer, inside: part });
  }
  for (const { path: name, oid, mode } of plain) {
    if (!known.has(name))
      found.parts.push({ kind: "kept", path: checkPath(name, "tree"), oid, exec: mode === "100755" });
  }
}

/** What of a tracked folder is meant, when the path that was asked for lies inside it. */
function insideOf(target: RepoPath, path: RepoPath | ""): Inside {
  return path.startsWith(`${target}/`) ? [path.slice(target.length + 1) as RepoPath] : null;
}

function malformed(path: string, reading: { kind: string; reason?: string; version?: number }): MvgitError {
  const subject = display(path);
  if (reading.kind === "newer")
    return new MvgitError("format-newer", `'${subject}' has format ${reading.version}, made by a newer mvgit`, {
      subject,
      hint: "update mvgit",
    });
  const why = reading.kind === "conflicted" ? "it holds the markers of an unfinished merge" : reading.reason;
  return new MvgitError("pointer-malformed", `'${subject}' is a malformed pointer: ${why}`, {
    subject,
    hint: "ask for another version, or mend it where it was committed",
  });
}
