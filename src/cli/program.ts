/** How this mvgit is started, for what Git is told to call. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Program } from "../care/install-hooks.ts";

/** The built code lies beside `bin/`. */
export function thisProgram(): Program {
  return { node: process.execPath, script: fileURLToPath(new URL("../bin/mvgit", import.meta.url)) };
}
