/** Files of a version, as the page shows them: their addresses, and the beginning of a text. */
import { useEffect, useState } from "preact/hooks";
import { artifactAddress, kindOf, TEXT_ENDING } from "../values/artifact-kind.ts";
import { config } from "./config.ts";
import type { Loaded } from "./data.ts";

/**
 * Below it a static page has all but pictures as texts, whose endings say so: a web server that knows nothing of them
 * would hand out HTML and SVG as pages of its own.
 */
function textPath(label: string, path: string): string {
  return config.mode === "static" ? `${artifactAddress(label, path)}${TEXT_ENDING}` : artifactAddress(label, path);
}

/** For pictures and links; null where this page holds no such file. */
export function fileAddress(label: string, path: string): string | null {
  const address = artifactAddress(label, path);
  if (config.mode === "static") return kindOf(path) === "image" ? address : null;
  if (config.mode !== "single") return address;
  const held = config.documents?.[address];
  return typeof held === "string" && held.startsWith("data:image/") ? held : null;
}

/** What an `img` shows; null while it is not known, and where this page does not hold it. */
export function usePicture(label: string, path: string): string | null {
  const isText = config.mode === "static" && kindOf(path) === "svg";
  const text = useFileText(label, isText ? path : null, PICTURE_CAP);
  if (!isText) return fileAddress(label, path);
  return text.state === "ready" && text.document.isWhole
    ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text.document.text)}`
    : null;
}

/** Bytes of an SVG. */
const PICTURE_CAP = 1024 * 1024;

export interface FileText {
  text: string;
  /** Whether that is all of it. */
  isWhole: boolean;
}

/** At most `cap` bytes of a file, read when it is first asked for; null: of none. */
export function useFileText(label: string, path: string | null, cap: number): Loaded<FileText> {
  const [loaded, load] = useState<Loaded<FileText>>({ state: "loading" });
  useEffect(() => {
    if (path === null) return undefined;
    const ending = new AbortController();
    load({ state: "loading" });
    readText(textPath(label, path), cap, ending.signal).then(
      (document) => load({ state: "ready", document, isStale: false }),
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        load({ state: "failed", failure: { code: "not-here", message, hint: null } });
      },
    );
    return () => ending.abort();
  }, [label, path, cap]);
  return loaded;
}

async function readText(address: string, cap: number, signal: AbortSignal): Promise<FileText> {
  const held = config.mode === "single" ? config.documents?.[address] : undefined;
  if (typeof held === "string") return { text: held.slice(0, cap), isWhole: held.length <= cap };
  if (config.mode === "single") throw new Error("this page does not hold that file");
  const answer = await fetch(address, { signal });
  if (!answer.ok || answer.body === null) throw new Error(await whyNot(answer));
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let [text, read, isWhole] = ["", 0, false];
  while (read <= cap) {
    const { done, value } = await reader.read();
    if (done) {
      isWhole = true;
      break;
    }
    read += value.length;
    text += decoder.decode(value, { stream: true });
  }
  if (!isWhole) await reader.cancel();
  return { text: text + decoder.decode(), isWhole };
}

async function whyNot(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? `the file is not here (${answer.status})`;
}
