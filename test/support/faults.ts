/** Faults on demand, of a server or of whoever stands before one: which request meets what. */

/** What a request is for, whichever service is asked. */
export type RequestKind =
  | "head"
  | "get"
  | "list"
  /** A whole object in one request. */
  | "put"
  /** A large object: its beginning, bytes of it, how far it is, and what makes it visible or gives it up. */
  | "begin"
  | "part"
  | "status"
  | "complete"
  | "abort"
  | "delete"
  | "permissions"
  | "other";

/** Kinds of requests whose body is the object's. */
export const SENDING: readonly RequestKind[] = ["put", "part", "complete"];

/** What somebody else does before whoever asked hears of it. */
type Meanwhile = () => Promise<void>;

export type FaultAction =
  /** `code`: the service's own name for it, where the status alone does not say enough. */
  | { do: "status"; status: number; retryAfter?: string; text?: string; code?: string }
  /**
   * The connection ends: before anything was heard, after this many bytes of the request's body or else of the
   * answer's, or after the work is done.
   */
  | { do: "cut"; meanwhile?: Meanwhile }
  | { do: "cut-body"; after: number }
  | { do: "cut-after-commit"; meanwhile?: Meanwhile }
  /** The work is done, and the answer is a refusal, as of a gateway that did not wait for it. */
  | { do: "refuse-after-commit"; status: number; meanwhile?: Meanwhile }
  /** A refusal by the headers alone, after which the connection ends; `lost`: before anybody hears it. */
  | { do: "early"; status: number; lost?: true }
  /** No byte ever comes; with `after`, none after that many bytes of the answer's body. */
  | { do: "stall"; after?: number }
  /** After that many bytes of the request's body no more is read, and no answer comes. */
  | { do: "stall-up"; after: number }
  /** The answer's body passes in so many pieces, each after so many milliseconds. */
  | { do: "drip"; pieces: number; everyMs: number }
  | { do: "wrong-bytes" }
  /** A byte less or more than the object has, in an answer that names no length; `said`: that names the false one. */
  | { do: "short"; said?: true }
  | { do: "long"; said?: true }
  | { do: "html" }
  /** Success, with nothing done and nothing said. */
  | { do: "hollow" }
  /** The answer's body never ends. */
  | { do: "endless" }
  /** The server hears the request twice, and its second answer is given. */
  | { do: "twice" }
  /** The server hears one byte in the middle of the body as another; only where nothing signs the body. */
  | { do: "garbled" }
  /** The server hears only the first half of the body, as if that were all; only where nothing signs the length. */
  | { do: "half" }
  | { do: "redirect"; to: string; status?: number };

export interface Fault {
  /** Any kind when absent. */
  kind?: RequestKind;
  /** The n-th request that matches from now on, from 1. */
  nth?: number;
  /** How many in a row from there; 1 when absent. */
  times?: number;
  action: FaultAction;
}

export class Faults {
  #planned: (Fault & { seen: number })[] = [];

  add(fault: Fault): void {
    this.#planned.push({ ...fault, seen: 0 });
  }

  clear(): void {
    this.#planned = [];
  }

  /** What this request meets, if anything. */
  take(kind: RequestKind): FaultAction | null {
    let met: FaultAction | null = null;
    for (const fault of this.#planned) {
      if (fault.kind !== undefined && fault.kind !== kind) continue;
      fault.seen++;
      const first = fault.nth ?? 1;
      if (met === null && fault.seen >= first && fault.seen < first + (fault.times ?? 1)) met = fault.action;
    }
    return met;
  }
}
