/**
 * Builds the wheel and the sdist of Python into python/dist/: the program with all of its dependencies in it, and the
 * package `mvgit`.
 *
 *   npm run wheel                          for any platform: hashes by WebAssembly
 *   npm run wheel -- linux-x64-gnu …       and one for each of these, with their native hashes; `all` for all of them
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { bundlePage, bundleWhole, root } from "./bundle.mjs";
import { licenseExpression, licenseTexts } from "./licenses.mjs";

/** What npm and what Python call a platform; glibc's has the oldest version that will do, which is looked at. */
const PLATFORMS = {
  "linux-x64-gnu": "manylinux_2_17_x86_64.manylinux2014_x86_64",
  "linux-arm64-gnu": "manylinux_2_17_aarch64.manylinux2014_aarch64",
  "linux-x64-musl": "musllinux_1_2_x86_64",
  "linux-arm64-musl": "musllinux_1_2_aarch64",
  "darwin-x64": "macosx_10_15_x86_64",
  "darwin-arm64": "macosx_11_0_arm64",
  "win32-x64-msvc": "win_amd64",
  "win32-arm64-msvc": "win_arm64",
};
const NATIVE = ["@napi-rs/blake-hash", "@node-rs/crc32"];

const python = join(root, "python");
const program = join(python, "src/mvgit/_program");
const asked = process.argv.slice(2);
const platforms = asked.includes("all") ? Object.keys(PLATFORMS) : asked;
const unknown = platforms.find((platform) => !(platform in PLATFORMS));
if (unknown !== undefined) throw new Error(`no platform is called '${unknown}': ${Object.keys(PLATFORMS).join(", ")}`);

rmSync(join(python, "dist"), { recursive: true, force: true });
try {
  await layOut();
  build("wheel", "sdist");
  for (const platform of platforms) {
    addNative(platform);
    build("wheel");
  }
} finally {
  removeNative();
}

/** The program as it stands in any wheel. */
async function layOut() {
  rmSync(program, { recursive: true, force: true });
  const packages = [...(await bundleWhole(join(program, "dist"))), ...(await bundlePage(join(program, "dist/page")))];
  for (const name of ["bin", "hooks", "package.json"])
    cpSync(join(root, name), join(program, name), { recursive: true });
  const wasm = "node_modules/blake3-wasm";
  for (const name of ["package.json", "LICENSE", "dist/index.js", "dist/node", "dist/base", "dist/wasm/nodejs"])
    cpSync(join(root, wasm, name), join(program, wasm, name), {
      recursive: true,
      filter: (path) => !/(?:\.map|\.d\.ts|[.-]test\.js|test-helpers\.js)$/.test(path),
    });
  const native = NATIVE.map((name) => `node_modules/${name}`);
  const all = [...new Set([...packages, wasm, ...native])].toSorted();
  copyFileSync(join(root, "LICENSE"), join(python, "LICENSE"));
  writeFileSync(join(python, "THIRD-PARTY-LICENSES"), licenseTexts(all));
  writeFileSync(join(program, "SPDX"), `${licenseExpression(all)}\n`);
}

/** The native parts of one platform, in the versions of the lock file. */
function addNative(platform) {
  removeNative();
  const names = NATIVE.flatMap((each) => [each, `${each}-${platform}`]);
  const scratch = mkdtempSync(join(tmpdir(), "mvgit-wheel-"));
  try {
    const isHere = names.every((name) => versionOf(join(root, "node_modules", name)) === locked(name).version);
    if (!isHere) fetchParts(names, platform, scratch);
    for (const name of names)
      cpSync(join(isHere ? root : scratch, "node_modules", name), join(program, "node_modules", name), {
        recursive: true,
        filter: (path) => {
          if (path.endsWith(".node")) lookAtGlibc(path, platform);
          return !/\.(md|d\.ts)$/.test(path);
        },
      });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeFileSync(join(program, "PLATFORM"), `${PLATFORMS[platform]}\n`);
}

function versionOf(folder) {
  const file = join(folder, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : undefined;
}

/** What the lock file says of a package. */
function locked(name) {
  return JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages[`node_modules/${name}`];
}

/** Into a folder without anything else, by npm, which holds them against the sums of the lock file. */
function fetchParts(names, platform, folder) {
  // What is optional may be of another platform than npm's own.
  const wanted = { name: "parts", version: "1.0.0", optionalDependencies: {} };
  const packages = { "": wanted };
  for (const name of names) {
    const { optionalDependencies: _, ...entry } = locked(name);
    wanted.optionalDependencies[name] = entry.version;
    packages[`node_modules/${name}`] = { ...entry, optional: true };
  }
  const lock = { name: "parts", version: "1.0.0", lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, "package.json"), JSON.stringify(wanted));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  const [os, cpu, libc] = platform.split("-");
  const which = [`--os=${os}`, `--cpu=${cpu}`];
  if (os === "linux") which.push(`--libc=${libc === "musl" ? "musl" : "glibc"}`);
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...which];
  execFileSync("npm", args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

/** Throws where a native part asks for a newer glibc than its wheel says. */
function lookAtGlibc(file, platform) {
  if (!platform.endsWith("-gnu")) return;
  const most = Number(/manylinux_2_(\d+)/.exec(PLATFORMS[platform])[1]);
  const asked = readFileSync(file, "latin1").matchAll(/GLIBC_2\.(\d+)/g);
  const newest = Math.max(...[...asked].map(([, minor]) => Number(minor)));
  if (newest > most) throw new Error(`'${file}' asks for glibc 2.${newest}, and its wheel says 2.${most}`);
}

function removeNative() {
  for (const name of NATIVE) rmSync(join(program, "node_modules", dirname(name)), { recursive: true, force: true });
  rmSync(join(program, "PLATFORM"), { force: true });
}

/** By the first Python that there is. */
function build(...kinds) {
  mkdirSync(join(python, "dist"), { recursive: true });
  const names = process.platform === "win32" ? ["py", "python"] : ["python3", "python"];
  for (const name of names) {
    try {
      execFileSync(name, [join(python, "backend.py"), join(python, "dist"), ...kinds], { stdio: "inherit" });
      return;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`there is no Python here (${names.map((name) => basename(name)).join(", ")})`);
}
