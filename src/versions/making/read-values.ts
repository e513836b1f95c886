/** Files of settings and scores, read as hostile text: bounded in bytes, depth and in what aliases stand for. */
import { isUtf8 } from "node:buffer";
import { readUpTo } from "../../base/disk.ts";
import type { RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import {
  flatten,
  type Lost,
  lostInJson,
  type Metrics,
  metricsOf,
  parseCsvMetrics,
  parseExactJson,
  parseLooseJson,
  type Params,
} from "../../values/recorded-values.ts";
import { readEnv, readIni, withoutComments } from "../../values/plain-settings.ts";
import { readSettingsYaml } from "../../values/strict-yaml.ts";
import type { Repo } from "../../repo/repo.ts";
import { look } from "../../worktree/stamp.ts";

/** Bytes; YAML is slow to read and is written by people. */
const CAPS = {
  yaml: 512 * 1024,
  toml: 1024 * 1024,
  json: 8 * 1024 * 1024,
  csv: 64 * 1024 * 1024,
  ini: 256 * 1024,
  env: 64 * 1024,
};
export type Format = keyof typeof CAPS;
const ENDINGS: Readonly<Record<string, Format>> = { yml: "yaml", jsonc: "json", cfg: "ini", conf: "ini" };
/** Endings of what settings, and scores, are read from. */
export const PARAM_ENDINGS = ".yaml, .yml, .toml, .json, .jsonc, .ini, .cfg, .conf, .env";
export const METRIC_ENDINGS = ".yaml, .yml, .toml, .json, .jsonl, .csv";

export type Values<T> = { values: T; lost: Lost[] } | { problem: string };

/** By the name's ending; null for any other. */
export function formatOf(path: string): Format | null {
  if (/(?:^|[/\\])\.env(?:\.[\w-]+)?$/.test(path)) return "env";
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  if (Object.hasOwn(ENDINGS, ending)) return ENDINGS[ending] as Format;
  return Object.hasOwn(CAPS, ending) ? (ending as Format) : null;
}

/** Whether a file of scores is a log: one JSON object a line, as programs write them to MVGIT_LOG. */
export function isLogName(path: string): boolean {
  return /\.(?:jsonl|ndjson)$/i.test(path);
}

/** Whether settings, or scores, can be read from a file of this name. */
export function isReadable(path: string, what: "params" | "metrics"): boolean {
  if (what === "metrics" && isLogName(path)) return true;
  const format = formatOf(path);
  return format !== null && (what === "params" ? format !== "csv" : format !== "ini" && format !== "env");
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
  return read(bytesOf, path, PARAM_ENDINGS, async (format, text, lost) =>
    format === "csv" ? null : withVariables(flatten(await parse(format, text, { exact: true, lost }), lost), lost),
  );
}

/** The same settings; those that a variable of the run decides (`${oc.env:LR}`) are told. */
function withVariables(params: Params, lost: Lost[]): Params {
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === "string" && /\$\{(?:oc\.)?env[:.]/.test(value))
      lost.push({ name, why: "takes a variable of the run, whose value is not recorded" });
  }
  return params;
}

/** The scores in a file. */
export async function readMetrics(bytesOf: ReadBytes, path: RepoPath): Promise<Values<Metrics>> {
  return read(bytesOf, path, METRIC_ENDINGS, async (format, text, lost) =>
    format === "csv" ? parseCsvMetrics(text, lost) : metricsOf(await parse(format, text, { exact: false, lost }), lost),
  );
}

async function read<T>(
  bytesOf: ReadBytes,
  path: RepoPath,
  endings: string,
  extract: (format: Format, text: string, lost: Lost[]) => Promise<T | null>,
): Promise<Values<T>> {
  const format = formatOf(path);
  if (format === null) return { problem: `it ends in none of ${endings}` };
  const bytes = await bytesOf(path, CAPS[format]);
  if (bytes === null) return { problem: "it is no regular file, or not there" };
  if (bytes.length > CAPS[format]) return { problem: `it is larger than ${CAPS[format] / 1024} KiB` };
  try {
    // Of a table of scores only names could suffer.
    if (format !== "csv" && !isUtf8(bytes)) return { problem: "it is no text in UTF-8" };
    const text = Buffer.from(bytes)
      .toString("utf8")
      .replace(/^\ufeff/, "");
    const lost: Lost[] = [];
    const values = await extract(format, text, lost);
    if (format === "json") lost.push(...lostInJson(text));
    return values === null ? { problem: "it holds no values" } : { values, lost };
  } catch (error) {
    return {
      problem: prose`it cannot be read:
          ${error instanceof Error ? (error.message.split("\n")[0] as string) : String(error)}`,
    };
  }
}

async function parse(
  format: Exclude<Format, "csv">,
  text: string,
  { exact, lost }: { exact: boolean; lost: Lost[] },
): Promise<unknown> {
  if (format === "ini") return Object.fromEntries(readIni(text));
  if (format === "env") return Object.fromEntries(readEnv(text, lost));
  if (format === "json") return parseJson(text, exact ? parseExactJson : parseLooseJson);
  if (format === "toml") return (await import("smol-toml")).parse(text, { maxDepth: 64, integersAsBigInt: "asNeeded" });
  const parsed = await readSettingsYaml(text, { exact });
  if ("reason" in parsed) throw new SyntaxError(parsed.reason);
  if (parsed.ambiguous.length > 0)
    lost.push({
      name: parsed.ambiguous.slice(0, 5).join("', '"),
      why: prose`${parsed.ambiguous.length === 1 ? "is" : "are"} not the same in YAML 1.1 (PyYAML) and in 1.2, and
          kept as text`,
    });
  for (const tag of parsed.tags)
    lost.push({ name: tag, why: "is a tag that only its program knows, and was passed over" });
  return parsed.value;
}

/** JSON; where it is none, JSON with comments and last commas. */
function parseJson(text: string, parser: (text: string) => unknown): unknown {
  try {
    return parser(text);
  } catch (error) {
    const bare = withoutComments(text);
    if (bare === text) throw error;
    return parser(bare);
  }
}
