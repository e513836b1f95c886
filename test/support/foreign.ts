/**
 * Repositories as DVC and Git LFS leave them, written without those programs, and the programs themselves where they
 * are.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import type { Sandbox } from "./sandbox.ts";

export function digestOf(algorithm: "md5" | "sha256", bytes: string | Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

/** Puts an object into a folder laid out as DVC 3 (or 2) does it, read-only; answers its MD5. */
export function dvcObject(
  box: Sandbox,
  folder: string,
  bytes: string | Uint8Array,
  options: { version2?: boolean; md5?: string; suffix?: string } = {},
): string {
  const md5 = options.md5 ?? digestOf("md5", bytes);
  const shelf = `${folder}/${options.version2 ? "" : "files/md5/"}${md5.slice(0, 2)}`;
  const path = `${shelf}/${md5.slice(2)}${options.suffix ?? ""}`;
  fs.rmSync(join(box.dir, path), { force: true });
  box.write(path, bytes);
  fs.chmodSync(join(box.dir, path), 0o444);
  return md5;
}

/** A folder's objects and its listing; answers the listing's MD5 with `.dir`. */
export function dvcFolder(
  box: Sandbox,
  folder: string,
  files: Record<string, string>,
  options: { version2?: boolean } = {},
): string {
  const entries = Object.entries(files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => `{"md5": "${dvcObject(box, folder, text, options)}", "relpath": ${JSON.stringify(path)}}`);
  return `${dvcObject(box, folder, `[${entries.join(", ")}]`, { ...options, suffix: ".dir" })}.dir`;
}

/** The text of a `.dvc` file of DVC 3, or of DVC 2. */
export function dvcText(out: { md5: string; size?: number; path: string }, version2 = false): string {
  const size = out.size === undefined ? "" : `  size: ${out.size}\n`;
  return `outs:\n- md5: ${out.md5}\n${size}${version2 ? "" : "  hash: md5\n"}  path: ${out.path}\n`;
}

/** An object of Git LFS in a clone, and its pointer's text. */
export function lfsObject(box: Sandbox, work: string, bytes: string | Uint8Array): string {
  const oid = digestOf("sha256", bytes);
  box.write(`${work}/.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`, bytes);
  return lfsText(bytes);
}

export function lfsText(bytes: string | Uint8Array): string {
  return (
    `version https://git-lfs.github.com/spec/v1\noid sha256:${digestOf("sha256", bytes)}\nsize ` +
    `${Buffer.byteLength(bytes as Uint8Array)}\n`
  );
}

/** Every file below a folder with its mode, time and bytes: equal before and after means untouched. */
export function fingerprint(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((path) => {
      const found = fs.lstatSync(join(folder, path));
      return (
        `${path} ${found.mode} ${found.mtimeMs} ` +
        `${found.isFile() ? digestOf("md5", fs.readFileSync(join(folder, path))) : ""}`
      );
    });
}

/** The real program's file, from a variable or PATH; null where there is none. */
export function findProgram(name: string, variable: string): string | null {
  const named = env[variable];
  if (named) return named;
  return (
    (env["PATH"] ?? "")
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find((file) => fs.existsSync(file)) ?? null
  );
}
