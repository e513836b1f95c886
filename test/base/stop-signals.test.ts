import process from "node:process";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  leftWhenStopped,
  type Stop,
  stopSignals,
  type StopSignals,
  statusOfStop,
} from "../../src/base/stop-signals.ts";
import { stopOn } from "../../src/base/stop.ts";

const NAMES: readonly Stop[] = ["SIGINT", "SIGTERM", "SIGHUP"];
let stop: StopSignals;
let exits: number[];
let before: Map<Stop, unknown[]>;
beforeEach(() => {
  before = new Map(NAMES.map((name) => [name, process.listeners(name)]));
  exits = [];
  vi.spyOn(process, "exit").mockImplementation((status) => void exits.push(Number(status)) as never);
  vi.spyOn(process, "getActiveResourcesInfo").mockReturnValue([]);
  stop = stopSignals();
});
afterEach(() => {
  for (const name of NAMES)
    for (const each of process.listeners(name)) if (!before.get(name)?.includes(each)) process.off(name, each);
  stopOn(null);
  vi.restoreAllMocks();
});

const send = (name: Stop): void => void process.emit(name, name);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s aborts with the status %i, and the process ends with what the work said", async (name, status) => {
  await stop.leave(1);
  expect(exits).toEqual([]);
  send(name);
  expect(stop.signal.aborted).toBe(true);
  expect(stop.signal.reason).toMatchObject({ code: "interrupted", message: `stopped by ${name}`, exitStatus: status });
  expect(statusOfStop(name)).toBe(status);
  await stop.leave(0);
  expect(exits).toEqual([0]);
});

it("a second one ends the process at once; what comes with the first is the first", async () => {
  send("SIGTERM");
  send("SIGTERM");
  await wait(120);
  expect(exits).toEqual([]);
  send("SIGINT");
  await wait(20);
  expect(exits).toEqual([130]);
});

it("while a program of the user's runs, its listener gets them all", () => {
  const seen: Stop[] = [];
  const release = stop.signals((name) => seen.push(name));
  for (const name of NAMES) send(name);
  release();
  expect([seen, stop.signal.aborted]).toEqual([NAMES, false]);
  send("SIGHUP");
  expect(stop.signal.aborted).toBe(true);
});

it("work that ends in order is waited for a moment, other work is left behind", async () => {
  expect(await leftWhenStopped(Promise.resolve(1), stop.signal)).toBe(1);
  send("SIGINT");
  expect(
    await leftWhenStopped(
      wait(50).then(() => 2),
      stop.signal,
    ),
  ).toBe(2);
  await expect(
    leftWhenStopped(
      wait(50).then(() => Promise.reject(new Error("its own"))),
      stop.signal,
    ),
  ).rejects.toThrow("its own");
  await expect(leftWhenStopped(new Promise(() => {}), stop.signal)).rejects.toBe(stop.signal.reason);
});

it("what no call can cut is not waited for: the signal itself ends the process", async () => {
  vi.spyOn(process, "getActiveResourcesInfo").mockReturnValue(["FSReqCallback"]);
  const kills = vi.spyOn(process, "kill").mockReturnValue(true);
  send("SIGTERM");
  await stop.leave(143);
  expect(kills.mock.calls).toEqual([[process.pid, "SIGTERM"]]);
});
