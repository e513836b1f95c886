/** `doctor --remote`: one voice for every kind of place, what is not permitted by its name, and several remotes. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startGcsServer } from "../support/gcs-server.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;
let server: Awaited<ReturnType<typeof startGcsServer>>;
const READING = ["storage.objects.get", "storage.objects.list"];

beforeAll(async () => {
  server = await startGcsServer({ buckets: ["team"] });
  box = await makeSandbox({ inProcess: true });
  box.env["STORAGE_EMULATOR_HOST"] = server.url;
  await box.mv("work", ["hooks", "install"]);
  await box.mv("work", ["remote", "add", "cloud", "gs://team/models"]);
  restore = box.keep();
});
afterEach(() => {
  delete server.options.permissions;
  restore();
});
afterAll(async () => {
  box.cleanup();
  await server.close();
});

interface Line {
  what: string;
  value: string;
  ok: boolean;
  advice?: string;
  remote?: string;
}

async function doctor(option: string, status: number): Promise<Line[]> {
  const { stdout } = await box.mv("work", ["doctor", option, "--json"], status);
  return (JSON.parse(stdout) as { lines: Line[] }).lines.filter(({ remote, what }) => remote ?? what === "remote");
}

describe("doctor --remote", () => {
  it("asks the default remote, one by its name, or all, and says whose each line is", async () => {
    expect(new Set((await doctor("--remote", 0)).map(({ remote }) => remote))).toEqual(new Set(["store"]));
    const named = await doctor("--remote=cloud", 0);
    expect(new Set(named.map(({ remote }) => remote))).toEqual(new Set(["cloud"]));
    expect(named.map(({ what }) => what)).toContain("may make objects (push)");
    expect(new Set((await doctor("--remote=all", 0)).map(({ remote }) => remote))).toEqual(new Set(["store", "cloud"]));
    expect((await box.mv("work", ["doctor", "--remote=none"], 1)).stderr).toContain("no remote is called 'none'");
  });

  it("names the permission that is missing, and ends with 1", async () => {
    server.options.permissions = READING;
    const lines = await doctor("--remote=cloud", 1);
    expect(lines.filter(({ ok }) => !ok).map(({ what, advice }) => [what, /'[^']+'/.exec(advice ?? "")?.[0]])).toEqual([
      ["may make objects (push)", "'storage.objects.create'"],
      ["may delete objects (gc, push --repair)", "'storage.objects.delete'"],
    ]);
  });

  it("goes on to the next remote where one does not answer", async () => {
    fs.renameSync(join(box.dir, "store"), join(box.dir, "away"));
    const lines = await doctor("--remote=all", 1);
    expect(lines.filter(({ ok }) => !ok).map(({ remote }) => remote)).toContain("store");
    expect(lines.filter(({ remote }) => remote === "cloud").every(({ ok }) => ok)).toBe(true);
  });

  it("says what to do where no remote is in force, or none is the default", async () => {
    await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
    expect(await doctor("--remote", 1)).toMatchObject([{ value: "several, and none is the default" }]);
    await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
    await box.git("work", ["config", "-f", ".mvgit/config", "mvgit-remote.cloud.endpoint", "https://other.example"]);
    expect(await doctor("--remote", 1)).toMatchObject([{ advice: expect.stringContaining("mvgit trust") }]);
    fs.rmSync(join(box.dir, "work/.mvgit/config"));
    expect(await doctor("--remote", 1)).toMatchObject([{ value: "none" }]);
  });
});
