import { spawn } from "node:child_process";
import { afterEach, expect, it } from "vitest";
import { breathe, helper, stopOn, throwIfStopped, unlessStopped } from "../../src/base/stop.ts";
import { forEachConcurrent, mapOrdered } from "../../src/base/tasks.ts";

afterEach(() => stopOn(null));

function stopper(): AbortController {
  const controller = new AbortController();
  stopOn(controller.signal);
  return controller;
}

it("is nobody's matter while nothing stops", async () => {
  throwIfStopped();
  expect(await unlessStopped(Promise.resolve(1))).toBe(1);
  stopper();
  throwIfStopped();
  expect(await unlessStopped(Promise.resolve(2))).toBe(2);
  await expect(unlessStopped(Promise.reject(new Error("x")))).rejects.toThrow("x");
});

it("leaves behind what cannot be cut", async () => {
  const { abort, signal } = bound(stopper());
  const waiting = unlessStopped(new Promise(() => {}));
  abort("told");
  await expect(waiting).rejects.toBe("told");
  await expect(unlessStopped(new Promise(() => {}))).rejects.toBe("told");
  expect(signal.aborted).toBe(true);
  expect(() => throwIfStopped()).toThrow();
});

it.each([
  [
    "forEachConcurrent",
    async (items: Iterable<number>, work: (item: number) => Promise<void>) => forEachConcurrent(items, 4, work),
  ],
  [
    "mapOrdered",
    async (items: Iterable<number>, work: (item: number) => Promise<void>) => {
      for await (const each of mapOrdered(items, 4, work)) void each;
    },
  ],
] as const)("lets a signal be heard in work of %s that never waits", async (_name, run) => {
  const { abort } = bound(stopper());
  setImmediate(() => abort("told"));
  let done = 0;
  const work = async (): Promise<void> => {
    done++;
    for (const until = performance.now() + 1; performance.now() < until;);
  };
  await expect(
    run(
      {
        *[Symbol.iterator]() {
          for (let each = 0; each < 100_000; each++) yield each;
        },
      },
      work,
    ),
  ).rejects.toBe("told");
  expect(done).toBeLessThan(10_000);
});

it("ends the programs that it started for itself", async () => {
  const { abort } = bound(stopper());
  const child = helper(spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }));
  await breathe();
  const ended = new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)));
  abort("told");
  expect(await ended).toBe("SIGTERM");
});

function bound(controller: AbortController): { abort: (reason: unknown) => void; signal: AbortSignal } {
  return { abort: (reason) => controller.abort(reason), signal: controller.signal };
}
