/** The journal of a run's MLflow server, read while it grows: a line for each request that changed something. */
import { numberOf } from "../values/package.ts";
import { type Body, integer, items, metricValue, part, Refusal, text } from "./answers.ts";

/** What one request told. */
export interface Told {
  /** The tracker's run: its id; what it is called, where the request says so. */
  run: string;
  name: string | null;
  params: { name: string; value: string }[];
  /** Times are milliseconds since 1970. */
  points: { name: string; step: number; time: number; value: number }[];
}

/** Null for a line that tells nothing of a run, or cannot be read. */
export function readJournalLine(line: string): Told | null {
  try {
    const entry = JSON.parse(line) as { time: number; path: string; body: Body; answer?: Body };
    const request = entry.path.replace(/^.*\/mlflow\//, "");
    return KNOWN[request]?.(entry.body, { time: entry.time, answer: entry.answer ?? {} }) ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof Refusal) return null;
    throw error;
  }
}

type Reader = (body: Body, about: { time: number; answer: Body }) => Told;

const KNOWN: Readonly<Record<string, Reader | undefined>> = {
  __proto__: null as never,
  "runs/create": (_, { answer }) => {
    const info = part(part(answer, "run"), "info");
    return { run: text(info, "run_id"), name: text(info, "run_name", ""), params: [], points: [] };
  },
  "runs/log-parameter": (body) => ({ ...told(body), params: [paramOf(body)] }),
  "runs/log-metric": (body, { time }) => ({ ...told(body), points: [pointOf(body, time)] }),
  "runs/log-batch": (body, { time }) => ({
    ...told(body),
    params: items(body, "params").map(paramOf),
    points: items(body, "metrics").map((each) => pointOf(each, time)),
  }),
};

function told(body: Body): Told {
  return { run: text(body, "run_id", text(body, "run_uuid", "")), name: null, params: [], points: [] };
}

function paramOf(body: Body): Told["params"][number] {
  return { name: text(body, "key").slice(0, 1000), value: text(body, "value", "") };
}

function pointOf(body: Body, now: number): Told["points"][number] {
  return {
    name: text(body, "key").slice(0, 1000),
    step: integer(body, "step", 0),
    time: integer(body, "timestamp", now),
    // JSON has no word for what is no number.
    value: body["value"] === null ? Number.NaN : numberOf(metricValue(body["value"])),
  };
}
