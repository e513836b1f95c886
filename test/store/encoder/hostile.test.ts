/** Large blobs that are pushed where things go wrong: what is told to be there can be read, and nothing else is. */
import { describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../../../src/base/errors.ts";
import { blobName } from "../../../src/store/blob-layout.ts";
import type { WriteItem } from "../../../src/store/blob-store.ts";
import type { ByteRange } from "../../../src/store/bytes.ts";
import { cutListName } from "../../../src/store/remote/layout.ts";
import type { Hash } from "../../../src/values/hash.ts";
import { noise, safetensorsOf } from "../../support/containers.ts";
import { MemoryBucket } from "../../support/memory-bucket.ts";
import { Machine, MIB, type Pushed } from "./bench.ts";
import { bell, bf16, moved, safetensors } from "./weights.ts";

const first = noise(3 * MIB, 1);
const second = Buffer.from(first);
second.set(noise(MIB, 2), MIB + 321);
/** So large that it has a cut list. */
const listed = noise(9 * MIB, 3);
const listedThen = Buffer.from(listed);
listedThen.set(noise(MIB, 4), 4 * MIB + 321);

/** Pushes as a version of what was pushed before, and reads it back. */
async function pushVersion(machine: Machine, bytes: Buffer, near: readonly Pushed[]): Promise<Pushed> {
  const versions = near.map((each) => ({ ...each, isVersion: true }));
  const [pushed] = (await machine.push([bytes], versions)) as [Pushed];
  await machine.readsBack(bytes, pushed.hash);
  return pushed;
}

describe("a base", () => {
  it("that is gone since it was looked up is not relied on", async () => {
    const machine = new Machine();
    const near = await machine.push([first]);
    const name = blobName((near[0] as Pushed).hash);
    let looks = 0;
    const head = machine.bucket.head.bind(machine.bucket);
    machine.bucket.head = async (asked) => {
      if (asked === name && ++looks === 2) machine.bucket.objects.delete(name);
      return head(asked);
    };
    expect((await pushVersion(machine, second, near)).stored.known).toBe(0);
    expect(looks).toBe(2);
  });

  it("that was taken out of its pack since the remote was looked at is not relied on", async () => {
    const machine = new Machine();
    const weights = [bell(1024 * 1024, 1), bell(1024 * 1024, 2)];
    const model = (all: Float32Array[]): Buffer =>
      safetensors(all.map((each, at) => ({ name: `${at}`, shape: [1024, 1024], bytes: bf16(each) })));
    const [old, next] = [model(weights), model(weights.map((each, at) => (at === 0 ? bell(1024 * 1024, 3) : each)))];
    const [near] = (await machine.push([old])) as [Pushed];
    const remote = machine.remote();
    await remote.packed.index.refresh();
    expect(remote.packed.has(near.hash)).toBe(true);
    await machine.remote().delete(near.hash);
    for await (const answer of remote.writeMany([{ ...machine.item(next, [near]), isAbsent: true }])) {
      if ("error" in answer) throw answer.error;
      expect(answer.stored?.known).toBe(0);
    }
  });

  it.each(["its own bytes", "nothing but zeros"])("of which this machine has %s, damaged, is no help", async (what) => {
    const machine = new Machine();
    const weights = [bell(1024 * 1024, 1), bell(1024 * 1024, 2)];
    const model = (all: Float32Array[]): Buffer =>
      safetensors(all.map((each, at) => ({ name: `${at}`, shape: [1024, 1024], bytes: bf16(each) })));
    const old = model(weights);
    const near = await machine.push([old]);
    const here = what === "its own bytes" ? Buffer.from(old) : Buffer.alloc(old.length);
    for (let at = 0; at < here.length; at += 100_000) here[at] = (here[at] as number) ^ 1;
    machine.cache.blobs.set((near[0] as Pushed).hash, here);
    await pushVersion(machine, model(weights.map((each, at) => moved(each, 0.001, at))), near);
  });

  it("whose cut list is none is cut again", async () => {
    const machine = new Machine();
    const near = await machine.push([listed]);
    machine.bucket.put(cutListName((near[0] as Pushed).hash), Buffer.from("MVGCUTS1 and nothing more"));
    expect((await pushVersion(machine, listedThen, near)).stored.bytes).toBeLessThan(1.1 * MIB);
  });

  it("that is not on this machine is compared by its cut list", async () => {
    const machine = new Machine();
    const near = await machine.push([listed]);
    machine.cache.blobs.clear();
    expect((await pushVersion(machine, listedThen, near)).stored.bytes).toBeLessThan(1.3 * MIB);
  });
});

it("weights that lie about where they are come back as they were", async () => {
  const tensors = [0, 1, 2].map((at) => ({
    name: `${at}`,
    dtype: "BF16",
    shape: [MIB / 2],
    bytes: bf16(bell(MIB / 2, at + 1)),
  }));
  const lies = [[1, 2] as [number, number], [0, 20 * MIB] as [number, number], [-5, 7] as [number, number]];
  for (const offsets of lies) {
    const machine = new Machine();
    const lying = safetensorsOf(tensors.map((each, at) => (at === 1 ? { ...each, offsets } : each)));
    await pushVersion(machine, Buffer.concat([lying, noise(1000, 5)]), [await pushVersion(machine, lying, [])]);
  }
});

describe("bytes that change while they are read", () => {
  it.each([1, 2, 3])("are refused, from reading %s on", async (from) => {
    const machine = new Machine();
    const near = (await machine.push([first])).map((each) => ({ ...each, isVersion: true }));
    const item = machine.item(second, near) as WriteItem & Required<Pick<WriteItem, "look">>;
    const { read } = item.look;
    let readings = 0;
    const changing = async function* (range: ByteRange): AsyncGenerator<Uint8Array> {
      const isChanged = range.end - range.start > 100_000 && ++readings >= from;
      for await (const chunk of read(range)) yield isChanged ? chunk.map((byte) => byte ^ 1) : chunk;
    };
    const remote = machine.remote();
    for await (const answer of remote.writeMany([{ ...item, look: { ...item.look, read: changing } }])) {
      expect("error" in answer && isMvgitError(answer.error, "blob-damaged")).toBe(true);
    }
    expect(await remote.stat(item.hash)).toBeNull();
  });
});

it("two who push at once both rely on what was there", async () => {
  const one = new Machine();
  const near = await one.push([listed]);
  const two = new Machine(one.bucket);
  const third = Buffer.concat([listed, noise(1000, 7)]);
  const before = one.bytes;
  await Promise.all([
    pushVersion(one, listedThen, near),
    pushVersion(two, listedThen, near),
    pushVersion(two, third, near),
  ]);
  expect(one.bytes - before).toBeLessThan(2.8 * MIB);
});

/** Fails at its nth write from a time on. */
class Failing extends MemoryBucket {
  left = Infinity;

  override async putIfAbsent(
    ...args: Parameters<MemoryBucket["putIfAbsent"]>
  ): ReturnType<MemoryBucket["putIfAbsent"]> {
    this.#step();
    return super.putIfAbsent(...args);
  }

  override async replace(...args: Parameters<MemoryBucket["replace"]>): ReturnType<MemoryBucket["replace"]> {
    this.#step();
    return super.replace(...args);
  }

  #step(): void {
    if (--this.left < 0) throw new MvgitError("remote-unavailable", "no answer");
  }
}

it("cut off at any write, it is there whole or not at all, and the next push ends well", async () => {
  const small = noise(3 * MIB, 1);
  const next = Buffer.concat([small, noise(2000, 2)]);
  let steps = 0;
  for (let isCut = true; isCut; steps++) {
    const bucket = new Failing();
    const machine = new Machine(bucket);
    const [before] = (await machine.push([small])) as [Pushed];
    bucket.left = steps;
    const versions = [{ ...before, isVersion: true }];
    isCut = await machine.push([next], versions).then(
      () => false,
      () => true,
    );
    bucket.left = Infinity;
    const hash = machine.item(next).hash as Hash;
    if ((await machine.remote().stat(hash)) !== null) await machine.readsBack(next, hash);
    await machine.push([next], versions);
    await machine.readsBack(next, hash);
  }
  expect(steps).toBeGreaterThan(2);
});
