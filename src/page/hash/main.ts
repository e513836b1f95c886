/**
 * `hash.js`: hashes what the page hands over, in a thread of its own. Where a browser starts none (a page that is
 * opened from a disk), the page loads it as a script and calls `mvgitHash`.
 */
import program from "blake3-wasm/dist/wasm/web/blake3_js_bg.wasm";
import { openBlake3 } from "./blake3.ts";
import { hashBlob } from "./hash-blob.ts";

/** From the thread to the page. */
export type HashTold = { done: number } | { hash: string } | { failure: string };

export type HashFile = (file: Blob, onProgress: (done: number) => void, signal?: AbortSignal) => Promise<string>;

const opened = openBlake3(program);
opened.catch(() => {});

const hashFile: HashFile = async (file, onProgress, signal) =>
  hashBlob(file, (await opened)(), { onProgress, ...(signal && { signal }) });

if (typeof window === "undefined") {
  const tell = (told: HashTold): void => (postMessage as (told: HashTold) => void)(told);
  addEventListener("message", ({ data }: MessageEvent<Blob>) => {
    hashFile(data, (done) => tell({ done })).then(
      (hash) => tell({ hash }),
      (error: unknown) => tell({ failure: error instanceof Error ? error.message : String(error) }),
    );
  });
} else {
  (window as { mvgitHash?: HashFile }).mvgitHash = hashFile;
}
