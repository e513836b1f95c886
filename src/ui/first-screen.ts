/**
 * The document that a page began with, kept for the next time: its first screen waits for no git then, where refs and
 * settings are as they were. A memory, never a source: it is made anew all the same, and the page is told where that is
 * another (`DocumentCache.warm`).
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { makeFolder, readUpTo, replaceFile } from "../base/disk.ts";
import { isMvgitError, systemCode } from "../base/errors.ts";

declare const MVGIT_VERSION: string;

/** Bytes of the file; what is larger is not kept. */
const MOST = 16 * 1024 * 1024;

/** One document, under its path and the state of refs. */
export class FirstScreen {
  readonly #file: string;
  readonly #version: string;

  /** `file`: of the clone. */
  constructor(file: string, version = typeof MVGIT_VERSION === "string" ? MVGIT_VERSION : "") {
    this.#file = file;
    this.#version = version;
  }

  /** Null for another path, state or mvgit, and for a file that is not as it was written. */
  get(path: string, state: string): string | null {
    const content = this.#content();
    const end = content.indexOf("\n") + 1;
    const text = content.slice(end);
    return end > 0 && content.slice(0, end) === this.#head(path, state, text) ? text : null;
  }

  /** Where nothing may be written, nothing is kept. */
  keep(path: string, state: string, text: string): void {
    const bytes = Buffer.from(this.#head(path, state, text) + text);
    if (bytes.length > MOST) return;
    try {
      makeFolder(dirname(this.#file));
      replaceFile(this.#file, bytes, false);
    } catch (error) {
      if (!isMvgitError(error) && systemCode(error) === undefined) throw error;
    }
  }

  #content(): string {
    try {
      return readUpTo(this.#file, MOST)?.toString("utf8") ?? "";
    } catch {
      // Whoever may not read it goes without.
      return "";
    }
  }

  #head(path: string, state: string, text: string): string {
    return `mvgit page ${sumOf(JSON.stringify([this.#version, path, state]))} ${sumOf(text)}\n`;
  }
}

function sumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
