/** Curves of a run that goes on: each piece once, whatever becomes of the files meanwhile. */
import * as fs from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, afterAll, afterEach, describe, expect, it } from "vitest";
import { serveTracking } from "../../src/mlflow/server.ts";
import type { ModelName } from "../../src/values/label.ts";
import { registerRun, type RunEntry } from "../../src/repo/runs.ts";
import type { Repo } from "../../src/repo/repo.ts";
import { runCurves, type RunCurvesReport } from "../../src/versions/run-curves.ts";
import { listOf } from "../../src/versions/runs-list.ts";
import { RunGrowth } from "../../src/versions/run-growth.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let repo: Repo;
let run: RunEntry;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  repo = await box.open();
});
beforeEach(async () => {
  const model = "spam" as ModelName;
  run = await registerRun(repo, {
    model,
    command: ["x"],
    folder: "",
    isolated: false,
    settings: {},
    outputs: [],
    log: null,
  });
});
afterEach(() => run.forget());
afterAll(() => box.cleanup());

const write = (text: string): void => fs.appendFileSync(run.record.log, text);
const read = (after = ""): RunCurvesReport => runCurves(repo, run.record.id, after);
const drawn = ({ curves }: RunCurvesReport): unknown => curves.map(({ name, by, x, y }) => [name, by, x, y]);

describe("what a program appends to MVGIT_LOG", () => {
  it("comes piece by piece, whole lines alone", () => {
    write('{"step": 1, "loss": 3}\n{"step": 2, "lo');
    const first = read();
    expect(first).toMatchObject({ id: run.record.id, state: "running", restarted: true, more: false });
    expect(drawn(first)).toEqual([["loss", "step", [1], [3]]]);
    write('ss": 2}\n{"params": {"lr": 0.1}}\n{"step": 3, "loss": NaN, "accuracy": 0.5}\n');
    const second = read(first.cursor);
    expect(second).toMatchObject({ restarted: false, params: { lr: 0.1 } });
    expect(drawn(second)).toEqual([
      ["loss", "step", [2, 3], [2, null]],
      ["accuracy", "step", [3], [0.5]],
    ]);
    expect(drawn(read(second.cursor))).toEqual([]);
  });

  it("is counted where it names no place", () => {
    write('{"loss": 3}\nnonsense\n{"loss": 2}\n');
    const first = read();
    write('{"loss": 1}\n');
    expect([drawn(first), drawn(read(first.cursor))]).toEqual([
      [["loss", "line", [1, 2], [3, 2]]],
      [["loss", "line", [3], [1]]],
    ]);
  });

  it("has the seconds since the run began", () => {
    const began = Date.parse(run.record.started);
    write(`{"step": 1, "time": ${began / 1000 + 2}, "a": 1}\n{"time": ${began + 3000}, "b": 1}\n{"time": 4, "c": 1}\n`);
    expect(read().curves.map(({ name, x, time }) => [name, Math.round(x[0] ?? 0), Math.round(time?.[0] ?? 0)])).toEqual(
      [
        ["a", 1, 2],
        ["b", 3, 3],
        ["c", 4, 4],
      ],
    );
  });

  it("begins anew where the file was written anew, and says so", () => {
    write('{"loss": 3}\n{"loss": 2}\n');
    const { cursor } = read();
    fs.truncateSync(run.record.log);
    write('{"loss": 9}\n');
    const again = read(cursor);
    expect([again.restarted, drawn(again)]).toEqual([true, [["loss", "line", [1], [9]]]]);
  });

  it("comes in bounded pieces, and none is lost", () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, step) => `{"step": ${step}, "loss": 0.1234567, "accuracy": 0.9}\n`,
    );
    write(lines.join(""));
    let piece = read();
    let points = 0;
    for (let pieces = 1; ; pieces++) {
      points += piece.curves[0]?.x.length ?? 0;
      if (!piece.more) break;
      expect(pieces).toBeLessThan(5);
      piece = read(piece.cursor);
    }
    expect(points).toBe(100_000);
  });

  it("is none where a line has no end", () => {
    write("x".repeat(7 * 1024 * 1024));
    write('\n{"loss": 1}\n');
    const pieces = [read()];
    while (pieces.at(-1)?.more) pieces.push(read(pieces.at(-1)?.cursor));
    expect(pieces.flatMap(({ curves }) => curves)).toMatchObject([{ name: "loss", y: [1] }]);
  });

  it.each(["x", "1.2.3", "1.2.3.4.5", "-1.0.0.0", "1e9.0.0.0", "../.."])("no cursor: %s", async (cursor) => {
    expect(await codeOf(Promise.resolve().then(() => read(cursor)))).toBe("usage");
  });
});

it("what MLflow's client tells comes within a second, with the runs that it names", async () => {
  const base = join(run.folder, "log");
  const server = await serveTracking(
    { journal: `${base}.mlflow.jsonl`, artifacts: `${base}.artifacts` },
    () => Date.parse(run.record.started) + 5000,
  );
  const call = async (path: string, body: object): Promise<{ run: { info: { run_id: string } } }> =>
    (await (
      await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: "POST", body: JSON.stringify(body) })
    ).json()) as never;
  const { run_id: id } = (await call("runs/create", { experiment_id: "0", run_name: "first" })).run.info;
  await call("runs/log-batch", {
    run_id: id,
    params: [{ key: "lr", value: "0.1" }],
    metrics: [1, 2].map((step) => ({ key: "loss", value: 1 / step, step, timestamp: Date.parse(run.record.started) })),
  });
  await call("runs/log-metric", { run_id: id, key: "loss", value: 0.1, step: 3, timestamp: 1 });
  const growth = new RunGrowth(repo);
  growth.look();
  const isWritten = (): boolean =>
    fs.existsSync(`${base}.mlflow.jsonl`) && fs.readFileSync(`${base}.mlflow.jsonl`, "utf8").includes("log-metric");
  while (!isWritten()) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(growth.look()).toEqual([{ id: run.record.id, what: "grew" }]);
  expect(read()).toMatchObject({
    tracked: [{ id, name: "first" }],
    params: { lr: "0.1" },
    curves: [{ name: "loss", tracked: id, by: "step", x: [1, 2, 3], y: [1, 0.5, 0.1] }],
  });
  await server.close();
  expect((await listOf(repo, null)).runs).toMatchObject([{ id: run.record.id, scores: { loss: 0.1 } }]);
  fs.appendFileSync(
    `${base}.mlflow.jsonl`,
    '{"path": 1}\nnull\n{"path": "/x/mlflow/runs/log-batch", "body": {"metrics": 1}}\n',
  );
  expect(read().curves).toHaveLength(1);
});

it("who follows is told what began, grew, ended and is gone", async () => {
  const growth = new RunGrowth(repo);
  expect(growth.look()).toEqual([]);
  expect(growth.isAnyRunning).toBe(true);
  write('{"loss": 1}\n');
  const { id } = run.record;
  expect([growth.look(), growth.look()]).toEqual([[{ id, what: "grew" }], []]);
  run.ended({ how: "failed", status: 1, why: "x", seconds: 1, scores: {}, weights: [], left: null });
  expect([growth.look(), growth.isAnyRunning]).toEqual([[{ id, what: "ended" }], false]);
  await run.forget();
  expect(growth.look()).toEqual([{ id, what: "gone" }]);
});
