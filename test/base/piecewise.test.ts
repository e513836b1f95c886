/** Bytes that come piece by piece. */
import { describe, expect, it } from "vitest";
import { allOf, begun } from "../../src/base/piecewise.ts";

async function* pieces(texts: readonly string[], failure?: Error): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
  if (failure !== undefined) throw failure;
}

describe("a stream that has begun", () => {
  it("gives all of it, and ends what it reads where nobody reads on", async () => {
    expect((await allOf(await begun(pieces(["a", "b"])))).toString()).toBe("ab");
    expect((await allOf(await begun(pieces([])))).toString()).toBe("");
    let isClosed = false;
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(["a", "b"]);
      } finally {
        isClosed = true;
      }
    }
    await (await begun(watched()))[Symbol.asyncIterator]().return?.();
    expect(isClosed).toBe(true);
  });

  it("says at once that there is nothing", async () => {
    await expect(begun(pieces([], new Error("gone")))).rejects.toThrow("gone");
  });
});
