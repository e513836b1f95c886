import { expect, test } from "vitest";
import { answerOf, attempt, type Job } from "../../src/base/job.ts";
import { MvgitError } from "../../src/base/errors.ts";
import { Pool } from "../../src/base/pool.ts";

/** What the threads of these tests do is in `threads`: the job is only its name and its types. */
const halve: Job<{ most: number }, number, number> = { name: "halve", start: () => (request) => request / 2 };

/** Threads that halve numbers, and die of one above the most. */
function threads(most: number): Pool<{ most: number }, number, number> {
  const code = `
    import { parentPort, workerData } from "node:worker_threads";
    if (workerData.job !== "halve") throw new Error("asked for " + workerData.job);
    parentPort.on("message", (request) => {
      if (request > workerData.setup.most) throw new Error(request + " is too much");
      parentPort.postMessage(request / 2);
    });`;
  return new Pool(halve, { most }, { file: new URL(`data:text/javascript,${encodeURIComponent(code)}`) });
}

test("every request gets its own answer, however many there are", async () => {
  const pool = threads(1000);
  try {
    const asked = Array.from({ length: pool.width * 3 }, (_, index) => index);
    expect(await Promise.all(asked.map((each) => pool.ask(each)))).toEqual(asked.map((each) => each / 2));
  } finally {
    await pool.close();
  }
});

test("a thread that dies fails what it did, what waits and what comes later", async () => {
  const pool = threads(0);
  try {
    const asked = Array.from({ length: pool.width * 3 }, (_, index) => pool.ask(index + 1));
    for (const result of await Promise.allSettled(asked))
      expect(result).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("is too much") } });
    await expect(pool.ask(0)).rejects.toThrow("a worker thread failed");
  } finally {
    await pool.close();
  }
});

test("what fails in a thread is the same error outside of it", () => {
  const hint = "look into it";
  const failed = attempt("x", () => {
    throw new MvgitError("blob-missing", "there is no such blob", { hint, subject: "it" });
  });
  expect(() => answerOf(structuredClone(failed))).toThrow(
    expect.objectContaining({ code: "blob-missing", message: "there is no such blob", hint, subject: "it" }),
  );
  const ofSystem = attempt("x", () => {
    throw Object.assign(new Error("full"), { code: "ENOSPC" });
  });
  expect(() => answerOf(ofSystem)).toThrow(/cannot copy 'x'/);
  expect(answerOf(attempt("x", () => null))).toBeNull();
});
