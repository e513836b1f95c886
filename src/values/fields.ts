/** Fields of a mapping, each of the kind that a format wants. */
import { pathProblem, type RepoPath } from "../base/paths.ts";
import type { Mapping, Value } from "./document.ts";

/** A field is not what the format says; the message tells which. */
export class Mismatch extends Error {}

export function mismatch(key: string, wanted: string): never {
  throw new Mismatch(`'${key}' is not ${wanted}`);
}

export function text(mapping: Mapping, key: string): string {
  const value = mapping[key];
  return typeof value === "string" ? value : mismatch(key, "a text");
}

export function number(mapping: Mapping, key: string): number {
  const value = mapping[key];
  return typeof value === "number" ? value : mismatch(key, "a number");
}

export function count(mapping: Mapping, key: string, least: number): number {
  const value = number(mapping, key);
  return Number.isSafeInteger(value) && value >= least ? value : mismatch(key, "a whole number");
}

export function time(mapping: Mapping, key: string): string {
  const value = text(mapping, key);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : mismatch(key, "a time with offset");
}

export function path(mapping: Mapping): RepoPath {
  const value = text(mapping, "path");
  return pathProblem(value) === null ? (value as RepoPath) : mismatch("path", "a path inside the work tree");
}

export function oid(mapping: Mapping, key: string, optional = false): string | null {
  const value = mapping[key];
  if (value === null && optional) return null;
  return typeof value === "string" && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value)
    ? value
    : mismatch(key, "an object id of Git");
}

export function part(mapping: Mapping, key: string): Mapping {
  const value = mapping[key];
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : mismatch(key, "a mapping");
}

function list(mapping: Mapping, key: string): Value[] {
  const value = mapping[key];
  return Array.isArray(value) ? value : mismatch(key, "a list");
}

export function items(mapping: Mapping, key: string): Mapping[] {
  return list(mapping, key).map((each) =>
    each !== null && typeof each === "object" && !Array.isArray(each) ? each : mismatch(key, "a list of mappings"),
  );
}

export function texts(mapping: Mapping, key: string): string[] {
  return list(mapping, key).map((each) => (typeof each === "string" ? each : mismatch(key, "a list of texts")));
}

export function checked(mapping: Mapping, key: string, fits: (value: Value | undefined) => boolean): Mapping {
  return Object.values(mapping).every(fits) ? mapping : mismatch(key, "a mapping of single values");
}

export function isScalar(value: Value | undefined): boolean {
  return value === null || typeof value !== "object";
}

export function isMetric(value: Value | undefined): boolean {
  return typeof value === "number" || value === "nan" || value === "inf" || value === "-inf";
}
