/**
 * Builds dist/: one flat folder of ESM, entries and shared chunks side by side, so that
 * `new URL("./worker.js", import.meta.url)` means the same from each of them. Type declarations go to dist/types/.
 *
 *   node .ci/build.mjs [--no-types]
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What is small and needed at every start goes into the bundle; the rest is loaded when it is first used. */
const BUNDLED = new Set(["yargs", "ignore"]);

const ENTRIES = {
  cli: "src/cli/main.ts",
  hook: "src/hook/main.ts",
  worker: "src/worker/main.ts",
  index: "src/index.ts",
};

/** What browsers load: scripts of their own each, since modules do not load from a disk. Styles stand beside them. */
const PAGE = { page: "src/page/main.tsx", hash: "src/page/hash/main.ts" };
const PAGE_STYLES = { page: "src/page/page.css" };

/** Of yargs only the parser is used; its other parts cost 10 ms at each start unless they may be left out. */
const onlyWhatIsUsed = {
  name: "only-what-is-used",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === "asked" || !/node_modules[\\/]yargs[\\/]/.test(importer)) return undefined;
      return { ...(await resolve(path, { importer, kind, resolveDir, pluginData: "asked" })), sideEffects: false };
    });
  },
};

const fresh = join(root, `dist.${process.pid}`);
try {
  await bundle(fresh);
  await bundlePage(join(fresh, "page"));
  if (existsSync(join(root, ENTRIES.index)) && !process.argv.includes("--no-types")) declareTypes(join(fresh, "types"));
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(fresh, join(root, "dist"));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

async function bundle(outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).filter(([, file]) => existsSync(join(root, file)))),
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !BUNDLED.has(name)),
    plugins: [onlyWhatIsUsed],
    define: { MVGIT_VERSION: JSON.stringify(version) },
    legalComments: "external",
    logLevel: "warning",
  });
}

async function bundlePage(outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: { ...PAGE },
    outdir,
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: ["chrome111", "firefox113", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".wasm": "binary" },
    legalComments: "external",
    logLevel: "warning",
  });
  await build({
    absWorkingDir: root,
    entryPoints: { ...PAGE_STYLES },
    outdir,
    bundle: true,
    minify: true,
    // What older browsers lack (`light-dark`) is left as it is: no tricks with variables are made of it.
    target: ["chrome123", "firefox120", "safari17.5"],
    logLevel: "warning",
  });
}

/** TypeScript 7 has no API yet: its program writes the declarations. */
function declareTypes(outDir) {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const project = join(root, "tsconfig.types.json");
  const { status } = spawnSync(process.execPath, [tsc, "--project", project, "--outDir", outDir], { stdio: "inherit" });
  if (status !== 0) throw new Error(`tsc ended with status ${status}`);
}
