/** The library as a service would use it: installed from the package, compiled by TypeScript, run by Node. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hermeticEnv, ROOT, runProgram } from "../support/cli.ts";
import { filesOf, makeDeployment, move } from "../support/deployment.ts";
import { type GitHttpServer, startGitHttpServer } from "../support/git-http-server.ts";
import type { Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let server: GitHttpServer;
const at = (path: string): string => join(box.dir, path);

const CONSUMER = `
import { type Delivered, deliveryIn, type ErrorCode, follow, formatReceipt, get, isMvgitError } from "mvgit";
import { type Loader, MvgitError, openRegistry, openRepository, type Receipt, readReceipt, remoteLoader } from "mvgit";

const [url = "", clone = ""] = process.argv.slice(2);
const notes: string[] = [];
const options = { remote: "./store", only: ["weights"], onNote: (text: string) => void notes.push(text) };

const delivered: Delivered = await get(url, "spam#production", "served", options);
const there = deliveryIn("served");
const receipt: Receipt | null = there?.receipt ?? null;
if (receipt === null) throw new Error("no receipt");
const line: string = formatReceipt(receipt);

const repository = await openRepository(clone);
const same = formatReceipt(await repository.receipt("spam#production")) === line;
const { matches, periods, package: { params, metrics } } = await repository.explain(line);
const { versions } = await repository.log({ model: "spam", most: 1 });
const { stages } = await repository.stages();
const shown = await repository.show("spam@v1");
const exported = await repository.export("spam@v1", "exported", { only: ["data"] });

const nothingOnPath = { env: { PATH: "/nowhere" } };
const loader: Loader = await remoteLoader("store", nothingOnPath);
const registries: object[] = [];
const newest = { model: "spam", most: 1 };
for (const [where, opened] of [["host.git", nothingOnPath], [url, nothingOnPath], [clone, {}]] as const) {
  const registry = await openRegistry(where, { ...opened, loader });
  const { events } = await registry.history("spam", { stage: "production", at: new Date() });
  const { weights } = await registry.compare("spam@v1", "spam@latest");
  registries.push([
    JSON.stringify(await registry.log(newest)) === JSON.stringify(await repository.log(newest)),
    formatReceipt(await registry.receipt("spam#production")) === line,
    events.map(({ event, version }) => [event, version]),
    weights.length > 0,
    weights.every(({ note }) => note === undefined),
  ]);
  registry.close();
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | "none" | "other"> {
  try {
    await work;
    return "none";
  } catch (error) {
    return isMvgitError(error) && error instanceof MvgitError ? error.code : "other";
  }
}
const ended = AbortSignal.abort(new MvgitError("interrupted", "ended"));
const codes = [
  await codeOf(get(url, "spam@v9", "served", options)),
  await codeOf(get(url, "spam@v1", clone, options)),
  await codeOf(get(url, "spam@v1", "served", { ...options, signal: ended })),
  await codeOf(openRepository("/")),
  await codeOf(openRegistry("/")),
  await codeOf((await openRegistry("host.git", { signal: ended })).log()),
];

const ending = new AbortController();
const outcomes: string[] = [];
const following = { ...options, seconds: 1, signal: ending.signal };
for await (const { outcome } of follow(url, "spam#production", "served", following)) {
  outcomes.push(outcome);
  ending.abort();
}
// @ts-expect-error the label must be a text
void (() => get(url, 5, "served"));

console.log(JSON.stringify({
  outcome: delivered.outcome, files: there?.files, read: readReceipt(line), same, match: matches[0],
  stage: periods[0]?.stage, counts: [Object.keys(params).length, Object.keys(metrics).length],
  newest: versions[0]?.version, held: stages[0]?.version, commit: shown.commit === there?.commit,
  exported: exported.delivery.files, registries, codes, outcomes, notes, none: deliveryIn("nowhere"),
}));
`;

beforeAll(async () => {
  box = await makeDeployment(2);
  await move(box, 1);
  server = await startGitHttpServer({ root: box.dir });
});
afterAll(async () => {
  await server.close();
  box.cleanup();
});

/** Runs a program of this Node; it must succeed. */
async function node(args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await runProgram(process.execPath, args, {
    cwd,
    env: { ...box.env, HOME: box.dir },
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stderr).toBe("");
  return stdout;
}

it("is typed, works from the package alone, prints nothing, and tells failures by code", async () => {
  const home = hermeticEnv(box.dir);
  const packed = await runProgram(
    "npm",
    ["pack", "--silent", "--ignore-scripts", "--offline", "--pack-destination", box.dir],
    { cwd: ROOT, env: { ...home, npm_config_cache: at(".npm") } },
  );
  expect(packed.status, packed.stderr).toBe(0);
  const installed = at("service/node_modules/mvgit");
  fs.mkdirSync(installed, { recursive: true });
  expect(
    (
      await runProgram("tar", ["-xzf", at(packed.stdout.trim()), "--strip-components=1", "-C", installed], {
        cwd: box.dir,
      })
    ).status,
  ).toBe(0);
  fs.symlinkSync(join(ROOT, "node_modules"), join(installed, "node_modules"));
  fs.symlinkSync(join(ROOT, "node_modules/@types"), at("service/node_modules/@types"));
  box.write("service/package.json", '{"type": "module"}');
  box.write("service/main.ts", CONSUMER);
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  await node(
    [
      tsc,
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--types",
      "node",
      "--exactOptionalPropertyTypes",
      "main.ts",
    ],
    at("service"),
  );
  const said = JSON.parse(await node([at("service/main.js"), `${server.url}/host.git`, "work"], box.dir));
  expect(said).toEqual({
    outcome: "new",
    files: 2,
    read: expect.objectContaining({ model: "spam", version: 1, stage: "production", event: 1 }),
    same: true,
    match: { model: "spam", version: 1, as: "receipt" },
    stage: "production",
    counts: [0, 0],
    newest: 2,
    held: 1,
    commit: true,
    exported: 2,
    registries: Array.from({ length: 3 }, () => [true, true, [[1, 1]], true, true]),
    codes: ["label-unknown", "local-changes", "interrupted", "not-a-repository", "not-a-repository", "interrupted"],
    outcomes: ["present"],
    notes: [],
    none: null,
  });
  expect(filesOf(at("served"))).toEqual({ "model/tok/a.json": "{}", "model/w.bin": "weights 1" });
});
