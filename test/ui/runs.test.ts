/** A run in progress as its page sees it: it began, its curves grow, it ends, and its version is there. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LogReport } from "../../src/registry/log.ts";
import { run } from "../../src/versions/run.ts";
import type { RunCurvesReport } from "../../src/versions/run-curves.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { commit } from "../support/track.ts";
import { listen, openHere, type Opened } from "./open.ts";

let box: Sandbox;
let ui: Opened;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  box.write("work/params.yaml", "lr: 0.1\n");
  await box.git("work", ["add", "params.yaml"]);
  await commit(box);
  ui = await openHere(box);
});
afterAll(async () => {
  await ui.close();
  box.cleanup();
});

it("is followed from its beginning to its version, each point once", async () => {
  const events = listen(ui.url);
  await events.until("event: hello");
  await ui.read("data/runs.json");
  const go = join(box.dir, "go");
  const script = `echo '{"step":1,"loss":3}' >>"$MVGIT_LOG"; while ! [ -e '${go}' ]; do sleep 0.05; done
    echo '{"step":2,"loss":2}' >>"$MVGIT_LOG"; while ! [ -e '${go}2' ]; do sleep 0.05; done; echo trained >w.bin`;
  const running = run(await box.open(), {
    model: "spam",
    data: [],
    weights: ["w.bin"],
    params: [],
    metrics: [],
    message: "",
    command: ["sh", "-c", script],
    env: [],
    signals: () => () => {},
    stdoutToStderr: true,
  });
  await events.until('"what":"began"');
  const [, id = ""] = /"id":"(\w+)","what":"began"/.exec(events.text()) ?? [];
  let first: RunCurvesReport;
  do first = await ui.read(`data/runs/${id}/curves.json`);
  while (first.curves.length === 0);
  expect(first).toMatchObject({ id, state: "running", curves: [{ name: "loss", x: [1], y: [3] }] });
  expect(await ui.read(`data/runs/${id}.json`)).toMatchObject({ state: "running", scores: { loss: 3 } });

  const before = events.text().length;
  box.write("go", "");
  while (!events.text().slice(before).includes('"what":"grew"'))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const more = await ui.read<RunCurvesReport>(`data/runs/${id}/curves.json?after=${first.cursor}`);
  expect(more).toMatchObject({ restarted: false, curves: [{ name: "loss", x: [2], y: [2] }] });

  box.write("go2", "");
  await running;
  await events.until('"what":"gone"');
  await events.until("event: refs");
  expect((await ui.read<LogReport>("data/log/spam.json")).versions).toMatchObject([
    { version: 1, metrics: { loss: 2 } },
  ]);
  expect((await ui.ask(`data/runs/${id}/curves.json`)).status).toBe(404);
  events.stop();
});
