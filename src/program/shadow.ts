/**
 * An environment of programs (of Python, of npm) at another place: what it has can be used there, and what is installed
 * or removed there leaves the first one alone.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { makeLink, makeFolder, copyFile, writeNewFile } from "../base/disk.ts";

/** Bytes of a script that is rewritten; what is larger is none. */
const SCRIPT_CAP = 64 * 1024;

/** Makes `dir` (absolute, absent, its parent there) a shadow of the environment `of` (absolute). */
export function makeShadow(of: string, dir: string): void {
  if (fs.existsSync(join(of, "pyvenv.cfg")) && platform !== "win32") return shadowVenv(of, dir);
  if (fs.existsSync(join(of, "conda-meta")) || platform === "win32") return void makeLink(dir, of, true);
  shadowModules(of, dir);
}

/**
 * Its interpreter by links, its packages by a line of a `.pth` file, and its scripts as copies that name the new place.
 */
function shadowVenv(of: string, dir: string): void {
  makeFolder(join(dir, "bin"));
  copyFile(join(of, "pyvenv.cfg"), join(dir, "pyvenv.cfg"));
  const own = ownName(of);
  for (const { name } of entries(join(of, "bin")))
    shadowProgram(join(of, "bin", name), join(dir, "bin", name), [own, of, dir]);
  for (const { name } of entries(join(of, "lib")).filter((each) => /^(?:python|pypy)/.test(each.name))) {
    const packages = join(dir, "lib", name, "site-packages");
    makeFolder(packages);
    writeNewFile(
      join(packages, "_mvgit_shadow.pth"),
      `import site; site.addsitedir(${JSON.stringify(join(of, "lib", name, "site-packages"))})\n`,
    );
  }
}

/** As what the environment was made; it may have moved since. */
function ownName(of: string): string {
  const text = readScript(join(of, "bin", "activate")) ?? "";
  return /^\s*(?:export )?VIRTUAL_ENV=["']?(\/[^"'\n]+)/m.exec(text)?.[1] ?? of;
}

function shadowProgram(from: string, to: string, [own, of, dir]: readonly [string, string, string]): void {
  const found = fs.lstatSync(from);
  if (found.isSymbolicLink()) return void makeLink(to, resolved(from));
  if (!found.isFile()) return;
  const text = readScript(from);
  const isScript = text !== null && (text.startsWith("#!") || /(?:^|\/)activate/i.test(from));
  if (!isScript) return void makeLink(to, from);
  writeNewFile(to, text.replaceAll(own, dir).replaceAll(of, dir), found.mode & 0o777);
}

/** A link that leads nowhere stays one. */
function resolved(link: string): string {
  try {
    return fs.realpathSync(link);
  } catch {
    return fs.readlinkSync(link);
  }
}

function readScript(file: string): string | null {
  try {
    return fs.statSync(file).size <= SCRIPT_CAP ? fs.readFileSync(file, "utf8") : null;
  } catch {
    return null;
  }
}

/** Folders of scopes and of programs are real ones, so that nothing is written through a link. */
function shadowModules(of: string, dir: string): void {
  makeFolder(dir);
  for (const each of entries(of)) {
    if (each.isDirectory() && (each.name.startsWith("@") || each.name === ".bin"))
      shadowModules(join(of, each.name), join(dir, each.name));
    else makeLink(join(dir, each.name), join(of, each.name));
  }
}

function entries(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
