/** A team on a bucket of Google Cloud Storage: the committed settings are all that a clone needs. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startGcsServer } from "../support/gcs-server.ts";
import { makeSandbox, type Sandbox, someBytes } from "./sandbox.ts";

let box: Sandbox;
let server: Awaited<ReturnType<typeof startGcsServer>>;
beforeEach(async () => {
  server = await startGcsServer();
  box = await makeSandbox();
  box.env["STORAGE_EMULATOR_HOST"] = server.url;
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
});
afterEach(async () => {
  box.cleanup();
  await server.close();
});

it("push, clone, pull, without naming the bucket again", async () => {
  const weights = someBytes(20_000_000);
  box.write("work/w.bin", weights);
  for (let i = 0; i < 30; i++) box.write(`work/data/${i}`, `row ${i}`);
  const { stdout } = await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
  expect(stdout).toContain(".mvgit/config");
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "one"]);
  expect((await box.mv("work", ["push"])).stdout).toContain("pushed 33 blobs");
  expect((await box.mv("work", ["push"])).stdout).toContain("nothing to push");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  const pulled = await box.mv("clone", ["pull"]);
  expect(pulled.stderr).not.toContain("Warning");
  expect(box.read("clone/w.bin").equals(weights)).toBe(true);
  expect((await box.mv("clone", ["fsck", "--remote"])).stdout).toContain("33 blobs");
});

it("local commands work while the server is gone", async () => {
  box.write("work/w.bin", "x");
  await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
  await box.mv("work", ["add", "w.bin"]);
  await server.close();
  await box.mv("work", ["status", "--check"]);
});
