/**
 * Makes a file's times tell of every later write, so that a stamp taken then may be trusted.
 *
 * A program that maps a file and writes to a page of it is noticed once: from then on the page is writable, and what is
 * written to it changes no time, until the page is on disk. So a file is flushed before its stamp is taken: whoever
 * writes to any page after that is noticed again.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { platform } from "node:process";
import { flushBytes, flushFileSystem, settleBytes } from "../base/disk.ts";
import { systemClock } from "../base/clock.ts";
import { isMvgitError, systemCode } from "../base/errors.ts";
import { type Found, isTrustworthy, lookAt } from "./stamp.ts";

/** Up to this many files are flushed one by one; for more, their whole file system is. */
const FEW = 16;

/** File systems without a disk to flush to, where a page once written to stays writable: tmpfs, ramfs, hugetlbfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6, 0x958458f6]);

/** When the last flush of a whole file system began, by device; milliseconds since 1970. */
export type Flushes = ReadonlyMap<number, number>;

/** What this process knows of a device. */
interface Device {
  flushed: number;
  /** Files that were flushed one by one. */
  alone: number;
  /** False where no flush makes times tell of writes. */
  hasDisk: boolean;
}

const devices = new Map<number, Device>();

/** An open file, after its flush. `settled`: its times tell of every write that is still to come. */
export interface Settled {
  found: Found;
  settled: boolean;
}

/**
 * Flushes an open file where that is needed and its stamp could be trusted then. `started`: before it was looked at, by
 * the clock.
 */
export async function settle(handle: fs.promises.FileHandle, file: string, started: number): Promise<Settled> {
  const found = lookAt(handle.fd);
  if (!needsFlush(found, file, started)) return { found, settled: isSettled(found) };
  if (deviceOf(found, file).alone >= FEW && (await flushDevice(found, file)))
    return settleNow(handle.fd, file, started);
  return flushed(handle.fd, found, await failureOf(flushBytes(handle, file, found.size)));
}

/** As `settle`, without waiting for anything. */
export function settleNow(fd: number, file: string, started: number): Settled {
  const found = lookAt(fd);
  if (!needsFlush(found, file, started)) return { found, settled: isSettled(found) };
  let failure: unknown = null;
  try {
    settleBytes(fd);
  } catch (error) {
    failure = error;
  }
  return flushed(fd, found, failure);
}

/** To be called before files are settled, which saves a flush of each where they are many. */
export async function settleMany(files: readonly Found[]): Promise<void> {
  const now = systemClock.now();
  const [first, ...others] = files.filter((each) => needsFlush(each, each.real, now));
  if (first && others.length >= FEW) await flushDevice(first, first.real);
}

/** For a worker thread: which file systems were flushed. */
export function knownFlushes(): Flushes {
  return new Map([...devices].map(([device, { flushed }]) => [device, flushed]));
}

/** In a worker thread. */
export function learnFlushes(known: Flushes): void {
  for (const [device, flushed] of known) {
    const here = devices.get(device);
    if (here) here.flushed = flushed;
    else devices.set(device, { flushed, alone: 0, hasDisk: true });
  }
}

/** Not for a file that is too young to be remembered anyway, nor where nobody wrote to it since all was flushed. */
function needsFlush(found: Found, file: string, started: number): boolean {
  if (platform !== "linux" || found.kind !== "file") return false;
  const device = deviceOf(found, file);
  return device.hasDisk && isTrustworthy(found, started) && !isTrustworthy(found, device.flushed);
}

/** How it stands without another flush. Elsewhere than on Linux nothing is known of it, and times are believed. */
function isSettled(found: Found): boolean {
  const device = devices.get(found.device);
  return device === undefined || (device.hasDisk && isTrustworthy(found, device.flushed));
}

function deviceOf(found: Found, file: string): Device {
  const known = devices.get(found.device);
  if (known) return known;
  const device = { flushed: Number.NEGATIVE_INFINITY, alone: 0, hasDisk: !IN_MEMORY.has(fs.statfsSync(file).type) };
  devices.set(found.device, device);
  return device;
}

async function flushDevice(found: Found, file: string): Promise<boolean> {
  const started = systemClock.now();
  if (!(await flushFileSystem(dirname(file)))) return false;
  deviceOf(found, file).flushed = started;
  return true;
}

/** The error that a flush ended with; null for none. */
async function failureOf(flush: Promise<void>): Promise<unknown> {
  try {
    await flush;
    return null;
  } catch (error) {
    return error;
  }
}

/** A file that cannot be flushed is read each time; what is read of it is as good as ever. */
function flushed(fd: number, before: Found, failure: unknown): Settled {
  if (failure !== null && systemCode(failure) === undefined && !isMvgitError(failure, "disk-failed")) throw failure;
  // What lies on a read-only disk nobody maps for writing.
  if (failure !== null && systemCode(failure) !== "EROFS") return { found: before, settled: false };
  const device = devices.get(before.device);
  if (device) device.alone++;
  return { found: lookAt(fd), settled: true };
}
