/** A tracked path of the work tree, held against its pointer: in what it differs. Of a folder, as a whole. */
import { platform } from "node:process";
import type { RepoPath } from "../base/paths.ts";
import { decideFile, type FileContent, type FileDecision } from "../values/file-state.ts";
import type { Hash } from "../values/hash.ts";
import type { LoadBlob } from "../values/manifest-io.ts";
import type { Pointer } from "../values/pointer.ts";
import { type BaseSource, fileBase, mayBeOf, type Past } from "./base-files.ts";
import type { Guard } from "./guard.ts";
import { identifySettled } from "./identify.ts";
import { type Found, lookThrough } from "./stamp.ts";
import type { StatCache } from "./stat-cache.ts";

export interface CompareContext {
  guard: Guard;
  stats: StatCache;
  load: LoadBlob;
  /** Where it is asked for who changed what is not as the pointer says. */
  bases?: BaseSource;
  /** Told of each file of a manifest that is held back: it is no part of what is compared. */
  onHeld?: (path: RepoPath, reader: string) => void;
  /** Told of bytes that had to be read. */
  onBytes: (count: number) => void;
  signal: AbortSignal;
}

/** How a single file, or a folder as a whole, stands against its pointer. */
export type TargetState =
  | { kind: "absent" }
  /** Something that is not of the pointer's kind: a link, a folder for a file, a file for a folder, a special file. */
  | { kind: "other"; found: Found }
  | { kind: "file"; found: Found; hash: Hash | null; clean: boolean; decision?: FileDecision }
  | { kind: "folder" };

/**
 * Looks at the target itself. A file whose size is the pointer's and whose stamp is unknown is read, and remembered.
 */
export async function compareTarget(path: RepoPath, pointer: Pointer, context: CompareContext): Promise<TargetState> {
  const found = lookThrough(context.guard.resolve(path), context.guard.blobs);
  if (found === null) return { kind: "absent" };
  if (pointer.files !== undefined) return found.kind === "folder" ? { kind: "folder" } : { kind: "other", found };
  if (found.kind !== "file") return { kind: "other", found };
  const hash = await knownHash(path, found, { pointer, ...context });
  if (hash === pointer.hash && hasMode(found, pointer)) return { kind: "file", found, hash, clean: true };
  if (!context.bases) return { kind: "file", found, hash, clean: false };
  const past = await fileBase(path, context.bases);
  const read = hash ?? (mayBeOf(found, past) ? await identifyTarget(path, found, context) : null);
  return {
    kind: "file",
    found,
    hash: read,
    clean: false,
    decision: decideTarget(pointer, { hash: read, mode: modeOf(found, pointer) }, past),
  };
}

function decideTarget(pointer: Pointer, found: FileContent, past: Past): FileDecision {
  return decideFile<FileContent>({
    found,
    pointer: { hash: pointer.hash, mode: pointer.exec ? "exec" : "file" },
    ...past,
  });
}

/** Windows has no such bit. */
function modeOf(found: Found, pointer: Pointer): FileContent["mode"] {
  const isExec = platform === "win32" ? pointer.exec : found.exec;
  return isExec ? "exec" : "file";
}

/** Windows has no such bit: a file has there what its pointer says. */
function hasMode(found: Found, pointer: Pointer): boolean {
  return platform === "win32" || found.exec === (pointer.exec ?? false);
}

async function knownHash(
  path: RepoPath,
  found: Found,
  context: CompareContext & { pointer: Pointer },
): Promise<Hash | null> {
  const known = context.stats.target(path);
  if (known?.stamp === found.stamp) return known.hash;
  if (found.size !== context.pointer.size) return null;
  return identifyTarget(path, found, context);
}

/** Reads a single tracked file and remembers what it is. */
export async function identifyTarget(path: RepoPath, found: Found, context: CompareContext): Promise<Hash> {
  const identified = await identifySettled(found.real, context.onBytes);
  if (identified.stamp) context.stats.setTarget(path, identified.stamp, identified.hash);
  return identified.hash;
}
