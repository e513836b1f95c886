/** Requests of MLflow's client become what is recorded: pure, without net or disk. */
import { display } from "../base/paths.ts";
import { type Body, Refusal } from "./answers.ts";
import { EDITS } from "./edits.ts";
import { MODELS } from "./models.ts";
import type { Recording } from "./state.ts";
import { type Endpoint, TRACKING } from "./tracking.ts";

export interface Answer {
  status: number;
  body: object;
  /** Whether the recording may have changed. */
  changed: boolean;
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = { ...TRACKING, ...MODELS, ...EDITS };
/** The beginnings under which clients of all versions ask. */
const PREFIX = /^\/(?:ajax-)?api\/[23]\.0\/(?:preview\/)?mlflow\//;
/** Asked by clients only to learn what a server can do. */
const EXPECTED =
  /\/(?:server-info|version|health|traces?|telemetry|gateway|webhooks|experiments\/trace|users|workspaces)\b/;

export interface Request {
  method: string;
  /** Below the server's address, as sent. */
  path: string;
  body: Body;
}

/**
 * Answers one request. `readOnly`: what would change the recording is refused. Never throws for what a client sends.
 */
export function answer(recording: Recording, { method, path, body }: Request, readOnly = false): Answer {
  const asked = endpointOf(path);
  const changed = method !== "GET" && !/\/(?:search|get-latest-versions)$/.test(asked);
  if (readOnly && changed && OF_RECORDINGS.test(asked)) return { ...refusal(notTaken(asked)), changed: false };
  const found = lookUp(method, asked);
  if (found === null) return { ...refusal(unknown(recording, method, path)), changed: false };
  try {
    return { status: 200, body: found.endpoint(recording, body, found.id), changed };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "RESOURCE_EXHAUSTED") recording.notes.add(`MLflow: ${error.message}`);
    return { ...refusal(error), changed: false };
  }
}

/** What one recording is made of, also where it answers no such request. */
const OF_RECORDINGS = /^(?:experiments|runs|logged-models|registered-models|model-versions)\b/;
/** What mvgit has for what MLflow would change, by endpoint. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/^registered-models\/alias$/, "'mvgit mlflow serve --allow-writes' lets aliases move stages"],
  [/\/transition-stage$/, "stages are aliases: set_registered_model_alias moves them, with --allow-writes"],
  [/^model-versions\/delete$/, "'mvgit retract MODEL@v3' withdraws a version"],
  [/^model-versions\/(?:update|set-tag|delete-tag)$/, "'mvgit note MODEL@v3 TEXT' says something of a version"],
];

/** Why a request that would change something is refused. */
export function notTaken(endpoint: string): Refusal {
  const instead = INSTEAD.find(([of]) => of.test(endpoint))?.[1] ?? "run the script with 'mvgit run MODEL -- COMMAND'";
  return new Refusal(
    "PERMISSION_DENIED",
    `mvgit answers what is asked of its versions, and takes nothing new: ${instead}`,
  );
}

/** What stands behind `mlflow/` in a path: `runs/get`; "" for another path. */
export function endpointOf(path: string): string {
  return PREFIX.test(path) ? path.replace(PREFIX, "").replace(/\/$/, "") : "";
}

function lookUp(method: string, path: string): { endpoint: Endpoint; key: string; id: string } | null {
  const [head = "", id = "", ...rest] = path.split("/");
  for (const [key, at] of [
    [`${method} ${path}`, ""],
    [`${method} ${[head, "*", ...rest].join("/")}`, id],
  ] as const) {
    const endpoint = Object.hasOwn(ENDPOINTS, key) ? ENDPOINTS[key] : undefined;
    if (endpoint) return { endpoint, key, id: at };
  }
  return null;
}

function unknown(recording: Recording, method: string, path: string): Refusal {
  const shown = display(`${method} ${path}`.slice(0, 120)).replace(/m-[0-9a-f]{8,}/g, "ID");
  if (!EXPECTED.test(path) && recording.notes.size < 50)
    recording.notes.add(`MLflow asked for what is not served: ${shown}`);
  return new Refusal("ENDPOINT_NOT_FOUND", `No endpoint for ${shown}`);
}

function refusal(error: Refusal): { status: number; body: object } {
  return { status: error.status, body: error.body };
}
