/** The pages of runs: what is in progress, followed while it grows, and what came of it. */
import { describe, expect, it } from "vitest";
import { RunCurves, type CurvesPiece } from "../../src/page/runs/run-curves.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const HOSTILE = "<script>alert(1)</script>";

function piece(rest: Partial<CurvesPiece>): CurvesPiece {
  return { state: "running", cursor: "1", restarted: false, more: false, curves: [], params: {}, tracked: [], ...rest };
}

const loss = (x: number[], tracked: string | null = null): CurvesPiece["curves"][number] => ({
  name: "loss",
  by: "step",
  x,
  y: x.map((step) => 1 / step),
  time: x,
  tracked,
});

describe("the curves of a run", () => {
  it("grow by pieces, each run of a tracker by itself, and begin anew where a file did", () => {
    const curves = new RunCurves();
    curves.take(piece({ restarted: true, curves: [loss([1, 2])], params: { lr: 1 } }));
    curves.take(piece({ cursor: "2", curves: [loss([3]), loss([1], "a")], tracked: [{ id: "a", name: "fold 1" }] }));
    const tell = (): unknown => curves.sources("0a1b2c3d").map((each) => [each.label, each.curves[0]?.x]);
    expect(tell()).toEqual([
      ["0a1b2c3d", [1, 2, 3]],
      ["fold 1", [1]],
    ]);
    expect([curves.cursor, curves.params]).toEqual(["2", { lr: 1 }]);
    curves.take(piece({ restarted: true, curves: [loss([7])] }));
    expect(tell()).toEqual([["0a1b2c3d", [7]]]);
    expect(curves.params).toEqual({});
  });
});

const LINE = {
  id: "0a1b2c3d",
  model: "spam",
  state: "running",
  started: "2026-01-02T03:04:05.000Z",
  seconds: 60,
  status: null,
  scores: { loss: 0.5 },
  folder: "",
  isolated: false,
  settings: { lr: 0.01 },
  workTree: "/work",
  log: `/log/${HOSTILE}`,
  why: null,
};
const RUN = {
  ...LINE,
  words: ["python", HOSTILE],
  params: { optimizer: HOSTILE },
  data: [],
  weights: [],
  environment: {},
  notes: [HOSTILE],
  curves: ["loss"],
  output: null,
  savable: false,
  plot: null,
};

interface Stream {
  write(text: string): unknown;
  destroy(): unknown;
}

interface Answer extends Stream {
  end(): unknown;
  writeHead(status: number, headers: Record<string, string>): Answer;
}

describe.skipIf(CHROMIUM === null)(`the pages of runs${NO_CHROMIUM}`, () => {
  it("lists them, and follows one until its version stands, also over a server that was gone", async () => {
    let [isGone, isUp, asked] = [false, true, 0];
    let stream: Stream | null = null;
    const tell = (what: string): unknown =>
      stream?.write(`event: runs\ndata: ${JSON.stringify({ runs: [{ id: RUN.id, what }] })}\n\n`);
    const documents = {
      events: (req: { socket: Pick<Stream, "destroy"> }, res: Answer) => {
        if (!isUp) return req.socket.destroy();

        res
          .writeHead(200, { "content-type": "text/event-stream" })
          .write('retry: 100\nevent: hello\ndata: {"state":"a"}\n\n');
        return (stream = res);
      },
      "data/runs.json": () => ({ runs: [{ ...LINE, command: ["python", HOSTILE] }] }),
      [`data/runs/${RUN.id}.json`]: () => (isGone ? undefined : { ...RUN, output: "/clone/output.txt" }),
      [`data/runs/${RUN.id}/output.json`]: {
        ...{ id: RUN.id, state: "running", kept: true, size: 3_250_000, cut: true },
        lines: [HOSTILE, "epoch 3"],
      },
      [`data/runs/${RUN.id}/curves.json`]: () =>
        piece({ restarted: asked === 0, cursor: String(++asked), curves: [loss([asked])] }),
      "data/log/spam.json": { versions: [{ version: 7, time: "2026-01-02T04:00:00Z" }] },
      "data/show/spam@v7.json": { package: { run: { id: RUN.id } } },
    };
    const { page, problems } = await openPage(documents, { at: "#/-runs", config: { mode: "live" } });
    await page.getByRole("cell", { name: "loss 0.5" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("link", { name: RUN.id }).click();
    await page.getByRole("group", { name: "loss: 1 at 1." }).waitFor();
    tell("grew");
    await page.getByRole("group", { name: "loss: from 1 at 1 to 0.5 at 2" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("region", { name: "What it printed last" }).getByText("epoch 3").waitFor();
    await page.getByText("The last 2 lines of 3.1 MiB.").waitFor();
    isUp = false;
    (stream as Stream | null)?.destroy();
    const silent = page.getByRole("status").getByText("The server of this page does not answer");
    await silent.first().waitFor();
    [isUp, isGone] = [true, true];
    await page.getByRole("link", { name: "spam@v7" }).waitFor();
    await expect.poll(() => silent.count(), { timeout: 5000 }).toBe(0);
    await page.getByRole("group", { name: /^Chart of loss/ }).waitFor();
    expect(problems).toEqual([]);
  });

  it("hear from a server again that refused to be listened to", async () => {
    let isRefusing = true;
    const documents = {
      events: (_: unknown, res: Answer) => {
        if (isRefusing) return void res.writeHead(503, {}).end();
        return res
          .writeHead(200, { "content-type": "text/event-stream" })
          .write('event: hello\ndata: {"state":"a"}\n\n');
      },
      "data/runs.json": { runs: [] },
    };
    const { page, problems } = await openPage(documents, { at: "#/-runs", config: { mode: "live" } });
    const silent = page.getByRole("status").getByText("The server of this page does not answer");
    await silent.waitFor();
    isRefusing = false;
    await expect.poll(() => silent.count(), { timeout: 9000 }).toBe(0);
    expect(problems).toEqual([]);
  });
});
