/** What an answer of the JSON API that is no success means: the error to report, and whether to try again. */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { WrongBytes } from "../../bucket.ts";

/** An answer whose body has been read. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}

/** What the request was for, in the words of a message: `action` as in "cannot ACTION". */
export interface Purpose {
  action: string;
  /** The remote's address. */
  address: string;
}

export interface Verdict {
  failure: MvgitError;
  again: boolean;
  /** The other side refuses this token; a fresh one may do. */
  signInAgain: boolean;
  /** Milliseconds that the other side asks to be left alone; 0 when it names none. */
  afterMs: number;
}

const AGAIN = new Set([408, 409, 429, 500, 502, 503, 504]);
/** Google reports too many requests in this way as well. */
const RATE_LIMITED = /^(userR|r)ateLimitExceeded$/;

/** `now`: milliseconds since 1970, for a `retry-after` that is a date. */
export function judge(reply: Reply, purpose: Purpose, now: number): Verdict {
  const { message, reason } = detailsOf(reply.text);
  const again = AGAIN.has(reply.status) || (reply.status === 403 && RATE_LIMITED.test(reason));
  return {
    failure: again ? unavailable(reply.status, message, purpose) : failureOf(reply.status, message, purpose),
    again,
    signInAgain: reply.status === 401,
    afterMs: retryAfter(reply.headers["retry-after"], now),
  };
}

function failureOf(status: number, message: string, purpose: Purpose): MvgitError {
  if (status === 401) return signInRefused(purpose);
  if (status === 403) return forbidden(message, purpose);
  return unavailable(status, message, purpose);
}

function unavailable(status: number, message: string, { action, address }: Purpose): MvgitError {
  return new MvgitError(
    "remote-unavailable",
    `cannot ${action}: '${address}' answered ${status}${message && `, "${message}"`}`,
    { subject: address, hint: "run the command again later; it goes on where it stopped" },
  );
}

function signInRefused({ action, address }: Purpose): MvgitError {
  return new MvgitError("access-denied", `cannot ${action}: '${address}' does not accept these credentials (401)`, {
    subject: address,
    hint: "sign in with 'gcloud auth application-default login', or name a key file in GOOGLE_APPLICATION_CREDENTIALS",
  });
}

function forbidden(message: string, { action, address }: Purpose): MvgitError {
  const permission = /\bstorage\.[a-z]+\.[A-Za-z]+/.exec(message)?.[0];
  const lack = permission ? `permission '${permission}' is missing` : `access is denied${message && `, "${message}"`}`;
  return new MvgitError("access-denied", `cannot ${action} in '${address}': ${lack}`, {
    subject: address,
    hint: "'mvgit doctor --remote' says who you are there and what to ask for",
  });
}

/** The error of a bucket that is not there. */
export function bucketMissing({ action, address }: Purpose): MvgitError {
  return new MvgitError("remote-missing", `cannot ${action}: the bucket of '${address}' does not exist`, {
    subject: address,
    hint: "correct the address with 'mvgit remote add', or make the bucket with 'gcloud storage buckets create'",
  });
}

/** The error of an answer that is not what was asked for: an HTML page, wrong lengths, other bytes. */
export function unusable(how: string, { action, address }: Purpose): MvgitError {
  return new MvgitError("remote-unavailable", `cannot ${action}: '${address}' ${how}`, {
    subject: address,
    hint: "run the command again; if it stays so, see whether a proxy answers in the place of Google",
  });
}

/** The same, of bytes that are not those of the object that the other side describes. */
export function wrongBytes(how: string, { action, address }: Purpose): WrongBytes {
  return new WrongBytes("remote-unavailable", `cannot ${action}: '${address}' ${how}`, {
    subject: address,
    hint:
      "run the command again; if it stays so, the object is damaged, and 'mvgit push --repair' replaces it " +
      "where the bytes are",
  });
}

const LONGEST_MESSAGE = 300;

function detailsOf(text: string): { message: string; reason: string } {
  const error = objectOf(jsonOf(text)?.["error"]);
  const first = Array.isArray(error?.["errors"]) ? objectOf(error["errors"][0]) : undefined;
  const plain = /^\s*</.test(text) ? "" : text;
  const message = typeof error?.["message"] === "string" ? error["message"] : plain;
  const reason = typeof first?.["reason"] === "string" ? first["reason"] : "";
  return { message: display(message.trim().slice(0, LONGEST_MESSAGE)), reason };
}

/** The text as a JSON object; undefined when it is none. */
export function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function retryAfter(header: string | string[] | undefined, now: number): number {
  const text = String(header ?? "");
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms > 0 ? ms : 0;
}
