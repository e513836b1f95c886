/** `promote`, `rollback` and what watches them, on the library: a stage moves by recorded events, or not at all. */
import { describe, expect, it } from "vitest";
import { push } from "../../src/files/push.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { promote, type PromoteRequest, rollback, type RollbackRequest } from "../../src/versions/promote.ts";
import { registryOf } from "../../src/versions/registry.ts";
import { checkStages } from "../../src/versions/stage-check.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { makeVersion } from "../support/versions.ts";
import { testWatch } from "../support/watch.ts";

const PRODUCTION = { model: "spam" as ModelName, stage: "production" as StageName };

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  const place = { cwd: `${box.dir}/work`, env: box.env };
  for (const version of [1, 2]) await makeVersion(place, { model: "spam", version });
  await push(await box.open(), { paths: [], all: true });
  await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
  return box;
});

const promoteHere = async (version: number | "latest", more: Partial<PromoteRequest> = {}) => {
  const label = version === "latest" ? "spam@latest" : `spam@v${version}`;
  const request = { label, stage: PRODUCTION.stage, reason: "tried", commit: false, ...more };
  return promote(await box.open(), request);
};
const rollBack = async (more: Partial<RollbackRequest> = {}) =>
  rollback(await box.open(), { ...PRODUCTION, to: null, reason: "worse", commit: false, ...more });
const held = async (): Promise<(number | null)[]> =>
  (await registryOf(await box.open()).stages({})).stages.map(({ version }) => version);
const onHost = async (): Promise<string[]> =>
  (await box.git("host.git", ["tag", "--list", "*#*"])).stdout.split("\n").filter(Boolean);

describe("promote", () => {
  it("records each move on the host, with who, why and what was there before", async () => {
    await promoteHere(1);
    await promoteHere("latest");
    expect(await held()).toEqual([2]);
    expect(await onHost()).toEqual(["spam#production#1", "spam#production#2"]);
    const { events } = await registryOf(await box.open()).history({ model: PRODUCTION.model });
    expect(events.map(({ event, version, before, reason }) => [event, version, before, reason]).toSorted()).toEqual([
      [1, 1, null, "tried"],
      [2, 2, 1, "tried"],
    ]);
  });

  it("that would change nothing records nothing", async () => {
    await promoteHere(1);
    await promoteHere(1);
    expect(await onHost()).toEqual(["spam#production#1"]);
  });

  it("writes and commits stages.yaml where that is asked for, and a check finds it as the stages are", async () => {
    await promoteHere(1, { commit: true });
    expect(box.read("work/stages.yaml").toString()).toContain("  production: 1  # event 1\n");
    const { verdicts } = await checkStages(await box.open(), {});
    expect(verdicts).toMatchObject([{ model: "spam", stage: "production", state: "same", file: 1, chain: 1 }]);
    box.write("work/stages.yaml", box.read("work/stages.yaml").toString().replace("production: 1", "production: 2"));
    expect((await checkStages(await box.open(), {})).verdicts).toMatchObject([{ state: "differs", file: 2, chain: 1 }]);
  });

  it("is refused for a version or a name that is not there, or that no store has, and moves nothing", async () => {
    expect(await refusalOf(box, () => promoteHere(9))).toBe("label-unknown");
    expect(await refusalOf(box, () => promoteHere(1, { label: "none@v1" }))).toBe("label-unknown");
    expect(await refusalOf(box, () => promoteHere(1, { label: "no label" }))).toBe("usage");
  });

  it("is refused by a policy that the version does not fulfil", async () => {
    await box.git("work", ["config", "-f", ".mvgit/config", "mvgit.stage.production.metric", "accuracy>=0.92"]);
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", "policy"]);
    await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
    expect(await refusalOf(box, () => promoteHere(1))).toBe("policy-refused");
    await promoteHere(2);
    expect(await held()).toEqual([2]);
  });
});

describe("rollback", () => {
  it("goes back to what was there before, to a number, or to nothing", async () => {
    await promoteHere(1);
    await promoteHere(2);
    await rollBack();
    expect(await held()).toEqual([1]);
    await rollBack({ to: 2 });
    expect(await held()).toEqual([2]);
    await rollBack({ to: "none" });
    expect(await held()).toEqual([null]);
    expect(await onHost()).toHaveLength(5);
  });

  it("is refused where nothing was there before, or that version is none", async () => {
    expect(await refusalOf(box, () => rollBack())).toBe("label-unknown");
    await promoteHere(1);
    expect(await refusalOf(box, () => rollBack({ to: 9 }))).toBe("label-unknown");
  });
});

it("another clone's move comes first, and is told", async () => {
  await box.git(".", ["clone", "-q", "host.git", "other"]);
  await box.git("other", ["config", "mvgit-remote.store.url", `${box.dir}/store`]);
  const request = { label: "spam@v1", stage: PRODUCTION.stage, reason: "", commit: false };
  await promote(await box.open("other"), request);
  const watch = testWatch();
  await promote(await box.open("work", watch), { ...request, label: "spam@v2" });
  expect(watch.told).toEqual(["1 newer move of spam#production came from 'origin' first"]);
  expect(await held()).toEqual([2]);
});
