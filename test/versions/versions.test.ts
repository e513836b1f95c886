/** `save`, `run`, `runs`, `export` and the read side, on the library: versions made, told and brought out. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Registry } from "../../src/registry/registry.ts";
import type { ModelName } from "../../src/values/label.ts";
import { audit, type AuditRequest } from "../../src/versions/audit.ts";
import { type ExportRequest, exportVersion } from "../../src/versions/export.ts";
import { registryOf } from "../../src/versions/registry.ts";
import { run, type RunRequest } from "../../src/versions/run.ts";
import { listOf, removeRuns } from "../../src/versions/runs-list.ts";
import { showRun } from "../../src/versions/runs-show.ts";
import { saveRun } from "../../src/versions/save-run.ts";
import { save, type SaveRequest } from "../../src/versions/save.ts";
import { codeOf, refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { damage, storedFile, track } from "../support/track.ts";

const NONE = { data: [], weights: [], params: [], metrics: [], message: "" };
const SPAM = "spam" as ModelName;

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  box.write("work/t.py", "print(1)\n");
  box.write("work/params.yaml", "lr: 0.1\n");
  box.write("work/metrics.json", '{"accuracy": 0.9}');
  await box.git("work", ["add", "-A"]);
  await track(box, { "data/1": "row 1", "data/2": "row 2" }, ["data"]);
  box.write("work/w.bin", "weights 1");
  await saveHere({ data: ["data"], weights: ["w.bin"], message: "first" });
  return box;
});

const saveHere = async (more: Partial<SaveRequest> = {}) => save(await box.open(), { model: "spam", ...NONE, ...more });
const registry = async (): Promise<Registry> => registryOf(await box.open());

describe("save", () => {
  it("makes the next version with weights, data, settings and scores, as a commit and a tag", async () => {
    box.write("work/w.bin", "weights 2");
    box.write("work/metrics.json", '{"accuracy": 0.95}');
    const made = await saveHere({ message: "second" });
    expect(made).toMatchObject({ label: "spam@v2" });
    const shown = await (await registry()).show("spam@v2");
    expect(shown.package).toMatchObject({
      model: "spam",
      version: 2,
      from: 1,
      message: "second",
      run: null,
      data: [{ path: "data", files: 2 }],
      weights: [{ path: "w.bin", hash: hashBytes(Buffer.from("weights 2")), size: 9 }],
      params: { lr: 0.1 },
      metrics: { accuracy: 0.95 },
    });
    expect((await box.git("work", ["rev-parse", "spam@v2^{commit}"])).stdout.trim()).toBe(shown.commit);
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  });

  it("takes scores and settings from a log that is named", async () => {
    box.write("run.log", '{"params": {"seed": 7}}\n{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n');
    await saveHere({ log: "../run.log" });
    const { package: pack, plot } = await (await registry()).show("spam@v2", "loss");
    expect(pack).toMatchObject({ params: { seed: 7 }, metrics: { loss: 0.25 } });
    expect(plot?.metric).toBe("loss");
  });

  it("refuses what could not be a version, and makes none", async () => {
    const refusal = (more: Partial<SaveRequest>): Promise<string> => refusalOf(box, () => saveHere(more));
    expect(await refusal({ model: "other" })).toBe("usage");
    expect(await refusal({ model: "no name" })).toBe("usage");
    expect(await refusal({ weights: ["none.bin"] })).toBe("cannot-add");
    expect(await refusal({ log: "none.log" })).toBe("usage");
    expect(await refusal({ params: ["none.yaml"] })).toBe("usage");
  });
});

describe("run", () => {
  const runHere = async (script: string, more: Partial<RunRequest> = {}) =>
    run(await box.open(), {
      model: "spam",
      ...NONE,
      command: ["sh", "-c", script],
      env: [],
      signals: () => () => {},
      stdoutToStderr: true,
      ...more,
    });

  it("makes a version of what the command wrote, with the command and its scores", async () => {
    const script = `echo trained > w.bin; echo '{"loss": 0.5}' >> "$MVGIT_LOG"; echo '{"accuracy": 1}' > metrics.json`;
    expect(await runHere(script, { message: "run" })).toMatchObject({ label: "spam@v2", failure: null });
    const { package: pack } = await (await registry()).show("spam@latest");
    expect(pack).toMatchObject({
      run: { command: ["sh", "-c", script] },
      metrics: { loss: 0.5, accuracy: 1 },
      weights: [{ path: "w.bin", hash: hashBytes(Buffer.from("trained\n")) }],
    });
    expect((await listOf(await box.open(), null)).runs).toEqual([]);
  });

  it("that fails makes none, and is kept; what it left can be saved, or forgotten", async () => {
    const report = await runHere("echo half > w.bin; exit 3");
    expect(report).toMatchObject({ label: null, failure: { code: "run-failed" } });
    const { runs } = await listOf(await box.open(), SPAM);
    expect(runs).toMatchObject([{ model: "spam", state: "failed", status: 3 }]);
    const id = runs[0]?.id as string;
    expect(await showRun(await box.open(), id)).toMatchObject({ id, savable: true });
    await runHere("exit 4");
    expect(await saveRun(await box.open(), { run: id, message: "half" })).toMatchObject({ label: "spam@v2" });
    expect((await removeRuns(await box.open(), { ids: [], all: true })).removed).toHaveLength(1);
    expect(await codeOf(showRun(await box.open(), id))).toBe("label-unknown");
  });

  it("refuses before the command starts", async () => {
    for (const more of [{ params: ["none.yaml"] }, { model: "a b" }, { command: [] }])
      expect(await codeOf(runHere("touch started", more)), JSON.stringify(more)).not.toBe("done");
    expect(box.exists("work/started")).toBe(false);
    expect(await refusalOf(box, async () => removeRuns(await box.open(), { ids: ["none"], all: false }))).toBe(
      "label-unknown",
    );
  });
});

describe("the read side", () => {
  it("lists, compares and explains versions, and gives a receipt", async () => {
    box.write("work/w.bin", "weights 2");
    box.write("work/params.yaml", "lr: 0.2\n");
    box.write("work/data/3", "row 3");
    await saveHere({ data: ["data"], message: "second" });
    const all = await registry();
    expect(await all.log({ model: SPAM, most: 1 })).toMatchObject({ total: 2, versions: [{ version: 2, from: 1 }] });
    const difference = await all.compare(["spam@v1", "spam@v2"]);
    expect(difference).toMatchObject({
      params: [{ name: "lr", a: 0.1, b: 0.2 }],
      data: [{ path: "data", added: 1, removed: 0, changed: 0 }],
    });
    expect(difference.weights.map(({ path }) => path)).toEqual(["w.bin"]);
    const explained = await all.explain(hashBytes(Buffer.from("weights 1")));
    expect(explained.matches).toMatchObject([{ model: "spam", version: 1 }]);
    expect(await all.receipt("spam@v1")).toMatchObject({ model: "spam", version: 1 });
  });

  it("refuses what is not there, and texts that mean nothing", async () => {
    const all = await registry();
    expect(await codeOf(all.show("spam@v9"))).toBe("label-unknown");
    expect(await codeOf(all.show("none@v1"))).toBe("label-unknown");
    expect(await codeOf(all.show("spam@v1", "none"))).toBe("usage");
    expect(await codeOf(all.log({ model: "none" as ModelName, most: 1 }))).toBe("label-unknown");
    expect(await codeOf(all.history({ model: SPAM }))).toBe("label-unknown");
    expect(await codeOf(all.receipt("spam#production"))).toBe("label-unknown");
    expect(await codeOf(all.explain("0".repeat(64)))).toBe("label-unknown");
  });
});

describe("export", () => {
  const exportHere = async (more: Partial<ExportRequest> = {}) =>
    exportVersion(await box.open(), { what: "spam@v1", dir: "../out", only: [], force: false, ...more });

  it("brings a version's files out of cache or remote, and only what is asked for", async () => {
    await push(await box.open(), { paths: [] });
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    const { delivery } = await exportHere({ only: ["weights"] });
    expect(delivery.receipt).toMatchObject({ model: "spam", version: 1 });
    expect(box.read("out/w.bin").toString()).toBe("weights 1");
    expect(box.exists("out/data")).toBe(false);
    expect(await exportHere({ only: ["weights"] })).toMatchObject({ outcome: "present" });
  });

  it("refuses what is not there, a folder of others, and leaves nothing", async () => {
    box.write("others/file", "mine");
    expect(await refusalOf(box, () => exportHere({ what: "spam@v9" }))).toBe("label-unknown");
    expect(await refusalOf(box, () => exportHere({ only: ["none"] }))).toBe("not-tracked");
    expect(await refusalOf(box, () => exportHere({ dir: "../others" }))).toBe("local-changes");
    expect(box.exists("out")).toBe(false);
  });
});

describe("audit", () => {
  const auditHere = async (more: Partial<AuditRequest> = {}) =>
    audit(await box.open(), { model: null, remote: null, verify: false, offline: false, ...more });

  it("finds nothing where host and remote have everything", async () => {
    await push(await box.open(), { paths: [], all: true });
    await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
    expect(await auditHere()).toMatchObject({ looked: { versions: 1, events: 0 }, findings: [] });
  });

  it("tells a version that is another one on the host, and a blob that the remote lost or damaged", async () => {
    const file = storedFile(box, hashBytes(Buffer.from("weights 1")));
    await push(await box.open(), { paths: [], all: true });
    await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
    damage(file, "weights X");
    expect((await auditHere()).findings).toEqual([]);
    expect((await auditHere({ verify: true })).findings).toHaveLength(1);
    fs.rmSync(file);
    await box.git("host.git", ["tag", "-f", "-am", "another", "spam@v1", "main"]);
    expect((await auditHere()).findings.length).toBeGreaterThan(1);
    expect(await refusalOf(box, () => auditHere({ model: "none" as ModelName }))).toBe("label-unknown");
  });
});
