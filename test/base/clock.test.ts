import { expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";

it("a wait of more than a timer can hold does not end at once", async () => {
  const ending = new AbortController();
  const month = systemClock.sleep(31 * 86_400_000, ending.signal).then(
    () => "over",
    () => "ended",
  );
  expect(await Promise.race([month, systemClock.sleep(50).then(() => "still waits")])).toBe("still waits");
  ending.abort();
  expect(await month).toBe("ended");
});
