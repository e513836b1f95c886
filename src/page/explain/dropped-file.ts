/** What a file that was dropped asks about: what it holds, where it is a receipt or a pointer, else its hash. */
import { plural } from "../../base/counts.ts";
import { isDocument, readDocumentOf } from "../../values/explain-text.ts";
import { readPointer } from "../../values/pointer.ts";
import { hashFile } from "../hash/hash-file.ts";
import { askedFor } from "./explained.ts";

/** Bytes of a file that holds a receipt. */
const CAP = 64 * 1024;

/** `text`: what to explain; `how`: what it was taken from, in words. */
export interface Asked {
  text: string;
  how: string;
}

/** Rejects as `hashFile` does. */
export async function askedBy(
  file: File,
  hashing: { onProgress: (done: number) => void; signal: AbortSignal },
): Promise<Asked> {
  const named = file.size > CAP ? null : namedIn(new Uint8Array(await file.arrayBuffer()));
  if (named !== null) return named;
  const hash = await hashFile(file, hashing);
  return { text: hash, how: `BLAKE3 of its ${plural(file.size, "byte")}` };
}

function namedIn(bytes: Uint8Array): Asked | null {
  const reading = readPointer(bytes);
  if (reading.kind === "pointer") return { text: reading.pointer.hash, how: "the hash that this pointer names" };
  const text = new TextDecoder().decode(bytes);
  if (!isDocument(text)) return null;
  const { receipt, named } = readDocumentOf(text);
  if (receipt === null && named === null) return null;
  return { text: askedFor(text), how: receipt === null ? "what this document names" : "the receipt in it" };
}
