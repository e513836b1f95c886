/** Lists of exact packages that tools keep beside the code: hashed, and read as `name==version`. */
import { join, relative, sep } from "node:path";
import { readUpTo } from "../../../base/disk.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Mapping } from "../../../values/document.ts";
import * as fs from "node:fs";

const CAP = 16 * 1024 * 1024;
/** Packages that are listed of one file. */
const MOST = 5000;

interface Kind {
  pattern: RegExp;
  python: boolean;
  list(text: string): string[];
}

const tomlPackages = (text: string): string[] =>
  [...text.matchAll(/^\[\[package\]\]\s*\nname = "([^"]+)"\s*\nversion = "([^"]+)"/gm)].map(
    ([, name, version]) => `${name}==${version}`,
  );

const KINDS: readonly Kind[] = [
  { pattern: /^(uv|poetry|pdm)\.lock$/, python: true, list: tomlPackages },
  {
    pattern: /^requirements[A-Za-z0-9._-]*\.txt$/,
    python: true,
    list: (text) =>
      [...text.matchAll(/^([A-Za-z0-9._-]+)(?:\[[^\]\n]*\])?==([^\s;#\\]+)/gm)].map(
        ([, name, version]) => `${name}==${version}`,
      ),
  },
  { pattern: /^(conda-lock\.yml|environment\.ya?ml|Pipfile\.lock)$/, python: true, list: () => [] },
  { pattern: /^(package-lock|npm-shrinkwrap)\.json$/, python: false, list: npmPackages },
  { pattern: /^(pnpm-lock\.yaml|yarn\.lock)$/, python: false, list: () => [] },
];

function npmPackages(text: string): string[] {
  try {
    const { packages } = JSON.parse(text) as { packages?: Record<string, { version?: unknown }> };
    return Object.entries(packages ?? {}).flatMap(([path, { version }]) =>
      path.includes("node_modules/") && typeof version === "string"
        ? [`${path.slice(path.lastIndexOf("node_modules/") + 13)}==${version}`]
        : [],
    );
  } catch {
    return [];
  }
}

/**
 * Those of the folder where the command starts, and of the top. `withPython`: list Python's packages too, which nobody
 * else told.
 */
export function lockFiles(
  { cwd, top }: { cwd: string; top: string },
  { withPython }: { withPython: boolean },
): Mapping[] {
  return [...new Set([cwd, top])].flatMap((folder) =>
    namesIn(folder).flatMap((name) => {
      const kind = KINDS.find((each) => each.pattern.test(name));
      const bytes = kind ? safeRead(join(folder, name)) : null;
      if (!kind || bytes === null) return [];
      const packages = kind.python && !withPython ? [] : [...new Set(kind.list(bytes.toString("utf8")))].sort();
      const listed = packages.length === 0 ? {} : { packages: packages.slice(0, MOST) };
      return [{ path: relative(top, join(folder, name)).split(sep).join("/"), blake3: hashBytes(bytes), ...listed }];
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => each.name)
      .sort();
  } catch {
    return [];
  }
}

function safeRead(file: string): Buffer | null {
  try {
    const bytes = readUpTo(file, CAP);
    return bytes !== null && bytes.length <= CAP ? bytes : null;
  } catch {
    return null;
  }
}
