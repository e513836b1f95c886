/** BLAKE3: the native implementation where it loads, WebAssembly everywhere else, behind one interface. */
import { createRequire } from "node:module";
import { MvgitError } from "../base/errors.ts";
import { EMPTY_HASH, type Hash } from "../values/hash.ts";

/** Takes bytes in any portions; `digest` once, at the end. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Hash;
}

export type HashEngine = "native" | "wasm";

/** One implementation. */
export interface Hashing {
  engine: HashEngine;
  newHasher(): Hasher;
  hashBytes(bytes: Uint8Array): Hash;
}

interface NativeModule {
  Blake3Hasher: new () => { update(bytes: Buffer): unknown; digest(format: "hex"): string };
  blake3(bytes: Buffer): Buffer;
}

interface WasmModule {
  createHash(): { update(bytes: Uint8Array): unknown; digest(format: "hex"): string };
}

/** The WebAssembly implementation copies what it is given; portions of this size are the fastest. */
const WASM_PORTION = 64 * 1024;

const load = createRequire(import.meta.url);

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function openNative(): Hashing {
  const { Blake3Hasher, blake3 } = load("@napi-rs/blake-hash") as NativeModule;
  const newHasher = (): Hasher => {
    const state = new Blake3Hasher();
    return { update: (bytes) => void state.update(asBuffer(bytes)), digest: () => state.digest("hex") as Hash };
  };
  return { engine: "native", newHasher, hashBytes: (bytes) => blake3(asBuffer(bytes)).toString("hex") as Hash };
}

function openWasm(): Hashing {
  const { createHash } = load("blake3-wasm") as WasmModule;
  const newHasher = (): Hasher => {
    const state = createHash();
    return {
      update(bytes) {
        for (let from = 0; from < bytes.length; from += WASM_PORTION)
          state.update(bytes.subarray(from, from + WASM_PORTION));
      },
      // Frees its memory as well, which the garbage collector does not reach.
      digest: () => state.digest("hex") as Hash,
    };
  };
  return { engine: "wasm", newHasher, hashBytes: (bytes) => hashWith(newHasher, bytes) };
}

function hashWith(newHasher: () => Hasher, bytes: Uint8Array): Hash {
  const hasher = newHasher();
  hasher.update(bytes);
  return hasher.digest();
}

/**
 * Lengths of inputs whose bytes count up modulo 251, and their hashes, from the official test vectors: one chunk, many
 * chunks.
 */
const KNOWN: readonly (readonly [number, string])[] = [
  [0, EMPTY_HASH],
  [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  [31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
];

function isRight(hashing: Hashing): boolean {
  const input = Buffer.alloc(31744);
  for (let i = 0; i < input.length; i++) input[i] = i % 251;
  return KNOWN.every(([length, hash]) => hashing.hashBytes(input.subarray(0, length)) === hash);
}

/** One implementation by name, not yet tested; throws what loading it throws. */
export function openHashing(engine: HashEngine): Hashing {
  return engine === "native" ? openNative() : openWasm();
}

/** The first that loads and hashes a few known inputs right; throws `bug` when none does. */
export function chooseHashing(candidates: readonly (() => Hashing)[]): Hashing {
  let reason: unknown;
  for (const open of candidates) {
    try {
      const hashing = open();
      if (isRight(hashing)) return hashing;
      reason = new Error(`the ${hashing.engine} implementation computes wrong hashes on this machine`);
    } catch (error) {
      // No prebuilt program for this system: the next one is asked.
      reason = error;
    }
  }
  throw new MvgitError("bug", "no implementation of BLAKE3 works on this machine", {
    cause: reason,
    hint: "install mvgit again; if that does not help, report it with your system and version of Node",
  });
}

let chosen: Hashing | undefined;

function hashing(): Hashing {
  chosen ??= chooseHashing([openNative, openWasm]);
  return chosen;
}

/** A hasher of the fastest implementation that works here. */
export function newHasher(): Hasher {
  return hashing().newHasher();
}

/** The hash of bytes in memory. */
export function hashBytes(bytes: Uint8Array): Hash {
  return hashing().hashBytes(bytes);
}

/** Which implementation is in use. */
export function hashEngine(): HashEngine {
  return hashing().engine;
}
