/** `get --watch`: a server follows a promote, a rollback and a host that is away, and is ended by SIGTERM. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { follow } from "../../src/versions/follow.ts";
import { addEvents, filesOf, makeDeployment, move, stay, type Staying } from "../support/deployment.ts";
import { type GitHttpServer, startGitHttpServer } from "../support/git-http-server.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let server: GitHttpServer;
let staying: Staying | null = null;
const at = (path: string): string => join(box.dir, path);

beforeEach(async () => {
  box = await makeDeployment(2);
  server = await startGitHttpServer({ root: box.dir });
});
afterEach(async () => {
  await staying?.stop("SIGKILL");
  await server.close();
  box.cleanup();
});

function watch(...more: string[]): Staying {
  return (staying = stay(box, [
    "get",
    `${server.url}/host.git`,
    "spam#production",
    "-o",
    "live",
    "--remote",
    "./store",
    "--watch",
    "1",
    ...more,
  ]));
}

it("waits for the first move, then follows, running the caller's command after each change", async () => {
  fs.writeFileSync(
    at("told.sh"),
    'echo "$MVGIT_VERSION $MVGIT_BEFORE $(cat "$MVGIT_DIR/model/w.bin")" >> told\necho "$MVGIT_RECEIPT" > ' +
      'receipt\n[ "$MVGIT_VERSION" = 1 ]\n',
  );
  const process = watch("--exec", "sh told.sh; s=$?; echo did it; exit $s");
  await process.said("nothing is in spam#production");
  await move(box, 1);
  await process.said("spam@v1 (spam#production, event 1) is in 'live': 4 files");
  await process.said("did it");
  await move(box, 2);
  await process.said("spam@v2 (spam#production, event 2) is in 'live', was v1");
  await process.said("ended with status 1 after spam@v2");
  await box.mv("work", ["rollback", "spam", "production", "--no-commit"]);
  await process.said("spam@v1 (spam#production, event 3) is in 'live', was v2: 4 files, 21 B\n");
  expect(await process.stop("SIGTERM")).toBe(0);
  staying = null;
  expect(process.stdout().trim().split("\n")).toHaveLength(3);
  expect(process.stdout()).not.toContain("did it");
  expect(box.read("told").toString().split("\n").slice(0, 2)).toEqual(["1  weights 1", "2 1 weights 2"]);
  expect((await box.mv("work", ["explain", "@../receipt"])).stdout).toMatch(/spam@v[12]/);
  expect(filesOf(at("live"))["model/w.bin"]).toBe("weights 1");
});

it("keeps what is there while the host is away, says so, and goes on", async () => {
  await move(box, 1);
  const process = watch();
  await process.said("is in 'live'");
  server.fault = () => ({ do: "status", status: 404 });
  await process.said("what is there stays; trying again in");
  await move(box, 2);
  server.fault = () => null;
  await process.said("spam@v2 (spam#production, event 2)");
  expect(await process.stop("SIGTERM")).toBe(0);
  staying = null;
  // A second start finds all in place: nothing is changed, and nothing run.
  const again = watch("--exec", "touch ran");
  await again.said("'live' holds spam@v2 (spam#production, event 2) already");
  expect(await again.stop("SIGINT")).toBe(0);
  staying = null;
  expect(box.exists("ran")).toBe(false);
});

it("tells each of several that share a folder of a change, whichever of them brought it", async () => {
  await move(box, 1);
  const ending = new AbortController();
  const looks = [0, 1].map((): { next: (() => void) | null; told: string[] } => ({ next: null, told: [] }));
  const all = looks.map(async (look) => {
    // It looks again when it is let.
    const clock = { ...systemClock, sleep: () => new Promise<void>((resolve) => (look.next = resolve)) };
    const context = { cwd: box.dir, env: {}, watch: { ...testWatch(clock), signal: ending.signal } };
    const of = { repository: `${server.url}/host.git`, what: "spam#production", dir: "live", remote: "./store" };
    const request = { ...of, only: [], force: false, insecure: false, seconds: 10 };
    for await (const { outcome, delivery, before } of follow(request, context))
      look.told.push(`${outcome} v${delivery.receipt?.version}, was v${before?.receipt?.version ?? "?"}`);
  });
  const lookAgain = async (look: (typeof looks)[number]): Promise<void> => {
    const { next } = look;
    look.next = null;
    next?.();
    await vi.waitUntil(() => look.next !== null, { timeout: 30_000 });
  };
  for (const look of looks) await lookAgain(look);
  await move(box, 2);
  for (const look of [...looks, ...looks]) await lookAgain(look);
  ending.abort();
  for (const { next } of looks) next?.();
  await Promise.all(all);
  expect(looks.map(({ told }) => told.at(-1))).toEqual(["changed v2, was v1", "changed v2, was v1"]);
  expect(looks.map(({ told }) => told.length)).toEqual([2, 2]);
});

it("ends with its input where that is asked for, as when a program that started it is gone", async () => {
  // The input of this one has ended already.
  await move(box, 1);
  const process = watch("--end-with-stdin");
  expect(await process.ended).toBe(0);
  staying = null;
  const { stderr } = await box.mv(".", ["get", "x", "spam@v1", "-o", "live", "--end-with-stdin"], 2);
  expect(stderr).toContain("'--end-with-stdin' goes with '--watch'");
});

it("ends at once for what no time heals", async () => {
  await box.mv(".", ["get", `${server.url}/absent.git`, "spam#production", "-o", "live", "--watch", "1"], 23);
  box.write("live/mine", "mine");
  await box.mv(".", ["get", `${server.url}/host.git`, "spam@v1", "-o", "live", "--watch", "1"], 1);
});

it("looks again later and later while it fails, and asks nothing but the refs while nothing moves", async () => {
  await move(box, 1);
  await addEvents({ cwd: at("host.git"), env: box.env }, 300);
  const waits: number[] = [];
  const ending = new AbortController();
  const clock = {
    ...systemClock,
    random: () => 1,
    async sleep(ms: number) {
      if (waits.push(ms) === 2) server.fault = () => ({ do: "status", status: 404 });
      if (waits.length === 8) ending.abort();
    },
  };
  const context = { cwd: box.dir, env: {}, watch: { ...testWatch(clock), signal: ending.signal } };
  const request = {
    repository: `${server.url}/host.git`,
    what: "spam#production",
    dir: "live",
    only: [],
    remote: "./store",
    force: false,
    insecure: false,
    seconds: 10,
  };
  const outcomes: string[] = [];
  for await (const { outcome } of follow(request, context)) {
    outcomes.push(outcome);
    server.requests.length = 0;
  }
  expect(outcomes).toEqual(["new"]);
  expect(waits).toEqual([11_000, 11_000, 10_000 * 2, 10_000 * 4, 10_000 * 8, 10_000 * 16, 10_000 * 32, 600_000]);
  expect(server.requests).toHaveLength(2 + 6);
  expect(server.sent()).toBeLessThan(1000);
});

it("follows a branch and the newest version too, and sees what came while it looked", async () => {
  const ending = new AbortController();
  const clock = { ...systemClock, sleep: async () => undefined };
  const context = { cwd: box.dir, env: {}, watch: { ...testWatch(clock), signal: ending.signal } };
  const request = {
    repository: `${server.url}/host.git`,
    dir: "live",
    only: [],
    remote: "./store",
    force: false,
    insecure: false,
    seconds: 1,
  };
  box.write("work/model/w.bin", "weights 3");
  await box.mv("work", ["save", "spam", "--data", "data", "--weights", "model"]);
  await box.mv("work", ["push"]);
  const push = (): Promise<unknown> => box.git("work", ["push", "-q", "origin", "main", "--tags"]);
  const versions: (number | undefined)[] = [];
  for await (const { delivery } of follow({ ...request, what: "spam@latest" }, context)) {
    if (versions.push(delivery.receipt?.version) === 1) await push();
    else break;
  }
  expect(versions).toEqual([2, 3]);
  const texts: string[] = [];
  for await (const { release } of follow({ ...request, what: "main:t.py" }, context)) {
    if (texts.push(fs.readFileSync(join(release, "files/t.py"), "utf8")) === 2) break;
    box.write("work/t.py", "print(2)\n");
    await box.git("work", ["commit", "-qam", "two"]);
    await push();
  }
  expect(texts).toEqual(["print(1)\n", "print(2)\n"]);
});
