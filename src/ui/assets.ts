/** The page's own files, as the build made them: few, small, and read once. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalAnswer } from "../base/loopback.ts";

const TYPES: Readonly<Record<string, string>> = {
  __proto__: null as never,
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  wasm: "application/wasm",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/** Where the build puts them. */
function pageFolder(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../dist/page" : "./page", import.meta.url));
}

/** By their names. */
export class Assets {
  readonly #folder: string;
  readonly #read = new Map<string, { bytes: Buffer; tag: string }>();

  constructor(folder = pageFolder()) {
    this.#folder = folder;
  }

  /** Null for what is none. `known`: which bytes the browser has (`If-None-Match`). */
  answer(name: string, known: string | undefined): LocalAnswer | null {
    const type = /^[\w-]+\.(\w+)$/.test(name) ? TYPES[name.slice(name.lastIndexOf(".") + 1)] : undefined;
    const found = type === undefined ? null : this.#at(name);
    if (type === undefined || found === null) return null;
    // Asked each time, which costs nothing on one machine: a new mvgit has new files under the same names.
    const headers = { etag: found.tag, "cache-control": "no-cache" };
    return known === found.tag ? { status: 304, headers, body: "" } : { status: 200, type, headers, body: found.bytes };
  }

  /** Every file that browsers load, and what is to be said of whose code is in it. */
  all(): { name: string; bytes: Buffer }[] {
    return fs.readdirSync(this.#folder).map((name) => ({ name, bytes: fs.readFileSync(join(this.#folder, name)) }));
  }

  /** Throws where the build did not make it. */
  text(name: string): string {
    return fs.readFileSync(join(this.#folder, name), "utf8");
  }

  #at(name: string): { bytes: Buffer; tag: string } | null {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const file = join(this.#folder, name);
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return null;
    const bytes = fs.readFileSync(file);
    const read = { bytes, tag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
    this.#read.set(name, read);
    return read;
  }
}
