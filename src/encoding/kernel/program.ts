/** Loops as a program that runs here. */
import { endianness } from "node:os";
import { assemble, type Loop } from "./assembler.ts";

/** One that has memory of its own. */
export interface Running<Name extends string> {
  loops: Record<Name, (...parameters: number[]) => number>;
  memory: ArrayBuffer;
}

/** What the types of Node do not know. */
interface WithWasm {
  WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object) => { exports: unknown } };
}

/**
 * Starts the loops, with so many pages of 64 KiB; null where this machine's WebAssembly lacks what they need, and where
 * numbers in their memory are not as JavaScript sees them.
 */
export function startOf<Name extends string>(
  loops: Readonly<Record<Name, Loop>>,
  { pages }: { pages: number },
): () => Running<Name> | null {
  let module: object | undefined;
  return () => {
    if (endianness() !== "LE") return null;
    try {
      const { Module, Instance } = (globalThis as unknown as WithWasm).WebAssembly;
      module ??= new Module(assemble(loops, { pages }));
      const exports = new Instance(module).exports as Running<Name>["loops"] & { memory: { buffer: ArrayBuffer } };
      return { loops: exports, memory: exports.memory.buffer };
    } catch {
      return null;
    }
  };
}
