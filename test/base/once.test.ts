/** Work that is done once. */
import { describe, expect, it } from "vitest";
import { Once } from "../../src/base/once.ts";

describe("work that is done once", () => {
  it("is shared by all who ask while it is under way, and after", async () => {
    const once = new Once<number>();
    let times = 0;
    const work = async (): Promise<number> => ++times;
    expect(await Promise.all([once.run(work), once.run(work)])).toEqual([1, 1]);
    expect(await once.run(work)).toBe(1);
  });

  it("is done again where it failed, for those who ask after that", async () => {
    const once = new Once<string>();
    const failing = once.run(() => Promise.reject(new Error("first")));
    await expect(once.run(async () => "second")).rejects.toThrow("first");
    await expect(failing).rejects.toThrow("first");
    expect(await once.run(async () => "third")).toBe("third");
  });

  it("is not done at all where the outcome is known", async () => {
    const once = new Once<boolean>();
    once.settle(true);
    expect(await once.run(async () => false)).toBe(true);
  });
});
