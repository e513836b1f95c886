/** Failures as the user, or a script, reads them. */
import { withoutCredentials } from "../base/address.ts";
import { EXIT, MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Style } from "./render/style.ts";

/** `error: …` and `hint: …`; with `verbose` also where a bug is, and what caused a failure. */
export function failureText(error: MvgitError, style: Style): string {
  const lines = [`${style.bad("error:")} ${displayLines(withoutCredentials(error.message))}`];
  if (error.hint !== undefined) lines.push(`${style.warning("hint:")} ${displayLines(withoutCredentials(error.hint))}`);
  if (style.verbose)
    lines.push(
      ...causes(error)
        .flatMap((text) => text.split("\n"))
        .map((line) => style.faint(display(withoutCredentials(line)))),
    );
  return lines.join("\n");
}

function causes(error: MvgitError): string[] {
  const lines = error.code === "bug" && error.cause === undefined ? stackOf(error) : [];
  for (let cause = error.cause; cause !== undefined && lines.length < 40;) {
    lines.push(...(error.code === "bug" ? stackOf(cause) : [`cause: ${String(cause)}`]));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function stackOf(thrown: unknown): string[] {
  return ((thrown instanceof Error ? thrown.stack : undefined) ?? String(thrown)).split("\n");
}

/** Text of several lines, each safe for a terminal. */
export function displayLines(text: string): string {
  return text.split("\n").map(display).join("\n");
}

/** A failure as data: `{code, message, hint, subject}`, null where there is none. */
export function failureData(error: MvgitError): {
  code: string;
  message: string;
  hint: string | null;
  subject: string | null;
} {
  const safe = (text: string | undefined): string | null => (text === undefined ? null : withoutCredentials(text));
  return {
    code: error.code,
    message: withoutCredentials(error.message),
    hint: safe(error.hint),
    subject: safe(error.subject),
  };
}

/** The one document of `--json`: failures inside a report become their data. */
export function toDocument(command: string, content: object): string {
  const asData = (_key: string, each: unknown): unknown => (each instanceof MvgitError ? failureData(each) : each);
  return escaped(JSON.stringify({ mvgit: 1, command, ...content }, asData)) + "\n";
}

/** The exit status for several failures: that of their kind, or 3 where there are several kinds; 0 for none. */
export function statusOf(failures: readonly MvgitError[]): number {
  const kinds = new Set(failures.map((each) => each.exitStatus));
  if (kinds.size > 1) return EXIT.partly;
  const [only = 0] = kinds;
  return only;
}

/**
 * What JSON leaves as it is and a terminal takes for commands: the upper control characters, and those that turn text
 * round.
 */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
