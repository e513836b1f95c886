/** Versions and stages as MLflow's client asks for them, over real HTTP; with the real client: python/tests. */
import * as fs from "node:fs";
import * as http from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalServer } from "../../src/base/loopback.ts";
import { importMlflow } from "../../src/bridges/mlflow/import.ts";
import { openToServe, type ServeWish } from "../../src/bridges/mlflow-serve.ts";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { StageName } from "../../src/values/label.ts";
import { promote } from "../../src/versions/promote.ts";
import { exportMlflow } from "../../src/versions/mlflow-folder.ts";
import { remark } from "../../src/versions/remark.ts";
import { save } from "../../src/versions/save.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeFileStore, RUN } from "../support/mlflow/store.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { damage } from "../support/track.ts";
import { testWatch } from "../support/watch.ts";
import { type Answer, type Asked, request, ruledBox } from "../ui/open.ts";

interface Served {
  url: URL;
  told: string[];
  /** Below `api/2.0`. */
  ask(path: string, options?: Asked): Promise<Answer>;
  get<T = Record<string, never>>(path: string): Promise<T>;
  send<T = Record<string, never>>(method: string, path: string, body: object): Promise<T & { status: number }>;
  close(): Promise<void>;
}

async function serve(box: Sandbox, wish: Partial<ServeWish> = {}): Promise<Served> {
  const watch = testWatch();
  const env = { ...hermeticEnv(box.dir), ...box.env };
  const about = { address: ".", port: 0, writes: false, insecure: false, ...wish };
  const server: LocalServer = await openToServe({ cwd: join(box.dir, "work"), env, watch }, about);
  const url = new URL(server.url);
  const ask: Served["ask"] = (path, options) => request(url, `${url.pathname}/api/2.0/${path}`, options);
  return {
    url,
    told: watch.told,
    ask,
    async get<T>(path: string) {
      const { status, body } = await ask(path);
      if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
      return JSON.parse(body) as T;
    },
    async send<T>(method: string, path: string, body: object) {
      const text = JSON.stringify(body);
      const headers = { "content-length": Buffer.byteLength(text) };
      const { status, body: answer } = await ask(`mlflow/${path}`, { method, headers, body: text });
      return { ...(JSON.parse(answer) as T), status };
    },
    close: () => server.close(),
  };
}

interface ModelVersion {
  version: string;
  run_id: string;
  source: string;
  aliases: string[];
  tags: { key: string; value: string }[];
}
const NONE = { data: [], weights: [], params: [], metrics: [], message: "" };
const tagOf = ({ tags }: Pick<ModelVersion, "tags">, key: string): string | undefined =>
  tags.find((tag) => tag.key === key)?.value;
/** Where the service of artifacts has what an address of it names. */
const service = (uri: string, path = ""): string =>
  `mlflow-artifacts/artifacts/${uri.replace("mlflow-artifacts:/", "")}${path}`;
const listed = (uri: string, path = ""): string =>
  `mlflow-artifacts/artifacts?path=${encodeURIComponent(uri.replace("mlflow-artifacts:/", "") + path)}`;

let box: Sandbox;
let served: Served;
const LARGE = Buffer.alloc(9 * 1024 * 1024, 7);
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  box.write("work/train.py", "print(1)\n");
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-qm", "code"]);
  makeFileStore(box, (await box.git("work", ["rev-parse", "HEAD"])).stdout.trim());
  // As clients before MLflow 3 lay a model out.
  const [first = ""] = fs.readdirSync(join(box.dir, "mlruns")).filter((name) => /^\d+$/.test(name));
  box.write(`mlruns/${first}/${RUN[0]}/artifacts/model/MLmodel`, "flavors: {}\n");
  const from = { from: "../mlruns", runs: false, experiments: [], partial: false, dryRun: false };
  await importMlflow(await box.open(), from);
  box.write("work/w/deep/a b.txt", "a");
  box.write("work/w/small.bin", "small");
  box.write("work/w/large.bin", LARGE);
  box.write("work/metrics.json", '{"accuracy": 0.9}');
  await box.git("work", ["add", "metrics.json"]);
  await save(await box.open(), { ...NONE, model: "plain", weights: ["w"], metrics: ["metrics.json"] });
  served = await serve(box);
}, 30_000);
afterAll(async () => {
  await served.close();
  box.cleanup();
});

describe("who is heard", () => {
  const EXPERIMENT = "mlflow/experiments/get?experiment_id=0";
  it("a program of this machine that knows the address", async () => {
    expect((await served.ask(EXPERIMENT)).status).toBe(200);
    expect(served.url.hostname).toBe("127.0.0.1");
  });

  it.each([
    ["a name that was turned to this machine", { host: "evil.example" }],
    ["a page of anybody's", { origin: "https://evil.example" }],
    ["a page of this machine", { origin: "http://127.0.0.1" }],
    ["a picture on a page", { "sec-fetch-site": "cross-site" }],
    ["an address that somebody typed into a browser", { "sec-fetch-site": "none" }],
  ])("not %s", async (_, headers) => {
    expect((await served.ask(EXPERIMENT, { headers })).status).toBe(404);
  });

  it("nobody who does not know it, and what to do is told", async () => {
    for (const path of [`/api/2.0/${EXPERIMENT}`, `/x${served.url.pathname}/api/2.0/${EXPERIMENT}`, "/"])
      for (const authorization of ["", "Bearer x", `Basic ${served.url.pathname.slice(1)}`]) {
        const { status, body } = await request(served.url, path, { headers: { authorization } });
        expect([status, JSON.parse(body)]).toMatchObject([401, { error_code: "UNAUTHENTICATED" }]);
        expect(body).toContain("MLFLOW_TRACKING_URI");
      }
  });

  it("who sends the end of it as a token", async () => {
    const headers = { authorization: `Bearer ${served.url.pathname.slice(1)}` };
    const asked = `/api/2.0/${EXPERIMENT}`;
    expect((await request(served.url, asked, { headers })).status).toBe(200);
    for (const more of [{ host: "evil.example" }, { origin: "http://127.0.0.1" }, { "sec-fetch-site": "none" }])
      expect((await request(served.url, asked, { headers: { ...headers, ...more } })).status).toBe(404);
  });
});

describe("the address", () => {
  const addressOf = async (wish: Partial<ServeWish>, env: Record<string, string> = {}): Promise<string> => {
    const other = await serve({ ...box, env: { ...box.env, ...env } } as Sandbox, wish);
    await other.close();
    return other.url.href;
  };
  const file = (): string => join(box.dir, "work/.git/mvgit/mlflow-secret");

  it("is another each time, but at a port that was chosen; what is kept of it is its user's alone", async () => {
    const free = await addressOf({});
    const port = Number(new URL(free).port);
    expect(fs.existsSync(file())).toBe(false);
    const first = await addressOf({ port });
    expect(first).not.toBe(free);
    expect(await addressOf({ port })).toBe(first);
    expect(fs.statSync(file()).mode & 0o777).toBe(0o600);
    for (const spoil of [
      () => fs.chmodSync(file(), 0o640),
      () => fs.writeFileSync(file(), "a/../b"),
      () => fs.writeFileSync(file(), "guess"),
    ]) {
      const before = await addressOf({ port });
      spoil();
      const after = await addressOf({ port });
      expect(after).not.toBe(before);
      expect(await addressOf({ port })).toBe(after);
    }
    // It is not written through a link, nor read through one.
    fs.rmSync(file());
    fs.symlinkSync("../../w/small.bin", file());
    expect(await addressOf({ port })).toMatch(/\/[\w-]{32}$/);
    expect(fs.lstatSync(file()).isSymbolicLink()).toBe(false);
    expect(box.read("work/w/small.bin").toString()).toBe("small");
  });

  it("ends as a variable says, unless that could be guessed", async () => {
    const secret = "s".repeat(32);
    expect(await addressOf({}, { MVGIT_MLFLOW_SECRET: secret })).toContain(`/${secret}`);
    for (const wrong of ["short", "s".repeat(31), `${"s".repeat(32)}/..`])
      await expect(addressOf({}, { MVGIT_MLFLOW_SECRET: wrong })).rejects.toMatchObject({ code: "usage" });
  });
});

const versionOf = async (model: string, version: number): Promise<ModelVersion> =>
  (await served.get<{ model_version: ModelVersion }>(`mlflow/model-versions/get?name=${model}&version=${version}`))
    .model_version;

describe("the registry", () => {
  it("has models with stages as aliases, and versions that say what they are", async () => {
    const { registered_model: model } = await served.get<{ registered_model: { aliases: object[] } }>(
      "mlflow/registered-models/get?name=spam-detector",
    );
    expect(model).toMatchObject({
      name: "spam-detector",
      aliases: expect.arrayContaining([
        { alias: "champion", version: "2" },
        { alias: "production", version: "1" },
      ]),
      latest_versions: [{ version: "1", current_stage: "Production" }, { version: "2" }],
    });
    const version = await versionOf("spam-detector", 1);
    expect(version).toMatchObject({ version: "1", status: "READY", aliases: ["production"] });
    expect(version.run_id).toBe(tagOf(version, "mvgit.package")?.slice(0, 32));
    expect(tagOf(version, "mvgit.version")).toBe("spam-detector@v1");
  });

  it("finds a version by its alias, by MLflow's older stages, as the latest, and by a search", async () => {
    const alias = "mlflow/registered-models/alias?name=spam-detector&alias=champion";
    expect(await served.get(alias)).toMatchObject({ model_version: { version: "2" } });
    const latest = async (stages: string[]): Promise<unknown> =>
      served.send("POST", "registered-models/get-latest-versions", { name: "spam-detector", stages });
    expect(await latest(["Production"])).toMatchObject({ model_versions: [{ version: "1" }] });
    expect(await latest([])).toMatchObject({ model_versions: [{ version: "1" }, { version: "2" }] });
    expect(await latest(["None", "Staging"])).toMatchObject({
      model_versions: [{ version: "2", current_stage: "None" }],
    });
    const search = "mlflow/model-versions/search?filter=name%3D%27spam-detector%27&order_by=version_number%20ASC";
    const { model_versions: found } = await served.get<{ model_versions: ModelVersion[] }>(search);
    expect(found.map(({ version }) => version)).toEqual(["1", "2"]);
    const noPrompts = encodeURIComponent("tag.`mlflow.prompt.is_prompt` != 'true'");
    expect(await served.get(`mlflow/registered-models/search?filter=${noPrompts}`)).toMatchObject({
      registered_models: [{ name: "plain" }, { name: "spam-detector" }],
    });
  });

  it("says as mvgit does why something is not there", async () => {
    const { status, body } = await served.ask("mlflow/model-versions/get?name=spam-detector&version=9");
    expect([status, JSON.parse(body)]).toMatchObject([404, { error_code: "RESOURCE_DOES_NOT_EXIST" }]);
    expect(body).toContain("the newest is v2");
    const alias = await served.ask("mlflow/registered-models/alias?name=spam-detector&alias=nothing");
    expect(alias).toMatchObject({ status: 404, body: expect.stringContaining("nothing is in spam-detector#nothing") });
  });
});

interface Run {
  run: { info: Record<string, unknown>; data: { params: object[]; metrics: object[]; tags: object[] } };
}

describe("runs", () => {
  it("are versions, found by the id of the package and by MLflow's own", async () => {
    const { run_id: id } = await versionOf("spam-detector", 1);
    const run = await served.get<Run>(`mlflow/runs/get?run_id=${id}`);
    expect(run.run.info).toMatchObject({ run_id: id, run_name: "train 0", user_id: "ada", status: "FINISHED" });
    expect(run.run.data.params).toContainEqual({ key: "C", value: "0.5" });
    expect(run.run.data.metrics).toContainEqual(expect.objectContaining({ key: "val/acc", value: 0.8 }));
    expect(run.run.data.tags).toContainEqual({ key: "team", value: "mail" });
    expect(await served.get(`mlflow/runs/get?run_id=${RUN[0]}`)).toEqual(run);
  });

  it("are searched by what they recorded, in the experiment of their model and in that of all", async () => {
    const search = async (model: string, filter: string): Promise<unknown[]> => {
      const asked = `mlflow/experiments/get-by-name?experiment_name=${model}`;
      const { experiment } = await served.get<{ experiment: { experiment_id: string } }>(asked);
      const body = { experiment_ids: [experiment.experiment_id], filter, order_by: ["metrics.`val/acc` DESC"] };
      const { runs } = await served.send<{ runs: Run["run"][] }>("POST", "runs/search", body);
      return runs.map(({ info }) => info["run_name"]);
    };
    expect(await search("spam-detector", "")).toEqual(["train 1", "train 0"]);
    expect(await search("spam-detector", "params.C = '0.5' and tags.team = 'mail'")).toEqual(["train 0"]);
    expect(await search("plain", "")).toEqual(["plain@v1"]);
    expect(await search("Default", "")).toEqual(["train 1", "train 0", "plain@v1"]);
  });

  it("have their curves", async () => {
    const history = `mlflow/metrics/get-history?run_id=${RUN[0]}&metric_key=loss`;
    const { metrics } = await served.get<{ metrics: object[] }>(history);
    expect(metrics).toMatchObject([
      { step: 0, value: 1 },
      { step: 1, value: 0.5 },
      { step: 2, value: "NaN" },
    ]);
    const { run_id: id } = await versionOf("plain", 1);
    const alone = await served.get(`mlflow/metrics/get-history?run_id=${id}&metric_key=accuracy`);
    expect(alone).toMatchObject({ metrics: [{ value: 0.9 }] });
  });
});

const ONE = { "content-length": 1 };
const filesIn = async (uri: string, path = ""): Promise<string[]> =>
  (await served.get<{ files: { path: string }[] }>(listed(uri, path))).files.map((each) => each.path);

describe("artifacts", () => {
  it("of a version are the model that its run logged", async () => {
    for (const version of [1, 2]) {
      const asked = `mlflow/model-versions/get-download-uri?name=spam-detector&version=${version}`;
      const { artifact_uri: uri } = await served.get<{ artifact_uri: string }>(asked);
      expect(await filesIn(uri)).toContain("model.bin");
      expect((await served.ask(service(uri, "/model.bin"))).body).toBe(`weights ${version - 1}`);
    }
  });

  it("of its run are those that MLflow recorded", async () => {
    const asked = `mlflow/artifacts/list?run_id=${(await versionOf("spam-detector", 1)).run_id}`;
    const { root_uri: uri, files } = await served.get<{ root_uri: string; files: object[] }>(asked);
    expect(files).toContainEqual({ path: "report.txt", is_dir: false, file_size: 6 });
    expect((await served.ask(service(uri, "/report.txt"))).body).toBe("report");
  });

  it("of a version that MLflow did not record are its weights", async () => {
    const { source } = await versionOf("plain", 1);
    expect(await filesIn(source)).toEqual(["deep", "large.bin", "small.bin"]);
    expect((await served.ask(service(source, "/deep/a%20b.txt"))).body).toBe("a");
    const large = await served.ask(service(source, "/large.bin"));
    expect(large.headers["content-length"]).toBe(String(LARGE.length));
    expect(large.bytes.equals(LARGE)).toBe(true);
  });

  it("no other path is one, however it is written, and nothing is taken", async () => {
    const { source } = await versionOf("plain", 1);
    const other = (await versionOf("spam-detector", 1)).source;
    const [, experiment = ""] = /:\/(\d+)/.exec(other) ?? [];
    for (const uri of [
      `${source}/../small.bin`,
      `${source}/deep/%2e%2e/small.bin`,
      `${source}/deep%2f..%2fsmall.bin`,
      `${source}//small.bin`,
      `${source}/small.bin%00`,
      `${source}/deep\\a b.txt`.replace(" ", "%20"),
      `${source}/deep`,
      `${source}/%ff`,
      source.replace(/\d+/, experiment) + "/small.bin",
      source.replace("/artifacts", "") + "/small.bin",
      "mlflow-artifacts:/etc/passwd",
      "mlflow-artifacts://etc/passwd",
    ])
      expect([400, 404], uri).toContain((await served.ask(service(uri))).status);
    for (const method of ["PUT", "POST", "DELETE", "PATCH"])
      expect((await served.ask(service(source, "/small.bin"), { method, headers: ONE, body: "x" })).status).toBe(403);
    expect((await served.ask(service(source, "/small.bin"))).body).toBe("small");
  });
});

describe("what would change something", () => {
  it.each([
    ["POST", "runs/create", { experiment_id: "0" }],
    ["POST", "runs/log-metric", { run_id: RUN[0], key: "loss", value: 1 }],
    ["POST", "registered-models/create", { name: "new" }],
    ["POST", "registered-models/alias", { name: "spam-detector", alias: "production", version: "2" }],
    ["DELETE", "registered-models/alias", { name: "spam-detector", alias: "production" }],
    ["PATCH", "model-versions/update", { name: "spam-detector", version: "1", description: "x" }],
    ["DELETE", "model-versions/delete", { name: "spam-detector", version: "1" }],
    ["POST", "model-versions/transition-stage", { name: "spam-detector", version: "2", stage: "Production" }],
    ["POST", "logged-models", { experiment_id: "0" }],
    ["DELETE", "logged-models/m-1", {}],
  ])("is refused: %s %s", async (method, path, body) => {
    expect(await served.send(method, path, body)).toMatchObject({ status: 403, error_code: "PERMISSION_DENIED" });
    expect(await versionOf("spam-detector", 1)).toMatchObject({ aliases: ["production"] });
  });

  it("and one that was cut is told as no fault of mvgit's", async () => {
    const headers = { host: served.url.host, "content-length": "100" };
    const asked = http.request(new URL(`${served.url.href}/api/2.0/mlflow/runs/search`), { method: "POST", headers });
    await new Promise<void>((resolve) => asked.on("error", () => resolve()).write("{", () => asked.destroy()));
    expect((await served.ask("mlflow/experiments/get?experiment_id=0")).status).toBe(200);
    expect(served.told.filter((line) => line.includes("runs/search"))).toEqual([]);
  });

  it("and what is no request is, in MLflow's words", async () => {
    const body = '{"name": ';
    expect((await served.ask("mlflow/runs/search", { method: "POST", body })).status).toBe(400);
    expect((await served.send("POST", "runs/search", { experiment_ids: ["0"], filter: "a ~ 1" })).status).toBe(400);
    expect((await served.send("POST", "gateway/new", {})).status).toBe(404);
  });
});

describe("what changes meanwhile", () => {
  it("shows at once: versions, moves, and what was retracted", async () => {
    const repo = await box.open();
    box.write("work/metrics.json", '{"accuracy": 0.95}');
    await box.git("work", ["add", "metrics.json"]);
    await save(repo, { ...NONE, model: "plain", weights: ["w"], metrics: ["metrics.json"] });
    await push(await box.open(), { paths: [] });
    await promote(await box.open(), { label: "plain@v2", stage: "production" as StageName, reason: "", commit: false });
    const latest = "mlflow/registered-models/get-latest-versions?name=plain";
    expect(await served.get(latest)).toMatchObject({
      model_versions: [{ version: "1" }, { version: "2", aliases: ["production"] }],
    });
    const alias = "mlflow/registered-models/alias?name=plain&alias=production";
    expect(await served.get(alias)).toMatchObject({ model_version: { version: "2" } });

    await promote(await box.open(), { label: "plain@v1", stage: "production" as StageName, reason: "", commit: false });
    await remark(await box.open(), { label: "plain@v2", kind: "retract", text: "leaked", undo: false } as never);
    expect(await served.get(latest)).toMatchObject({ model_versions: [{ version: "1" }] });
    expect(tagOf(await versionOf("plain", 2), "mvgit.retracted")).toContain("leaked");
  });

  it("a stage whose history cannot be trusted is no alias, and it is said why", async () => {
    await box.git("work", ["tag", "-f", "-am", "x", "plain#production#1", "HEAD"]);
    const { status, body } = await served.ask("mlflow/registered-models/alias?name=plain&alias=production");
    expect([status, JSON.parse(body)]).toMatchObject([409, { error_code: "DATA_LOSS" }]);
    expect(body).toContain("plain#production");
    expect(await served.get("mlflow/registered-models/get?name=plain")).not.toMatchObject({
      registered_model: { aliases: [{ alias: "production" }] },
    });
  });

  it("damaged bytes are never given whole", async () => {
    const { source } = await versionOf("plain", 1);
    const repo = await box.open();
    for (const bytes of [Buffer.from("small"), LARGE]) {
      const other = Buffer.from(bytes);
      other[other.length - 1] = 1;
      damage(repo.cache.fileOf(hashBytes(bytes)), other.toString("latin1"));
    }
    await box.git("work", ["config", "mvgit.remote", "none"]);
    const small = await served.ask(service(source, "/small.bin"));
    expect([small.status, JSON.parse(small.body)]).toMatchObject([409, { error_code: "DATA_LOSS" }]);
    await expect(served.ask(service(source, "/large.bin"))).rejects.toThrow(/aborted|hang up|reset/);
    expect(served.told).toContainEqual(expect.stringContaining("warning: 'w/large.bin' was not given whole"));
    // It was set aside, and the remote has it: the next try is given it whole.
    expect((await served.ask(service(source, "/large.bin"))).bytes.equals(LARGE)).toBe(true);
  });
});

describe("aliases that may be moved", () => {
  let ruled: Sandbox;
  let writing: Served;
  beforeAll(async () => {
    ruled = await ruledBox([0.9, 0.95]);
    writing = await serve(ruled, { writes: true });
  }, 30_000);
  afterAll(async () => {
    await writing.close();
    ruled.cleanup();
  });
  const alias = (method: string, version?: string): Promise<{ status: number; message?: string }> =>
    writing.send(method, "registered-models/alias", {
      name: "spam",
      alias: "production",
      ...(version === undefined ? {} : { version }),
    });

  it("are, by the rules of the stage, at the host", async () => {
    expect(await alias("POST", "1")).toMatchObject({ status: 403, error_code: "PERMISSION_DENIED" });
    expect(await alias("POST", "2")).toMatchObject({ status: 200 });
    const asked = "mlflow/registered-models/alias?name=spam&alias=production";
    expect(await writing.get(asked)).toMatchObject({ model_version: { version: "2" } });
    expect((await ruled.git("host.git", ["tag", "-l"])).stdout).toContain("spam#production#1");
    expect(await alias("DELETE")).toMatchObject({ status: 200 });
    expect((await writing.ask(asked)).status).toBe(404);
  });

  it.each([
    ["x", "production", 400],
    ["9", "production", 404],
    ["2", "../x", 400],
    ["2", "", 400],
  ])("and to nothing else: version %j, alias %j", async (version, name, status) => {
    const body = { name: "spam", alias: name, version };
    expect(await writing.send("POST", "registered-models/alias", body)).toMatchObject({ status });
  });

  it("and nothing besides", async () => {
    expect((await writing.send("POST", "runs/create", { experiment_id: "0" })).status).toBe(403);
  });
});

describe("export --mlflow", () => {
  const lay = async (label: string): Promise<unknown> => exportMlflow(await box.open(), { label, dir: "../model" });
  it("has the model alone, as MLflow wrote it, and refuses what is none", async () => {
    expect(await lay("spam-detector@v1")).toMatchObject({ outcome: "new" });
    expect(fs.readdirSync(join(box.dir, "model")).toSorted()).toEqual([".mvgit-receipt.json", "MLmodel", "model.bin"]);
    expect(box.read("model/model.bin").toString()).toBe("weights 0");
    expect(await lay("spam-detector@v1")).toMatchObject({ outcome: "present" });
    await expect(lay("plain@v1")).rejects.toMatchObject({ code: "not-tracked" });
    expect(box.read("model/model.bin").toString()).toBe("weights 0");
  });
});

describe("a repository without a work tree", () => {
  it("is served with the bytes of a remote that is named, and is never changed", async () => {
    const ruled = await ruledBox([0.9]);
    const wish = { address: "../host.git", remote: "../store" };
    const far = await serve(ruled, wish);
    const asked = "mlflow/model-versions/get?name=spam&version=1";
    const { source } = (await far.get<{ model_version: ModelVersion }>(asked)).model_version;
    expect((await far.ask(service(source, "/w.bin"))).body).toBe("weights 0.9");
    const alias = "mlflow/registered-models/alias?name=spam&alias=canary";
    const taken = async (): Promise<number> => (await far.ask(alias)).status;
    await promote(await ruled.open(), { label: "spam@v1", stage: "canary" as StageName, reason: "", commit: false });
    expect(await taken()).toBe(200);
    // A host that takes an event back, which no clone is here to remember.
    const tag = "refs/tags/spam#canary#1";
    const oid = (await ruled.git("host.git", ["rev-parse", tag])).stdout.trim();
    await ruled.git("host.git", ["update-ref", "-d", tag]);
    const { status, body } = await far.ask(alias);
    expect([status, JSON.parse(body)]).toMatchObject([409, { error_code: "DATA_LOSS" }]);
    expect(body).toContain("the history of spam#canary was taken back");
    await ruled.git("host.git", ["update-ref", tag, oid]);
    expect(await taken()).toBe(200);
    await far.close();
    await expect(serve(ruled, { ...wish, writes: true })).rejects.toMatchObject({ code: "usage" });
    ruled.cleanup();
  });
});
