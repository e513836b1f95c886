/**
 * Builds dist/; type declarations go to dist/types/.
 *
 *   node .ci/build.mjs [--no-types]
 */
import { spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundle, bundlePage, ENTRIES, root } from "./bundle.mjs";
import { licenseTexts } from "./licenses.mjs";

const fresh = join(root, `dist.${process.pid}`);
try {
  const packages = [...(await bundle(fresh)), ...(await bundlePage(join(fresh, "page")))];
  writeFileSync(join(fresh, "THIRD-PARTY-LICENSES"), licenseTexts([...new Set(packages)].toSorted()));
  if (existsSync(join(root, ENTRIES.index)) && !process.argv.includes("--no-types")) declareTypes(join(fresh, "types"));
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(fresh, join(root, "dist"));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** TypeScript 7 has no API yet: its program writes the declarations. */
function declareTypes(outDir) {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const project = join(root, "tsconfig.types.json");
  const { status } = spawnSync(process.execPath, [tsc, "--project", project, "--outDir", outDir], { stdio: "inherit" });
  if (status !== 0) throw new Error(`tsc ended with status ${status}`);
}
