/** A lease that outlives what gc keeps for processes of which it knows nothing. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LEASE_BEAT } from "../../src/base/times.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { holdBlobs } from "../../src/repo/leases.ts";
import type { Repo } from "../../src/repo/repo.ts";
import { Cache } from "../../src/store/cache/cache.ts";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-leases-"));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  fs.rmSync(folder, { recursive: true, force: true });
});

it("a training that takes months says every hour that it is alive", async () => {
  const repo = {
    git: { place: { commonDir: folder } },
    cache: new Cache(join(folder, "mvgit"), { durable: false }),
  } as unknown as Repo;
  const lease = holdBlobs(repo, [hashBytes(Buffer.from("inputs"))]);
  const leases = join(folder, "mvgit/leases");
  const file = join(leases, fs.readdirSync(leases)[0] as string);
  fs.utimesSync(file, 1, 1);
  vi.advanceTimersByTime(LEASE_BEAT);
  await vi.waitFor(() => expect(fs.statSync(file).mtimeMs).toBeGreaterThan(2000), 20_000);
  lease.release();
  expect(vi.getTimerCount()).toBe(0);
});
