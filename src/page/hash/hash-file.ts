/** Hashes a file that was dropped, without its bytes ever leaving the browser. */
import type { HashFile, HashTold } from "./main.ts";

/** Where `hash.js` is: beside the page's own script; null for a page that is one file. */
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : "";
const program = script === "" ? null : new URL("hash.js", script).href;

/** Whether this page can hash at all. */
export const canHash = program !== null;

/**
 * `onProgress`: told the bytes that are done. Rejects with `AbortError` when `signal` says so, and with what reading
 * says where the file was changed or removed.
 */
export async function hashFile(
  file: Blob,
  { onProgress, signal }: { onProgress: (done: number) => void; signal: AbortSignal },
): Promise<string> {
  if (program === null) throw new Error("a page of one file cannot hash");
  const thread = startThread(program);
  if (thread !== null) {
    const hash = await askThread(thread, file, { onProgress, signal }).finally(() => thread.terminate());
    if (hash !== null) return hash;
  }
  return (await loadHere(program))(file, onProgress, signal);
}

function startThread(address: string): Worker | null {
  try {
    return new Worker(address);
  } catch {
    // A page from a disk may start no threads.
    return null;
  }
}

/** Null where the thread never started. */
async function askThread(
  thread: Worker,
  file: Blob,
  { onProgress, signal }: { onProgress: (done: number) => void; signal: AbortSignal },
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    thread.addEventListener("error", (event) => {
      event.preventDefault();
      resolve(null);
    });
    thread.addEventListener("message", ({ data }: MessageEvent<HashTold>) => {
      if ("done" in data) onProgress(data.done);
      else if ("hash" in data) resolve(data.hash);
      else reject(new Error(data.failure));
    });
    thread.postMessage(file);
  });
}

let loading: Promise<HashFile> | null = null;

async function loadHere(address: string): Promise<HashFile> {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = address;
    element.addEventListener("load", () => {
      const { mvgitHash } = window as { mvgitHash?: HashFile };
      if (mvgitHash) resolve(mvgitHash);
      else reject(new Error("hash.js did not start"));
    });
    element.addEventListener("error", () => reject(new Error("hash.js, which hashes files, is not beside this page")));
    document.head.append(element);
  });
  loading.catch(() => (loading = null));
  return loading;
}
