/** Builds dist/ before the tests that run the program, unless it is newer than everything it is made from. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { ROOT } from "./cli.ts";

export default function build(): void {
  if (
    fs.existsSync(join(ROOT, "dist/types/index.d.ts")) &&
    newest(join(ROOT, "dist/cli.js")) >
      newest(join(ROOT, "src"), join(ROOT, ".ci/build.mjs"), join(ROOT, "package.json"))
  )
    return;
  execFileSync(process.execPath, [join(ROOT, ".ci/build.mjs")], { stdio: "inherit" });
}

/** When the youngest of these files and folders was written; 0 where there is none. */
function newest(...paths: string[]): number {
  return Math.max(
    0,
    ...paths.map((path) => {
      const found = fs.statSync(path, { throwIfNoEntry: false });
      if (!found?.isDirectory()) return found?.mtimeMs ?? 0;
      return newest(...fs.readdirSync(path).map((name) => join(path, name))) || found.mtimeMs;
    }),
  );
}
