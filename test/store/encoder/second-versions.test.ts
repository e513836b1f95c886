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

describe("a table of text that changed here and there", () => {
  /** Rows as text: every `step`-th from the `from`-th on is another one, and one row in five thousand is new. */
  function table(rows: number, changed: (row: number) => string): Buffer {
    return Buffer.from(
      Array.from({ length: rows }, (_, row) => {
        const value = Math.imul(row + 1, 0x9e3779b1) >>> 0;
        return `${row},place ${value.toString(36)},${value % 1000},${(value / 7).toFixed(3)}${changed(row)}\n`;
      }).join(""),
    );
  }
  const at = (step: number, from: number, text: string) => (row: number) => (row % step === from ? text : "");
  const versions = [
    table(40_000, () => ""),
    table(40_000, at(300, 11, ",edited")),
    table(40_000, (row) => at(300, 11, ",edited")(row) + at(5000, 20, "\na new row, that was not there")(row)),
    table(40_000, at(250, 3, ",edited in another way")),
  ];

  it("takes what changed, however often it changes", async () => {
    const machine = new Machine();
    const [first, ...later] = await machine.versions(...versions);
    expect(first).toBeGreaterThan(0.5 * MIB);
    for (const took of later) expect(took).toBeLessThan(0.03 * MIB);
  });

  it("is stored anew where a machine's copy of the version before is damaged", async () => {
    const machine = new Machine();
    const [first, second] = versions as [Buffer, Buffer];
    const [before] = (await machine.push([first])) as [Pushed];
    const damaged = Buffer.from(first);
    for (let place = 0; place < damaged.length; place += 10_000) damaged[place] = 1;
    machine.cache.blobs.set(before.hash, damaged);
    const [pushed] = (await machine.push([second], [{ ...before, isVersion: true }])) as [Pushed];
    await machine.readsBack(second, pushed.hash);
  });
});
