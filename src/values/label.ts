/** Names of models and stages, and the labels that people type: `MODEL@vN`, `MODEL@latest`, `MODEL#STAGE`. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { quoted } from "../base/shell.ts";

declare const modelBrand: unique symbol;
/** A model's name: 1 to 64 of `a-z 0-9 . _ -`, starting with a letter or digit, and a valid part of a Git ref. */
export type ModelName = string & { readonly [modelBrand]: true };
declare const stageBrand: unique symbol;
/** A stage's name: of the same form as a model's. */
export type StageName = string & { readonly [stageBrand]: true };

/** What a person may call one version. */
export type Label =
  | { kind: "version"; model: ModelName; version: number }
  | { kind: "latest"; model: ModelName }
  | { kind: "stage"; model: ModelName; stage: StageName };

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Up to nine digits: a number that every language reads exactly. */
const NUMBER = /^[1-9][0-9]{0,8}$/;

/** What `git check-ref-format` refuses among the names of that form: `a..b`, `x.lock`, `x.`. */
function isName(text: string): boolean {
  return NAME.test(text) && !text.includes("..") && !text.endsWith(".") && !text.endsWith(".lock");
}

/** The text as a model's name, null when it cannot be one. */
export function asModelName(text: string): ModelName | null {
  return isName(text) ? (text as ModelName) : null;
}

/** The text as a stage's name, null when it cannot be one. */
export function asStageName(text: string): StageName | null {
  return isName(text) ? (text as StageName) : null;
}

/** Throws `usage`. */
export function checkModelName(text: string): ModelName {
  return asModelName(text) ?? refuse(text, "a model");
}

/** Throws `usage`. */
export function checkStageName(text: string): StageName {
  return asStageName(text) ?? refuse(text, "a stage");
}

function refuse(text: string, what: string): never {
  const shown = display(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  throw new MvgitError("usage", `'${shown}' cannot be the name of ${what}`, {
    subject: shown,
    hint: "use 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
  });
}

/** The number of a version as it is typed, `v5` or `5`; null when it is none. */
export function asVersionNumber(text: string): number | null {
  const digits = text.startsWith("v") ? text.slice(1) : text;
  return NUMBER.test(digits) ? Number(digits) : null;
}

/**
 * A label; null when the text is not of a label's form (it may still be a revision of Git). Throws `usage` for a bad
 * name in one.
 */
export function asLabel(text: string): Label | null {
  const match = /^([^@#]+)(?:@v([0-9]+)|@(latest)|#([^@#]+))$/.exec(text);
  if (!match) return null;
  const model = checkModelName(match[1] as string);
  if (match[3]) return { kind: "latest", model };
  if (match[4]) return { kind: "stage", model, stage: checkStageName(match[4]) };
  const version = asVersionNumber(match[2] as string);
  return version === null ? null : { kind: "version", model, version };
}

/** As `asLabel`, for what must be one; a bare model's name means its latest version. Throws `usage`. */
export function parseLabel(text: string): Label {
  const label = asLabel(text);
  if (label) return label;
  const model = asModelName(text);
  if (model) return { kind: "latest", model };
  const bare = /^([^@#]+)@([1-9][0-9]{0,8})$/.exec(text);
  throw new MvgitError("usage", `'${display(text.slice(0, 200))}' is not a label`, {
    subject: display(text.slice(0, 200)),
    hint:
      bare && asModelName(bare[1] as string)
        ? `write it '${bare[1]}@v${bare[2]}'`
        : "a label is MODEL@v5, MODEL@latest or MODEL#STAGE, such as spam-detector#production",
  });
}

/** A label as it is typed. */
export function formatLabel(label: Label): string {
  if (label.kind === "stage") return `${label.model}#${label.stage}`;
  return `${label.model}@${label.kind === "latest" ? "latest" : `v${label.version}`}`;
}

/** What a stage holds, in words: `v5`; `none` where it holds none. */
export function versionWord(version: number | null, none: string): string {
  return version === null ? none : `v${version}`;
}

/**
 * The number after `highest`. Throws `not-supported` where a tag has the highest that there is: one more digit would be
 * a name that nobody reads.
 */
export function nextNumber(highest: number, tag: string): number {
  if (highest < 999_999_999) return highest + 1;
  throw new MvgitError("not-supported", `there is no number after that of the tag '${tag}'`, {
    subject: tag,
    hint: `nobody counts that far: look at it with 'git show ${quoted(tag)}', and have it removed where it came from`,
  });
}

/** `refs/tags/MODEL@vN`. */
export function versionRef(model: ModelName, version: number): string {
  return `refs/tags/${model}@v${version}`;
}

/** `refs/tags/MODEL#STAGE#N`. */
export function eventRef(model: ModelName, stage: StageName, number: number): string {
  return `refs/tags/${model}#${stage}#${number}`;
}

/** `refs/tags/MODEL@vN#K`: the K-th remark on a version. */
export function remarkRef(model: ModelName, version: number, number: number): string {
  return `${versionRef(model, version)}#${number}`;
}

const REF = /^refs\/tags\/([^@#/]+)(?:@v([1-9][0-9]{0,8})(?:#([1-9][0-9]{0,8}))?|#([^@#/]+)#([1-9][0-9]{0,8}))$/;

/** What a ref's name says, when it is the name of a version, a remark or an event; null for every other ref. */
export function readRef(
  name: string,
):
  | { kind: "version"; model: ModelName; version: number }
  | { kind: "remark"; model: ModelName; version: number; number: number }
  | { kind: "event"; model: ModelName; stage: StageName; number: number }
  | null {
  const match = REF.exec(name);
  const model = match && asModelName(match[1] as string);
  if (!match || !model) return null;
  const [, , version, remark, named, event] = match;
  if (version !== undefined && remark !== undefined)
    return { kind: "remark", model, version: Number(version), number: Number(remark) };
  if (version !== undefined) return { kind: "version", model, version: Number(version) };
  const stage = asStageName(named as string);
  return stage && { kind: "event", model, stage, number: Number(event) };
}
