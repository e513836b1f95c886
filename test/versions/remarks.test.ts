/** Notes and retractions, on the library: said once, known everywhere, and no stage takes what was retracted. */
import { describe, expect, it } from "vitest";
import { openReader } from "../../src/git/open-reader.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { push } from "../../src/files/push.ts";
import { Registry } from "../../src/registry/registry.ts";
import { audit } from "../../src/versions/audit.ts";
import { promote, rollback } from "../../src/versions/promote.ts";
import { registryOf } from "../../src/versions/registry.ts";
import { remark, type RemarkedReport, type RemarkRequest } from "../../src/versions/remark.ts";
import { renumber } from "../../src/versions/renumber.ts";
import { checkStages } from "../../src/versions/stage-check.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { makeVersion } from "../support/versions.ts";

const SPAM = "spam" as ModelName;
const PRODUCTION = "production" as StageName;

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox({ inMemory: true });
  for (const version of [1, 2, 3])
    await makeVersion({ cwd: `${box.dir}/work`, env: box.env }, { model: "spam", version });
  await push(await box.open(), { paths: [], all: true });
  await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
  return box;
});

/** The failure that it ends with. */
const refusal = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => error,
  );
const clone = async (name: string): Promise<void> => {
  await box.git(".", ["clone", "-q", "host.git", name]);
};
const say = async (
  kind: RemarkRequest["kind"],
  version: number,
  text: string,
  { folder = "work", ...more }: Partial<RemarkRequest> & { folder?: string } = {},
): Promise<RemarkedReport> => remark(await box.open(folder), { label: `spam@v${version}`, kind, text, ...more });
const promoteHere = async (label: string, folder = "work") =>
  promote(await box.open(folder), { label, stage: PRODUCTION, reason: "", commit: false });
const tags = async (folder: string): Promise<string[]> =>
  (await box.git(folder, ["tag", "--list", "*@v*#*"])).stdout.split("\n").filter(Boolean);
const listed = async (folder = "work", retracted = false): Promise<number[]> => {
  const { versions } = await registryOf(await box.open(folder)).log({ most: 9, model: SPAM, retracted });
  return versions.map(({ version }) => version);
};

describe("a note", () => {
  it("is on the host at once, by whom and when, and everybody who fetches tags has it", async () => {
    await say("note", 2, "good on short mails");
    expect(await say("note", 2, "bad on long ones: 100 %")).toMatchObject({
      number: 2,
      host: "origin",
      retracted: false,
    });
    expect(await tags("host.git")).toEqual(["spam@v2#1", "spam@v2#2"]);
    await clone("other");
    const { versions } = await registryOf(await box.open("other")).log({ most: 9, model: SPAM });
    expect(versions.map(({ notes }) => notes.map(({ text, by }) => `${text} (${by})`))).toEqual([
      [],
      ["good on short mails (A Tester)", "bad on long ones: 100 % (A Tester)"],
      [],
    ]);
    const reader = await openReader(`${box.dir}/host.git`, {});
    expect((await new Registry(reader).show("spam@v2")).notes).toHaveLength(2);
  });

  it("of several at once are all kept, one after the other", async () => {
    const folders = ["one", "two", "three"];
    for (const folder of folders) await clone(folder);
    await Promise.all(folders.map((folder) => say("note", 1, `from ${folder}`, { folder })));
    expect(await tags("host.git")).toEqual(["spam@v1#1", "spam@v1#2", "spam@v1#3"]);
    await box.git("work", ["fetch", "-q", "--tags"]);
    const { notes, problems } = await registryOf(await box.open()).show("spam@v1");
    expect(notes.map(({ text }) => text).toSorted()).toEqual(["from one", "from three", "from two"]);
    expect(problems).toEqual([]);
  });

  it.each([
    ["", "is empty"],
    ["  ", "is empty"],
    ["a\nb", "control characters"],
    ["\u001b[31m", "control characters"],
    ["x".repeat(5000), "too long"],
  ])("%j is no note", async (text, why) => {
    expect(await refusal(say("note", 1, text))).toMatchObject({ code: "usage", message: expect.stringContaining(why) });
    expect(await tags("work")).toEqual([]);
  });

  it("on a version that was not pushed waits for it, and is renumbered with it", async () => {
    await clone("other");
    for (const folder of ["work", "other"])
      await makeVersion({ cwd: `${box.dir}/${folder}`, env: box.env }, { model: "spam", version: 4, weights: folder });
    expect(await say("note", 4, "mine")).toMatchObject({ host: null });
    expect(await tags("host.git")).toEqual([]);
    await box.git("other", ["push", "-q", "--no-verify", "origin", "spam@v4"]);
    await renumber(await box.open(), { model: "spam" });
    expect(await tags("work")).toEqual(["spam@v5#1"]);
    expect((await registryOf(await box.open()).show("spam@v5")).notes).toMatchObject([{ text: "mine", number: 1 }]);
    await box.git("work", ["push", "-q", "--no-verify", "--follow-tags", "origin", "HEAD:other"]);
    expect(await tags("host.git")).toEqual(["spam@v5#1"]);
  });

  it("is not made where the host cannot be asked", async () => {
    await box.git("work", ["remote", "set-url", "origin", `${box.dir}/nowhere.git`]);
    expect(await refusal(say("note", 1, "x"))).toMatchObject({ code: "remote-unavailable" });
    expect(await tags("work")).toEqual([]);
  });
});

describe("a retracted version", () => {
  it("is left out of lists and of latest, and can be shown; restored it is there again", async () => {
    await say("retract", 3, "learned from the test mails");
    const registry = registryOf(await box.open());
    expect(await listed()).toEqual([2, 1]);
    expect(await registry.log({ most: 9 })).toMatchObject({ total: 2, hidden: 1, older: 0 });
    expect(await listed("work", true)).toEqual([3, 2, 1]);
    expect((await registry.show("spam@latest")).package.version).toBe(2);
    expect((await registry.show("spam@v3")).retracted).toMatchObject({
      text: "learned from the test mails",
      number: 1,
    });
    expect(await say("retract", 3, "again")).toMatchObject({
      number: null,
      stayed: expect.stringContaining("retracted by"),
    });
    await say("note", 3, "still bad");
    expect(await say("restore", 3, "it was another")).toMatchObject({ number: 3, retracted: false });
    expect(await listed()).toEqual([3, 2, 1]);
    expect(await say("restore", 3, "")).toMatchObject({ number: null });
  });

  it("goes to no stage, also where the retraction was made elsewhere and is not known here", async () => {
    await clone("other");
    await say("retract", 2, "bad", { folder: "other" });
    expect(await refusal(promoteHere("spam@v2"))).toMatchObject({
      code: "version-retracted",
      message: expect.stringMatching(/spam@v2 is retracted by A Tester on \d{4}-\d\d-\d\d: bad/),
    });
    await say("retract", 3, "worse", { folder: "other" });
    expect(await refusal(promoteHere("spam@latest"))).toMatchObject({ code: "version-retracted" });
    expect(await promoteHere("spam@latest")).toMatchObject({ version: 1 });
    const { findings } = await audit(await box.open(), { model: null, remote: null, verify: false, offline: false });
    expect(findings).toEqual([]);
  });

  it("that a stage holds is not retracted without force; then check, audit and receipts say so", async () => {
    for (const version of [1, 2, 3]) await promoteHere(`spam@v${version}`);
    expect(await refusal(say("retract", 3, "bad"))).toMatchObject({
      code: "version-held",
      message: "cannot retract spam@v3: spam#production is it",
    });
    expect(await say("retract", 3, "bad", { force: true })).toMatchObject({ stages: ["production"] });
    const { verdicts } = await checkStages(await box.open(), {});
    expect(verdicts).toMatchObject([{ retracted: { text: "bad" } }]);
    const { findings, notes, looked } = await audit(await box.open(), {
      model: null,
      remote: null,
      verify: false,
      offline: false,
    });
    expect([findings, looked.remarks]).toEqual([[], 1]);
    expect(notes).toMatchObject([{ kind: "retracted-in-stage" }, { kind: "stages-behind" }].slice(0, notes.length));
    await say("retract", 2, "bad too");
    const back = { model: SPAM, stage: PRODUCTION, to: null, reason: "", commit: false };
    const refused = await refusal(rollback(await box.open(), back));
    expect(refused).toMatchObject({ code: "version-retracted", hint: expect.stringContaining("--to v1") });
    expect(await rollback(await box.open(), { ...back, to: 1 })).toMatchObject({ version: 1 });
  });

  it("retracted by two at once is retracted once", async () => {
    const folders = ["one", "two"];
    for (const folder of folders) await clone(folder);
    const made = await Promise.all(folders.map((folder) => say("retract", 2, folder, { folder })));
    expect(made.map(({ number }) => number).toSorted()).toEqual([1, null]);
    expect(made.map(({ retracted }) => retracted)).toEqual([true, true]);
    expect(await tags("host.git")).toEqual(["spam@v2#1"]);
  });
});

describe("tampering", () => {
  const drop = (folder: string, tag: string): Promise<unknown> =>
    box.git(folder, ["update-ref", "-d", `refs/tags/${tag}`]);
  const found = async (): Promise<string[]> => {
    const request = { model: null, remote: null, verify: false, offline: false };
    return (await audit(await box.open(), request)).findings.map(({ kind, subject }) => `${kind} ${subject}`);
  };

  it("a retraction deleted here and at the host was seen by this clone", async () => {
    await say("retract", 3, "bad");
    for (const folder of ["work", "host.git"]) await drop(folder, "spam@v3#1");
    expect(await found()).toEqual(["event-missing spam@v3#1"]);
    expect(await refusal(promoteHere("spam@v3"))).toMatchObject({ code: "chain-broken" });
    expect(await refusal(say("note", 3, "x"))).toMatchObject({ code: "chain-broken" });
  });

  it("a remark in the middle that is gone, or a copy, is told; what it was said of is promoted no more", async () => {
    for (const text of ["one", "two", "three"]) await say("note", 3, text);
    await say("note", 2, "other");
    await drop("work", "spam@v3#2");
    await box.git("work", ["update-ref", "refs/tags/spam@v3#2", "refs/tags/spam@v2#1"]);
    expect(await found()).toContain("chain-broken spam@v3");
    const { problems, versions } = await registryOf(await box.open()).log({ most: 9 });
    expect([problems.length > 0, versions.length]).toEqual([true, 3]);
    expect(await refusal(promoteHere("spam@v3"))).toMatchObject({ code: "chain-broken" });
    await promoteHere("spam@v2");
  });
});
