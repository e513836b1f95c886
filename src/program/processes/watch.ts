/**
 * Watches the processes of a command while it runs, for what programs they are. Looking costs about a hundredth of one
 * processor at most: a new number of a process is seen within some milliseconds, and what many processes do more
 * seldom. Nothing here fails.
 */
import { cpuUsage, pid } from "node:process";
import { monotonicNow } from "../../base/clock.ts";
import { Proc, type ProcessDetails, type ProcessState } from "./proc.ts";

/** One program that one process ran; a process that then runs another is one more. */
export interface Sighting extends ProcessDetails {
  pid: number;
  /** The program that started it; null for the command, and where it was gone before it was seen. */
  parent: Sighting | null;
  /** By the clock of `monotonicNow`, when it was seen first and last. */
  first: number;
  last: number;
  /** Paths of what it had loaded, as far as `isLibrary` asks for them. */
  libraries: Set<string>;
}

export interface Watched {
  /** A variable that the command was started with, and no other process has. */
  marker: { name: string; value: string };
  /** Files that it is worth to know of. */
  isLibrary: (path: string) => boolean;
  /** Called once for each. */
  onSighting?: (sighting: Sighting) => void;
  /** For tests. */
  proc?: Proc;
}

interface Member {
  state: ProcessState;
  sighting: Sighting | null;
  /** Since when it runs what it runs. */
  since: number;
  /** Milliseconds of age at which its loaded files are listed next. */
  listAt: number;
}

/**
 * Milliseconds between two looks, by milliseconds since the command was started. Waking up alone costs a tenth of one.
 */
const PACE = [
  [3000, 10],
  [30_000, 25],
  [Infinity, 100],
] as const;
/** And for how long it is the shortest whenever something was started, since more follows. */
const RUSH = 600;
const RUSH_PACE = 4;
/** A look may take this part of the time until the next. */
const SHARE = 0.01;
/** Milliseconds after which all processes are looked at: where numbers tell what is new, and where they do not. */
const LOOK_AROUND = 5000;
const LOOK_AROUND_BLIND = 500;
/**
 * Milliseconds for which a process that is new, or runs something new, is looked at each time: shells and `env` soon
 * become another program.
 */
const FRESH = 300;
const MOST_FRESH = 50;
/** So few are looked at so often (milliseconds), whatever it takes on a machine that has much else to do. */
const FEW_MEMBERS = 10;
const OFTEN = 100;
/** Numbers that are looked at one by one. */
const MOST_NUMBERS = 400;
/** What is kept at most. */
const MOST_MEMBERS = 5000;
const MOST_SIGHTINGS = 5000;
const FIRST_LIST = 400;

/** The processes of one command, looked at from its start to its end; what cannot be looked at is not seen. */
export class ProcessWatch {
  readonly #watched: Watched;
  readonly #proc: Proc;
  /** Of the command: one of them gets what loses its parent. */
  readonly #ancestors: ReadonlySet<number>;
  readonly #members = new Map<number, Member>();
  readonly #sightings: Sighting[] = [];
  readonly #began = monotonicNow();
  /** Numbers whose processes were not there yet, with how often they were looked for. */
  #pending = new Map<number, number>();
  #number: number | null;
  #membersAt = 0;
  #rushUntil = 0;
  #aroundAt = 0;
  #timer: NodeJS.Timeout | null = null;

  private constructor(number: number, watched: Watched) {
    this.#watched = watched;
    this.#proc = watched.proc ?? new Proc();
    this.#number = this.#proc.lastNumber();
    const state = this.#proc.state(number);
    this.#ancestors = new Set(ancestors(this.#proc, state));
    // Later, where numbers tell what is new.
    this.#aroundAt = this.#number === null ? 0 : this.#began + LOOK_AROUND / 20;
    if (state) this.#join(state, null);
    this.#wait();
  }

  /** Null where processes cannot be seen. Called right after the command was started. */
  static start(number: number, watched: Watched): ProcessWatch | null {
    const proc = watched.proc ?? new Proc();
    return proc.state(number) === null ? null : new ProcessWatch(number, watched);
  }

  /** What was seen, in that order. */
  end(): readonly Sighting[] {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    return this.#sightings;
  }

  #wait(took = 0): void {
    const now = monotonicNow();
    const pace = now < this.#rushUntil ? RUSH_PACE : (PACE.find(([until]) => now - this.#began < until)?.[1] ?? 100);
    this.#timer = setTimeout(() => this.#look(), Math.min(1000, Math.max(pace, took))).unref();
  }

  #look(): void {
    const now = monotonicNow();
    this.#lookAtNew();
    this.#lookAtFresh(now);
    if (now >= this.#aroundAt)
      this.#aroundAt = this.#next(now, this.#number === null ? LOOK_AROUND_BLIND : LOOK_AROUND, () =>
        this.#lookAround(),
      );
    if (now >= this.#membersAt) {
      const next = this.#next(now, 0, () => this.#lookAtMembers());
      this.#membersAt = this.#members.size > FEW_MEMBERS ? next : Math.min(next, now + OFTEN);
    }
    this.#wait(monotonicNow() - now);
  }

  /** When the same may be done again, at the earliest after so many milliseconds. */
  #next(now: number, least: number, work: () => void): number {
    const { user, system } = cpuUsage();
    work();
    const used = cpuUsage({ user, system });
    return now + Math.max(least, (used.user + used.system) / 1000 / SHARE);
  }

  /** Processes that were made since the last look: their numbers follow each other. */
  #lookAtNew(): void {
    const last = this.#proc.lastNumber();
    const before = this.#number;
    this.#number = last;
    if (last === null || before === null || (last === before && this.#pending.size === 0)) return;
    if (last < before || last - before > MOST_NUMBERS) {
      this.#aroundAt = Math.min(this.#aroundAt, monotonicNow());
      return;
    }
    for (let number = before + 1; number <= last; number++) this.#pending.set(number, 0);
    for (const [number, times] of [...this.#pending].toSorted(([a], [b]) => a - b)) {
      // A number is given some time before its process can be seen.
      if (this.#consider(number) || times >= 3) this.#pending.delete(number);
      else this.#pending.set(number, times + 1);
    }
  }

  #lookAround(): void {
    for (const number of this.#proc.all()) if (!this.#members.has(number)) this.#consider(number);
  }

  /** Whether there is such a process; one of the command's becomes a member. */
  #consider(number: number): boolean {
    // Of a process that was there before, mvgit may itself be a child.
    if (this.#members.has(number) || number === pid) return true;
    const state = this.#proc.state(number);
    if (state === null) return false;
    const parent = this.#members.get(state.parent);
    const isOurs =
      parent !== undefined || (this.#ancestors.has(state.parent) && this.#proc.has(number, this.#watched.marker));
    if (!isOurs || this.#members.size >= MOST_MEMBERS || this.#proc.isThread(number)) return true;
    this.#join(state, parent ?? null);
    return true;
  }

  #join(state: ProcessState, parent: Member | null): void {
    const member: Member = { state, sighting: null, since: monotonicNow(), listAt: FIRST_LIST };
    this.#members.set(state.pid, member);
    this.#rushUntil = member.since + RUSH;
    // A copy of its parent, as multiprocessing makes them: the same program, with the same variables.
    if (parent && parent.state.image === state.image && !/^[0:]*$/.test(state.image)) member.sighting = parent.sighting;
    else this.#see(member, parent?.sighting ?? null);
  }

  #see(member: Member, parent: Sighting | null): void {
    if (member.state.isOver || this.#sightings.length >= MOST_SIGHTINGS) return;
    const details = this.#proc.details(member.state.pid);
    if (details === null) return;
    const now = monotonicNow();
    const sighting: Sighting = {
      ...details,
      pid: member.state.pid,
      parent,
      first: now,
      last: now,
      libraries: new Set(),
    };
    member.sighting = sighting;
    member.listAt = FIRST_LIST;
    this.#sightings.push(sighting);
    this.#watched.onSighting?.(sighting);
  }

  #lookAtFresh(now: number): void {
    let looks = 0;
    for (const member of [...this.#members.values()].toReversed()) {
      if (looks >= MOST_FRESH || now - member.since > FRESH) return;
      this.#lookAt(member);
      looks++;
    }
  }

  #lookAtMembers(): void {
    for (const member of this.#members.values()) this.#lookAt(member);
  }

  #lookAt(member: Member): void {
    const { pid } = member.state;
    const state = this.#proc.state(pid);
    if (state === null || state.isOver || state.start !== member.state.start) {
      this.#members.delete(pid);
      return;
    }
    const isAnother = state.image !== member.state.image;
    member.state = state;
    if (!isAnother && member.sighting !== null) return this.#age(member, member.sighting);
    // To the end of the order: those that changed last stand last.
    this.#members.delete(pid);
    this.#members.set(pid, { ...member, since: monotonicNow() });
    this.#see(this.#members.get(pid) as Member, member.sighting ?? this.#members.get(state.parent)?.sighting ?? null);
  }

  #age(member: Member, sighting: Sighting): void {
    sighting.last = monotonicNow();
    const age = sighting.last - sighting.first;
    if (age < member.listAt || sighting.pid !== member.state.pid) return;
    member.listAt = age * 4;
    for (const path of this.#proc.loaded(sighting.pid)) if (this.#watched.isLibrary(path)) sighting.libraries.add(path);
  }
}

function ancestors(proc: Proc, state: ProcessState | null): number[] {
  const found: number[] = [];
  for (
    let each = state;
    each !== null && each.parent > 0 && !found.includes(each.parent);
    each = proc.state(each.parent)
  )
    found.push(each.parent);
  return found;
}
