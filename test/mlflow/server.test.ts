/** MLflow's tracking server over real HTTP: who is served, and what is kept of hostile requests. */
import * as fs from "node:fs";
import * as http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { outcomeOf } from "../../src/mlflow/outcome.ts";
import { serveTracking, type TrackingServer } from "../../src/mlflow/server.ts";
import { MOST } from "../../src/mlflow/state.ts";

let dir: string;
let server: TrackingServer;
beforeEach(async () => {
  dir = fs.mkdtempSync(join(tmpdir(), "mvgit-mlflow-"));
  server = await serveTracking(
    { journal: join(dir, "journal.jsonl"), artifacts: join(dir, "artifacts") },
    () => 1_700_000_000_000,
  );
});
afterEach(async () => {
  await server.close();
  fs.rmSync(dir, { recursive: true });
});

interface Answer {
  status: number;
  body: Record<string, never> & { error_code?: string };
}

async function call(method: string, path: string, body?: object | string): Promise<Answer> {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer["body"] };
}

async function newRun(tags: Record<string, string> = {}): Promise<string> {
  const { body } = await call("POST", "runs/create", {
    experiment_id: "0",
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
  return (body as unknown as { run: { info: { run_id: string } } }).run.info.run_id;
}

/** A request with exactly this target, which fetch would have tidied. */
function raw(target: string, options: http.RequestOptions & { body?: string } = {}): Promise<number> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path: target, ...options }, (answer) =>
      resolve(answer.resume().statusCode ?? 0),
    );
    request.on("error", reject).end(options.body ?? "");
  });
}

const secret = (): string => new URL(server.url).pathname;

describe("who is served", () => {
  it("nobody without the secret, under another host's name, or from a page in a browser", async () => {
    const path = "/api/2.0/mlflow/experiments/get?experiment_id=0";
    expect(await raw(secret() + path)).toBe(200);
    expect(await raw(path)).toBe(404);
    expect(await raw(`/${"x".repeat(secret().length - 1)}${path}`)).toBe(404);
    expect(await raw(secret() + path, { headers: { host: "evil.example" } })).toBe(404);
    expect(await raw(secret() + path, { headers: { origin: "http://127.0.0.1" } })).toBe(404);
    expect(await raw(secret() + path, { headers: { "sec-fetch-site": "cross-site" } })).toBe(404);
  });

  it("listens on loopback alone", () => {
    expect(new URL(server.url).hostname).toBe("127.0.0.1");
  });
});

describe("requests", () => {
  it("an endpoint that is not served is named once, what clients only probe is not", async () => {
    for (let again = 0; again < 2; again++)
      expect(await call("POST", "prompt-optimization/jobs", {})).toMatchObject({
        status: 404,
        body: { error_code: "ENDPOINT_NOT_FOUND" },
      });
    expect((await fetch(`${server.url}/api/3.0/mlflow/server-info`)).status).toBe(404);
    expect([...server.recording.notes]).toEqual([
      "MLflow asked for what is not served: POST /api/2.0/mlflow/prompt-optimization/jobs",
    ]);
  });

  it("what is unknown, malformed or too large is refused in MLflow's words", async () => {
    expect(await call("GET", "experiments/get-by-name?experiment_name=x")).toMatchObject({
      status: 404,
      body: { error_code: "RESOURCE_DOES_NOT_EXIST" },
    });
    expect(await call("POST", "runs/log-metric", { run_id: "none", key: "a", value: 1 })).toMatchObject({
      status: 404,
    });
    expect(await call("POST", "runs/create", "[1]")).toMatchObject({
      status: 400,
      body: { error_code: "INVALID_PARAMETER_VALUE" },
    });
    expect(await call("POST", "runs/search", { experiment_ids: ["0"], filter: "metrics.a ~ 1" })).toMatchObject({
      status: 400,
    });
    expect(
      await call("POST", "runs/create", `"${"x".repeat(17 * 1024 * 1024)}"`).then(
        ({ status }) => status,
        () => 413,
      ),
    ).toBe(413);
    expect(await call("GET", "experiments/get?experiment_id=0")).toMatchObject({ status: 200 });
  });

  it("a point that is told again, with the model that was logged meanwhile, counts once", async () => {
    const id = await newRun();
    const point = (step: number, value: number): object => ({ key: "loss", value, step, timestamp: 1000 + step });
    const metrics = [point(0, 1), point(1, 0.5), point(2, 0.3)];
    await call("POST", "runs/log-batch", { run_id: id, metrics });
    await call("POST", "runs/log-batch", { run_id: id, metrics: [{ ...point(0, 1), model_id: "m-1" }] });
    await call("POST", "runs/log-batch", { run_id: id, metrics: [point(1, 0.6)] });
    const { chosen } = outcomeOf(server.recording, null);
    expect(chosen?.metrics).toEqual({ loss: 0.3 });
    const { body } = await call("GET", `metrics/get-history?run_id=${id}&metric_key=loss`);
    expect((body as unknown as { metrics: { value: number }[] }).metrics.map(({ value }) => value)).toEqual([
      1, 0.5, 0.6, 0.3,
    ]);
  });

  it("a model that says nothing of prompts is none", async () => {
    await call("POST", "registered-models/create", { name: "spam" });
    const filter = encodeURIComponent("name = 'spam' AND tag.`mlflow.prompt.is_prompt` != 'true'");
    expect(await call("GET", `registered-models/search?filter=${filter}`)).toMatchObject({
      body: { registered_models: [{ name: "spam" }] },
    });
  });

  it("what scripts do with a registered model after they trained is done", async () => {
    const of = { name: "spam", version: "1" };
    await call("POST", "registered-models/create", { name: "spam", tags: [{ key: "a", value: "b" }] });
    for (const run_id of [await newRun(), await newRun()])
      await call("POST", "model-versions/create", { ...of, run_id });
    const move = (stage: string): Promise<Answer> => call("POST", "model-versions/transition-stage", { ...of, stage });
    const latest = async (stage: string): Promise<unknown> =>
      (await call("POST", "registered-models/get-latest-versions", { name: "spam", stages: [stage] })).body;
    expect(await move("production")).toMatchObject({ body: { model_version: { current_stage: "Production" } } });
    expect(await latest("Production")).toMatchObject({ model_versions: [{ version: "1" }] });
    expect(await move("Archived")).toMatchObject({ body: { model_version: { aliases: ["archived"] } } });
    expect(await move("None")).toMatchObject({ body: { model_version: { aliases: [] } } });
    expect(await move("Elsewhere")).toMatchObject({ status: 400 });
    expect((await call("DELETE", "registered-models/delete-tag", { name: "spam", key: "a" })).status).toBe(200);
    expect((await call("DELETE", "model-versions/delete-tag", { ...of, key: "a" })).status).toBe(200);
    expect((await call("DELETE", "model-versions/delete", of)).status).toBe(200);
    const renamed = { name: "spam", new_name: "ham" };
    expect(await call("POST", "registered-models/rename", renamed)).toMatchObject({
      body: { registered_model: { name: "ham", tags: [], latest_versions: [{ version: "2" }] } },
    });
    expect((await call("POST", "registered-models/rename", renamed)).status).toBe(404);
    expect((await call("DELETE", "registered-models/delete", { name: "ham" })).status).toBe(200);
    expect((await call("GET", "registered-models/get?name=ham")).status).toBe(404);
  });

  it("a setting keeps its value, and names of objects' own parts are names like others", async () => {
    const id = await newRun();
    for (const key of ["__proto__", "constructor", "lr"])
      expect((await call("POST", "runs/log-parameter", { run_id: id, key, value: "1" })).status).toBe(200);
    expect(await call("POST", "runs/log-parameter", { run_id: id, key: "lr", value: "2" })).toMatchObject({
      status: 400,
    });
    expect(Object.keys(outcomeOf(server.recording, null).chosen?.params ?? {})).toEqual([
      "__proto__",
      "constructor",
      "lr",
    ]);
  });

  it("curves come back in order, thinned when long, with the newest value always there", async () => {
    const id = await newRun();
    const metrics = Array.from({ length: 25_000 }, (_, step) => ({
      key: "loss",
      value: step === 24_999 ? "NaN" : step,
      timestamp: step,
      step,
    }));
    for (let at = 0; at < metrics.length; at += 1000)
      await call("POST", "runs/log-batch", { run_id: id, metrics: metrics.slice(at, at + 1000) });
    const { body } = await call("GET", `metrics/get-history?run_id=${id}&metric_key=loss`);
    const points = (body as unknown as { metrics: { step: number; value: number | string }[] }).metrics;
    expect(points.length).toBeLessThanOrEqual(20_001);
    expect([points[0]?.step, points.at(-1)?.step, points.at(-1)?.value]).toEqual([0, 24_999, "NaN"]);
    expect(server.recording.notes).toContain("long curves were thinned");
  });

  it("runs are found by what clients ask for", async () => {
    const parent = await newRun();
    const ids = [
      await newRun({ "mlflow.parentRunId": parent, kind: "it's" }),
      await newRun({ "mlflow.parentRunId": parent }),
    ];
    for (const [at, id] of ids.entries())
      await call("POST", "runs/log-metric", { run_id: id, key: "val/acc", value: at, step: 0, timestamp: 1 });
    const search = async (filter: string, order: string[] = []): Promise<string[]> => {
      const { body } = await call("POST", "runs/search", { experiment_ids: ["0"], filter, order_by: order });
      return (body as unknown as { runs: { info: { run_id: string } }[] }).runs.map(({ info }) => info.run_id);
    };
    expect(await search(`tags.mlflow.parentRunId = '${parent}'`, ["metrics.`val/acc` DESC"])).toEqual([ids[1], ids[0]]);
    expect(await search("metrics.`val/acc` > 0.5 AND attributes.status = 'RUNNING'")).toEqual([ids[1]]);
    expect(await search("tags.kind LIKE 'it''s'")).toEqual([ids[0]]);
    expect(await search(`attributes.run_id IN ('${parent}', 'x')`)).toEqual([parent]);
    const dataset = { name: "mails", digest: "1", source_type: "local", source: "x" };
    await call("POST", "runs/log-inputs", { run_id: parent, datasets: [{ dataset }] });
    expect(await search("datasets.name = 'mails' AND dataset.digest IN ('1')")).toEqual([parent]);
    expect(await search("tags.kind LIKE '%_''_%' AND tags.kind ILIKE 'IT%' AND tags.kind LIKE 'it''s%'")).toEqual([
      ids[0],
    ]);
    expect(await search(`tags.kind LIKE '${"%i".repeat(40)}'`)).toEqual([]);
  });

  it("what no entry could have is a mistake, told as MLflow tells it", async () => {
    const refused = { status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } };
    for (const filter of ["nope = 'x'", "foo.bar = 1", "metrics.loss = 'x'", "start_time > 'x'", "params.C > '1'"])
      expect(await call("POST", "runs/search", { experiment_ids: ["0"], filter }), filter).toMatchObject(refused);
    const order = { experiment_ids: ["0"], order_by: ["nope"] };
    expect(await call("POST", "runs/search", order)).toMatchObject(refused);
    for (const token of ["x", "-1", "1.5"])
      expect(await call("GET", `model-versions/search?page_token=${token}`), token).toMatchObject(refused);
    for (const what of ["model-versions", "registered-models"])
      expect(await call("GET", `${what}/search?filter=nme%3D'x'`), what).toMatchObject(refused);
  });
});

describe("artifacts", () => {
  const put = (path: string, body = "x"): Promise<number> =>
    raw(`${secret()}/api/2.0/mlflow-artifacts/artifacts/${path}`, { method: "PUT", body });

  it("stay below the run or model that they name, whatever the path", async () => {
    const id = await newRun();
    expect(await put(`0/${id}/artifacts/a%20b/c.txt`)).toBe(200);
    for (const path of [
      `0/${id}/artifacts/../../../evil`,
      `0/${id}/artifacts/%2e%2e/%2e%2e/evil`,
      `0/${id}/artifacts/..%2fevil`,
      `0/${id}/artifacts/a%5c..%5cevil`,
      `0/${id}/artifacts/.git/config`,
      `0/${id}/evil`,
      "evil",
      "0/nobody/artifacts/x",
      `1/${id}/artifacts/x`,
      `0/${id}/artifacts/%zz`,
      `0/${id}/artifacts/a%00b`,
      "/etc/evil",
    ]) {
      expect([path, await put(path)]).toEqual([path, 400]);
    }
    expect(await put(`0/${id}/artifacts/a%20b`)).toBe(400);
    expect(
      fs.readdirSync(join(dir, "artifacts"), { recursive: true }).filter((name) => String(name).includes("evil")),
    ).toEqual([]);
    expect(fs.readFileSync(join(dir, "artifacts", "0", id, "artifacts", "a b", "c.txt"), "utf8")).toBe("x");
  });

  it("are listed, read back, replaced and removed", async () => {
    const id = await newRun();
    await put(`0/${id}/artifacts/a.txt`, "one");
    await put(`0/${id}/artifacts/a.txt`, "two");
    const base = `${server.url}/api/2.0/mlflow-artifacts/artifacts`;
    expect(await (await fetch(`${base}?path=0/${id}/artifacts`)).json()).toEqual({
      files: [{ path: "a.txt", is_dir: false, file_size: 3 }],
    });
    expect(await (await fetch(`${base}/0/${id}/artifacts/a.txt`)).text()).toBe("two");
    expect((await fetch(`${base}/0/${id}/artifacts/a.txt`, { method: "DELETE" })).status).toBe(200);
    expect((await fetch(`${base}/0/${id}/artifacts/a.txt`)).status).toBe(404);
  });

  it("of which the connection broke leave nothing", async () => {
    const id = await newRun();
    const { hostname, port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const request = http.request({
        hostname,
        port,
        method: "PUT",
        path: `${secret()}/api/2.0/mlflow-artifacts/artifacts/0/${id}/artifacts/half`,
        headers: { "content-length": "100" },
      });
      request
        .on("error", () => undefined)
        .on("close", resolve)
        .write("half", () => setImmediate(() => request.destroy()));
    });
    await server.close();
    const left = fs.existsSync(join(dir, "artifacts"))
      ? fs.readdirSync(join(dir, "artifacts"), { recursive: true })
      : [];
    expect(left).toEqual([]);
  });
});

describe("what is kept", () => {
  it("names are bounded, and what is left out is said", async () => {
    const id = await newRun();
    const tags = Array.from({ length: MOST.names + 10 }, (_, at) => ({ key: `t${at}`, value: "x" }));
    expect((await call("POST", "runs/log-batch", { run_id: id, tags })).status).toBe(429);
    expect([...server.recording.notes].join()).toContain("names are not recorded");
  });

  it("every change is in the journal when the server has ended", async () => {
    const id = await newRun();
    await call("POST", "runs/log-metric", { run_id: id, key: "loss", value: 0.5, step: 1, timestamp: 2 });
    await call("GET", `runs/get?run_id=${id}`);
    await server.close();
    const lines = fs
      .readFileSync(join(dir, "journal.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { path: string });
    expect(lines.map(({ path }) => path.split("/").slice(-2).join("/"))).toEqual(["runs/create", "runs/log-metric"]);
  });

  it("a run without requests costs no file", async () => {
    await server.close();
    expect(fs.readdirSync(dir)).toEqual([]);
  });
});
