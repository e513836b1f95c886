import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { Memory } from "../../../src/store/cloud/memory.ts";
import { type Md5, Md5Thread } from "../../../src/store/cloud/md5-thread.ts";
import { MIB } from "../../conformance/bucket/cell.ts";
import { noise } from "../../conformance/noise.ts";

it.each([
  ["small", 1],
  ["large", 64 * MIB],
])("sums the parts of %s objects, of several at once, and anew once none was on its way", async (_, size) => {
  const memory = new Memory(8 * MIB, { isShared: true });
  const parts = await Promise.all(
    [0, 1, 2, 3].map(async (index) => {
      const part = await memory.take(MIB + index);
      part.set(noise(part.length, `part ${index}`));
      return part;
    }),
  );
  const sums = parts.map((part) => createHash("md5").update(part).digest("base64"));
  const thread = new Md5Thread();
  const all = (md5: Md5): Promise<string[]> => Promise.all(parts.map(md5));
  const objects = [thread.during(size, all), thread.during(size, all)];
  await expect(thread.during(size, () => Promise.reject(new Error("cut")))).rejects.toThrow("cut");
  expect(await Promise.all(objects)).toEqual([sums, sums]);
  // An answer that nobody waits for keeps nobody from the next ones.
  await thread.during(size, async (md5) => void md5(parts[0] as Buffer));
  expect(await thread.during(size, all)).toEqual(sums);
});
