/** What DVC's files say of its outputs: `NAME.dvc`, `dvc.lock`, and `dvc.yaml` as far as it moves them. */
import type { ForeignName } from "../foreign/name.ts";
import { isDigest } from "../foreign/name.ts";
import { readYaml, type YamlReading, type YamlValue, yamlGet, yamlList, yamlText } from "../../values/strict-yaml.ts";

/** Bytes of a `.dvc`, `dvc.lock` or `dvc.yaml` file at most. */
export const DVC_FILE_CAP = 8 * 1024 * 1024;

/** One output that can be taken over. */
export interface DvcOut {
  /** As written there: relative to the file's folder, after `wdir`; not yet checked. */
  path: string;
  name: ForeignName;
  /** A folder: then `name` is that of its listing, and what `size` says is the sum of its files. */
  isFolder: boolean;
  /** Where an imported output (`dvc import`) came from. */
  origin: { url: string; revision?: string } | null;
}

/** One that cannot, and why. */
interface DvcOddOut {
  path: string;
  reason: string;
}

export type DvcReading = { kind: "outs"; outs: DvcOut[]; odd: DvcOddOut[] } | { kind: "malformed"; reason: string };

/** Reads a `.dvc` file. */
export async function readDvcFile(text: string): Promise<DvcReading> {
  const reading = await readYaml(text);
  if (reading.kind === "malformed") return reading;
  const { value } = reading;
  if (!(value instanceof Map) || !Array.isArray(yamlGet(value, "outs")))
    return { kind: "malformed", reason: "it has no list 'outs'" };
  const origin = originOf(yamlList(value, "deps")[0]);
  return collect(yamlList(value, "outs").map((out) => readOut(out, yamlText(value, "wdir"), origin)));
}

/**
 * Reads a `dvc.lock`; `pipeline` is the `dvc.yaml` beside it, null where there is none: it may give stages another
 * folder.
 */
export async function readDvcLock(text: string, pipeline: string | null): Promise<DvcReading> {
  const reading = await readYaml(text);
  if (reading.kind === "malformed") return reading;
  const stages = yamlText(reading.value, "schema") === undefined ? reading.value : yamlGet(reading.value, "stages");
  if (stages === undefined) return { kind: "outs", outs: [], odd: [] };
  if (!(stages instanceof Map)) return { kind: "malformed", reason: "its 'stages' are not a mapping" };
  const defined = pipeline === null ? null : await readYaml(pipeline);
  const found = [...stages].flatMap(([name, stage]) =>
    yamlList(stage, "outs").map((out) => readOut(out, folderOfStage(defined, name), null)),
  );
  return collect(found);
}

/** A stage's `wdir`; of a stage made by `foreach` or `matrix` (`name@item`), that of its pattern. */
function folderOfStage(pipeline: YamlReading | null, name: string): string | undefined {
  if (pipeline?.kind !== "value") return undefined;
  const stages = yamlGet(pipeline.value, "stages");
  const stage = yamlGet(stages, name) ?? yamlGet(stages, name.split("@")[0] as string);
  return yamlText(stage, "wdir") ?? yamlText(yamlGet(stage, "do"), "wdir");
}

function originOf(dep: YamlValue | undefined): DvcOut["origin"] {
  const repository = yamlGet(dep, "repo");
  const url = yamlText(repository, "url");
  if (url !== undefined) {
    const revision = yamlText(repository, "rev_lock");
    return { url, ...(revision === undefined ? {} : { revision }) };
  }
  const path = yamlText(dep, "path");
  return path !== undefined && /^[a-z0-9+]+:\/\//.test(path) ? { url: path } : null;
}

function collect(found: readonly (DvcOut | DvcOddOut)[]): DvcReading {
  const outs = found.filter((each): each is DvcOut => "name" in each);
  const odd = found.filter((each): each is DvcOddOut => "reason" in each);
  return { kind: "outs", outs, odd };
}

function readOut(out: YamlValue, wdir: string | undefined, origin: DvcOut["origin"]): DvcOut | DvcOddOut {
  const own = yamlText(out, "path") ?? "";
  const path = wdir === undefined || wdir === "." || isElsewhere(own) ? own : `${wdir}/${own}`;
  const reason = oddity(out, path);
  if (reason !== null) return { path, reason };
  const md5 = yamlText(out, "md5") as string;
  const isFolder = md5.endsWith(".dir");
  const name = {
    algorithm: "md5" as const,
    digest: md5.slice(0, 32),
    size: sizeOf(out),
    foldsLines: yamlText(out, "hash") === undefined,
  };
  return { path, name, isFolder, origin };
}

/** Why an output is not one of bytes in DVC's cache, or null. */
function oddity(out: YamlValue, path: string): string | null {
  if (yamlText(out, "path") === undefined) return "it has no path";
  if (isElsewhere(path)) return "it lies outside of the repository";
  if (path.includes("${")) return "its folder is a template of dvc.yaml";
  if (yamlText(out, "cache") === "false") return "Git keeps it ('cache: false')";
  const hash = yamlText(out, "hash");
  if (hash !== undefined && hash !== "md5") return `it is named by '${hash}' instead of MD5`;
  const md5 = yamlText(out, "md5")?.replace(/\.dir$/, "");
  if (md5 === undefined)
    return yamlGet(out, "files") === undefined
      ? "no MD5 is recorded yet"
      : "its versions are kept by the cloud ('version_aware')";
  return isDigest("md5", md5) ? null : "its MD5 is not 32 lower-case hexadecimal characters";
}

function isElsewhere(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path) || path.startsWith("~");
}

function sizeOf(out: YamlValue): number | null {
  const text = yamlText(out, "size");
  return text !== undefined && /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : null;
}

/** A `.dvc` file as DVC 3 writes it, for a path that DVC's YAML needs no quotes for, or quoted. */
export function formatDvcFile(out: { md5: string; size: number; files?: number; path: string }): string {
  const count = out.files === undefined ? "" : `  nfiles: ${out.files}\n`;
  return (
    `outs:\n- md5: ${yamlString(out.md5)}\n  size: ${out.size}\n${count}  hash: md5\n  path: ` +
    `${yamlString(out.path)}\n`
  );
}

/** As DVC's own writer has it: plain where no YAML reader can mistake it for something else, else in quotes. */
function yamlString(text: string): string {
  const isPlain =
    /^[\p{L}_][\p{L}\p{N}_./-]*( [\p{L}\p{N}_./-]+)*$/u.test(text) &&
    !/^(null|true|false|yes|no|on|off|y|n)$/i.test(text);
  const isPlainDigest = /^[0-9a-f]+(\.dir)?$/.test(text) && /[a-df]/.test(text);
  if (isPlain || isPlainDigest) return text;
  return /^[^\p{C}\p{Zl}\p{Zp}]*$/u.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}
