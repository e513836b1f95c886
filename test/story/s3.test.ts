/** A team on S3 elsewhere than at Amazon: the endpoint is committed, and accepted by whoever clones. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { startS3 } from "../support/s3-open.ts";
import type { S3ServerInMemory } from "../support/s3-server.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { S3_KEYS } from "../support/versitygw.ts";

const MIB = 1024 * 1024;
let box: Sandbox;
let server: S3ServerInMemory;
beforeEach(async () => {
  server = await startS3();
  box = await makeSandbox({ inProcess: true });
  Object.assign(box.env, S3_KEYS, { AWS_EC2_METADATA_DISABLED: "true" });
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
  await box.mv("work", ["remote", "add", "team", "s3://bucket/models", "--set", `endpoint=${server.url}`]);
});
afterEach(async () => {
  box.cleanup();
  await server.close();
});

it("an upload whose process was killed goes on with the parts that are there; clones have all of it", async () => {
  const weights = someBytes(48 * MIB);
  box.write("work/w.bin", weights);
  await box.mv("work", ["add", "w.bin"]);
  const work = join(box.dir, "work");
  const env = { ...hermeticEnv(box.dir), ...box.env };
  const child = spawn(process.execPath, [join(BIN, "mvgit"), "push"], { cwd: work, env, stdio: "ignore" });
  const ended = once(child, "exit");
  const kept = (): number => [...server.uploads.values()][0]?.parts.size ?? 0;
  let goesOn = false;
  let sent = 0;
  server.rules.push(({ method, query }) => {
    if (method === "GET" && query.has("uploadId")) goesOn = true;
    if (!query.has("partNumber")) return undefined;
    if (goesOn) sent++;
    if (goesOn || kept() < 3) return undefined;
    child.kill("SIGKILL");
    // Of what is still on its way nothing is taken.
    return { status: 503 };
  });
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(kept()).toBe(3);
  expect((await box.mv("work", ["push"])).stdout).toContain("pushed 1 blob");
  expect(sent).toBe(3);
  expect(server.uploads.size).toBe(0);
  for (let i = 0; i < 30; i++) box.write(`work/data/${i}`, `row ${i}`);
  await box.mv("work", ["add", "data"]);
  await box.git("work", ["add", ".mvgit/config"]);
  await box.git("work", ["commit", "-qm", "one"]);
  expect((await box.mv("work", ["push"])).stderr).not.toContain("Warning");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["trust"]);
  await box.mv("clone", ["pull"]);
  expect(box.read("clone/w.bin").equals(weights)).toBe(true);
  expect((await box.mv("clone", ["fsck", "--remote"])).stdout).toContain("33 blobs");
});
