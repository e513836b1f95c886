/** Acting from the page: what is told before, what is done, and who is never heard. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StageName } from "../../src/values/label.ts";
import { promote } from "../../src/versions/promote.ts";
import { remark } from "../../src/versions/remark.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { type Answer, openHere, type Opened, ruledBox } from "./open.ts";

let box: Sandbox;
let ui: Opened;
let token: string;
beforeAll(async () => {
  box = await ruledBox([0.9, 0.95]);
  ui = await openHere(box, { moves: true });
  token = /"token":"([^"]+)"/.exec((await ui.ask("")).body)?.[1] ?? "";
}, 30_000);
afterAll(async () => {
  await ui.close();
  box.cleanup();
});

const post = (path: string, body: unknown, headers: Record<string, string | undefined> = {}): Promise<Answer> => {
  const all = { origin: ui.url.origin, "content-type": "application/json", "x-mvgit-token": token, ...headers };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return ui.ask(path, { method: "POST", headers: given as Record<string, string>, body: JSON.stringify(body) });
};
const said = async (path: string, body: unknown): Promise<unknown> => JSON.parse((await post(path, body)).body);
const TO_V2 = { action: "promote", model: "spam", stage: "production", to: "v2" };

describe("who is never heard", () => {
  it.each([
    ["without the page's token", { "x-mvgit-token": undefined }],
    ["with another token", { "x-mvgit-token": "x" }],
    ["without an origin", { origin: undefined }],
    ["as a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["as plain text", { "content-type": "text/plain" }],
    ["from another site", { origin: "https://evil.example" }],
    ["from another site, by what a browser says", { "sec-fetch-site": "cross-site" }],
    ["by a link", { "sec-fetch-site": "none" }],
  ])("%s", async (_, headers) => {
    for (const path of ["moves", "moves/check"])
      expect([403, 404]).toContain((await post(path, { ...TO_V2, seen: 0 }, headers)).status);
    expect(await ui.read("data/stages.json")).toMatchObject({ stages: [] });
  });

  it.each([
    [{}],
    [[]],
    [{ ...TO_V2, seen: null }],
    [{ ...TO_V2, seen: -1 }],
    [{ ...TO_V2, seen: 0, to: 2 }],
    [{ ...TO_V2, seen: 0, to: null }],
    [{ ...TO_V2, seen: 0, stage: "../x" }],
    [{ ...TO_V2, seen: 0, action: "drop" }],
    [{ ...TO_V2, seen: 0, reason: {} }],
  ])("with %j", async (body) => {
    expect((await post("moves", body)).status).toBe(400);
  });

  it("with a body without end", async () => {
    expect((await post("moves", { x: "y".repeat(100_000) })).status).toBe(400);
  });

  it("by GET", async () => {
    expect((await ui.ask("moves")).status).toBe(405);
  });
});

it("tells what a move would do, does it once, and refuses who saw another state", async () => {
  expect(await said("moves/check", { ...TO_V2, to: "v1" })).toMatchObject({
    held: null,
    event: 0,
    target: 1,
    host: "origin",
    rules: [{ text: "mvgit.stage.production.metric = accuracy>=0.92", broken: "its accuracy is 0.9" }],
    stored: { blobs: 1 },
    problems: [{ code: "policy-refused" }],
  });
  expect(await said("moves/check", TO_V2)).toMatchObject({
    target: 2,
    news: 0,
    rules: [{ broken: null }],
    problems: [],
  });
  expect(await ui.read("data/stages.json")).toMatchObject({ stages: [] });
  await remark(await box.open(), { label: "spam@v1", kind: "retract", text: "wrong data", force: false });
  expect(await said("moves/check", { ...TO_V2, stage: "staging", to: "v1" })).toMatchObject({
    problems: [{ code: "version-retracted" }],
  });
  expect(await ui.read("data/models.json")).toMatchObject({ models: [{ model: "spam", hidden: 1 }] });
  const { versions } = await ui.read<{ versions: object[] }>("data/log/spam.json");
  expect(versions.at(-1)).toMatchObject({ version: 1, retracted: { text: "wrong data" } });
  await remark(await box.open(), { label: "spam@v1", kind: "restore", text: "it was not", force: false });

  expect(await said("moves", { ...TO_V2, reason: "better", seen: 0 })).toMatchObject({ event: 1, version: 2 });
  const again = await post("moves", { ...TO_V2, to: "v1", seen: 0 });
  expect([again.status, JSON.parse(again.body)]).toMatchObject([409, { error: { code: "stage-moved" } }]);
  expect(await said("moves/check", { ...TO_V2, action: "rollback", to: "none" })).toMatchObject({
    held: 2,
    event: 1,
    last: { reason: "better", version: 2 },
    target: null,
    rules: [],
    problems: [],
  });
  const refused = await post("moves", { ...TO_V2, to: "v1", seen: 1 });
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([409, { error: { code: "policy-refused" } }]);

  await promote(await box.open(), { label: "spam@v1", stage: "staging" as StageName, reason: "", commit: true });
  expect(await said("moves", { ...TO_V2, action: "rollback", to: "none", seen: 1 })).toMatchObject({ version: null });
  expect(await said("moves/check", { ...TO_V2, action: "rollback", to: null })).toMatchObject({
    error: { code: "label-unknown" },
  });
  const { events } = await ui.read<{ events: object[] }>("data/history/spam.json");
  expect(events).toHaveLength(3);
  expect((await box.git("host.git", ["tag"])).stdout).toContain("spam#production#2");
}, 60_000);
