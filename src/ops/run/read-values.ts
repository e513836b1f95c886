/** Files of settings and scores, read as hostile text: bounded, without aliases, tags or second documents. */
import { readUpTo } from "../../base/disk.ts";
import type { RepoPath } from "../../base/paths.ts";
import { flatten, type Lost, lostInJson, type Metrics, metricsOf, parseCsvMetrics, parseExactJson, parseLooseJson, type Params } from "../../model/recorded-values.ts";
import { parseOne } from "../../model/strict-yaml.ts";
import type { Repo } from "../../repo/repo.ts";
import { look } from "../../worktree/stamp.ts";

/** Bytes; YAML is slow to read and is written by people. */
const CAPS = { yaml: 512 * 1024, toml: 1024 * 1024, json: 8 * 1024 * 1024, csv: 64 * 1024 * 1024 };
type Format = keyof typeof CAPS;

export type Values<T> = { values: T; lost: Lost[] } | { problem: string };

function formatOf(path: string): Format | null {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  return ending === "yml" ? "yaml" : ending !== undefined && ending in CAPS ? (ending as Format) : null;
}

/** Bytes of a file, from wherever it is; null when it is not there. More than `cap` need not be read. */
export type ReadBytes = (path: RepoPath, cap: number) => Promise<Uint8Array | null>;

/** Reads files of the work tree; a link is none. */
export function fromWorkTree(repo: Repo): ReadBytes {
  return async (path, cap) => {
    const file = repo.guard.resolve(path);
    // A link could bring a private file's text into the repository.
    return look(file)?.kind === "file" ? readUpTo(file, cap) : null;
  };
}

/** The settings in a file. */
export async function readParams(bytesOf: ReadBytes, path: RepoPath): Promise<Values<Params>> {
  return read(bytesOf, path, async (format, text, lost) => (format === "csv" ? null : flatten(await parse(format, text, true), lost)));
}

/** The scores in a file. */
export async function readMetrics(bytesOf: ReadBytes, path: RepoPath): Promise<Values<Metrics>> {
  return read(bytesOf, path, async (format, text, lost) => (format === "csv" ? parseCsvMetrics(text, lost) : metricsOf(await parse(format, text, false), lost)));
}

async function read<T>(bytesOf: ReadBytes, path: RepoPath, extract: (format: Format, text: string, lost: Lost[]) => Promise<T | null>): Promise<Values<T>> {
  const format = formatOf(path);
  if (format === null) return { problem: "it ends in none of .yaml, .yml, .toml, .json, .csv" };
  const bytes = await bytesOf(path, CAPS[format]);
  if (bytes === null) return { problem: "it is no regular file, or not there" };
  if (bytes.length > CAPS[format]) return { problem: `it is larger than ${CAPS[format] / 1024} KiB` };
  try {
    const text = Buffer.from(bytes).toString("utf8").replace(/^\ufeff/, "");
    const lost: Lost[] = [];
    const values = await extract(format, text, lost);
    if (format === "json") lost.push(...lostInJson(text));
    return values === null ? { problem: "it holds no values" } : { values, lost };
  } catch (error) {
    return { problem: `it cannot be read: ${error instanceof Error ? (error.message.split("\n")[0] as string) : String(error)}` };
  }
}

async function parse(format: Exclude<Format, "csv">, text: string, exact: boolean): Promise<unknown> {
  if (format === "json") return exact ? parseExactJson(text) : parseLooseJson(text);
  if (format === "toml") return (await import("smol-toml")).parse(text, { maxDepth: 64, integersAsBigInt: "asNeeded" });
  const parsed = await parseOne(text, { schema: "core", intAsBigInt: exact });
  if ("reason" in parsed) throw new SyntaxError(parsed.reason);
  return parsed.document?.toJS({ maxAliasCount: 0 });
}
