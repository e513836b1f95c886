/** Work for worker threads: what a kind of it is, and what the main thread and a worker say to each other. */
import { type ErrorCode, MvgitError } from "./errors.ts";
import { fromSystem } from "./system-errors.ts";
import type { LockInUse } from "./lock.ts";

/**
 * One kind of work. Whoever has such work brings it typed; `src/worker` lists all there are. Setup, requests and
 * answers pass between threads: plain values only.
 */
export interface Job<Setup, Request, Answer> {
  /** By which a worker finds it. */
  readonly name: string;
  /** In a worker: what answers every request of one pool. */
  start(setup: Setup): (request: Request) => Answer | Promise<Answer>;
  /** Memory of an answer that goes over to whoever asked. */
  given?(answer: Answer): ArrayBuffer[];
}

/** What a worker is started with. */
export interface WorkerSetup {
  /** The name of the only job that it is asked to do. */
  job: string;
  /** What the job is started with. */
  setup: unknown;
  faults: { text: string; shared: SharedArrayBuffer } | null;
  /** What the process holds while the worker changes things. */
  locks: readonly LockInUse[];
}

/** An MvgitError, as far as it can be sent to another thread. */
interface SentError {
  code: ErrorCode;
  message: string;
  hint?: string;
  subject?: string;
}

/** What came of one item of a request, where the others are answered whatever becomes of it. */
export type Attempt<Answer> = { answer: Answer } | { error: SentError };

/** In a worker: does one item of a request. `file`: what an error of the system's is about. */
export function attempt<Answer>(file: string, work: () => Answer): Attempt<Answer> {
  try {
    return { answer: work() };
  } catch (error) {
    return { error: sent(error, file) };
  }
}

/** As `attempt`, of work that is waited for. */
export async function attemptSoon<Answer>(file: string, work: () => Promise<Answer>): Promise<Attempt<Answer>> {
  try {
    return { answer: await work() };
  } catch (error) {
    return { error: sent(error, file) };
  }
}

function sent(caught: unknown, file: string): SentError {
  const { code, message, hint, subject } =
    caught instanceof MvgitError ? caught : fromSystem(caught, `copy '${file}'`, file);
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(subject === undefined ? {} : { subject }) };
}

/** The answer that came from a worker; throws the error that it sent, as it was there. */
export function answerOf<Answer>(attempted: Attempt<Answer>): Answer {
  if ("answer" in attempted) return attempted.answer;
  const { code, message, hint, subject } = attempted.error;
  throw new MvgitError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(subject === undefined ? {} : { subject }),
  });
}
