/**
 * A command that is stopped at each of its steps, and run again:
 *
 *     await killAtEveryStep(box, { args: ["push"], least: 10 }, async (told) => ...what must hold then...);
 *     await failAtEveryStep(box, ["ENOSPC", 1, 2], { args: ["push"], least: 10 }, async (told) => ...);
 *
 * What a kill leaves on the disk is what is there just before the step. So one command is run, and copied at every step
 * of it; the copies differ from the real thing in nothing but the file system's own numbers (inodes, times of change).
 * For these, the program is really killed as well, at a few steps. Which copies are looked at, and where a call fails,
 * is drawn (`drawSides`, `drawKinds`); with MVGIT_TESTS=thorough it is every step.
 */
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { planFaults } from "../../src/base/faults.ts";
import type { Step } from "./adversary.ts";
import { BIN, hermeticEnv, type Ran } from "./cli.ts";
import { mvgitHere } from "./in-process.ts";
import type { Sandbox } from "./sandbox.ts";
import { draw, DRAWN, numbers, SEED, THOROUGH } from "./thorough.ts";

/** A command, in `work` if no other folder is named; it has at least so many steps. */
export interface Crash {
  args: readonly string[];
  folder?: string;
  least: number;
  /** How many states at most are looked at, where one takes long; never fewer than what `drawSides` always takes. */
  most?: number;
}

/** Called with where the command was stopped, for messages; the sandbox is as the stop left it. */
export type Holds = (told: string) => Promise<unknown>;

/** How the program ended: its exit status, or the signal that it died by. */
function endOf(box: Sandbox, { args, folder = "work" }: Pick<Crash, "args" | "folder">, fault: string) {
  const child = spawn(process.execPath, [join(BIN, "mvgit"), ...args], {
    cwd: join(box.dir, folder),
    env: { ...hermeticEnv(box.dir), ...box.env, MVGIT_FAULT: fault },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: Buffer[] = [];
  child.stderr.on("data", (part: Buffer) => said.push(part));
  return new Promise<{ ended: number | string | null; stderr: string }>((resolve) =>
    child.on("close", (status, signal) => resolve({ ended: status ?? signal, stderr: Buffer.concat(said).toString() })),
  );
}

/** Puts the sandbox into states that a kill of the command can leave, begun from how it is now; `holds` in each. */
export async function killAtEveryStep(box: Sandbox, crash: Crash, holds: Holds): Promise<void> {
  const states = `${box.dir}-states`;
  fs.mkdirSync(states);
  try {
    const begin = join(states, "begin");
    execFileSync("cp", ["-a", box.dir, begin]);
    const steps = await record(box, crash, `cp -a '${box.dir}' '${states}/'"$MVGIT_STEP"`);
    const random = numbers(SEED);
    for (const at of THOROUGH ? steps.map(({ count }) => count) : drawSides(steps, crash, random)) {
      put(box, join(states, String(at)));
      await holds(`as a kill at step ${at} of ${steps.length} leaves it (${DRAWN})`);
    }
    for (const { count } of THOROUGH ? steps : draw(steps, REAL_KILLS, random)) {
      execFileSync("cp", ["-a", begin, join(states, "again")]);
      put(box, join(states, "again"));
      const { ended, stderr } = await endOf(box, crash, `kill@${count}`);
      expect([0, "SIGKILL"], stderr).toContain(ended);
      await holds(`after kill@${count} (${DRAWN})`);
    }
  } finally {
    fs.rmSync(states, { recursive: true, force: true });
  }
}

const REAL_KILLS = 1;

/** Runs the command and a command of the shell's just before each of its steps. */
async function record(box: Sandbox, crash: Crash, command = ":"): Promise<Step[]> {
  const list = `${box.dir}-steps`;
  const note = `printf '%s\\t%s\\t%s\\0' "$MVGIT_STEP" "$MVGIT_STEP_NAME" "$MVGIT_STEP_PATH" >>'${list}'`;
  const { ended, stderr } = await endOf(box, crash, `run@*:${command} && ${note}`);
  expect(ended, stderr).toBe(0);
  const lines = fs.readFileSync(list, "utf8").split("\0").slice(0, -1);
  fs.rmSync(list);
  expect(lines.length).toBeGreaterThanOrEqual(crash.least);
  return lines
    .map((line) => line.split("\t") as [string, string, string])
    .map(([count, name, path]) => ({ count: Number(count), name, path }))
    .toSorted((a, b) => a.count - b.count);
}

/** Steps by which others see something. */
const SHOWS = /^(?:rename|link|lock|remove|git .*)$/;
/** Of these none is left out: what a person has is what refs name. */
const MOVES_REFS = /^git (?!index)/;
/** States that are looked at of a command of which nothing else is said. */
const MOST = 16;
/** States drawn from all the others. */
const OTHERS = 4;

/**
 * Steps just before which a kill is looked at, in their order: the first and the last, both sides of each step that
 * moves a ref, both sides of one step of each kind that shows something, and some of the others.
 */
function drawSides(steps: readonly Step[], { most = MOST }: Crash, random: () => number): number[] {
  const sides = (some: readonly Step[]): number[] =>
    some.flatMap(({ count }) => [count, count + 1]).filter((count) => count <= steps.length);
  const always = new Set([1, steps.length, ...sides(steps.filter(({ name }) => MOVES_REFS.test(name)))]);
  const shows = sides(
    oneOfEachKind(
      steps.filter(({ name }) => SHOWS.test(name)),
      random,
    ),
  );
  const others = draw(
    steps.map(({ count }) => count),
    OTHERS,
    random,
  );
  const drawn = new Set([...shows, ...others].filter((count) => !always.has(count)));
  return [...always, ...draw([...drawn], Math.max(0, most - always.size), random)].toSorted((a, b) => a - b);
}

/** Steps that are let fail: one of each kind. */
function drawKinds(steps: readonly Step[], random: () => number): number[] {
  return oneOfEachKind(steps, random)
    .map(({ count }) => count)
    .toSorted((a, b) => a - b);
}

/** Of the same kind are steps of one name at paths that differ by hashes, ids and numbers alone. */
function oneOfEachKind(steps: readonly Step[], random: () => number): Step[] {
  const kinds = new Map<string, Step[]>();
  for (const step of steps) {
    const kind = `${step.name} ${step.path.replace(/[0-9a-f]{8,}|\/[0-9a-f]{2}\b|\d+/g, "#")}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), step]);
  }
  return [...kinds.values()].flatMap((some) => draw(some, 1, random));
}

/** Puts a copy in the sandbox's place. */
function put(box: Sandbox, state: string): void {
  fs.rmSync(box.dir, { recursive: true });
  fs.renameSync(state, box.dir);
}

/**
 * Lets a system call fail with `code` at steps, begun each time from how the sandbox is now. Of what is drawn it takes
 * the `first` and each `every`-th from there (with MVGIT_TESTS=thorough all steps), so that several codes share it. A
 * command may succeed in spite of it.
 */
export async function failAtEveryStep(
  box: Sandbox,
  [code, first, every]: readonly [code: string, first: number, every: number],
  crash: Crash,
  holds: Holds,
): Promise<void> {
  const back = box.keep();
  const steps = await record(box, crash);
  const taken = THOROUGH
    ? steps.map(({ count }) => count)
    : drawKinds(steps, numbers(SEED)).filter((_, index) => index % every === first - 1);
  for (const at of taken) {
    back();
    const { status } = await failingAt(box, crash, [code, at]);
    await holds(`after ${code}@${at} of ${steps.length}, which ended with ${status} (${DRAWN})`);
  }
}

/** Runs the command line in this process, with a system call that fails at a step; and how many steps there were. */
export async function failingAt(
  box: Sandbox,
  { args, folder = "work" }: Pick<Crash, "args" | "folder">,
  [code, at]: readonly [code: string, at: number],
): Promise<Ran & { steps: number }> {
  const counter = new SharedArrayBuffer(4);
  planFaults(`${code}@${at}`, counter);
  try {
    const ran = await mvgitHere(args, { cwd: join(box.dir, folder), env: box.env });
    return { ...ran, steps: new Int32Array(counter)[0] as number };
  } finally {
    planFaults("count@0");
  }
}
