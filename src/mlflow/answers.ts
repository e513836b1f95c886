/**
 * What MLflow's server answers, and how a request's values are read: everything in it comes from a program that may
 * send anything.
 */
import { asMetric } from "../values/recorded-values.ts";
import { type MetricValue, numberOf } from "../values/package.ts";
import { MOST, type Recording, type TrackedRun } from "./state.ts";

const STATUS = {
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_EXHAUSTED: 429,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  // Clients ask again after a status of 500 and above: what will not change by itself has another.
  INVALID_STATE: 409,
  DATA_LOSS: 409,
  TEMPORARILY_UNAVAILABLE: 503,
  REQUEST_TOO_LARGE: 413,
  INTERNAL_ERROR: 500,
};
export type RefusalCode = keyof typeof STATUS;

/** A request that is answered with an error, as MLflow words it. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return STATUS[this.code];
  }

  get body(): object {
    // MLflow has no word of its own for it.
    const word = this.code === "REQUEST_TOO_LARGE" ? "INVALID_PARAMETER_VALUE" : this.code;
    return { error_code: word, message: this.message };
  }
}

export type Body = Record<string, unknown>;

/** Any number of letters up to what is kept of a text. */
export function text(body: Body, key: string, fallback?: string): string {
  const value = body[key] ?? fallback;
  if (typeof value === "string") return Buffer.from(value.slice(0, MOST.text)).toString("utf8");
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Refusal("INVALID_PARAMETER_VALUE", `Missing value for required parameter '${key}'.`);
}

/** A whole number, which may come as a text. */
export function integer(body: Body, key: string, fallback: number): number {
  const value = Number(body[key] ?? fallback);
  return Number.isSafeInteger(value) ? value : fallback;
}

export function metricValue(value: unknown): MetricValue {
  const metric = asMetric(
    typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)) ? Number(value) : value,
  );
  if (metric === null) throw new Refusal("INVALID_PARAMETER_VALUE", "Got an invalid value for a metric.");
  return metric;
}

/** As protocol buffers write it in JSON. */
export function sentMetric(value: MetricValue): number | string {
  return typeof value === "number" ? value : String(numberOf(value));
}

export function items(body: Body, key: string): Body[] {
  const value = body[key] ?? [];
  if (Array.isArray(value))
    return value.filter((each): each is Body => each !== null && typeof each === "object" && !Array.isArray(each));
  throw new Refusal("INVALID_PARAMETER_VALUE", `'${key}' is not a list.`);
}

/** A list of texts; [] for what is none. */
export function texts(body: Body, key: string): string[] {
  const value = body[key];
  return Array.isArray(value) ? value.map(String) : [];
}

export function part(body: Body, key: string): Body {
  const value = body[key];
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Body) : {};
}

/** Sets one of many names, of which a limited number is kept. */
export function setNamed(map: Map<string, string>, { key, value }: { key: string; value: string }): void {
  if (!map.has(key) && map.size >= MOST.names)
    throw new Refusal("RESOURCE_EXHAUSTED", `More than ${MOST.names} names are not recorded.`);
  map.set(key.slice(0, 1000), value);
}

/** All of a body's `tags` or `params`. */
export function setAll(map: Map<string, string>, body: Body, key: string): void {
  for (const each of items(body, key)) setNamed(map, { key: text(each, "key"), value: text(each, "value", "") });
}

export function pairs(map: ReadonlyMap<string, string>): { key: string; value: string }[] {
  return [...map].map(([key, value]) => ({ key, value }));
}

export function runOf(recording: Recording, body: Body): TrackedRun {
  const id = text(body, "run_id", typeof body["run_uuid"] === "string" ? (body["run_uuid"] as string) : "");
  return recording.runs.get(id) ?? recording.runs.get(recording.alsoKnown.get(id) ?? "") ?? missing("Run", id);
}

export function missing(what: string, name: string): never {
  throw new Refusal("RESOURCE_DOES_NOT_EXIST", `${what} '${name.slice(0, 200)}' not found`);
}

/** One page of a list, and the token of the next: its offset. Throws INVALID_PARAMETER_VALUE for another token. */
export function page<T>(
  all: readonly T[],
  body: Body,
  most = 1000,
): { items: T[]; next: { next_page_token?: string } } {
  const token = text(body, "page_token", "");
  if (!/^\d{0,9}$/.test(token)) throw new Refusal("INVALID_PARAMETER_VALUE", "Invalid page token");
  const start = Number(token);
  const end = start + Math.min(Math.max(integer(body, "max_results", most), 1), 50_000);
  return { items: all.slice(start, end), next: end < all.length ? { next_page_token: String(end) } : {} };
}
