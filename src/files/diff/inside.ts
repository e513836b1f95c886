/** What differs inside of files that both sides have: in cache and work tree; nothing is fetched for it. */
import * as fs from "node:fs";
import { openRegular } from "../../base/disk.ts";
import { MvgitError, isMvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { cacheContent, type Content } from "../../registry/content.ts";
import { changesInside, type Inside, unseen } from "../../registry/inside.ts";
import type { Repo } from "../../repo/repo.ts";
import type { FileDifference } from "./changes.ts";

/** Files that are looked into. */
const MOST = 20;

/**
 * Of the first files that have other bytes on both sides, by their paths. `budget`: bytes of each side of all of them
 * together up to which values and members are compared.
 */
export async function lookInside(
  repo: Repo,
  differences: readonly FileDifference[],
  { isWorkTree, budget }: { isWorkTree: boolean; budget: { left: number } },
): Promise<Map<RepoPath, Inside>> {
  const found = new Map<RepoPath, Inside>();
  for (const { path, before, after } of differences.filter(isInBoth).slice(0, MOST)) {
    repo.watch.signal.throwIfAborted();
    const a = cached(repo, before);
    const open = isWorkTree ? openInWorkTree(repo, path, after.size) : null;
    const b = isWorkTree ? (open?.content ?? null) : cached(repo, after);
    try {
      const inside = a === null || b === null ? unseen(path) : await changesInside({ path, a, b }, budget);
      if (Object.keys(inside).length > 0) found.set(path, inside);
    } catch (error) {
      if (!isMvgitError(error, "changed-while-reading")) throw error;
      found.set(path, { note: "what is in it was not compared: it changed while it was read" });
    } finally {
      open?.close();
    }
  }
  return found;
}

type InBoth = FileDifference & Record<"before" | "after", NonNullable<FileDifference["before"]>>;

function isInBoth(difference: FileDifference): difference is InBoth {
  const { before, after } = difference;
  return before !== null && after !== null && before.hash !== after.hash;
}

function cached({ cache }: Repo, { hash, size }: InBoth["before"]): Content | null {
  return hash !== null && cache.has({ hash, size }) ? cacheContent(cache, { hash, size }) : null;
}

/** Null for what is not the file that was found there. */
function openInWorkTree(repo: Repo, path: RepoPath, size: number): { content: Content; close(): void } | null {
  const file = repo.guard.resolve(path);
  const fd = openRegular(file);
  if (fd === null) return null;
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const got = await readAt(fd, bytes.subarray(done), offset + done);
      if (got === 0) throw changed(path);
      done += got;
    }
    return bytes;
  };
  return {
    content: {
      size,
      async *read() {
        for (let at = 0; at < size; at += PIECE) yield read(at, Math.min(PIECE, size - at));
      },
      open: async () => ({ size, file, read }),
    },
    close: () => fs.closeSync(fd),
  };
}

const PIECE = 1024 * 1024;

async function readAt(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, bytes, 0, bytes.length, position, (error, got) => (error ? reject(error) : resolve(got)));
  });
}

function changed(path: RepoPath): MvgitError {
  return new MvgitError("changed-while-reading", `'${display(path)}' changed while it was read`, {
    subject: display(path),
    hint: "run the command again when nothing writes to the file",
  });
}
