/** A push to a service that makes an object of whatever it heard, short or changed: it is noticed, and mended. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FAKE_GCS, NO_FAKE_GCS, startFakeGcs } from "../support/fake-gcs.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import type { FaultAction, RequestKind } from "../support/faults.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { GCS_SERVICE } from "../support/services/gcs.ts";

describe.skipIf(FAKE_GCS === null)(`on fake-gcs-server${NO_FAKE_GCS}`, () => {
  let box: Sandbox;
  let proxy: FaultProxy;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    const server = await startFakeGcs();
    proxy = await startFaultProxy({ target: server.url, service: GCS_SERVICE });
    stop = async () => {
      await proxy.close();
      await server.close();
    };
    box = await makeSandbox({ inProcess: true });
    box.env["STORAGE_EMULATOR_HOST"] = proxy.url;
    await box.git("work", ["config", "mvgit-remote.store.url", "gs://bucket/models"]);
  });
  afterEach(async () => {
    box.cleanup();
    await stop();
  });

  it.each<[RequestKind, FaultAction]>([
    ["put", { do: "garbled" }],
    ["part", { do: "half" }],
    ["complete", { do: "half" }],
    ["complete", { do: "cut-after-commit" }],
  ])("a '%s' that meets %j", async (kind, action) => {
    const bytes = { "w.bin": someBytes(9_500_000), "s.bin": someBytes(2000) };
    for (const [name, each] of Object.entries(bytes)) box.write(`work/${name}`, each);
    await box.mv("work", ["add", ...Object.keys(bytes)]);
    await box.git("work", ["commit", "-qm", "one"]);
    proxy.faults.add({ kind, action });
    await box.mv("work", ["push"], -1);
    proxy.faults.clear();
    await box.mv("work", ["push"]);
    expect((await box.mv("work", ["fsck", "--remote"])).stdout).toContain("2 blobs");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.git("clone", ["config", "mvgit-remote.store.url", "gs://bucket/models"]);
    await box.mv("clone", ["pull"]);
    for (const [name, each] of Object.entries(bytes)) expect(box.read(`clone/${name}`).equals(each)).toBe(true);
  });
});
