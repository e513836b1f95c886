/** What is typed on a command line, as a value; each throws `usage` and says how it is written. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { parseAmount } from "../values/amount.ts";
import {
  asLabel,
  asVersionNumber,
  checkModelName,
  checkStageName,
  type ModelName,
  type StageName,
} from "../values/label.ts";
import { parsePeriod } from "../values/where-values.ts";

/** `5MB`, `512KiB`. */
export function bytesOf(typed: string): number {
  const bytes = parseAmount(typed);
  if (bytes !== null) return bytes;
  throw new MvgitError("usage", `'${display(typed)}' is not a number of bytes`, {
    hint: "write it like '5MB', '512KiB' or '1.5g'",
  });
}

/** `NAME=VALUE`, any number of times. */
export function pairsOf(option: string, typed: readonly string[]): Map<string, string> {
  return new Map(
    typed.map((each) => {
      const at = each.indexOf("=");
      if (at < 1 || at === each.length - 1)
        throw new MvgitError("usage", `'${option}' takes NAME=VALUE, not '${display(each)}'`, {
          subject: display(each),
        });
      return [each.slice(0, at), each.slice(at + 1)];
    }),
  );
}

/** `v4`, or `none`; null where nothing was typed. */
export function readTarget(text: string | undefined): number | "none" | null {
  if (text === undefined) return null;
  if (text === "none") return text;
  const number = asVersionNumber(text);
  if (number !== null) return number;
  throw new MvgitError("usage", `'${display(text)}' is not a version`, {
    subject: display(text),
    hint: "name one as v4, or 'none'",
  });
}

/** MODEL and perhaps STAGE, also as one word: `MODEL#STAGE`. */
export function readStageOf(first: string, second: string | undefined): { model: ModelName; stage?: StageName } {
  const label = second === undefined ? asLabel(first) : null;
  if (label?.kind === "stage") return { model: label.model, stage: label.stage };
  return { model: checkModelName(first), ...(second === undefined ? {} : { stage: checkStageName(second) }) };
}

/** Milliseconds since 1970. */
export function readTime(text: string): number {
  const time = /^\d{4}-\d\d(-\d\d([T ].*)?)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new MvgitError("usage", `'${display(text)}' is not a time`, {
    subject: display(text),
    hint: "write it as 2026-03-01, or 2026-03-01T14:30:00+01:00",
  });
}

/** Milliseconds since 1970 from which on: a day from its beginning, `2 weeks ago` from that moment. */
export function readSince(text: string, now: number): number {
  const period = parsePeriod(text, now);
  if (period !== null) return period.from;
  throw new MvgitError("usage", `'${display(text)}' is not a time`, {
    subject: display(text),
    hint: "write it as '2 weeks ago', 7d, yesterday, 2026-03-01 or '2026-03-01 14:30'",
  });
}

/** What floating point alone may change in a score. */
const TOLERANCE = 1e-6;

/** How far scores may be apart: from 0, and as large as a number is. */
export function toleranceOf(typed: string | undefined): number {
  if (typed === undefined) return TOLERANCE;
  const tolerance = typed.trim() === "" ? Number.NaN : Number(typed);
  if (tolerance >= 0 && Number.isFinite(tolerance)) return tolerance;
  throw new MvgitError("usage", `'${display(typed)}' is no tolerance`, {
    hint: "give a number from 0, such as '--tolerance 0.005'",
  });
}
