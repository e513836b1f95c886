import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { attachedEnd } from "../../src/program/attached.ts";

const never = (): Promise<string> => new Promise(() => undefined);
const signals = (): (() => void) => () => undefined;
const ended = (told: string): ReturnType<typeof attachedEnd> =>
  attachedEnd({ pid: process.pid, begin: async () => undefined, end: async () => told }, signals);

it("it ends as it says", async () => {
  expect(await ended('{"status": 0}')).toEqual({ status: 0, signal: null, stopped: null, notes: [] });
  expect(await ended('{"status": 3, "said": "raised\\n  X", "notes": ["a", 3, "b"]}')).toEqual({
    status: 3,
    signal: null,
    stopped: null,
    said: "raised X",
    notes: ["a", "b"],
  });
});

it.each(["", "{", "[]", "null", '{"status": "0"}', '{"status": -1}', '{"status": 256}', '{"status": 0.5}'])(
  "%j is no word of an end",
  async (told) => {
    expect(await ended(told)).toMatchObject({ status: 1, said: "went away without a word" });
  },
);

it("one that is killed has ended, also where another process holds its end of the pipe", async () => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const waiting = attachedEnd({ pid: child.pid as number, begin: async () => undefined, end: never }, signals);
  child.kill("SIGKILL");
  expect(await waiting).toMatchObject({ status: 1, said: "went away without a word" });
});

it("a signal is for the process, and ends nothing here", async () => {
  let listener: ((signal: "SIGINT") => void) | null = null;
  let wasReleased = false;
  let tell: (text: string) => void = () => undefined;
  const waiting = attachedEnd(
    { pid: process.pid, begin: async () => undefined, end: () => new Promise((resolve) => (tell = resolve)) },
    (taken) => {
      listener = taken;
      return () => void (wasReleased = true);
    },
  );
  (listener as unknown as (signal: "SIGINT") => void)("SIGINT");
  tell('{"status": 130}');
  expect(await waiting).toMatchObject({ status: 130, stopped: null });
  expect(wasReleased).toBe(true);
});
