/**
 * Puts the program together: one flat folder of ESM, entries and shared chunks side by side, so that
 * `new URL("./worker.js", import.meta.url)` means the same from each of them.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What is small and needed at every start goes into npm's bundle; the rest is loaded when it is first used. */
const BUNDLED = new Set(["yargs", "ignore"]);

/** What looks for files of its own beside itself, or is a native program. */
export const NEVER_BUNDLED = ["@napi-rs/blake-hash", "@node-rs/crc32", "blake3-wasm"];

export const ENTRIES = {
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

/**
 * What `import()` gives of a package of CommonJS has its names, as Node finds them. esbuild would give `default` alone where
 * it splits code.
 */
const namesOfCommonJs = {
  name: "names-of-commonjs",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind !== "dynamic-import" || pluginData === "asked" || NEVER_BUNDLED.includes(path)) return undefined;
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: "asked" });
      return found.external || found.errors.length > 0
        ? found
        : { path, namespace: "by-names", pluginData: { file: found.path, resolveDir } };
    });
    onLoad({ filter: /./, namespace: "by-names" }, async ({ path, pluginData: { file, resolveDir } }) => {
      const names = Object.keys(await import(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
      const lines = names.map((name) =>
        name === "default" ? "export default all.default;" : `export const ${name} = all.${name};`,
      );
      const text = [`import * as all from ${JSON.stringify(file)};`, ...lines];
      return { contents: text.join("\n"), resolveDir };
    });
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  chunkNames: "[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20",
  plugins: [onlyWhatIsUsed],
  define: { MVGIT_VERSION: JSON.stringify(version) },
  legalComments: "external",
  logLevel: "warning",
};

function entryPoints(entries) {
  return Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(join(root, file))));
}

/** For npm, which installs the dependencies beside it. Answers the folders of the packages that went into it. */
export async function bundle(outdir) {
  const external = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !BUNDLED.has(name));
  const { metafile } = await build({ ...common, entryPoints: entryPoints(ENTRIES), outdir, external, metafile: true });
  return packagesOf(metafile);
}

/** Folders of packages from which a bundle was made. */
function packagesOf({ inputs }) {
  const folders = Object.keys(inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].toSorted();
}

/**
 * With all of its dependencies in it, the clients of clouds included, for where no npm installs them.
 * Answers the folders of the packages that went into it.
 */
export async function bundleWhole(outdir) {
  const { index: _, ...programs } = ENTRIES;
  const { metafile } = await build({
    ...common,
    entryPoints: entryPoints(programs),
    outdir,
    external: NEVER_BUNDLED,
    plugins: [...common.plugins, namesOfCommonJs],
    // A package may have other modules for Node than for bundlers, where one of the two has no `default`.
    logOverride: { "import-is-undefined": "silent" },
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    // Packages of CommonJS ask for Node's own modules by it.
    banner: { js: 'import{createRequire as $require}from"node:module";const require=$require(import.meta.url);' },
  });
  return packagesOf(metafile);
}

/** The page of `mvgit ui`. Answers the folders of the packages that went into it. */
export async function bundlePage(outdir) {
  const { metafile } = await build({
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
    metafile: true,
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
  return packagesOf(metafile);
}
