/** The entry of a worker thread: the jobs there are, done with synchronous calls, for small files the fastest. */
import { parentPort, workerData } from "node:worker_threads";
import { bug } from "../base/errors.ts";
import { planFaults } from "../base/faults.ts";
import type { Job, WorkerSetup } from "../base/job.ts";
import { dependOn } from "../base/lock.ts";
import { takeForeignJob } from "../bridges/take-foreign-job.ts";
import { bringOutJob } from "../worktree/bring-out-job.ts";
import { takeInJob } from "../worktree/take-in-job.ts";

const JOBS: readonly Job<never, never, unknown>[] = [takeInJob, bringOutJob, takeForeignJob];

const { job: name, setup, faults, locks } = workerData as WorkerSetup;
if (faults) planFaults(faults.text, faults.shared);
if (locks.length > 0) dependOn(locks);

const job = JOBS.find((each) => each.name === name);
if (job === undefined) throw bug(`no worker knows the job '${name}'`);
const answer = job.start(setup as never);

const port = parentPort;
if (port === null) throw bug("the worker was started as a program");
port.on("message", (request: unknown) => port.postMessage(answer(request as never)));
