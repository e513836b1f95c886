/** A team on a container of Azure Blob Storage: the address is committed, and each signs in by the environment. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { ACCOUNT, type Azurite, KEY, signatureFor, startAzurite } from "../support/azurite.ts";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { AZURE_SERVICE } from "../support/services/azure.ts";

const MIB = 1024 * 1024;
let azurite: Azurite;
let proxy: FaultProxy;
let container: string;
let box: Sandbox;
beforeAll(async () => {
  azurite = await startAzurite();
  proxy = await startFaultProxy({ target: azurite.url, service: AZURE_SERVICE });
});
beforeEach(async () => {
  proxy.faults.clear();
  container = await azurite.container();
  box = await makeSandbox({ inProcess: true });
  box.env["AZURE_STORAGE_CONNECTION_STRING"] = connection(`AccountKey=${KEY}`);
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
  await box.mv("work", ["remote", "add", "team", `az://${ACCOUNT}/${container}/models`]);
});
afterEach(() => box.cleanup());
afterAll(async () => {
  await proxy.close();
  await azurite.close();
});

function connection(credential: string): string {
  const place = `BlobEndpoint=${proxy.url}/${ACCOUNT}`;
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};${credential};${place}`;
}

it("push, clone, pull and collect, without naming the container again", async () => {
  const weights = someBytes(10_000_000);
  box.write("work/w.bin", weights);
  for (let i = 0; i < 30; i++) box.write(`work/data/${i}`, `row ${i}`);
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "one"]);
  expect((await box.mv("work", ["push"])).stdout).toContain("pushed 33 blobs");
  expect((await box.mv("work", ["push"])).stdout).toContain("nothing new to push");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["pull"]);
  expect(box.read("clone/w.bin").equals(weights)).toBe(true);
  expect((await box.mv("clone", ["fsck", "--remote"])).stdout).toContain("33 blobs");
  expect((await box.mv("work", ["gc", "--remote", "--dry-run"])).stdout).toContain("33 blobs needed");
});

it("an upload whose process was killed goes on where it stopped", async () => {
  const weights = someBytes(40 * MIB);
  box.write("work/w.bin", weights);
  await box.mv("work", ["add", "w.bin"]);
  proxy.faults.add({ kind: "part", nth: 5, times: Infinity, action: { do: "stall" } });
  const child = spawn(process.execPath, [join(BIN, "mvgit"), "push"], {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  const blocks = `/${container}/models/${blobName(hashBytes(weights))}?comp=blocklist&blocklisttype=uncommitted`;
  const kept = async (): Promise<number> =>
    (await (await azurite.ask("GET", blocks)).text()).split("<Block>").length - 1;
  while ((await kept()) < 4) await systemClock.sleep(20);
  child.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
  proxy.faults.clear();
  const before = proxy.received();
  expect((await box.mv("work", ["push"])).stdout).toContain("pushed 1 blob");
  expect(proxy.received() - before).toBeLessThan(9 * MIB);
  expect((await box.mv("work", ["fsck", "--remote"])).stdout).toContain("1 blob (40.0 MiB)");
});

it("doctor --remote names who asks, where, and what is missing", async () => {
  const sas = signatureFor(container, "rl");
  box.env["AZURE_STORAGE_CONNECTION_STRING"] = connection(`SharedAccessSignature=${sas}`);
  const { stdout } = await box.mv("work", ["doctor", "--remote"], 1);
  expect(stdout).toMatch(/ok {2}identity: a shared access signature \(rights 'rl', until 20/);
  expect(stdout).toContain(`ok  bucket '${ACCOUNT}/${container}' answers: yes`);
  expect(stdout).toContain("NO  may make objects (push): no\n      the shared access signature lacks 'w'");
  expect(stdout).not.toContain("sig=");
});
