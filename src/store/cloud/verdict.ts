/** What an answer that is no success means: the error to report, and whether to try again. */
import type { MvgitError } from "../../base/errors.ts";
import { forbidden, type Purpose, signInRefused, unavailable } from "./failures.ts";

/** An answer whose body has been read. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}

/** What the body of such an answer says, read in the vendor's way. */
export interface Said {
  /** Safe to show; "" for nothing. */
  message: string;
  /** The one that is missing, where it is named. */
  permission?: string | undefined;
  /** Too many requests, said in another way than by 429. */
  isRateLimit: boolean;
}

export interface Verdict {
  failure: MvgitError;
  again: boolean;
  /** The other side refuses this token; a fresh one may do. */
  signInAgain: boolean;
  /** Milliseconds that the other side asks to be left alone; 0 when it names none. */
  afterMs: number;
}

/** 409: another write of the same name was under way. */
const AGAIN = new Set([408, 409, 429, 500, 502, 503, 504]);

/** `now`: milliseconds since 1970, for a `retry-after` that is a date. */
export function judge({ status, headers }: Reply, said: Said, { purpose, now }: Judging): Verdict {
  // A success that is none was another's answer, as of a proxy that shows its own page.
  const again = AGAIN.has(status) || said.isRateLimit || (status >= 200 && status < 300);
  return {
    failure: again ? unavailable(status, said.message, purpose) : failureOf(status, said, purpose),
    again,
    signInAgain: status === 401,
    afterMs: retryAfter(headers["retry-after"], now),
  };
}

export interface Judging {
  purpose: Purpose;
  now: number;
}

function failureOf(status: number, said: Said, purpose: Purpose): MvgitError {
  if (status === 401) return signInRefused(purpose);
  if (status === 403) return forbidden(said, purpose);
  return unavailable(status, said.message, purpose);
}

function retryAfter(header: string | string[] | undefined, now: number): number {
  const text = String(header ?? "");
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms > 0 ? ms : 0;
}
