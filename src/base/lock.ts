/** One process at a time for what has no other order; a dead holder never blocks. */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { kill, pid } from "node:process";
import { systemClock, uniqueName } from "./clock.ts";
import { makeFolder } from "./disk.ts";
import { fromSystem, MvgitError, systemCode } from "./errors.ts";

/** Milliseconds that a lock is waited for before giving up. */
const PATIENCE = 120_000;
/** A lock of another host, or an unreadable one, is taken over when it is this old. */
const STALE_AFTER = 15 * 60_000;

/**
 * Runs `work` while holding the lock file. The holder is written into it, so that a lock whose process is gone is taken
 * over. Throws `lock-held` when a living process keeps it too long.
 */
export async function withLock<R>(file: string, work: () => Promise<R>): Promise<R> {
  await acquire(file);
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

async function acquire(file: string): Promise<void> {
  if (!fs.existsSync(dirname(file))) makeFolder(dirname(file));
  const own = `${file}.${uniqueName()}`;
  const started = systemClock.now();
  fs.writeFileSync(own, `${hostname()} ${pid}\n`);
  try {
    while (!claim(own, file)) {
      if (!breakIfDead(file)) {
        if (systemClock.now() - started > PATIENCE) throw held(file);
        await systemClock.sleep(5 + 45 * systemClock.random());
      }
    }
  } catch (error) {
    throw fromSystem(error, `take the lock '${file}'`, file);
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** The lock appears with its holder's name in it, or not at all. */
function claim(own: string, file: string): boolean {
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemCode(error) ?? "")) throw error;
    return claimWithoutLinks(file);
  }
}

function claimWithoutLinks(file: string): boolean {
  try {
    fs.writeFileSync(file, `${hostname()} ${pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** True when the lock was removed, or is gone by itself. */
function breakIfDead(file: string): boolean {
  const before = fs.statSync(file, { throwIfNoEntry: false });
  if (before === undefined) return true;
  const [host, holder] = readHolder(file);
  const isDead = host === hostname() && holder !== null ? !isRunning(holder) : systemClock.now() - before.mtimeMs > STALE_AFTER;
  if (!isDead) return false;
  // Whoever renames the dead lock away removes exactly the one it looked at, and nobody's new one.
  const grave = `${file}.${uniqueName()}`;
  try {
    fs.renameSync(file, grave);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return true;
    throw error;
  }
  if (fs.statSync(grave).ino !== before.ino) claim(grave, file);
  fs.rmSync(grave, { force: true });
  return true;
}

function readHolder(file: string): [host: string, pid: number | null] {
  try {
    const [host = "", holder = ""] = fs.readFileSync(file, "utf8").trim().split(" ");
    return [host, /^\d+$/.test(holder) ? Number(holder) : null];
  } catch (error) {
    if (systemCode(error) === "ENOENT") return ["", null];
    throw error;
  }
}

/** True when a process of that number exists on this host, whoever owns it. */
export function isRunning(process: number): boolean {
  try {
    kill(process, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

function held(file: string): MvgitError {
  return new MvgitError("lock-held", "another mvgit works in this work tree", {
    subject: file,
    hint: `wait for it to end; if none runs, remove '${file}'`,
  });
}
