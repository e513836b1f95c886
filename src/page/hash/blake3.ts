/**
 * BLAKE3 in the browser: the WebAssembly of the package that mvgit hashes with where no native program is, without the
 * package's own way of loading it, which fetches.
 */

/** Takes bytes in any portions; `digest` once, at the end. */
export interface Blake3 {
  update(bytes: Uint8Array): void;
  /** 64 hexadecimal characters. */
  digest(): string;
}

interface Exports {
  memory: WebAssembly.Memory;
  create_hasher(): number;
  blake3hash_update(hasher: number, from: number, length: number): void;
  blake3hash_digest(hasher: number, to: number, length: number): void;
  __wbg_blake3hash_free(hasher: number): void;
  __wbindgen_malloc(length: number): number;
  __wbindgen_free(from: number, length: number): void;
}

/** What is copied into its memory at once; it frees that by itself. */
const PORTION = 64 * 1024;
const DIGEST = 32;

/** `module`: the bytes of the program. Throws where a policy of the page forbids WebAssembly. */
export async function openBlake3(module: BufferSource): Promise<() => Blake3> {
  const imports = {
    wbg: {
      __wbindgen_throw() {
        throw new Error("the hash function failed");
      },
    },
  };
  const { instance } = await WebAssembly.instantiate(module, imports);
  const wasm = instance.exports as unknown as Exports;
  return () => newBlake3(wasm);
}

function newBlake3(wasm: Exports): Blake3 {
  const hasher = wasm.create_hasher();
  return {
    update(bytes) {
      for (let from = 0; from < bytes.length; from += PORTION) {
        const portion = bytes.subarray(from, from + PORTION);
        const at = wasm.__wbindgen_malloc(portion.length);
        // The memory is another one after it has grown.
        new Uint8Array(wasm.memory.buffer).set(portion, at);
        wasm.blake3hash_update(hasher, at, portion.length);
      }
    },
    digest() {
      const at = wasm.__wbindgen_malloc(DIGEST);
      wasm.blake3hash_digest(hasher, at, DIGEST);
      const bytes = new Uint8Array(wasm.memory.buffer).slice(at, at + DIGEST);
      wasm.__wbindgen_free(at, DIGEST);
      wasm.__wbg_blake3hash_free(hasher);
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}
