/** What versions of weights take in a remote. */
import { describe, expect, it } from "vitest";
import { Machine, MIB, type Pushed } from "./bench.ts";
import { bell, bf16, moved, safetensors, type Weights } from "./weights.ts";

/** Of 1,024 columns of two bytes, so that 512 rows are a MiB. */
const ROWS = [600, 300, 512, 700];
const values = ROWS.map((rows, at) => bell(rows * 1024, at + 1));
const model = (all: readonly Float32Array[]): Weights[] =>
  all.map((each, at) => ({ name: `layer.${at}`, shape: [ROWS[at] as number, 1024], bytes: bf16(each) }));
const first = safetensors(model(values));

describe("weights of two bytes", () => {
  it("take less than their own bytes the first time, and tensors in another order next to nothing", async () => {
    const [one, two] = await new Machine().versions(first, safetensors(model(values).toReversed()));
    expect(one).toBeLessThan(first.length * 0.71);
    expect(two).toBeLessThan(0.02 * MIB);
  });

  it("with another header take next to nothing", async () => {
    const [, took] = await new Machine().versions(first, safetensors(model(values), { epoch: "12 of 40" }));
    expect(took).toBeLessThan(0.02 * MIB);
  });

  it("in other files take next to nothing", async () => {
    const machine = new Machine();
    const before = await machine.push([first]);
    const bytes = machine.bytes;
    const shards = [safetensors(model(values).slice(0, 2)), safetensors(model(values).slice(2))];
    const pushed = await machine.push(shards, before);
    expect(machine.bytes - bytes).toBeLessThan(0.04 * MIB);
    for (const [at, shard] of shards.entries()) await machine.readsBack(shard, (pushed[at] as Pushed).hash);
  });

  it("that all moved a little take a part of it, version after version", async () => {
    const versions = [first];
    let last = values;
    for (let step = 1; step <= 3; step++) {
      last = last.map((each, at) => moved(each, 0.001, step * 10 + at));
      versions.push(safetensors(model(last)));
    }
    const [, ...took] = await new Machine().versions(...versions);
    for (const each of took) expect(each).toBeLessThan(first.length * 0.22);
    expect(took[0]).toBeLessThan(first.length * 0.15);
  });
});
