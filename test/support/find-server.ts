/** Servers that tests start where they are installed. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where Debian and Go put servers, which PATH need not name. */
function usualFolders(): string[] {
  return ["/usr/sbin", "/usr/local/sbin", "/usr/lib/openssh", join(homedir(), "go", "bin"), ...goBin()];
}

function goBin(): string[] {
  try {
    return [join(execFileSync("go", ["env", "GOPATH"], { encoding: "utf8", stdio: "pipe" }).trim(), "bin")];
  } catch {
    return [];
  }
}

/** The program that a variable of the environment names, else one on PATH or in a usual folder; null for none. */
export function findServer(program: string, variable: string): string | null {
  const named = process.env[variable];
  if (named) return named;
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folders of [() => onPath, usualFolders])
    for (const folder of folders()) if (fs.existsSync(join(folder, program))) return join(folder, program);
  return null;
}
