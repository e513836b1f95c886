import { describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { Backoff } from "../../src/base/retry.ts";
import { WaitlessClock } from "../support/watch.ts";

const POLICY = { tries: 4, totalMs: 10_000, baseMs: 100, capMs: 1000 };
const failure = new MvgitError("remote-unavailable", "no answer");

function backoff(policy = POLICY, signal = new AbortController().signal) {
  const clock = new WaitlessClock();
  return { clock, tries: new Backoff(clock, signal, policy) };
}

describe("backoff", () => {
  it("doubles the bound of its jitter up to the cap", async () => {
    const { clock, tries } = backoff({ ...POLICY, tries: 7 });
    for (let at = 0; at < 6; at++) await tries.wait(failure);
    expect(clock.waits).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it("throws the failure itself when its tries are used up", async () => {
    const { tries } = backoff();
    for (let at = 0; at < 3; at++) await tries.wait(failure);
    await expect(tries.wait(failure)).rejects.toBe(failure);
  });

  it("throws it when the time would be used up, without waiting first", async () => {
    const { clock, tries } = backoff({ ...POLICY, totalMs: 1500 });
    await tries.wait(failure, 1000);
    await expect(tries.wait(failure, 1000)).rejects.toBe(failure);
    expect(clock.waits).toEqual([1000]);
  });

  it("counts anew after progress", async () => {
    const { clock, tries } = backoff();
    for (let at = 0; at < 10; at++) {
      await tries.wait(failure);
      tries.progressed();
    }
    expect(clock.waits).toEqual(Array(10).fill(50));
  });

  it("waits as long as it is asked to, up to the cap", async () => {
    const { clock, tries } = backoff();
    await tries.wait(failure, 777);
    await tries.wait(failure, 99_999);
    expect(clock.waits).toEqual([777, 1000]);
  });

  it("stops for its signal", async () => {
    const reason = new MvgitError("interrupted", "stopped");
    const { tries } = backoff(POLICY, AbortSignal.abort(reason));
    await expect(tries.wait(failure)).rejects.toBe(reason);
  });
});
