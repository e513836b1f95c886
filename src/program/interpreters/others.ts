/** What Node and R have installed, read from what their installers leave; nothing is imported or run. */
import * as fs from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { readableNames } from "../../base/readable-names.ts";
import type { PackageOrigin, RecordedPackage } from "../../values/environment-record.ts";
import type { Environment } from "../find.ts";

const LOCK_CAP = 64 * 1024 * 1024;
const DESCRIPTION_CAP = 256 * 1024;
const MOST_PACKAGES = 10_000;

/** What npm notes of the `node_modules` that is nearest to the folder, from there upwards; null where there is none. */
export function readNodePackages(folder: string): RecordedPackage[] | null {
  for (let at = folder; ; at = dirname(at)) {
    const found = readHiddenLock(join(at, "node_modules", ".package-lock.json"));
    if (found !== null || dirname(at) === at) return found;
  }
}

function readHiddenLock(file: string): RecordedPackage[] | null {
  try {
    const bytes = readUpTo(file, LOCK_CAP);
    if (bytes === null || bytes.length > LOCK_CAP) return null;
    const { packages } = JSON.parse(bytes.toString("utf8")) as {
      packages?: Record<string, { version?: unknown; resolved?: unknown; link?: unknown } | null>;
    };
    const rows = Object.entries(packages ?? {})
      .slice(0, MOST_PACKAGES)
      .flatMap(([path, each]) => {
        const name = path.slice(path.lastIndexOf("node_modules/") + 13);
        if (
          typeof each?.version !== "string" ||
          !/^[\x21-\x7e]{1,100}$/.test(each.version) ||
          !/^(?:@[a-z0-9._~-]+\/)?[A-Za-z0-9._~-]{1,200}$/.test(name)
        )
          return [];
        return [{ name, version: each.version, files: null, origin: gitOrigin(each.resolved), installer: "npm" }];
      });
    return rows
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .filter((each, at, all) => each.name !== all[at - 1]?.name);
  } catch {
    return null;
  }
}

function gitOrigin(resolved: unknown): PackageOrigin | null {
  const match =
    typeof resolved === "string"
      ? /^git\+([a-z]+:\/\/)(?:[^/?#@]*@)?([^#?\s]{1,1000})(?:\?[^#]*)?#([0-9a-f]{40})$/.exec(resolved)
      : null;
  return match
    ? { kind: "vcs", url: `${match[1]}${match[2]}`, vcs: "git", commit: match[3] as string, hash: null }
    : null;
}

/** R's own folder, by what its process was started with, or where its program lies. */
function rHome(exe: string, env: Environment): string {
  return env["R_HOME"] ?? exe.replace(/\/bin\/exec\/R$/, "");
}

/** Its version by its base package, and the packages of its libraries; those of the user come first, as for R. */
export function readR(exe: string, env: Environment): { version: string; packages: RecordedPackage[] } {
  const own = join(rHome(exe, env), "library");
  const folders = [
    ...["R_LIBS", "R_LIBS_USER", "R_LIBS_SITE"].flatMap((name) => (env[name] ?? "").split(delimiter)),
    own,
  ].filter((folder) => folder.startsWith("/"));
  const found = new Map<string, RecordedPackage>();
  for (const file of [...new Set(folders)]
    .flatMap((folder) => readableNames(folder).map((name) => join(folder, name, "DESCRIPTION")))
    .slice(0, MOST_PACKAGES)) {
    const facts = readDescription(file);
    const [name = "", version = ""] = [facts["Package"], facts["Version"]];
    if (!/^[A-Za-z0-9.]{1,100}$/.test(name) || !/^[0-9A-Za-z.-]{1,100}$/.test(version) || found.has(name)) continue;
    const commit = facts["RemoteSha"];
    const url =
      facts["RemoteUrl"] ??
      (facts["RemoteType"] === "github"
        ? `https://github.com/${facts["RemoteUsername"]}/${facts["RemoteRepo"]}`
        : undefined);
    const origin: PackageOrigin | null =
      url !== undefined && commit !== undefined && /^[0-9a-f]{7,64}$/.test(commit)
        ? { kind: "vcs", url: url.replace(/\/\/[^/@]*@/, "//").slice(0, 1000), vcs: "git", commit, hash: null }
        : null;
    found.set(name, { name, version, files: null, origin, installer: null });
  }
  return {
    version: readDescription(join(own, "base", "DESCRIPTION"))["Version"] ?? "",
    packages: [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function readDescription(file: string): Record<string, string> {
  try {
    const bytes = fs.statSync(file).isFile() ? readUpTo(file, DESCRIPTION_CAP) : null;
    const lines = (bytes?.toString("utf8", 0, DESCRIPTION_CAP) ?? "")
      .split("\n")
      .map((line) => /^([A-Za-z]{1,40}):[ \t]*(.*?)\s*$/.exec(line))
      .filter((each) => each !== null);
    return Object.fromEntries(lines.map(([, name, value]) => [name as string, value as string]));
  } catch {
    return {};
  }
}
