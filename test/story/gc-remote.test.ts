/** gc of a remote that several repositories use: a folder, and a bucket. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AgedRemote, bucketRemote, folderRemote } from "../support/aged-remote.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
let place: AgedRemote;

const KINDS = [
  ["a folder", async (sandbox: Sandbox) => folderRemote(sandbox)],
  ["a bucket", bucketRemote],
] as const;

async function open(remote: (sandbox: Sandbox) => Promise<AgedRemote>): Promise<void> {
  box = await makeSandbox({ inProcess: true });
  place = await remote(box);
  if (place.server) await box.git("work", ["config", "mvgit-remote.store.url", place.url]);
}
drawTests(2);

afterEach(async () => {
  box.cleanup();
  await place.close();
});

const blobs = (): string[] => place.names().filter((name) => name.startsWith("blobs/"));
const claims = (): string[] => place.names().filter((name) => /^roots\/[0-9a-f]{64}\//.test(name));
const blobName = (hash: string): string => `blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;

/** Commits and pushes new bytes as `w.bin`; answers the name of their blob. */
async function pushBytes(text: string, folder = "work"): Promise<string> {
  box.write(`${folder}/w.bin`, text);
  const hash = JSON.parse((await box.mv(folder, ["add", "w.bin", "--json"])).stdout).added[0].hash as string;
  await box.git(folder, ["commit", "-qm", text]);
  await box.mv(folder, ["push"]);
  return blobName(hash);
}

/** Pushes a commit, then goes back as if it had never been, on the host too. */
async function pushAndRegret(text: string): Promise<string> {
  const name = await pushBytes(text);
  await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
  await box.git("work", ["update-ref", "-d", "ORIG_HEAD"]);
  await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
  return name;
}

/** So many days later; the clone's memory of its claims is over by then. */
function later(days: number, ...clones: readonly string[]): void {
  place.age(days);
  for (const clone of ["work", ...clones]) fs.rmSync(join(box.dir, clone, ".git/mvgit/claims"), { force: true });
}

/** A second repository with a host of its own, and the same remote. */
async function otherRepository(): Promise<void> {
  await box.git(".", ["init", "-q", "other"]);
  await box.git(".", ["init", "-q", "--bare", "other-host.git"]);
  await box.git("other", ["remote", "add", "origin", "../other-host.git"]);
  await box.git("other", ["config", "mvgit-remote.store.url", place.url]);
}

async function gc(
  args: readonly string[] = [],
  status = 0,
  folder = "work",
): Promise<
  Record<string, never> & {
    removed: { blobs: number };
    unclaimed: { blobs: number };
    young: number;
    needed: number;
    claims: { written: number; removed: number };
    repositories: { id: string; isOwn: boolean; pointers: number; blobs: number; unfinished: number }[];
  }
> {
  return JSON.parse((await box.mv(folder, ["gc", "--remote", "--json", ...args], status)).stdout);
}

describe.each(KINDS)("in %s", (_, remote) => {
  beforeEach(() => open(remote));

  it("what no repository needs goes, past 14 days; what another one needs stays, however old", async () => {
    const kept = await pushBytes("kept");
    const regretted = await pushAndRegret("regretted");
    await otherRepository();
    for (let i = 0; i < 3; i++) box.write(`other/data/${i}`, `row ${i}`);
    await box.mv("other", ["add", "data"]);
    expect((await box.mv("other", ["push"])).stderr).toContain("another repository keeps its blobs in remote 'store'");
    const whole = blobs();
    expect((await gc()).removed.blobs).toBe(0);
    later(15, "other");
    const look = await gc(["--dry-run"]);
    expect(look).toMatchObject({
      removed: { blobs: 1 },
      needed: 6,
      repositories: [
        { isOwn: true, pointers: 1, blobs: 1 },
        { isOwn: false, pointers: 1, blobs: 5 },
      ],
    });
    expect(blobs()).toEqual(whole);
    expect(await gc()).toMatchObject({ removed: { blobs: 1 }, claims: { written: 1, removed: 2 } });
    expect(blobs()).toEqual(whole.filter((name) => name !== regretted));
    expect(blobs()).toContain(kept);
    expect(await gc()).toMatchObject({ removed: { blobs: 0 }, claims: { written: 0, removed: 0 } });
    expect(place.names().filter((name) => name.startsWith("gc/"))).toEqual([]);
    fs.rmSync(join(box.dir, "other/.git/mvgit"), { recursive: true });
    fs.rmSync(join(box.dir, "other/data"), { recursive: true });
    await box.mv("other", ["pull"]);
    await box.mv("work", ["fsck", "--remote"]);
  });

  it("a push that finds all of it there keeps it all the same", async () => {
    await pushBytes("first");
    const regretted = await pushAndRegret("regretted");
    later(15);
    box.write("work/again.bin", "regretted");
    await box.mv("work", ["add", "again.bin"]);
    await box.git("work", ["commit", "-qm", "again"]);
    expect((await box.mv("work", ["push"])).stdout).toMatch(/nothing (new )?to push/);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    await box.git("clone", ["config", "mvgit-remote.store.url", place.url]);
    expect((await gc([], 0, "clone")).removed.blobs).toBe(0);
    expect(blobs()).toContain(regretted);
  });

  it("works only from a clone that sees everything", async () => {
    await pushBytes("one");
    await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
    await box.git(".", ["clone", "-q", "host.git", "behind"]);
    await box.git(".", ["clone", "-q", "--depth=1", `file://${box.dir}/host.git`, "shallow"]);
    for (const clone of ["behind", "shallow"]) await box.git(clone, ["config", "mvgit-remote.store.url", place.url]);
    const two = await pushBytes("two");
    await box.git("work", ["push", "-q", "origin", "HEAD:side"]);
    later(15);
    const refused = await box.mv("behind", ["gc", "--remote"], 1);
    expect(refused.stderr).toContain("'refs/heads/side' of 'origin' is not here");
    expect(refused.stderr).toContain("git fetch origin");
    expect((await box.mv("shallow", ["gc", "--remote", "--offline"], 1)).stderr).toContain("its history is cut");
    await box.git("behind", ["fetch", "-q"]);
    expect((await gc([], 0, "behind")).removed.blobs).toBe(0);
    expect(blobs()).toContain(two);
    fs.renameSync(join(box.dir, "host.git"), join(box.dir, "moved.git"));
    expect((await box.mv("work", ["gc", "--remote"], 20)).stderr).toContain("Git cannot ask its host 'origin'");
    expect((await gc(["--offline"])).removed.blobs).toBe(0);
  });

  it("what was pushed before claims were written is kept, counted, and removed only on demand", async () => {
    await pushBytes("kept");
    const regretted = await pushAndRegret("regretted");
    for (const name of [...claims(), "roots/since"]) place.remove(name);
    later(15);
    expect(await gc(["--dry-run"])).toMatchObject({ removed: { blobs: 0 }, unclaimed: { blobs: 1 } });
    expect(place.names()).not.toContain("roots/since");
    expect(await gc()).toMatchObject({ removed: { blobs: 0 }, unclaimed: { blobs: 1 } });
    later(15);
    const { stdout } = await box.mv("work", ["gc", "--remote"]);
    expect(stdout).toContain("kept 1 blob (9 B) pushed before the remote knew who needs what");
    expect(blobs()).toContain(regretted);
    expect((await gc(["--unclaimed"])).removed.blobs).toBe(1);
    expect(blobs()).not.toContain(regretted);
  });

  it("and a push exclude each other", async () => {
    await pushBytes("one");
    place.put("gc/mark", "mvgit-gc 1\n0123456789abcdef\n");
    const before = place.names();
    box.write("work/w.bin", "two");
    await box.mv("work", ["add", "w.bin"]);
    const { stderr } = await box.mv("work", ["push"], 25);
    expect(stderr).toContain("'mvgit gc --remote' works at");
    expect(stderr).toContain("try again later");
    expect((await box.mv("work", ["gc", "--remote"], 25)).stderr).toContain("works at");
    expect(place.names()).toEqual(before);
    place.put("gc/clock-0123456789abcdef", "\n");
    later(1);
    await box.mv("work", ["push"]);
    await gc();
    expect(place.names().filter((name) => name.startsWith("gc/"))).toEqual([]);
  });

  it("waits two days for a push that was interrupted, and no longer", async () => {
    await pushBytes("one");
    const regretted = await pushAndRegret("regretted");
    later(15);
    await otherRepository();
    box.write("other/data/a", "row");
    const { hash } = JSON.parse((await box.mv("other", ["add", "data", "--json"])).stdout).added[0] as { hash: string };
    await box.mv("other", ["push"]);
    place.remove(blobName(hash));
    expect((await box.mv("work", ["gc", "--remote"], 25)).stderr).toMatch(
      /a push of repository [0-9a-f]{10}, begun .* is not at its end/,
    );
    expect(blobs()).toContain(regretted);
    later(3, "other");
    const report = await gc();
    expect(report.removed.blobs).toBe(1);
    expect(report.repositories[1]).toMatchObject({ unfinished: 1 });
  });

  it("forgets a repository that is no more, when told so", async () => {
    await pushBytes("one");
    await otherRepository();
    box.write("other/w.bin", "gone with its repository");
    await box.mv("other", ["add", "w.bin"]);
    await box.mv("other", ["push"]);
    const [, other] = (await gc(["--dry-run"])).repositories;
    expect((await gc(["--forget", (other as { id: string }).id])).removed.blobs).toBe(0);
    later(15);
    expect((await box.mv("work", ["gc", "--remote", "--forget", "0123456789"], 2)).stderr).toContain(
      "no repository that the remote knows",
    );
    expect((await gc()).removed.blobs).toBe(0);
    expect((await gc(["--forget", (other as { id: string }).id.slice(0, 10)])).removed.blobs).toBe(1);
    expect(blobs()).toHaveLength(1);
  });

  it("removes nothing when a claim is damaged, unknown, or the remote holds newer formats", async () => {
    await pushBytes("one");
    await pushAndRegret("two");
    later(15);
    const before = blobs();
    const other = `roots/${"b".repeat(64)}`;
    const spoiled: [string, string, number][] = [
      [`${other}/${(claims()[0] ?? "").split("/")[2]}`, `mvgit-claim 1\n${"a".repeat(64)} f\n`, 24],
      [`${other}/0123456789abcdef.${"c".repeat(64)}`, "x".repeat(70), 24],
      [`${other}/list`, "x", 20],
      ["roots/x", "x", 20],
      ["packs/ab/c", "x", 20],
    ];
    for (const [object, bytes, status] of spoiled) {
      place.put(object, bytes);
      await box.mv("work", ["gc", "--remote"], status);
      place.remove(object);
    }
    expect(blobs()).toEqual(before);
    expect(place.names()).not.toContain("gc/mark");
    expect((await gc()).removed.blobs).toBe(1);
  });
});

describe("requests of a push", () => {
  beforeEach(() => open(bucketRemote));
  const requests = async (): Promise<Record<string, number>> => {
    place.server?.counts.clear();
    await box.mv("work", ["push"]);
    return Object.fromEntries(place.server?.counts ?? []);
  };

  it("for its claim are two, and a look at what there is of it when it needs nothing new", async () => {
    await pushBytes("one");
    // The remote's mark (head, get), the question for the blob, and the list of its claims.
    expect(await requests()).toEqual({ head: 2, get: 1, list: 1 });
    expect(claims()).toHaveLength(1);
    box.write("work/w.bin", "two");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "two"]);
    // The blob and tables of packs (and whether the bucket is there at all), its claims, the look for the mark of gc.
    expect(await requests()).toEqual({ head: 2 + 1 + 1, get: 1, list: 3, put: 2 });
  });
});

describe("without permission to delete", () => {
  beforeEach(() => open(bucketRemote));

  it("nothing begins, and what is missing is named; a push needs it not", async () => {
    (place.server as NonNullable<AgedRemote["server"]>).options.permissions = [
      "storage.objects.get",
      "storage.objects.list",
      "storage.objects.create",
    ];
    await pushBytes("one");
    const before = place.names();
    const { stderr } = await box.mv("work", ["gc", "--remote"], 22);
    expect(stderr).toContain("permission 'storage.objects.delete' is missing");
    expect(stderr).toContain("mvgit doctor --remote");
    expect(place.names()).toEqual(before);
    place.put("gc/mark", "mvgit-gc 1\n0123456789abcdef\n");
    box.write("work/w.bin", "two");
    await box.mv("work", ["add", "w.bin"]);
    await box.mv("work", ["push"], 25);
  });
});

it("offline, a push says what is not known to be stored", async () => {
  await open(async (sandbox) => folderRemote(sandbox));
  box.write("work/w.bin", "one");
  box.write("work/data/a", "row");
  await box.mv("work", ["add", "w.bin", "data"]);
  fs.renameSync(join(box.dir, "store"), join(box.dir, "unplugged"));
  expect((await box.mv("work", ["push"], 23)).stderr).toContain("not known to be in remote 'store': 'data', 'w.bin'");
});
