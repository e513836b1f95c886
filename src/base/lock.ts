/**
 * One process at a time for what has no other order; a dead holder never blocks, a living one never loses what it
 * holds.
 *
 * A lock is a file `HOST PID START BOOT SPACE TOKEN`. A holder whose number means something here is looked for. Of any
 * other (another host, another container, a system that was started anew) only a sign of life tells: while it is held,
 * the file's time moves every second, and the lock is taken when it did not for as long as we watched, whatever any
 * clock says. Whoever held it notices at the next step that changes the disk.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import type { Worker } from "node:worker_threads";
import { monotonicNow, systemClock, uniqueName } from "./clock.ts";
import {
  beat,
  createFile,
  discard,
  linkNew,
  makeFolder,
  openRegular,
  removeFile,
  startBeating,
  tryTo,
  writeAll,
} from "./disk.ts";
import { MvgitError, systemCode } from "./errors.ts";
import { fromSystem } from "./system-errors.ts";
import { guardSteps } from "./faults.ts";
import { cleanLeftovers } from "./leftovers.ts";
import { inLockOrder } from "./lock-order.ts";
import { isExact, isOnThisKernel, isOwnNumber, nameOfOwner, stateOf, thisProcess } from "./processes.ts";
import { LOCK_BEAT, LOCK_LOOK, LOCK_PATIENCE, LOCK_SILENCE, OLD_LOCK } from "./times.ts";

export interface LockTimes {
  /** Milliseconds that a lock is waited for before giving up. */
  patience: number;
  /** Between two signs of life. */
  beat: number;
  /** A holder of which nothing else is known has ended when no sign came for so long: on this kernel, and elsewhere. */
  watch: { here: number; elsewhere: number };
  /** A look at what is still held is good for so long. */
  fresh: number;
}

const TIMES: LockTimes = { patience: LOCK_PATIENCE, beat: LOCK_BEAT, watch: LOCK_SILENCE, fresh: LOCK_LOOK };

/** What another thread needs to notice that a lock was lost. */
export interface LockInUse {
  file: string;
  text: string;
}

interface Held extends LockInUse {
  fd: number;
  /** When it was last seen to be ours. */
  seen: number;
  release(): void;
}

/**
 * Runs `work` while holding the lock file. Throws `lock-held` when a living process keeps it too long, and, out of the
 * steps of `work`, when the lock was lost meanwhile: this process stood still for longer than others wait for a sign of
 * life.
 */
export async function withLock<R>(file: string, work: () => Promise<R>, times: Partial<LockTimes> = {}): Promise<R> {
  return inLockOrder(file, async () => {
    const held = await acquire(file, { ...TIMES, ...times });
    try {
      // Whoever died while it waited for the lock left the name by which it asked.
      cleanLeftovers(dirname(file));
      return await work();
    } finally {
      held.release();
    }
  });
}

/** Locks that this thread's steps depend on. */
const inUse = new Set<LockInUse & { seen: number }>();

/** Locks that are held now, for a worker thread. */
export function locksInUse(): LockInUse[] {
  return [...inUse].map(({ file, text }) => ({ file, text }));
}

/** From now on every step that changes the disk makes sure of these locks. */
export function dependOn(locks: readonly LockInUse[]): void {
  for (const lock of locks) inUse.add({ ...lock, seen: -Infinity });
  guardSteps(makeSure);
}

function makeSure(isUrgent: boolean): void {
  const now = monotonicNow();
  for (const lock of inUse) {
    if (!isUrgent && now - lock.seen < TIMES.fresh) continue;
    if (!isStill(lock)) throw lost(lock.file);
    lock.seen = now;
  }
}

async function acquire(file: string, times: LockTimes): Promise<Held> {
  const text = `${thisProcess()} ${uniqueName()}\n`;
  const began = monotonicNow();
  let own: Own | null = null;
  try {
    if (!fs.existsSync(dirname(file))) makeFolder(dirname(file));
    own = writeOwn(`${file}.${nameOfOwner()}`, text);
    const others = new Others(file, own, times);
    for (;;) {
      const fd = claim(own, file);
      if (fd !== null) return hold({ file, text, fd }, times);
      if (others.isGone()) continue;
      if (monotonicNow() - began > times.patience) throw held(file);
      await systemClock.sleep(5 + 45 * systemClock.random());
    }
  } catch (error) {
    if (own !== null) fs.closeSync(own.fd);
    throw fromSystem(error, `take the lock '${file}'`, file);
  } finally {
    if (own !== null) tryTo(() => discard((own as Own).file));
  }
}

interface Own extends LockInUse {
  fd: number;
}

function writeOwn(file: string, text: string): Own {
  const fd = createFile(file);
  try {
    writeAll(fd, Buffer.from(text), file);
    return { file, text, fd };
  } catch (error) {
    fs.closeSync(fd);
    tryTo(() => discard(file));
    throw error;
  }
}

/** The lock appears with its holder's name in it, or not at all. Answers an open file of it; null when it is taken. */
function claim(own: Own, file: string): number | null {
  try {
    return linkNew(own.file, file, "lock") ? own.fd : null;
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(systemCode(error) ?? "")) throw error;
    return claimWithoutLinks(own, file);
  }
}

function claimWithoutLinks(own: Own, file: string): number | null {
  try {
    const { fd } = writeOwn(file, own.text);
    fs.closeSync(own.fd);
    own.fd = fd;
    return fd;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return null;
    throw error;
  }
}

function hold({ file, text, fd }: LockInUse & { fd: number }, times: LockTimes): Held {
  let worker: Worker | null = null;
  // The first signs come from here; what is held longer gets a thread of its own, which goes on while this one is at
  // work.
  const timer = setInterval(() => {
    beat(fd, text);
    worker ??= startBeating({ file, text }, times.beat);
  }, times.beat).unref();
  const lock: Held = {
    file,
    text,
    fd,
    seen: monotonicNow(),
    release() {
      clearInterval(timer);
      void worker?.terminate();
      inUse.delete(lock);
      if (inUse.size === 0) guardSteps(null);
      fs.closeSync(fd);
      // One that cannot be removed is nobody's when this process has ended.
      tryTo(() => {
        if (readText(file) === text) discard(file);
      });
    },
  };
  inUse.add(lock);
  guardSteps(makeSure);
  return lock;
}

/** Who else holds a lock that we want. */
class Others {
  readonly #file: string;
  readonly #own: Own;
  readonly #times: LockTimes;
  #sign = "";
  #since = 0;

  constructor(file: string, own: Own, times: LockTimes) {
    this.#file = file;
    this.#own = own;
    this.#times = times;
  }

  /** True when the lock was taken from a dead holder, or is gone by itself. */
  isGone(): boolean {
    const found = lookAt(this.#file);
    if (found === null) return true;
    if (found.sign !== this.#sign) [this.#sign, this.#since] = [found.sign, monotonicNow()];
    if (!this.#isDead(found)) return false;
    return this.#takeAway(found.text);
  }

  #isDead({ text, mtimeMs }: { text: string; mtimeMs: number }): boolean {
    const state = stateOf(text);
    if (state === "ended") return true;
    const [host = "", , , , , token] = text.trim().split(" ");
    if (state === "runs" && this.#isSure(text, token !== undefined)) return false;
    const isOldForeign = token === undefined && host !== "" && host !== thisProcess().split(" ")[0];
    if (isOldForeign) return fs.fstatSync(this.#own.fd).mtimeMs + (monotonicNow() - this.#since) - mtimeMs > OLD_LOCK;
    return monotonicNow() - this.#since > this.#times.watch[isOnThisKernel(text) ? "here" : "elsewhere"];
  }

  /**
   * Whether a process that runs is the holder: it may be one that got the number later, or this one's number of before.
   */
  #isSure(text: string, givesSigns: boolean): boolean {
    if (isOwnNumber(text)) return [...inUse].some((lock) => lock.text === text);
    return isExact(text) || !givesSigns;
  }

  /** One at a time, and only what was looked at: never the lock that somebody else took meanwhile. */
  #takeAway(dead: string): boolean {
    const breaking = `${this.#file}.breaking`;
    const fd = claim(this.#own, breaking);
    if (fd === null) {
      // Whoever died in these few lines is of this kind as well.
      const found = lookAt(breaking);
      if (
        found !== null &&
        (stateOf(found.text) === "ended" ||
          fs.fstatSync(this.#own.fd).mtimeMs - found.mtimeMs > this.#times.watch.elsewhere)
      )
        removeFile(breaking);
      return false;
    }
    try {
      if (readText(this.#file) === dead) removeFile(this.#file);
      return true;
    } finally {
      removeFile(breaking);
    }
  }
}

/** Every lock has fewer bytes; a file with more names no holder. */
const LONGEST = 4096;

/**
 * What a lock says, and what changes with each sign of life. Opened, since only that asks a server anew. Throws
 * `file-unreadable` for what is no file: it is not followed, and nobody waits for it.
 */
function lookAt(file: string): { text: string; sign: string; mtimeMs: number } | null {
  let fd: number | null = null;
  try {
    fd = openRegular(file);
    if (fd === null) throw noLock(file);
    const { ino, mtimeNs, mtimeMs } = fs.fstatSync(fd, { bigint: true });
    const bytes = Buffer.alloc(LONGEST);
    const length = fs.readSync(fd, bytes, 0, LONGEST, 0);
    const text = length < LONGEST ? bytes.toString("utf8", 0, length) : "";
    return { text, sign: `${ino} ${mtimeNs} ${text}`, mtimeMs: Number(mtimeMs) };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    if (systemCode(error) !== "EACCES") throw error;
    // Another user's, who lets nobody read it: only its signs of life tell.
    const found = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
    return found === undefined
      ? null
      : { text: "", sign: `${found.ino} ${found.mtimeNs}`, mtimeMs: Number(found.mtimeMs) };
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

function readText(file: string): string | null {
  return lookAt(file)?.text ?? null;
}

/** False also where something else came to stand in its place. */
function isStill({ file, text }: LockInUse): boolean {
  try {
    return readText(file) === text;
  } catch (error) {
    if (error instanceof MvgitError) return false;
    throw error;
  }
}

function lost(file: string): MvgitError {
  return new MvgitError("lock-held", `the lock '${file}' was taken over while this process stood still`, {
    subject: file,
    hint: "run the command again; what it did so far is complete",
  });
}

function noLock(file: string): MvgitError {
  return new MvgitError("file-unreadable", `cannot take the lock '${file}': what stands there is no file`, {
    subject: file,
    hint: "move it away, and run the command again",
  });
}

function held(file: string): MvgitError {
  return new MvgitError("lock-held", "another mvgit works in this work tree", {
    subject: file,
    hint: `wait for it to end; if none runs, remove '${file}'`,
  });
}
