/** Who holds something, so that what a dead process left can be told from what a living one needs. */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { kill, pid } from "node:process";
import { uniqueName } from "./clock.ts";
import { systemCode } from "./errors.ts";

/**
 * `HOST PID START BOOT SPACE`: the number counts only among processes of one start of one system (BOOT) in one PID
 * namespace (SPACE), and START, in ticks since that system's, tells a process from a later one of its number. `-` for
 * what cannot be had; earlier versions wrote only the first two or three.
 */
export type ProcessMark = string;

export type ProcessState = "runs" | "ended" | "unknown";

interface Mark {
  host: string;
  pid: string;
  start: string;
  boot: string;
  space: string;
}

const ABSENT = "-";
let own: Mark | undefined;
/** Made once, since names are given by the thousand. */
let ownPrefix: string | undefined;

function ownMark(): Mark {
  own ??= {
    host: hostname().replace(/\s/g, "-") || ABSENT,
    pid: String(pid),
    start: statOf("self")?.start ?? ABSENT,
    boot: bootId(),
    space: pidSpace(),
  };
  return own;
}

/** This process. */
export function thisProcess(): ProcessMark {
  const { host, pid: number, start, boot, space } = ownMark();
  return `${host} ${number} ${start} ${boot} ${space}`;
}

/** Another process of this system, as it is now. */
export function markOf(number: number): ProcessMark {
  const { host, boot, space } = ownMark();
  return `${host} ${number} ${statOf(String(number))?.start ?? ABSENT} ${boot} ${space}`;
}

/**
 * Whether the marked process still runs; `unknown` where its number means nothing here, and for text that is no mark.
 */
export function stateOf(mark: ProcessMark): ProcessState {
  const [host = "", number = "", start = ABSENT, boot = ABSENT, space = ABSENT] = mark.trim().split(" ");
  return stateIn({ host, pid: number, start, boot, space });
}

/** Whether the mark is this process's, or one of an earlier form that could be. */
export function isOwnNumber(mark: ProcessMark): boolean {
  return mark.split(" ")[1] === String(pid);
}

/** Whether the marked process is, or was, one of the system that runs here, in whichever container. */
export function isOnThisKernel(mark: ProcessMark): boolean {
  const { boot } = ownMark();
  return boot !== ABSENT && mark.split(" ")[3] === boot;
}

/** Whether a mark can be told from that of a later process with its number. */
export function isExact(mark: ProcessMark): boolean {
  return (mark.split(" ")[2] ?? ABSENT) !== ABSENT;
}

function stateIn(mark: Mark): ProcessState {
  const here = ownMark();
  if (!/^[1-9][0-9]{0,9}$/.test(mark.pid) || !isSameSystem(mark, here)) return "unknown";
  const { start } = mark;
  // A mark without a start and with our number is nothing that this process made.
  if (mark.pid === here.pid && start === here.start) return "runs";
  if (mark.pid === here.pid) return start === ABSENT ? "unknown" : "ended";
  if (!isRunning(Number(mark.pid))) return "ended";
  const now = statOf(mark.pid);
  if (now?.isZombie === true) return "ended";
  return start === ABSENT || now === null || now.start === start ? "runs" : "ended";
}

/** Whether numbers of processes mean the same there and here. Names of hosts do not tell: containers share them. */
function isSameSystem(mark: Mark, here: Mark): boolean {
  // Earlier versions knew of the host alone.
  if (mark.boot === ABSENT && mark.space === ABSENT) return mark.host === here.host || mark.host === hostInName(here);
  return (
    mark.boot === here.boot &&
    mark.space === here.space &&
    (mark.boot !== ABSENT || mark.host === here.host || mark.host === hostInName(here))
  );
}

/** True when a process of that number exists here, whoever owns it. */
function isRunning(number: number): boolean {
  try {
    kill(number, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

/** The middle of a file's name that says whose it is: `HOST.PID.START-BOOT-SPACE-RANDOM`, new each time. */
export function nameOfOwner(): string {
  return (ownPrefix ??= prefixOf(ownMark())) + uniqueName();
}

function prefixOf(mark: Mark): string {
  const told = [mark.start, mark.boot, mark.space].map((each) => each.replace(ABSENT, ""));
  return `${hostInName(mark)}.${mark.pid}.${told.join("-")}-`;
}

/**
 * Whether who made a file with `nameOfOwner` at the end of its name still runs; earlier versions gave no more than
 * `HOST.PID.RANDOM`.
 */
export function stateOfOwner(name: string): ProcessState {
  const [host = "", number = "", rest = ""] = name.split(".").slice(-3);
  const [start = "", boot = "", space = ""] = rest.split("-").length === 4 ? rest.split("-") : [];
  // What stands before the owner may end in a hyphen, as names of hosts may have one.
  const own = hostInName(ownMark());
  return stateIn({
    host: host.endsWith(`-${own}`) ? own : host,
    pid: number,
    start: start || ABSENT,
    boot: boot || ABSENT,
    space: space || ABSENT,
  });
}

/** Whether this very process made the file. */
export function isOwnName(name: string): boolean {
  const mine = nameOfOwner();
  return name.includes(mine.slice(0, mine.lastIndexOf("-") + 1));
}

function hostInName(mark: Mark): string {
  return mark.host.replace(/[^A-Za-z0-9-]/g, "-");
}

/** Null where it cannot be had: not Linux, the process ended, or /proc is that of another namespace. */
function statOf(process: string): { start: string; isZombie: boolean } | null {
  if (process !== "self" && !isOurProc()) return null;
  try {
    const text = fs.readFileSync(`/proc/${process}/stat`, "latin1");
    // The name before it, in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { start: fields[19] ?? ABSENT, isZombie: fields[0] === "Z" || fields[0] === "X" };
  } catch {
    // What is lost is only an assurance: its number still tells whether it runs.
    return null;
  }
}

/** A namespace made without a /proc of its own still shows the numbers of the outer one. */
function isOurProc(): boolean {
  return readLine("/proc/self/stat").split(" ")[0] === String(pid);
}

function bootId(): string {
  return readLine("/proc/sys/kernel/random/boot_id").replaceAll("-", "").slice(0, 16) || ABSENT;
}

function pidSpace(): string {
  try {
    return /\[(\d+)\]/.exec(fs.readlinkSync("/proc/self/ns/pid"))?.[1] ?? ABSENT;
  } catch {
    return ABSENT;
  }
}

/** Empty where there is no such file: not Linux. */
function readLine(file: string): string {
  try {
    return fs.readFileSync(file, "latin1").trim();
  } catch {
    return "";
  }
}
