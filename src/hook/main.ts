/** What Git calls: `mvgit hook NAME ARGS...`. Starts without the command line's parser and without any SDK. */
import process from "node:process";
import { withoutCredentials } from "../base/address.ts";
import { systemClock } from "../base/clock.ts";
import { MvgitError } from "../base/errors.ts";
import { asMvgitError } from "../base/system-errors.ts";
import { planFaults } from "../base/faults.ts";
import { currentFolder } from "../base/current-folder.ts";
import { keepHeapSmall } from "../base/heap.ts";
import { checkLockOrder } from "../base/lock-order.ts";
import { dropVoid, refuseRelative } from "../base/own-variables.ts";
import { display } from "../base/paths.ts";
import { leftWhenStopped, stopSignals } from "../base/stop-signals.ts";
import { silent } from "../base/progress.ts";
import type { Watch } from "../base/watch.ts";
import { Repo } from "../repo/repo.ts";
import type { Hook, HookCall } from "./hook.ts";
import { LOCK_ORDER } from "../values/own-files.ts";

const afterChange = async (): Promise<Hook> => (await import("./after-change.ts")).afterChange;

/** Loaded when it is called, since a commit waits for it. */
const HOOKS: Readonly<Record<string, () => Promise<Hook>>> = {
  "pre-commit": async () => (await import("./pre-commit.ts")).preCommit,
  "pre-push": async () => (await import("./pre-push.ts")).prePush,
  "post-checkout": afterChange,
  "post-merge": afterChange,
  "post-rewrite": afterChange,
};

/** Runs one hook; sets the process's exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  const [name = "", ...args] = argv;
  // A variable of its own: a command under test starts git, which starts this.
  if (process.env["MVGIT_CHECK_LOCKS"]) checkLockOrder(LOCK_ORDER);
  // As at the command line: what a cloud's client tells its programmers is nothing that a user can act on.
  process.removeAllListeners("warning");
  if (process.env["MVGIT_HOOK_FAULT"]) planFaults(process.env["MVGIT_HOOK_FAULT"]);
  dropVoid(process.env);
  keepHeapSmall();
  const { signal, leave } = stopSignals();
  const say = (line: string): void => void process.stderr.write(`mvgit: ${withoutCredentials(line)}\n`);
  const watch: Watch = { progress: silent, signal, clock: systemClock, note: say, warn: say };
  const open = (): Promise<Repo> => Repo.open({ cwd: currentFolder(), env: process.env, watch });
  const load = HOOKS[name];
  try {
    if (!load)
      throw new MvgitError("usage", `there is no hook '${display(name)}'`, {
        hint: `Git calls ${Object.keys(HOOKS).join(", ")}`,
      });
    refuseRelative(process.env);
    const hook = await load();
    process.exitCode = await leftWhenStopped(hook({ args, open, say, input: readInput }), signal);
    if (process.env["MVGIT_HOOK_REPLACED"]) await putBack(await open(), say);
  } catch (error) {
    const known = asMvgitError(signal.aborted ? signal.reason : error);
    say(`error: ${known.message}`);
    if (known.hint) say(`hint: ${known.hint}`);
    process.exitCode = name.startsWith("post-") && !signal.aborted ? 0 : known.exitStatus;
  }
  await leave(Number(process.exitCode));
}

/** A hook manager that ran just before had put its own hooks in the place of ours; both are to run. */
async function putBack(repo: Repo, say: HookCall["say"]): Promise<void> {
  const { installHooks } = await import("../care/hooks.ts");
  const { advice } = await installHooks(repo, { node: process.execPath, script: process.argv[1] as string });
  if (advice === null)
    say("the hooks of mvgit had been replaced by those of a hook manager, and are back in front of them");
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
