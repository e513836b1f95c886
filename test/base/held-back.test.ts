/** What is read right before all of it is given. */
import { describe, expect, it } from "vitest";
import { allOf, heldBack } from "../../src/base/held-back.ts";

async function* pieces(texts: readonly string[], failure?: Error): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
  if (failure !== undefined) throw failure;
}

describe("a stream that is held back", () => {
  it.each([[[]], [["a"]], [["a", "b", "c"]], [["", "a", "", "b", ""]]])("gives all of %j", async (texts) => {
    expect((await allOf(heldBack(pieces(texts)))).toString()).toBe(texts.join(""));
  });

  it.each([[["a"]], [["a", "b"]], [["a", "b", ""]]])("lacks a byte of %j where its end is wrong", async (texts) => {
    let got = "";
    const read = async (): Promise<void> => {
      for await (const piece of heldBack(pieces(texts, new Error("wrong")))) got += Buffer.from(piece).toString();
    };
    await expect(read()).rejects.toThrow("wrong");
    expect(got.length).toBeLessThan(texts.join("").length);
  });
});
