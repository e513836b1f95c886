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

/** The exit status for several failures: that of their kind, or 3 where there are several kinds; 0 for none. */
export function statusOf(failures: readonly MvgitError[]): number {
  const kinds = new Set(failures.map((each) => each.exitStatus));
  if (kinds.size > 1) return EXIT.partly;
  const [only = 0] = kinds;
  return only;
}
