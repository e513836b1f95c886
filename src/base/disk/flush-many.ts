/** Many files made durable with one flush of their file system, where the system offers that. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { flushFolder } from "./flush.ts";
import { MvgitError, systemCode } from "../errors.ts";
import { step } from "../faults.ts";
import { ownSearchPath } from "../search-path.ts";
import { helper, unlessStopped } from "../stop.ts";
import { forEachConcurrent } from "../tasks.ts";

/** Below this many files, flushing each costs less than starting a program. */
const FEW = 16;
/** From this many bytes a flush may take longer than starting a program. */
const LARGE = 128 * 1024 * 1024;

/**
 * Returns when the contents of all `files`, which are on one file system, are on disk. A failed flush is thrown and
 * never retried: the system may have dropped the pages, so the caller writes again from the source or gives up.
 */
export async function flushFiles(files: readonly string[]): Promise<void> {
  if (files.length > FEW && (await flushFileSystem(dirname(files[0] as string)))) return;
  await forEachConcurrent(files, 64, flushOne);
}

async function flushOne(file: string): Promise<void> {
  step("flush", file);
  const handle = await openForFlush(file);
  try {
    if ((await handle.stat()).size >= LARGE && (await flushBy(["--", file], file))) return;
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows flushes only what is open for writing; elsewhere a read-only blob can be flushed as it is. */
async function openForFlush(file: string): Promise<fs.promises.FileHandle> {
  try {
    return await fs.promises.open(file, "r+");
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(systemCode(error) ?? "")) throw error;
    return await fs.promises.open(file, "r");
  }
}

let syncProgram: string | null | undefined;

/** GNU `sync -f` flushes one file system and reports its errors (Linux 5.8 and newer); nothing like it elsewhere. */
function findSync(): string | null {
  if (syncProgram !== undefined) return syncProgram;
  syncProgram = ["/usr/bin/sync", "/bin/sync"].find(isProgramOfItsOwn) ?? null;
  return syncProgram;
}

/** BusyBox links every tool to one program, and its `sync` may know no `-f`. */
function isProgramOfItsOwn(file: string): boolean {
  const found = fs.lstatSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.isFile();
}

/** Flushes the whole file system that holds `folder`; false when this system cannot. */
export async function flushFileSystem(folder: string): Promise<boolean> {
  if (findSync() === null) return false;
  step("flush file system", folder);
  return flushBy(["-f", folder], folder);
}

/**
 * By the system's program where there is one, which is left behind when the process is to stop: a flush of gigabytes
 * cannot be cut, and a process that waits for it in a call of its own cannot end before. False when this system has no
 * such program.
 */
async function flushBy(args: readonly string[], subject: string): Promise<boolean> {
  const program = findSync();
  if (program === null) return false;
  const status = await unlessStopped(runSync(program, args));
  if (status === null) {
    syncProgram = null;
    return false;
  }
  if (status !== 0) {
    throw new MvgitError("disk-failed", `cannot flush '${subject}': sync ended with status ${status}`, {
      subject,
      hint: "look for disk errors in the system's log before you run the command again",
    });
  }
  return true;
}

/** Its exit status; null when it cannot be started. */
function runSync(program: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = helper(spawn(program, args, { stdio: "ignore", env: ownSearchPath() }));
    child.on("error", () => resolve(null));
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** Flushes the bytes of an open file that has `size` of them. Throws what the system says of it. */
export async function flushBytes(handle: fs.promises.FileHandle, file: string, size: number): Promise<void> {
  if (size >= LARGE && (await flushBy(["-d", "--", file], file))) return;
  await handle.datasync();
}

/** Flushes every name and every byte below a folder. */
export async function flushTree(top: string): Promise<void> {
  if (await flushFileSystem(top)) return;
  const files: string[] = [];
  const folders = [top];
  // Grows while it is gone through.
  for (const folder of folders) {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else if (entry.isFile()) files.push(join(folder, entry.name));
    }
  }
  await forEachConcurrent(files, 64, flushOne);
  for (const folder of folders.toReversed()) flushFolder(folder);
}
