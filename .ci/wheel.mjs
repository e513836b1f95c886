/**
 * Builds the wheel and the sdist of Python into python/dist/: the program with all of its dependencies in it, and the
 * package `mvgit`.
 *
 *   npm run wheel                          for any platform: hashes by WebAssembly
 *   npm run wheel -- linux-x64-gnu …       and one for each of these, with their native hashes; `all` for all of them
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { bundlePage, bundleWhole, root } from "./bundle.mjs";

/** What npm and what Python call a platform. glibc's is the oldest that the native parts ask for, or that of pip's choice. */
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
  const packages = await bundleWhole(join(program, "dist"));
  await bundlePage(join(program, "dist/page"));
  for (const name of ["bin", "hooks", "package.json"])
    cpSync(join(root, name), join(program, name), { recursive: true });
  copyFileSync(join(root, "LICENSE"), join(python, "LICENSE"));
  const wasm = "node_modules/blake3-wasm";
  for (const name of ["package.json", "LICENSE", "dist/index.js", "dist/node", "dist/base", "dist/wasm/nodejs"])
    if (existsSync(join(root, wasm, name)))
      cpSync(join(root, wasm, name), join(program, wasm, name), {
        recursive: true,
        filter: (path) => !/\.(map|d\.ts|test\.js)$/.test(path),
      });
  writeFileSync(join(program, "THIRD-PARTY-LICENSES"), licenses([...packages, wasm]));
}

/** The licenses of what was put into the program, each with its text. */
function licenses(folders) {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
      const text = file === undefined ? "" : `\n\n${readFileSync(join(root, folder, file), "utf8").trim()}`;
      return `${name} ${version}: ${license ?? "see its text"}${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** The native parts of one platform, as the lock file names them; npm holds them against its sums. */
function addNative(platform) {
  removeNative();
  const [os, cpu, libc] = platform.split("-");
  const scratch = mkdtempSync(join(tmpdir(), "mvgit-wheel-"));
  try {
    for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(root, name), join(scratch, name));
    const which = [
      `--os=${os}`,
      `--cpu=${cpu}`,
      ...(os === "linux" ? [`--libc=${libc === "musl" ? "musl" : "glibc"}`] : []),
    ];
    const args = [
      "ci",
      "--omit=dev",
      "--omit=peer",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--silent",
      ...which,
    ];
    execFileSync("npm", args, { cwd: scratch, stdio: "inherit", shell: process.platform === "win32" });
    for (const name of NATIVE.flatMap((each) => [each, `${each}-${platform}`])) {
      const from = join(scratch, "node_modules", name);
      cpSync(from, join(program, "node_modules", name), {
        recursive: true,
        filter: (path) => !/\.(md|d\.ts)$/.test(path),
      });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeFileSync(join(program, "PLATFORM"), `${PLATFORMS[platform]}\n`);
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
