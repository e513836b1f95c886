/**
 * Somebody who does something between two steps of a command. The command stands still meanwhile, so what was looked at
 * before the step and is acted on in it is caught in between:
 *
 *     await atEveryStep({ begin, command: ["checkout"], folder: "work" }, async ({ box, ran, step }) => ..., check);
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { mvgit, type Ran, runProgram } from "./cli.ts";
import type { Sandbox } from "./sandbox.ts";
import { THOROUGH } from "./thorough.ts";

/** A step that changes the disk, just before it is made. */
export interface Step {
  /** From 1, over the whole process. */
  count: number;
  /** `rename`, `link`, `create`, `unlink`, `git push`, … */
  name: string;
  path: string;
}

/** `git`: the command is Git's own, and the steps are those of the mvgit that it starts as a driver. */
interface Program {
  program?: "git";
}

/** Where the adversary acts: at one step, at those of a name, or at all. */
export type Where = number | string;

/**
 * Runs mvgit and calls `act` at the steps meant; its failure is the test's. Ends with what the command said, whatever
 * its status.
 */
export async function runBeside(
  box: Sandbox,
  folder: string,
  args: readonly string[],
  { where, act, inHook, program }: { where: Where; act: (step: Step) => unknown; inHook?: boolean } & Program,
): Promise<Ran & { steps: Step[] }> {
  const door = openDoor(box.dir);
  const steps: Step[] = [];
  let failure: { error: unknown } | undefined;
  door.onStep(async (step) => {
    steps.push(step);
    try {
      await act(step);
    } catch (error) {
      failure ??= { error };
    }
  });
  try {
    const env = { ...box.env, [inHook === true ? "MVGIT_HOOK_FAULT" : "MVGIT_FAULT"]: `run@${where}:${door.command}` };
    const cwd = join(box.dir, folder);
    const ran = await (program === "git" ? runProgram("git", args, { cwd, env }) : mvgit(args, { cwd, env }));
    if (failure !== undefined) throw failure.error;
    return { ...ran, steps };
  } finally {
    door.close();
  }
}

/** Steps of the command when nobody is beside it. */
export async function stepsOf(
  box: Sandbox,
  folder: string,
  args: readonly string[],
  how: Program = {},
): Promise<Step[]> {
  return (await runBeside(box, folder, args, { ...how, where: "*", act: () => undefined })).steps;
}

/**
 * Which of `steps` a test takes: all with MVGIT_TESTS=thorough, else about `count`, spread, first and last among them,
 * and always those with the names that matter most to the test.
 */
export function sample(steps: readonly Step[], count: number, always: readonly string[] = []): Step[] {
  if (THOROUGH || steps.length <= count) return [...steps];
  const every = (steps.length - 1) / (count - 1);
  const taken = new Set(Array.from({ length: count }, (_, i) => Math.round(i * every)));
  return steps.filter((step, i) => taken.has(i) || always.includes(step.name));
}

/** Two pipes through which a command that stands still and the test speak. */
function openDoor(dir: string): { command: string; onStep(take: (step: Step) => Promise<void>): void; close(): void } {
  const folder = fs.mkdtempSync(join(dir, ".tmp", "beside-"));
  const [ask, tell] = [join(folder, "ask"), join(folder, "tell")];
  execFileSync("mkfifo", [ask, tell]);
  // Open on both ends, so that neither side waits for the other to open, and a writer that ends is not an end.
  const socket = new Socket({ fd: fs.openSync(ask, "r+"), readable: true, writable: false });
  const answers = fs.openSync(tell, "r+");
  let text = "";
  let last = Promise.resolve();
  return {
    command: `printf '%s\\0' "$MVGIT_STEP" "$MVGIT_STEP_NAME" "$MVGIT_STEP_PATH" >'${ask}'; read -r answer <'${tell}'`,
    onStep(take) {
      // Several threads may ask at once; they are answered one by one.
      const next = async (step: Step): Promise<void> => {
        await take(step);
        fs.writeSync(answers, "go\n");
      };
      socket.on("data", (part: Buffer) => {
        const words = (text + part.toString("utf8")).split("\0");
        for (; words.length > 3; words.splice(0, 3)) {
          const [count, name, path] = words as [string, string, string];
          last = last.then(() => next({ count: Number(count), name, path }));
        }
        text = words.join("\0");
      });
    },
    close() {
      socket.destroy();
      fs.closeSync(answers);
      fs.rmSync(folder, { recursive: true });
    },
  };
}
