/** How this mvgit is started, for what Git is told to call. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Program } from "../care/drivers.ts";

/** The built code lies in a folder beside `bin/`; code that runs from its sources, two folders deep. */
export function thisProgram(): Program {
  const bin = import.meta.url.endsWith(".ts") ? "../../bin/mvgit" : "../bin/mvgit";
  return { node: process.execPath, script: fileURLToPath(new URL(bin, import.meta.url)) };
}
