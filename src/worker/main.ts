/** The entry of a worker thread: small files, with synchronous calls, which for them are the fastest. */
import { parentPort, workerData } from "node:worker_threads";
import { bug, fromSystem, MvgitError } from "../base/errors.ts";
import { planFaults } from "../base/faults.ts";
import { dependOn } from "../base/lock.ts";
import { Cache } from "../store/cache/cache.ts";
import { BringOut } from "../worktree/bring-out.ts";
import { Places } from "../worktree/places.ts";
import { copySmallIntoCache } from "../worktree/read-file.ts";
import { type ForeignFile, takeSmallForeign } from "../bridges/foreign/read.ts";
import { learnFlushes } from "../worktree/settle.ts";
import type {
  BringAnswer,
  ForeignAnswer,
  SentError,
  TakeAnswer,
  WorkerAnswer,
  WorkerRequest,
  WorkerSetup,
} from "./protocol.ts";

const setup = workerData as WorkerSetup;
if (setup.faults) planFaults(setup.faults.text, setup.faults.shared);
if (setup.locks.length > 0) dependOn(setup.locks);
const cache = new Cache(setup.cacheFolder, { durable: false });
const bringOut = new BringOut(cache, setup.out ? new Places(setup.out) : cache.temporary.folder, ["copy"]);

const port = parentPort;
if (port === null) throw bug("the worker was started as a program");
port.on("message", (request: WorkerRequest) => {
  port.postMessage({ answers: answer(request) } satisfies WorkerAnswer);
});

function answer(request: WorkerRequest): WorkerAnswer["answers"] {
  if (request.kind === "take") {
    learnFlushes(request.flushes);
    return request.files.map(take);
  }
  return request.kind === "foreign" ? request.files.map(takeForeign) : request.files.map(bring);
}

function take(file: string): TakeAnswer {
  try {
    return copySmallIntoCache(cache, file);
  } catch (error) {
    return { error: toSend(error, file) };
  }
}

function takeForeign(file: ForeignFile): ForeignAnswer {
  try {
    return takeSmallForeign(cache, file);
  } catch (error) {
    return { error: toSend(error, file.places[0] ?? "") };
  }
}

function bring(wanted: Parameters<BringOut["makeSmall"]>[0]): BringAnswer {
  try {
    return { stamp: bringOut.makeSmall(wanted) };
  } catch (error) {
    return { error: toSend(error, wanted.shown) };
  }
}

function toSend(error: unknown, file: string): SentError {
  const { code, message, hint, subject } =
    error instanceof MvgitError ? error : fromSystem(error, `copy '${file}'`, file);
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(subject === undefined ? {} : { subject }) };
}
