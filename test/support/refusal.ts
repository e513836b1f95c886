/** What a refused use case may do: give its code, and change nothing. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import type { Sandbox } from "./sandbox.ts";

/** The code of the MvgitError that ends it; another error passes through, and success answers "done". */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (isMvgitError(error)) return error.code;
    throw error;
  }
}

/** As `codeOf`, and what people see of the sandbox is the same before and after. */
export async function refusalOf(box: Sandbox, start: () => Promise<unknown>): Promise<string> {
  const before = await stateOf(box);
  const code = await codeOf(start());
  expect(await stateOf(box)).toEqual(before);
  return code;
}

/** Files of work trees and remotes with their bytes; refs, index and HEAD of each repository; blobs of each cache. */
async function stateOf(box: Sandbox): Promise<string[]> {
  const state: string[] = [];
  const repositories: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(box.dir, path);
      if (name === ".tmp" || name === ".cache") continue;
      if (entry.isDirectory() && (entry.name === ".git" || fs.existsSync(join(path, "HEAD")))) {
        repositories.push(name);
        const blobs = join(path, "mvgit", "blobs");
        if (fs.existsSync(blobs)) walk(blobs);
      } else if (entry.isDirectory()) walk(path);
      else if (entry.isSymbolicLink()) state.push(`${name} -> ${fs.readlinkSync(path)}`);
      else if (entry.isFile()) state.push(`${name} ${sumOf(path)}`);
      else state.push(`${name} (special)`);
    }
  };
  walk(box.dir);
  for (const name of repositories) {
    const ask = async (...args: string[]): Promise<string> =>
      (await box.git(".", ["--git-dir", name, ...args], -1)).stdout.trim();
    state.push(`${name}: ${await ask("show-ref", "--head")}`, `${name}: ${await ask("ls-files", "--stage")}`);
  }
  return state.toSorted();
}

function sumOf(file: string): string {
  const { mode } = fs.statSync(file);
  return `${(mode & 0o777).toString(8)} ${createHash("sha1").update(fs.readFileSync(file)).digest("hex")}`;
}
