/**
 * What mvgit's tags say: a subject for people, an empty line, and a record of key lines. A tag has one message for each
 * set of values, so what a person reads in the subject cannot differ from what mvgit acts on.
 */
import { type Hash, parseHash } from "./hash.ts";
import { formatKeyLines, readKeyLines } from "./key-lines.ts";
import { asModelName, asStageName, type ModelName, type StageName, versionWord } from "./label.ts";
import { decodeSourceValue, encodeSourceValue } from "./source-value.ts";

/** Bytes. A longer message is not one of mvgit's. */
export const TAG_MESSAGE_CAP = 16 * 1024;
/** Bytes of a reason as written. */
export const REASON_CAP = 4096;

/** The annotated tag `MODEL@vN`. */
export interface VersionTag {
  model: ModelName;
  version: number;
  /** Of the package file's bytes. */
  package: Hash;
}

/** The annotated tag `MODEL#STAGE#NUMBER`: one move of a stage. */
export interface Event {
  model: ModelName;
  stage: StageName;
  number: number;
  /** What the stage holds from now on; null for nothing. */
  version: number | null;
  /** What it held before; null for nothing. */
  before: number | null;
  /** Of the package file of `version`; null for none. */
  package: Hash | null;
  /** Git's id of the tag object of the event before; null for the first of the stage. */
  previous: string | null;
  /** Why; "" when nobody said. */
  reason: string;
}

/** What a remark does: it says something of the version, withdraws it, or takes a withdrawal back. */
export type RemarkKind = "note" | "retract" | "restore";

/** The annotated tag `MODEL@vN#NUMBER`: something said of a version after it was made. */
export interface Remark {
  model: ModelName;
  version: number;
  number: number;
  kind: RemarkKind;
  /** Whether the version is retracted from now on, so that the newest remark alone tells. */
  retracted: boolean;
  /** Of the version's package file. */
  package: Hash;
  /** Git's id of the tag object of the remark before; null for the first of the version. */
  previous: string | null;
  /** The note, or why; "" only where a version was restored without a word. */
  text: string;
}

/** `kind: "other"`: some other tag of the user's, which happens to have such a name. */
export type TagReading<T> =
  | { kind: "read"; value: T }
  | { kind: "other" }
  | { kind: "malformed"; reason: string }
  | { kind: "newer"; version: number };

/** The one message. */
export function formatVersionTag({ model, version, package: hash }: VersionTag): string {
  return (
    `${model} v${version}\n\n` +
    `${formatKeyLines(new Map(Object.entries({ model, package: hash, version: String(version) })))}`
  );
}

/** The one message. */
export function formatEvent(event: Event): string {
  const { model, stage, number, version, before, package: hash, previous, reason } = event;
  const values = new Map(
    Object.entries({
      before: versionWord(before, "none"),
      event: String(number),
      model,
      package: hash ?? "none",
      previous: previous ?? "none",
      stage,
      version: versionWord(version, "none"),
    }),
  );
  if (reason !== "") values.set("reason", encodeSourceValue(reason));
  return `${subjectOf(event)}\n\n${formatKeyLines(values)}`;
}

function subjectOf({ model, stage, version, before }: Event): string {
  const from = before === null ? "" : ` (was v${before})`;
  return `${model} ${stage}: ${versionWord(version, "none")}${from}`;
}

/** The one message. */
export function formatRemark(remark: Remark): string {
  const { model, version, number, kind, retracted, package: hash, previous, text } = remark;
  const values = new Map(
    Object.entries({
      kind,
      model,
      package: hash,
      previous: previous ?? "none",
      remark: String(number),
      retracted: retracted ? "yes" : "no",
      version: `v${version}`,
    }),
  );
  if (text !== "") values.set("text", encodeSourceValue(text));
  return `${model} v${version}: ${DONE[kind]}\n\n${formatKeyLines(values)}`;
}

const DONE = { note: "note", retract: "retracted", restore: "restored" } as const satisfies Record<RemarkKind, string>;

/** Reads a tag's message, without its signature. Never throws. */
export function readVersionTag(message: string): TagReading<VersionTag> {
  const lines = recordOf(message);
  if (lines.kind !== "lines") return lines;
  const { values } = lines;
  const model = asModelName(values.get("model") ?? "");
  const version = readNumber(values.get("version"));
  const hash = parseHash(values.get("package") ?? "");
  if (!model || !version || !hash)
    return { kind: "malformed", reason: "'model', 'version' or 'package' is not what it must be" };
  return exactly({ model, version, package: hash }, formatVersionTag, message);
}

/** Reads a tag's message, without its signature. Never throws. */
export function readEvent(message: string): TagReading<Event> {
  const lines = recordOf(message);
  if (lines.kind !== "lines") return lines;
  const get = (key: string): string => lines.values.get(key) ?? "";
  const model = asModelName(get("model"));
  const stage = asStageName(get("stage"));
  const number = readNumber(get("event"));
  const [version, before] = [readVersion(get("version")), readVersion(get("before"))];
  const hash = get("package") === "none" ? null : (parseHash(get("package")) ?? undefined);
  const previous = readPrevious(get("previous"));
  if (
    !model ||
    !stage ||
    !number ||
    version === undefined ||
    before === undefined ||
    hash === undefined ||
    previous === undefined
  ) {
    return { kind: "malformed", reason: "a value is missing or is not what it must be" };
  }
  if ((hash === null) !== (version === null))
    return { kind: "malformed", reason: "'package' and 'version' do not go together" };
  return exactly(
    { model, stage, number, version, before, package: hash, previous, reason: decodeSourceValue(get("reason")) },
    formatEvent,
    message,
  );
}

/** Reads a tag's message, without its signature. Never throws. */
export function readRemark(message: string): TagReading<Remark> {
  const lines = recordOf(message);
  if (lines.kind !== "lines") return lines;
  const get = (key: string): string => lines.values.get(key) ?? "";
  const model = asModelName(get("model"));
  const kind = get("kind");
  const [number, version] = [readNumber(get("remark")), readVersion(get("version"))];
  const hash = parseHash(get("package"));
  const previous = readPrevious(get("previous"));
  if (!model || !number || !version || !hash || previous === undefined || !isRemarkKind(kind))
    return { kind: "malformed", reason: "a value is missing or is not what it must be" };
  const text = decodeSourceValue(get("text"));
  if (text === "" && kind !== "restore") return { kind: "malformed", reason: "it says nothing" };
  const retracted = get("retracted") === "yes";
  return exactly({ model, version, number, kind, retracted, package: hash, previous, text }, formatRemark, message);
}

function isRemarkKind(text: string): text is RemarkKind {
  return Object.hasOwn(DONE, text);
}

function recordOf(
  message: string,
): { kind: "lines"; values: Map<string, string> } | Exclude<TagReading<never>, { kind: "read" }> {
  const at = message.indexOf("\n\n");
  const record = at < 0 ? "" : message.slice(at + 2);
  if (!record.startsWith("mvgit: ") || Buffer.byteLength(message) > TAG_MESSAGE_CAP) return { kind: "other" };
  return readKeyLines(record);
}

function exactly<T>(value: T, format: (value: T) => string, message: string): TagReading<T> {
  return format(value) === message
    ? { kind: "read", value }
    : { kind: "malformed", reason: "it is not written in the one way that is allowed" };
}

function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : null;
}

/** `none` is null; undefined for what is neither. */
function readVersion(text: string): number | null | undefined {
  if (text === "none") return null;
  return text.startsWith("v") ? (readNumber(text.slice(1)) ?? undefined) : undefined;
}

/** As `readVersion`, of the id of a tag object. */
function readPrevious(text: string): string | null | undefined {
  if (text === "none") return null;
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined;
}
