/** The kinds of options that a command may have, and the ones that several share. */

interface Described {
  summary: string;
  /** One letter. */
  short?: string;
}

/** Off unless given. */
export interface Flag extends Described {
  kind: "flag";
}
/** On unless `--no-NAME` is given. */
export interface Off extends Described {
  kind: "off";
}
/** Takes a value; the last one counts. */
export interface Value extends Described {
  kind: "value";
  /** What help calls the value: `NAME`. */
  value: string;
}
/** May be given with or without a value: "" without. */
export interface Maybe extends Described {
  kind: "maybe";
  value: string;
}
/** Takes a value, any number of times. */
export interface List extends Described {
  kind: "list";
  value: string;
}
/** Takes a whole number from 1 to `most`. */
export interface Count extends Described {
  kind: "count";
  value: string;
  most: number;
}

export type Option = Flag | Off | Value | Maybe | List | Count;
/** By name in code: `dryRun` is `--dry-run` on the command line. */
export type Options = Readonly<Record<string, Option>>;

type ValueOf<P extends Option> = P extends Flag | Off
  ? boolean
  : P extends List
    ? string[]
    : P extends Count
      ? number | undefined
      : string | undefined;

/** What each option came to. */
export type OptionValues<O extends Options> = { -readonly [K in keyof O]: ValueOf<O[K]> };

/** `--NAME`: false unless given. */
export function flag(summary: string, short?: string): Flag {
  return { kind: "flag", summary, ...(short && { short }) };
}

/** `--no-NAME`: true unless given. */
export function off(summary: string): Off {
  return { kind: "off", summary };
}

/** `--NAME VALUE`: undefined unless given; the last one counts. */
export function value(name: string, summary: string, short?: string): Value {
  return { kind: "value", value: name, summary, ...(short && { short }) };
}

/** `--NAME [VALUE]`: undefined unless given, "" when given without a value. */
export function maybe(name: string, summary: string): Maybe {
  return { kind: "maybe", value: name, summary };
}

/** `--NAME VALUE`, any number of times, in order. */
export function list(name: string, summary: string, short?: string): List {
  return { kind: "list", value: name, summary, ...(short && { short }) };
}

/** `--NAME N`: a whole number from 1 to `most`. */
export function count(
  name: string,
  summary: string,
  { short, most = 999_999_999 }: { short?: string; most?: number } = {},
): Count {
  return { kind: "count", value: name, summary, most, ...(short && { short }) };
}

/** `--port PORT`. */
export const port = count("PORT", "listen there, instead of on a port that is free", { most: 65_535 });

/** `-j N`, for commands that move bytes. */
export const jobs = count("N", "move at most N blobs at a time", { short: "j" });
/** `-n`, for commands that remove, upload or move something. */
export const dryRun = flag("only say what would be done", "n");
/** `--remote NAME`. */
export const remote = value("NAME", "this remote instead of the default one");

/** What every command takes. `color` without a value means `always`. */
export const GLOBAL_OPTIONS = {
  directory: value("DIR", "work as if started in DIR", "C"),
  json: flag("print one JSON document"),
  quiet: flag("only errors and what was asked for", "q"),
  verbose: flag("tell more, and where a bug is", "v"),
  progress: flag("show progress, or not (--no-progress)"),
  color: maybe("WHEN", "auto, always or never"),
  pager: off("print past the pager what is longer than the screen"),
  help: flag("show this help", "h"),
  version: flag("show the version"),
} as const satisfies Options;

/** `dryRun` as it is typed: `dry-run`. */
export function typedName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
