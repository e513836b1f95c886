/** The versions of a model, or of all, with their scores and the stages that hold them. */
import { systemClock } from "../base/clock.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { ModelName } from "../values/label.ts";
import { type View, type ViewProblem, viewOf } from "../values/version-table.ts";
import type { LogLine } from "./log-line.ts";
import type { Look } from "./look.ts";
import { byTime, isHidden, type Lines, readLines, readSaid } from "./read-lines.ts";
import { unknownModel, versionRefs } from "./versions.ts";

export type { LogLine } from "./log-line.ts";

/** A filter and an order (`View`) are those of `docs/lists.md`. */
export interface LogRequest extends View {
  model?: ModelName;
  /** How many of the first, after filter and order. */
  most: number;
  /** With those that were retracted; absent: they are left out and counted. */
  retracted?: boolean;
  /** Milliseconds since 1970: what is older is left out. */
  since?: number;
}

export interface LogReport {
  /** In the order that was asked for; without one the newest first: of one model by number, of all by time. */
  versions: LogLine[];
  /** How many there are in all, but those that are left out for being retracted. */
  total: number;
  /** How many of them are as asked; those that cannot be trusted are none of them. */
  matched: number;
  /** How many of these are not listed, since no more were asked for. */
  older: number;
  /** How many were left out, since they are retracted. */
  hidden: number;
  /** Versions, remarks on them and stages that cannot be trusted, in words. */
  problems: string[];
}

/** Throws `label-unknown` for a model that has none, `usage` for a filter or an order that means nothing. */
export async function logOf(look: Look, request: LogRequest): Promise<LogReport> {
  const { model, most, retracted = false } = request;
  const known = versionRefs(look.refs, model);
  if (model !== undefined && known.length === 0) {
    throw unknownModel(look.refs, model);
  }
  const said = await readSaid(look, model);
  const all = retracted ? known : known.filter((each) => !isHidden(said, each));
  const hidden = known.length - all.length;
  const ordered = model === undefined ? await byTime(look, all) : all.toReversed();
  const told = ({ others, told: problems }: Lines): Pick<LogReport, "total" | "hidden" | "problems"> => ({
    total: all.length - others.length,
    hidden,
    problems: [...said.broken, ...problems.map(({ text }) => text)],
  });
  if (!isView(request)) {
    const found = await readLines(look, ordered.slice(0, most), said);
    const matched = all.length - found.others.length - found.damaged.length;
    return { versions: found.lines, matched, older: matched - found.lines.length, ...told(found) };
  }
  const found = await readLines(look, ordered, said);
  const lines = viewed(found.lines, request);
  return {
    versions: lines.slice(0, most),
    matched: lines.length,
    older: Math.max(0, lines.length - most),
    ...told(found),
  };
}

/** Whether every version has to be looked at. */
function isView({ where, sort, reverse, since }: LogRequest): boolean {
  return where !== undefined || sort !== undefined || reverse === true || since !== undefined;
}

function viewed(lines: LogLine[], { since, ...view }: LogRequest): LogLine[] {
  const now = systemClock.now();
  const found = viewOf(lines, view, { now });
  if (found.kind === "problem") throw asUsage(found, view);
  return since === undefined ? found.lines : found.lines.filter(({ time }) => Date.parse(time) >= since);
}

/** A problem of a filter or an order as a failure that names the place. */
function asUsage(found: ViewProblem, { where = "", sort = "" }: View): MvgitError {
  const { message, hint } = found.problem;
  if (found.of !== "where") {
    return new MvgitError("usage", `cannot sort by '${display(sort)}': ${display(message)}`, {
      subject: display(sort),
      ...(hint !== null && { hint: display(hint) }),
    });
  }
  const { at, length } = found.problem;
  const place = at === 0 && length >= where.length ? "" : ` (at character ${at + 1})`;
  return new MvgitError("usage", `cannot filter by '${display(where.slice(0, 200))}': ${display(message)}${place}`, {
    subject: display(where.slice(0, 200)),
    ...(hint !== null && { hint: display(hint) }),
  });
}
