/**
 * gc and repack of a remote with packs that two repositories use, on servers that list a few names at once, by the
 * commands that people run: what is needed stays readable, and what nobody needs goes.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type AgedRemote, bucketRemote, s3Remote, sshRemote } from "../support/aged-remote.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { HAS_SSHD } from "../support/sshd.ts";
import { DRAWN, drawn } from "../support/thorough.ts";

const MIB = 1024 * 1024;

const SERVERS: [string, boolean, (box: Sandbox) => Promise<AgedRemote>][] = [
  ["Google Cloud Storage", true, (box) => bucketRemote(box, { pageSize: 5 })],
  ["S3", true, (box) => s3Remote(box, 5)],
  [HAS_SSHD ? "a server of SSH" : "a server of SSH (skipped: not installed here)", HAS_SSHD, sshRemote],
];

let box: Sandbox;
let place: AgedRemote;
afterEach(async () => {
  box.cleanup();
  await place.close();
});

const count = (folder: string): number => place.names().filter((name) => name.startsWith(`${folder}/`)).length;

async function json(folder: string, args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await box.mv(folder, [...args, "--json"])).stdout) as Record<string, unknown>;
}

/** A repository with a host of its own beside `work`, and the same remote. */
async function otherRepository(): Promise<void> {
  await box.git(".", ["init", "-q", "other"]);
  await box.git(".", ["init", "-q", "--bare", "other-host.git"]);
  await box.git("other", ["remote", "add", "origin", "../other-host.git"]);
  await box.mv("other", ["init", "--no-hooks"]);
}

async function useRemote(folder: string): Promise<void> {
  await box.mv(folder, ["remote", "add", "team", place.url, ...(place.settings ?? []), "--local"]);
  await box.mv(folder, ["remote", "default", "team"]);
}

function writeRows(folder: string, from: number, to: number): void {
  for (let row = from; row < to; row++) box.write(`${folder}/data/${row}`, `row ${row} of many`.repeat(row + 1));
}

async function commitAndPush(folder: string, ...paths: string[]): Promise<void> {
  await box.mv(folder, ["add", ...paths]);
  await box.git(folder, ["add", "-A"]);
  await box.git(folder, ["commit", "-qm", "a state"]);
  await box.mv(folder, ["push"]);
}

/** As if the last commit had never been. */
async function regret(): Promise<void> {
  await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
  await box.git("work", ["update-ref", "-d", "ORIG_HEAD"]);
  await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
  fs.rmSync(join(box.dir, "work/data"), { recursive: true });
}

/** So many days later; the clones' memory of their claims is over by then. */
function later(days: number): void {
  place.age(days);
  for (const clone of ["work", "other"]) fs.rmSync(join(box.dir, clone, ".git/mvgit/claims"), { force: true });
}

/** Everything that either repository tracks is there, hashed right, and comes into a cache that is empty. */
async function expectWell(): Promise<void> {
  for (const folder of ["work", "other"]) {
    await box.mv(folder, ["fsck", "--remote"]);
    fs.rmSync(join(box.dir, folder, ".git/mvgit/cache"), { recursive: true, force: true });
    fs.rmSync(join(box.dir, folder, "data"), { recursive: true });
    await box.mv(folder, ["pull"]);
  }
}

describe.each(drawn(1, SERVERS))(`on %s (${DRAWN})`, (_, isHere, open) => {
  it.skipIf(!isHere)(
    "what is needed stays, what is not goes, and a repack lets the rest of its packs go",
    async () => {
      box = await makeSandbox({ inProcess: true });
      place = await open(box);
      await otherRepository();
      for (const folder of ["work", "other"]) await useRemote(folder);
      const first = someBytes(9 * MIB);
      box.write("work/w.bin", first);
      await commitAndPush("work", "w.bin");
      writeRows("work", 0, 40);
      await commitAndPush("work", "data");
      await regret();
      // A list of files is two blobs. Of forty in one pack eight are needed here, and of ten others there.
      writeRows("work", 0, 8);
      const second = Buffer.from(first);
      someBytes(50_000).copy(second, 4 * MIB);
      box.write("work/w.bin", second);
      await commitAndPush("work", "data", "w.bin");
      writeRows("other", 6, 10);
      writeRows("other", 100, 110);
      await commitAndPush("other", "data");
      expect(await json("work", ["gc", "--remote"])).toMatchObject({ removed: { blobs: 0 } });

      later(15);
      const packs = count("packs");
      const planned = await json("work", ["gc", "--remote", "--dry-run"]);
      expect(planned).toMatchObject({ removed: { blobs: 32 }, repositories: [{ isOwn: true }, { isOwn: false }] });
      expect(await json("work", ["gc", "--remote"])).toMatchObject({ removed: planned["removed"], left: { blobs: 0 } });
      for (const folder of ["work", "other"]) await box.mv(folder, ["fsck", "--remote"]);
      expect(count("packs")).toBe(packs);

      const { sparse } = (await json("work", ["remote", "repack", "--dry-run"])) as { sparse: number };
      expect(sparse).toBeGreaterThan(0);
      expect(await json("work", ["remote", "repack"])).toMatchObject({ sparse, passed: 0 });
      expect(count("packs")).toBe(packs + 1);
      later(15);
      expect(await json("other", ["gc", "--remote"])).toMatchObject({ packs: { removed: sparse } });
      expect(count("packs")).toBe(packs + 1 - sparse);
      expect(count("index")).toBe(count("packs") + 1);
      await expectWell();
      expect(box.read("work/w.bin").equals(second)).toBe(true);
      expect(box.read("other/data/7").toString()).toBe("row 7 of many".repeat(8));
      expect(place.names().filter((name) => name.startsWith("gc/"))).toEqual([]);
    },
    120_000,
  );
});
