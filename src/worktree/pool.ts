/** Worker threads for many small files; none is started before there is enough to do. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { bug, MvgitError } from "../base/errors.ts";
import { faultsForWorker } from "../base/faults.ts";
import { locksInUse } from "../base/lock.ts";
import type { ForeignFile } from "../bridges/foreign/read.ts";
import { knownFlushes } from "./settle.ts";
import type {
  BringAnswer,
  ForeignAnswer,
  SentError,
  TakeAnswer,
  WorkerAnswer,
  WorkerRequest,
  WorkerSetup,
} from "../worker/protocol.ts";

/** Below this many files, starting threads costs more than it saves. */
export const WORTH_A_POOL = 400;
const MOST_WORKERS = 8;
/** MiB for what a worker needs only for a moment; what V8 takes by itself adds up over threads, and is no faster. */
const YOUNG = 8;

/** Where the worker's code is: beside the built code, or in dist/ for code that runs from its sources. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "../../dist/worker.js" : "./worker.js", import.meta.url);
}

interface Job {
  request: WorkerRequest;
  resolve(answers: WorkerAnswer["answers"]): void;
  reject(error: unknown): void;
}

/** `close` it in every case. */
export class Pool {
  readonly #setup: Omit<WorkerSetup, "locks">;
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #busy = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];

  constructor(setup: Omit<WorkerSetup, "faults" | "locks">) {
    this.#setup = { ...setup, faults: faultsForWorker() };
  }

  /** How many batches keep every worker busy. */
  get width(): number {
    return Math.min(availableParallelism(), MOST_WORKERS) + 1;
  }

  async take(files: readonly string[]): Promise<readonly TakeAnswer[]> {
    return (await this.#run({ kind: "take", files, flushes: knownFlushes() })) as readonly TakeAnswer[];
  }

  async foreign(files: readonly ForeignFile[]): Promise<readonly ForeignAnswer[]> {
    return (await this.#run({ kind: "foreign", files })) as readonly ForeignAnswer[];
  }

  async bring(files: Extract<WorkerRequest, { kind: "bring" }>["files"]): Promise<readonly BringAnswer[]> {
    return (await this.#run({ kind: "bring", files })) as readonly BringAnswer[];
  }

  #run(request: WorkerRequest): Promise<WorkerAnswer["answers"]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#all.length < this.width - 1 ? this.#start() : null);
    if (worker === null) return;
    const job = this.#waiting.shift() as Job;
    this.#busy.set(worker, job);
    worker.postMessage(job.request);
  }

  #start(): Worker {
    const worker = new Worker(workerFile(), {
      workerData: { ...this.#setup, locks: locksInUse() } satisfies WorkerSetup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
    });
    this.#all.push(worker);
    worker.on("message", ({ answers }: WorkerAnswer) => {
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      this.#idle.push(worker);
      job?.resolve(answers);
      this.#next();
    });
    worker.on("error", (error) => this.#busy.get(worker)?.reject(bug(`a worker thread failed: ${String(error)}`)));
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}

/** The error that a worker sent, as it was there. */
export function received({ code, message, hint, subject }: SentError): MvgitError {
  return new MvgitError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(subject === undefined ? {} : { subject }),
  });
}
