/** What a conda environment holds, by the files that conda keeps of each package. */
import * as fs from "node:fs";
import { join } from "node:path";
import { readUpTo } from "../../../base/disk.ts";
import { readableNames } from "../../../base/readable-names.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Mapping } from "../../../values/document.ts";

const CAP = 32 * 1024 * 1024;
const MOST = 5000;

/**
 * `packages` (`NAME==VERSION=BUILD`), and `explicit`, the addresses with their hashes from which conda makes it anew.
 * Empty where it is none.
 */
export function condaSection(prefix: string): Mapping {
  const names = readableNames(join(prefix, "conda-meta"))
    .filter((name) => name.endsWith(".json"))
    .slice(0, MOST);
  const packages = names
    .flatMap((name) => {
      const [, each, version, build] = /^(.+)-([^-]+)-([^-]+)\.json$/.exec(name) ?? [];
      return each === undefined ? [] : [`${each}==${version}=${build}`];
    })
    .sort();
  if (packages.length === 0) return {};
  const explicit = names.flatMap((name) => addressOf(join(prefix, "conda-meta", name)) ?? []).sort();
  return {
    packages,
    blake3: hashBytes(Buffer.from(packages.join("\n"))),
    ...(explicit.length === packages.length ? { explicit } : {}),
  };
}

function addressOf(file: string): string | null {
  try {
    const bytes = fs.statSync(file).isFile() ? readUpTo(file, CAP) : null;
    if (bytes === null || bytes.length > CAP) return null;
    const { url, md5, sha256 } = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
    if (typeof url !== "string" || !/^https?:\/\/[^\0-\x20\x7f]{1,1000}$/.test(url)) return null;
    // Private channels have the token in the path.
    const plain = url
      .replace(/^(https?:\/\/)[^/?#]*@/, "$1")
      .replace(/\/t\/[^/]+\//, "/")
      .replace(/[?#].*$/, "");
    if (typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256)) return `${plain}#sha256:${sha256}`;
    return typeof md5 === "string" && /^[0-9a-f]{32}$/.test(md5) ? `${plain}#${md5}` : plain;
  } catch {
    return null;
  }
}
