/** That a long command's heap stays near what it uses, on the Node at hand: the setting is V8's own. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { keepHeapSmall } from "../../src/base/heap.ts";

/** Uses as much all the time, and always other memory; answers how many times the least of it the most was. */
const BUSY = `
  const { parentPort } = require("node:worker_threads");
  const { getHeapSpaceStatistics } = require("node:v8");
  const used = [];
  let [least, most] = [Infinity, 0];
  for (let turn = 0; turn < 3000; turn++) {
    used[turn % 400] = Array.from({ length: 500 }, (_, each) => [turn, each]);
    if (turn < 800) continue;
    const { space_used_size: now } = getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space");
    [least, most] = [Math.min(least, now), Math.max(most, now)];
  }
  parentPort.postMessage(most / least);
`;

async function swing(): Promise<number> {
  const [times] = (await once(new Worker(BUSY, { eval: true }), "message")) as [number];
  return times;
}

it("what is no longer used goes sooner in a program that asks for it", async () => {
  const before = await swing();
  keepHeapSmall(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await swing()).toBeLessThan(0.75 * before);
});
