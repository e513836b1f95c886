/**
 * Killed, out of space or failing at steps of a change of DIR: it shows the old version or the new one, whole, and
 * the same command ends it.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { planFaults } from "../../src/base/faults.ts";
import type { RepoPath } from "../../src/base/paths.ts";
import type { GitReader } from "../../src/git/reader.ts";
import { type Pointer, readPointer } from "../../src/values/pointer.ts";
import { deliver, type Delivered } from "../../src/versions/deliver/deliver.ts";
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { Cache } from "../../src/store/cache/cache.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { Remotes } from "../../src/transfer/remotes.ts";
import { killAtEveryStep } from "../support/crash.ts";
import { filesOf, makeDeployment } from "../support/deployment.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
afterEach(() => box.cleanup());

const versionOf = (version: number): Record<string, string> => ({
  "model/tok/a.json": "{}",
  "model/w.bin": `weights ${version}`,
});

/** The weights of a version into DIR, as `get` does it once it knows which they are. */
async function bring(version: number, name: "model" | "data" = "model"): Promise<Delivered> {
  const reading = readPointer(Buffer.from((await box.git("work", ["show", `spam@v${version}:${name}.mvgit`])).stdout));
  const remote = new Remote("store", new FolderBucket(join(box.dir, "store")));
  await remote.place.recognise();
  return deliver({
    dir: join(box.dir, "dir"),
    force: false,
    watch: testWatch(),
    reader: { async *blobs() {} } as unknown as GitReader,
    parts: [
      { kind: "tracked", path: name as RepoPath, pointer: (reading as { pointer: Pointer }).pointer, inside: null },
    ],
    about: { receipt: null, what: `spam@v${version}`, only: [], repository: null, commit: "" },
    stores: (state) => ({
      cache: new Cache(state, { durable: false }),
      links: ["hardlink", "copy"],
      isOwn: true,
      remotes: async () => new Remotes([{ name: "store", address: "", open: async () => remote }], testWatch()),
    }),
  });
}

/** The same with a fault at a step; true when it ended without one. */
async function bringFaulty(fault: string, at: number): Promise<boolean> {
  planFaults(`${fault}@${at}`);
  try {
    await bring(2);
    return true;
  } catch (error) {
    expect(isMvgitError(error), `${fault}@${at}: ${String(error)}`).toBe(true);
    return false;
  } finally {
    planFaults("count@0");
  }
}

const dir = (): string => join(box.dir, "dir");
/** Has version 1 in DIR. */
async function prepare(): Promise<void> {
  box = await makeDeployment(2, { inProcess: true, inMemory: true });
  await bring(1, "data");
  await bring(1);
}

/** The version that DIR shows, which is whole. */
function shownVersion(told: string): number {
  const shown = filesOf(dir());
  const version = shown["model/w.bin"] === "weights 1" ? 1 : 2;
  expect(shown, told).toEqual(versionOf(version));
  expect(JSON.parse(fs.readFileSync(join(dir(), ".mvgit-receipt.json"), "utf8")).what, told).toBe(`spam@v${version}`);
  return version;
}

async function bringAgain(told: string): Promise<void> {
  await bring(2);
  expect(filesOf(dir()), told).toEqual(versionOf(2));
  expect(fs.readdirSync(dir()).toSorted(), told).toEqual([".mvgit-receipt.json", ".mvgit-release", "model"]);
}

it("killed", async () => {
  await prepare();
  const seen = new Set<number>();
  const get = ["get", "host.git", "spam@v2", "-o", "dir", "--remote", "./store", "--only", "weights"];
  await killAtEveryStep(box, { args: get, folder: ".", least: 20 }, async (told) => {
    seen.add(shownVersion(told));
    await bringAgain(told);
  });
  expect([...seen].toSorted()).toEqual([1, 2]);
}, 600_000);

it.each(["EIO", "ENOSPC"])(
  "%s",
  async (fault) => {
    await prepare();
    fs.cpSync(dir(), `${dir()}-1`, { recursive: true, verbatimSymlinks: true });
    const seen = new Set<number>();
    for (let at = 1; ; at++) {
      const told = `${fault}@${at}`;
      const done = await bringFaulty(fault, at);
      seen.add(shownVersion(told));
      if (done) {
        expect(at).toBeGreaterThan(20);
        break;
      }
      await bringAgain(`after ${told}`);
      fs.rmSync(dir(), { recursive: true });
      fs.cpSync(`${dir()}-1`, dir(), { recursive: true, verbatimSymlinks: true });
    }
    expect([...seen].toSorted()).toEqual([1, 2]);
  },
  600_000,
);

it("killed while one model repository takes another's place", async () => {
  box = await makeDeployment(2, { inProcess: true });
  const hub = (version: number): readonly string[] => ["export", `spam@v${version}`, "--hub", "../hub"];
  const places = (): string[] => fs.readdirSync(box.dir).filter((name) => /^hub(?:\.[0-9a-f]{16})?$/.test(name));
  const weightsIn = (place: string): string => fs.readFileSync(join(box.dir, place, "w.bin"), "utf8");
  await box.mv("work", hub(1));
  const seen = new Set<string>();
  await killAtEveryStep(box, { args: hub(2), least: 10, most: 4 }, async (told) => {
    // For the instant in which the one made way and the other is not there, it lies beside.
    const whole = fs.existsSync(join(box.dir, "hub")) ? ["hub"] : places().filter(isWhole);
    expect(whole.length, told).toBeGreaterThan(0);
    for (const place of whole) seen.add(weightsIn(place));
    await box.mv("work", hub(2));
    expect(weightsIn("hub"), told).toBe("weights 2");
    for (const place of places()) fs.rmSync(join(box.dir, place), { recursive: true });
  });
  expect([...seen].toSorted()).toEqual(["weights 1", "weights 2"]);
}, 600_000);

function isWhole(place: string): boolean {
  return fs.existsSync(join(box.dir, place, ".mvgit-receipt.json"));
}
