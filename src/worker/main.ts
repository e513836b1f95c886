/** The entry of a worker thread: the jobs there are, done with synchronous calls, for small files the fastest. */
import { parentPort, workerData } from "node:worker_threads";
import { bug } from "../base/errors.ts";
import { planFaults } from "../base/faults.ts";
import type { Job, WorkerSetup } from "../base/job.ts";
import { dependOn } from "../base/lock.ts";
import { takeForeignJob } from "../bridges/take-foreign-job.ts";
import { parquetJob } from "../registry/parquet-job.ts";
import { writeManyJob } from "../store/cache/write-many-job.ts";
import { md5Job } from "../store/cloud/md5-job.ts";
import { bringOutJob } from "../worktree/bring-out-job.ts";
import { packJob } from "../store/remote/packs/pack-job.ts";
import { codeJob } from "../store/remote/encoder/code-job.ts";
import { surveyJob } from "../store/remote/encoder/survey-job.ts";
import { takeInJob } from "../worktree/take-in-job.ts";

const JOBS: readonly Job<never, never, unknown>[] = [
  takeInJob,
  bringOutJob,
  writeManyJob,
  takeForeignJob,
  md5Job,
  parquetJob,
  codeJob,
  surveyJob,
  packJob,
];

const { job: name, setup, faults, locks } = workerData as WorkerSetup;
if (faults) planFaults(faults.text, faults.shared);
if (locks.length > 0) dependOn(locks);

const job = JOBS.find((each) => each.name === name);
if (job === undefined) throw bug(`no worker knows the job '${name}'`);
const answer = job.start(setup as never);

const port = parentPort;
if (port === null) throw bug("the worker was started as a program");
port.on("message", (request: unknown) => {
  const answered = answer(request as never);
  if (answered instanceof Promise) void answered.then(post);
  else post(answered);
});

function post(each: unknown): void {
  port?.postMessage(each, job?.given?.(each as never) ?? []);
}
