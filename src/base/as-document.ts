/** Reports and failures as the documents of `--json`. */
import { withoutCredentials } from "./address.ts";
import { MvgitError } from "./errors.ts";

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
  return safeJson(JSON.stringify({ mvgit: 1, command, ...content }, asData)) + "\n";
}

/**
 * The same JSON without what it leaves as it is and a terminal takes for commands: the upper control characters, and
 * those that turn text round.
 */
export function safeJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
