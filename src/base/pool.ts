/** Worker threads for many small pieces of one kind of work; none is started before there is enough to do. */
import { availableParallelism } from "node:os";
import { type ResourceLimits, type TransferListItem, Worker } from "node:worker_threads";
import { bug } from "./errors.ts";
import { faultsForWorker } from "./faults.ts";
import type { Job, WorkerSetup } from "./job.ts";
import { locksInUse } from "./lock.ts";

/** Below this many files, starting threads costs more than it saves. */
export const WORTH_A_POOL = 400;
const MOST_WORKERS = 8;
/** MiB for what a worker needs only for a moment; what V8 takes by itself adds up over threads, and is no faster. */
const YOUNG = 8;

/** Where the worker's code is: beside the built code, or in dist/ for code that runs from its sources. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "../../dist/worker.js" : "./worker.js", import.meta.url);
}

interface Asked<Request, Answer> {
  request: Request;
  transfer: readonly TransferListItem[];
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** A pool of this job's. */
export type PoolOf<J> = J extends Job<infer Setup, infer Request, infer Answer> ? Pool<Setup, Request, Answer> : never;

/**
 * Threads that do one job, started as requests come. `close` it in every case; what is under way then is never
 * answered. A request rejects only where its thread failed, which is a mistake of mvgit's, or could not be started.
 */
export class Pool<Setup, Request, Answer> {
  readonly #setup: Omit<WorkerSetup, "locks">;
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #busy = new Map<Worker, Asked<Request, Answer>>();
  readonly #waiting: Asked<Request, Answer>[] = [];
  #failure: Error | null = null;
  readonly #file: URL;
  readonly #most: number;
  readonly #limits: ResourceLimits;

  /**
   * `file`: the code of a thread, which knows the job by its name. `heap`: MiB of which a thread that wants more dies,
   * and the process does not. `most`: threads at once.
   */
  constructor(
    job: Job<Setup, Request, Answer>,
    setup: Setup,
    { file = workerFile(), heap, most = MOST_WORKERS }: { file?: URL; heap?: number; most?: number } = {},
  ) {
    this.#setup = { job: job.name, setup, faults: faultsForWorker() };
    this.#file = file;
    this.#most = most;
    this.#limits = heap === undefined ? { maxYoungGenerationSizeMb: YOUNG } : { maxOldGenerationSizeMb: heap };
  }

  /** How many requests at once keep every thread busy. */
  get width(): number {
    return Math.min(availableParallelism(), this.#most) + 1;
  }

  /** Starts all threads, for what will soon be asked. */
  warm(): void {
    while (this.#all.length < this.width - 1) this.#idle.push(this.#start());
  }

  /** `transfer`: memory of the request that goes over to the thread, and is nobody's here from then on. */
  ask(request: Request, transfer: readonly TransferListItem[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.push({ request, transfer, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#all.length < this.width - 1 ? this.#start() : null);
    if (worker === null) return;
    const asked = this.#waiting.shift() as Asked<Request, Answer>;
    this.#busy.set(worker, asked);
    worker.postMessage(asked.request, asked.transfer);
  }

  #start(): Worker {
    const worker = new Worker(this.#file, {
      workerData: { ...this.#setup, locks: locksInUse() } satisfies WorkerSetup,
      resourceLimits: this.#limits,
    });
    this.#all.push(worker);
    worker.on("message", (answer: Answer) => {
      const asked = this.#busy.get(worker);
      this.#busy.delete(worker);
      this.#idle.push(worker);
      asked?.resolve(answer);
      this.#next();
    });
    worker.on("error", (error) => this.#failed(worker, bug(`a worker thread failed: ${String(error)}`)));
    return worker;
  }

  /** What waits, or comes later, is refused as well: the only thread that would come to it may be this one. */
  #failed(worker: Worker, error: Error): void {
    this.#failure = error;
    this.#busy.get(worker)?.reject(error);
    this.#busy.delete(worker);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
