import { describe, expect, it } from "vitest";
import {
  chooseHashing,
  type Hashing,
  hashBytes,
  hashEngine,
  newHasher,
  openHashing,
} from "../../src/hashing/hasher.ts";
import { EMPTY_HASH, type Hash } from "../../src/values/hash.ts";

function wrongHashing(): Hashing {
  const right = openHashing("wasm");
  return {
    ...right,
    engine: "native",
    hashBytes: (bytes) => (bytes.length > 1024 ? EMPTY_HASH : right.hashBytes(bytes)),
  };
}

const failing = (): Hashing => {
  throw new Error("cannot find the module");
};

describe("the hasher", () => {
  it("hashes nothing, and bytes in portions, as in one piece", () => {
    expect(newHasher().digest()).toBe(EMPTY_HASH);
    const hasher = newHasher();
    hasher.update(Buffer.from("hello "));
    hasher.update(new Uint8Array());
    hasher.update(new Uint8Array(Buffer.from("world")));
    expect(hasher.digest()).toBe(hashBytes(Buffer.from("hello world")));
  });

  it("hashes a view of a larger buffer, not the buffer", () => {
    const all = new Uint8Array([1, 2, 3, 4, 5]);
    for (const engine of ["native", "wasm"] as const) {
      expect(openHashing(engine).hashBytes(all.subarray(1, 4))).toBe(hashBytes(Buffer.from([2, 3, 4])));
    }
  });

  it("has no second digest in WebAssembly, since its memory is freed", () => {
    const hasher = openHashing("wasm").newHasher();
    hasher.digest();
    expect(() => hasher.digest()).toThrow();
  });

  it("uses the native implementation here", () => expect(hashEngine()).toBe("native"));
});

describe("choosing an implementation", () => {
  it("takes the first that works", () => {
    expect(chooseHashing([() => openHashing("native"), failing]).engine).toBe("native");
    expect(chooseHashing([failing, () => openHashing("wasm")]).engine).toBe("wasm");
  });

  it("drops one that computes wrong hashes of longer inputs", () => {
    const chosen = chooseHashing([wrongHashing, () => openHashing("wasm")]);
    expect(chosen.engine).toBe("wasm");
    expect(chosen.hashBytes(Buffer.from("abc")) satisfies Hash).toBe(hashBytes(Buffer.from("abc")));
  });

  it("is a bug when none works, with the last reason", () => {
    expect(() => chooseHashing([wrongHashing, failing])).toThrow(
      expect.objectContaining({ code: "bug", cause: new Error("cannot find the module") }),
    );
  });
});
