/** A team on a bucket of Google Cloud Storage: the committed settings are all that a clone needs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { startGcsServer } from "../support/gcs-server.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
let server: Awaited<ReturnType<typeof startGcsServer>>;
drawTests(2);

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
  expect((await box.mv("work", ["push"])).stdout).toContain("nothing new to push");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  const pulled = await box.mv("clone", ["pull"]);
  expect(pulled.stderr).not.toContain("Warning");
  expect(box.read("clone/w.bin").equals(weights)).toBe(true);
  expect((await box.mv("clone", ["fsck", "--remote"])).stdout).toContain("33 blobs");
});

it("an upload whose process was killed goes on where it stopped", async () => {
  const MIB = 1024 * 1024;
  const weights = someBytes(64 * MIB);
  box.write("work/w.bin", weights);
  await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
  await box.mv("work", ["add", "w.bin"]);
  const work = join(box.dir, "work");
  const child = spawn(process.execPath, [join(BIN, "mvgit"), "push"], {
    cwd: work,
    env: { ...hermeticEnv(box.dir), ...box.env },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  server.pause = () => server.received() > 40 * MIB && child.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
  server.pause = () => false;
  const [session = ""] = fs.readdirSync(join(work, ".git/mvgit/uploads"));
  expect(fs.statSync(join(work, ".git/mvgit/uploads", session)).mode & 0o777).toBe(0o600);
  const before = server.received();
  expect((await box.mv("work", ["push"])).stdout).toContain("pushed 1 blob");
  expect(server.received() - before).toBeLessThan(26 * MIB);
  expect(fs.readdirSync(join(work, ".git/mvgit/uploads"))).toEqual([]);
  expect((await box.mv("work", ["fsck", "--remote"])).stdout).toContain("1 blob (64.0 MiB)");
});

it.skipIf(!fs.existsSync("/proc/self/status"))(
  "a large file goes up and down in bounded memory (skipped without /proc)",
  async () => {
    const MIB = 1024 * 1024;
    box.write("work/w.bin", someBytes(160 * MIB));
    await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
    await box.mv("work", ["add", "w.bin"]);
    // Of /proc, since what `resourceUsage` says includes the process that started this one.
    const own = `const fs = process.getBuiltinModule("fs");
      process.on("exit", () => process._rawDebug(/VmHWM.*/.exec(fs.readFileSync("/proc/self/status"))[0]));`;
    box.env["NODE_OPTIONS"] = `--import data:text/javascript,${encodeURIComponent(own)}`;
    const peak = async (command: string): Promise<number> =>
      Number(/VmHWM:\s+(\d+) kB/.exec((await box.mv("work", [command])).stderr)?.[1]) * 1024;
    const limit = 200e6;
    expect(await peak("push")).toBeLessThan(limit);
    fs.rmSync(join(box.dir, "work/w.bin"));
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    expect(await peak("pull")).toBeLessThan(limit);
    expect(fs.statSync(join(box.dir, "work/w.bin")).size).toBe(160 * MIB);
  },
);

it("doctor --remote names who asks, where, and what is missing", async () => {
  await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
  server.options.permissions = ["storage.objects.get", "storage.objects.list"];
  const { stdout } = await box.mv("work", ["doctor", "--remote"], 1);
  expect(stdout).toContain("ok  identity: emulator, no credentials");
  expect(stdout).toContain("ok  bucket 'bucket' answers: yes");
  expect(stdout).toContain(
    "NO  may make objects (push): no\n      'storage.objects.create' is missing: ask for the role Storage " +
      "Object Creator (roles/storage.objectCreator) on bucket 'bucket'",
  );
  expect(stdout).toContain("'storage.objects.delete' is missing");
});

it("local commands work while the server is gone", async () => {
  box.write("work/w.bin", "x");
  await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
  await box.mv("work", ["add", "w.bin"]);
  await server.close();
  await box.mv("work", ["status", "--check"]);
});
