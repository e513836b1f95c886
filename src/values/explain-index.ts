/**
 * From a receipt, a hash, a commit, a label or a move to versions, without a repository: by the index that a static
 * export of the pages carries. Answers as `Registry.explain` does, of what the index has.
 */
import { MvgitError } from "../base/errors.ts";
import {
  ambiguous,
  bytesWord,
  commitWord,
  emptied,
  isDocument,
  meaningless,
  noReceipt,
  otherPackage,
  readDocumentOf,
  readHashText,
  readLabelText,
  readMoveText,
  shownBytes,
  shownCommit,
  sourceWord,
} from "./explain-text.ts";
import type { Found, Match } from "./found.ts";
import type { Hash } from "./hash.ts";
import { formatLabel, type Label, type ModelName, type StageName } from "./label.ts";
import type { Receipt } from "./receipt.ts";

/** The document `data/index.json`. */
export interface ExplainIndex {
  /** The newest first. */
  versions: IndexedVersion[];
  /** Files of the folders that versions are made of, by the folder's hash: name inside the folder, and hash. */
  folders: Record<string, readonly (readonly [path: string, hash: string])[]>;
  /** Folders whose files are not in `folders`: their list was out of reach, or the index would have got too large. */
  foldersLeftOut: number;
}

export interface IndexedVersion {
  model: ModelName;
  version: number;
  commit: string;
  packageHash: Hash;
  weights: IndexedFile[];
  data: IndexedFile[];
  /** Present where it was withdrawn: it answers to its number and its bytes, and `@latest` passes it over. */
  isRetracted?: true;
}

/** A tracked file or folder. */
export interface IndexedFile {
  path: string;
  hash: Hash;
  /** What imported bytes were called before. */
  sha256?: string;
  md5?: string;
}

/** A move of a stage, as far as it is needed here. */
interface IndexedMove {
  stage: StageName;
  event: number;
  version: number | null;
}

/** An index, and the moves of a model's stages, which are asked for where a text names a stage or a move. */
export interface Indexed {
  index: ExplainIndex;
  moves(model: ModelName): Promise<readonly IndexedMove[]>;
}

/**
 * The versions that the text belongs to; none is an answer too. Throws `usage` for what means nothing or several
 * things, `label-unknown` for a label that is not in the index, `version-damaged` where a receipt names another package
 * than the version's.
 */
export async function explainIn(indexed: Indexed, text: string): Promise<Found> {
  if (!isDocument(text)) return findNamed(indexed, text.trim());
  const { receipt, named } = readDocumentOf(text);
  if (receipt !== null) return { what: "this receipt", matches: [matchOfReceipt(indexed, receipt)] };
  if (named !== null) return findNamed(indexed, named);
  throw noReceipt();
}

async function findNamed(indexed: Indexed, text: string): Promise<Found> {
  const named = (await asMove(indexed, text)) ?? (await asLabel(indexed, text));
  if (named !== null) return named;
  const tried = [asHash(indexed.index, text), asCommit(indexed.index, text)].filter((each) => each !== null);
  const found = tried.find(({ matches }) => matches.length > 0);
  if (found !== undefined) return found;
  if (tried.length > 0) return { what: tried.map(({ what }) => what).join(", nor of "), matches: [] };
  throw meaningless(text);
}

function matchOfReceipt({ index }: Indexed, receipt: Receipt): Match {
  const { model, version, stage, event } = receipt;
  const found = versionOf(index, model, version);
  if (found.packageHash !== receipt.package) throw otherPackage(`${model}@v${version}`, receipt, found.packageHash);
  const by = stage === undefined || event === undefined ? {} : { event: { stage, number: event } };
  return { model, version, as: "receipt", ...by };
}

/** Throws `label-unknown`. */
function versionOf(index: ExplainIndex, model: ModelName, version: number): IndexedVersion {
  const found = index.versions.find((each) => each.model === model && each.version === version);
  if (found === undefined) throw unknown(`${model}@v${version}`);
  return found;
}

function unknown(label: string): MvgitError {
  return new MvgitError("label-unknown", `'${label}' is not among what these pages were made of`, {
    subject: label,
    hint: "look at the list of models; whoever has the repository can ask 'mvgit explain', which sees all of it",
  });
}

async function asMove({ index, moves }: Indexed, text: string): Promise<Found | null> {
  const read = readMoveText(text);
  if (read === null) return null;
  const { model, stage, number } = read;
  const what = `move ${text.replace("refs/tags/", "")}`;
  const found = (await moves(model)).find((each) => each.stage === stage && each.event === number);
  if (found === undefined) return { what, matches: [] };
  if (found.version === null) throw emptied(text, what, `${model}#${stage}`);
  const { version } = versionOf(index, model, found.version);
  return { what, matches: [{ model, version, as: "event", event: { stage, number } }] };
}

async function asLabel(indexed: Indexed, text: string): Promise<Found | null> {
  const label = readLabelText(text);
  if (label === null) return null;
  const version = await heldBy(indexed, label);
  if (version === null) throw unknown(formatLabel(label));
  const { model } = versionOf(indexed.index, label.model, version);
  return { what: formatLabel(label), matches: [{ model, version, as: "label" }] };
}

async function heldBy({ index, moves }: Indexed, label: Label): Promise<number | null> {
  if (label.kind === "version") return label.version;
  if (label.kind === "latest") {
    const all = index.versions.filter(({ model, isRetracted }) => model === label.model && isRetracted !== true);
    return all.length === 0 ? null : Math.max(...all.map(({ version }) => version));
  }
  const of = (await moves(label.model)).filter(({ stage }) => stage === label.stage);
  const newest = of.reduce<IndexedMove | null>((a, b) => (a !== null && a.event > b.event ? a : b), null);
  return newest?.version ?? null;
}

function asHash(index: ExplainIndex, text: string): Found | null {
  const read = readHashText(text);
  if (read === null) return null;
  const { scheme, digits } = read;
  const isBytes = scheme === "" || scheme === "blake3";
  const full = isBytes ? hashesStarting(index, digits) : [];
  if (scheme === "" && full.length > 0 && digits.length < 64) refuseCommit(index, text, { digits, full });
  if (full.length > 1) throw ambiguous(text, shownBytes(full, digits));
  const [only = null] = full;
  if (only !== null) return { what: bytesWord(only), matches: bytesMatches(index, only) };
  const sources = scheme === "blake3" ? [] : sourceMatches(index, digits, scheme);
  return { what: sources.length > 0 ? sourceWord(digits) : bytesWord(digits), matches: sources };
}

/** Of packages, weights and data; of a whole hash also one inside their folders. */
function hashesStarting({ versions, folders }: ExplainIndex, start: string): Hash[] {
  const named = versions.flatMap(({ packageHash, weights, data }) => [
    packageHash,
    ...[...weights, ...data].map(({ hash }) => hash),
  ]);
  const found = [...new Set(named.filter((hash) => hash.startsWith(start)))];
  if (found.length > 0 || start.length < 64) return found;
  return Object.values(folders).some((files) => files.some(([, hash]) => hash === start)) ? [start as Hash] : [];
}

/** Throws `usage` where the digits begin a version's commit as well. */
function refuseCommit(
  { versions }: ExplainIndex,
  text: string,
  { digits, full }: { digits: string; full: readonly Hash[] },
): void {
  const commit = versions.find((each) => each.commit.startsWith(digits))?.commit;
  if (commit !== undefined) throw ambiguous(text, [...shownBytes(full, digits), shownCommit(commit, digits)]);
}

/** As `Registry.explain`: what names it itself, else weights whose folders have it, else data. */
function bytesMatches(index: ExplainIndex, hash: Hash): Match[] {
  const direct = index.versions.flatMap((each): Match[] => {
    const of = { model: each.model, version: each.version };
    if (each.packageHash === hash) return [{ ...of, as: "package" }];
    const weights = each.weights.find((file) => file.hash === hash);
    if (weights) return [{ ...of, as: "weights", path: weights.path }];
    const data = each.data.find((file) => file.hash === hash);
    return data ? [{ ...of, as: "data", path: data.path }] : [];
  });
  if (direct.length > 0) return direct;
  const weights = insideFolders(index, hash, "weights");
  return weights.length > 0 ? weights : insideFolders(index, hash, "data");
}

function insideFolders({ versions, folders }: ExplainIndex, hash: Hash, as: "weights" | "data"): Match[] {
  const inside = new Map<string, string>();
  for (const [folder, files] of Object.entries(folders)) {
    const found = files.find(([, each]) => each === hash);
    if (found !== undefined) inside.set(folder, found[0]);
  }
  return versions.flatMap(({ model, version, ...files }) =>
    files[as].flatMap((file): Match[] => {
      const path = inside.get(file.hash);
      return path === undefined ? [] : [{ model, version, as, path: `${file.path}/${path}` }];
    }),
  );
}

function sourceMatches({ versions }: ExplainIndex, start: string, scheme: string): Match[] {
  return versions.flatMap(({ model, version, weights, data }) =>
    [...weights, ...data].flatMap((file): Match[] =>
      (["sha256", "md5"] as const).some(
        (each) => (scheme === "" || scheme === each) && file[each]?.startsWith(start) === true,
      )
        ? [{ model, version, as: "source", path: file.path }]
        : [],
    ),
  );
}

/** A version's own commit or the beginning of it; null for every other, since no index has what came before. */
function asCommit({ versions }: ExplainIndex, text: string): Found | null {
  const digits = text.toLowerCase();
  const having = /^[0-9a-f]{7,64}$/.test(digits) ? versions.filter(({ commit }) => commit.startsWith(digits)) : [];
  if (having.length === 0) return null;
  const commits = [...new Set(having.map(({ commit }) => commit))];
  if (commits.length > 1)
    throw ambiguous(
      text,
      commits.map((each) => shownCommit(each, digits)),
    );
  return {
    what: commitWord(commits[0] as string),
    matches: having.map(({ model, version }): Match => ({ model, version, as: "commit" })),
  };
}
