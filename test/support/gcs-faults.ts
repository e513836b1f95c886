/** Faults on demand for the test server: which request meets what. */

/** What a request is, as the server counts it. */
export type RequestKind = "head" | "get" | "list" | "upload" | "session" | "put" | "status" | "delete" | "permissions";

export type FaultAction =
  | { do: "status"; status: number; retryAfter?: string; text?: string }
  /**
   * The connection ends: before anything was heard, after this many bytes of the body either way, or after the work is
   * done.
   */
  | { do: "cut" }
  | { do: "cut-body"; after: number }
  | { do: "cut-after-commit" }
  /** No byte ever comes; with `after`, none after that many bytes of the answer's body. */
  | { do: "stall"; after?: number }
  | { do: "wrong-bytes" }
  | { do: "short" }
  | { do: "long" }
  | { do: "html" }
  /** The answer's body never ends. */
  | { do: "endless" };

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
