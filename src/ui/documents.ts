/**
 * The documents that the page reads, once: for the server, and for an export to files. Each is what a command prints
 * with `--json`, under a path without a query, so that a web server of files answers the same. What only a live server
 * can tell stands here too, and is marked.
 */
import { toDocument } from "../base/as-document.ts";
import { MvgitError } from "../base/errors.ts";
import { asLabel, asModelName, formatLabel, type ModelName } from "../values/label.ts";
import { isRunId } from "../values/run-record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Repo } from "../repo/repo.ts";

/** What documents are made of. */
export interface Source {
  registry(): Promise<Registry>;
  /** The clone; throws `not-a-repository` where there is no work tree, or no git program. */
  repo(): Promise<Repo>;
}

/** What stands between braces in a path, and what it is read as. */
interface Kinds {
  model: ModelName;
  /** `MODEL@vN`. */
  label: string;
  /** Two. */
  pair: readonly [string, string];
  /** Three to twenty. */
  labels: readonly string[];
  run: string;
}

const READERS: { [K in keyof Kinds]: (text: string) => Kinds[K] | null } = {
  model: asModelName,
  label: asVersionLabel,
  pair: (text) => {
    const [a, b, ...more] = labelsIn(text) ?? [];
    return a !== undefined && b !== undefined && more.length === 0 ? [a, b] : null;
  },
  labels: (text) => {
    const all = labelsIn(text) ?? [];
    return all.length > 2 && all.length <= MOST_COMPARED ? all : null;
  },
  run: (text) => (isRunId(text) ? text : null),
};
const MOST_COMPARED = 20;

function asVersionLabel(text: string): string | null {
  try {
    const label = asLabel(text);
    return label?.kind === "version" && formatLabel(label) === text ? text : null;
  } catch {
    return null;
  }
}

function labelsIn(text: string): string[] | null {
  const all = text.split("..").map(asVersionLabel);
  return all.every((each) => each !== null) ? all : null;
}

type Named<P extends string> = P extends `${string}{${infer K extends keyof Kinds}}${infer Rest}`
  ? { [name in K]: Kinds[name] } & Named<Rest>
  : unknown;

interface Row {
  path: string;
  /** Of the command whose document it is. */
  command: string;
  /** `refs`: the same as long as refs and settings are; `live`: only a server has it; "": made anew each time. */
  rests: "refs" | "live" | "";
  make(source: Source, at: Partial<Kinds>, query: URLSearchParams): Promise<object>;
}

function row<const P extends string>(
  path: P,
  [command, rests]: [string, Row["rests"]],
  make: (source: Source, at: Named<P>, query: URLSearchParams) => Promise<object>,
): Row {
  return { path, command, rests, make: (source, at, query) => make(source, at as Named<P>, query) };
}

const ALL = Number.MAX_SAFE_INTEGER;
const loadLive = (): Promise<typeof import("./live-documents.ts")> => import("./live-documents.ts");

/** A new document is a row here. */
const DOCUMENTS: readonly Row[] = [
  row("data/models.json", ["models", "refs"], async (source) => (await source.registry()).models()),
  row("data/log/{model}.json", ["log", "refs"], async (source, { model }) =>
    (await source.registry()).log({ model, most: ALL, retracted: true }),
  ),
  row("data/curves/{label}.json", ["show", "refs"], async (source, { label }) =>
    (await source.registry()).curves(label),
  ),
  row("data/show/{label}.json", ["show", "refs"], async (source, { label }) => (await source.registry()).show(label)),
  row("data/artifacts/{label}.json", ["show", ""], async (source, { label }) =>
    (await source.registry()).artifacts(label),
  ),
  row("data/lineage/{label}.json", ["lineage", "refs"], async (source, { label }) =>
    (await source.registry()).lineage(label),
  ),
  row("data/compare/{pair}.json", ["compare", ""], async (source, { pair }) => (await source.registry()).compare(pair)),
  row("data/patch/{pair}.json", ["compare", "refs"], async (source, { pair }) => (await source.registry()).patch(pair)),
  row("data/compare/{labels}.json", ["compare", "refs"], async (source, { labels }) =>
    (await source.registry()).compareAll(labels),
  ),
  row("data/history/{model}.json", ["history", "refs"], async (source, { model }) =>
    (await source.registry()).history({ model }),
  ),
  row("data/stages.json", ["stages", "refs"], async (source) => (await source.registry()).stages()),
  row("data/index.json", ["explain", ""], async (source) => (await source.registry()).index()),
  row("data/explain.json", ["explain", "live"], async (source, _, query) =>
    (await source.registry()).explain(textOf(query)),
  ),
  row("data/runs.json", ["runs", "live"], async (source) => (await loadLive()).listRuns(await source.repo())),
  row("data/runs/{run}.json", ["runs show", "live"], async (source, { run }) =>
    (await loadLive()).oneRun(await source.repo(), run),
  ),
  row("data/runs/{run}/curves.json", ["runs show", "live"], async (source, { run }, query) =>
    (await loadLive()).curvesOfRun(await source.repo(), run, query.get("after") ?? ""),
  ),
  row("data/runs/{run}/output.json", ["runs show", "live"], async (source, { run }) =>
    (await loadLive()).outputOfRun(await source.repo(), run),
  ),
  row("data/clone.json", ["ui", "live"], async (source) => (await loadLive()).cloneDocument(await source.repo())),
];

/** Letters of what is asked to be explained. */
const LONGEST_TEXT = 64 * 1024;

function textOf(query: URLSearchParams): string {
  const text = query.get("text") ?? "";
  if (text.trim() !== "" && text.length <= LONGEST_TEXT) return text;
  throw new MvgitError("usage", text.trim() === "" ? "there is nothing to explain" : "that is too long to explain", {
    hint: "give a receipt, a hash, a commit or a label",
  });
}

export interface Found {
  rests: Row["rests"];
  /** The document's text. Throws what the command throws. */
  make(source: Source): Promise<string>;
}

/** The document of a path as it is asked for (percent-encoded, no slash at its beginning); null where there is none. */
export function documentAt(path: string, query: URLSearchParams = new URLSearchParams()): Found | null {
  const names = decodedPath(path);
  if (names === null) return null;
  for (const found of DOCUMENTS) {
    const at = match(found.path.split("/"), names);
    if (at === null) continue;
    const make = async (source: Source): Promise<string> =>
      toDocument(found.command, await found.make(source, at, query));
    return { rests: found.rests, make };
  }
  return null;
}

/** The names of a path, each decoded by itself; null where one could lead elsewhere. */
export function decodedPath(path: string): string[] | null {
  const names: string[] = [];
  for (const each of path.split("/")) {
    try {
      const name = decodeURIComponent(each);
      if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) return null;
      names.push(name);
    } catch {
      return null;
    }
  }
  return names;
}

function match(pattern: readonly string[], names: readonly string[]): Partial<Kinds> | null {
  if (pattern.length !== names.length) return null;
  const at: Partial<Kinds> = {};
  for (const [index, wanted] of pattern.entries()) {
    const name = names[index] as string;
    const [, kind, end = ""] = /^\{(\w+)\}(.*)$/.exec(wanted) ?? [];
    if (kind === undefined && name !== wanted) return null;
    if (kind === undefined) continue;
    if (!name.endsWith(end)) return null;
    const value = READERS[kind as keyof Kinds](name.slice(0, name.length - end.length));
    if (value === null) return null;
    Object.assign(at, { [kind]: value });
  }
  return at;
}
