/** What a second version takes in a remote: about what is new of it. */
import { describe, expect, it } from "vitest";
import { noise } from "../../support/containers.ts";
import { readAll } from "../../../src/store/bytes.ts";
import { Machine, MIB, type Pushed } from "./bench.ts";

describe("bytes of no format", () => {
  const first = noise(16 * MIB, 1);

  it("with some behind them take these", async () => {
    const [, took] = await new Machine().versions(first, Buffer.concat([first, noise(MIB / 4, 2)]));
    expect(took).toBeLessThan(0.35 * MIB);
  });

  it("with a few in front of them take next to nothing", async () => {
    const [, took] = await new Machine().versions(first, Buffer.concat([noise(17, 3), first]));
    expect(took).toBeLessThan(0.05 * MIB);
  });

  it("of which some are others take these, to a few", async () => {
    const second = Buffer.from(first);
    for (let at = 0; at < 15; at += 5) second.set(noise(MIB, at + 10), at * MIB + 4711);
    const [, took] = await new Machine().versions(first, second);
    expect(took).toBeLessThan(3.05 * MIB);
  });

  it("in which single places changed take these", async () => {
    const second = Buffer.from(first);
    for (let at = 100_000; at < second.length; at += 300_000) second.set(noise(100, at), at);
    const [, took] = await new Machine().versions(first, second);
    expect(took).toBeLessThan(0.6 * MIB);
  });
});

it("several versions in one push take what they take in one each", async () => {
  const versions = [noise(9 * MIB, 1)];
  for (let at = 1; at < 6; at++) {
    const next = Buffer.from(versions.at(-1) as Buffer);
    next.set(noise(100_000, at + 50), at * 1_400_000);
    versions.push(next);
  }
  const apart = (await new Machine().versions(...versions)).reduce((sum, took) => sum + took, 0);
  const machine = new Machine();
  await machine.push(versions);
  expect(machine.bytes).toBeLessThan(1.001 * apart);
});

it("of a range only what it needs is read", async () => {
  const machine = new Machine();
  const bytes = noise(9 * MIB, 1);
  const near = await machine.push([bytes]);
  const second = Buffer.concat([noise(1000, 2), bytes]);
  const [pushed] = await machine.push([second], near);
  let read = 0;
  const get = machine.bucket.get.bind(machine.bucket);
  machine.bucket.get = async function* (name, range) {
    for await (const chunk of get(name, range)) {
      if (!name.startsWith("index/")) read += chunk.length;
      yield chunk;
    }
  };
  const range = { start: 5 * MIB, end: 5 * MIB + 100, of: second.length };
  const found = await readAll(machine.remote().read((pushed as Pushed).hash, range), 100);
  expect(found?.equals(second.subarray(range.start, range.end))).toBe(true);
  expect(read).toBeLessThan(1.2 * MIB);
});
