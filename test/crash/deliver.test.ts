/**
 * Killed, out of space or failing at every step of a change of DIR: it shows the old version or the new one, whole, and
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
import { BIN, runProgram } from "../support/cli.ts";
import { filesOf, makeDeployment } from "../support/deployment.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

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
      remote: async () => remote,
    }),
  });
}

/** The same with a fault at a step; true when it ended without one. */
async function bringFaulty(fault: string, at: number): Promise<boolean> {
  if (fault === "kill") {
    const get = [
      join(BIN, "mvgit"),
      "get",
      "host.git",
      "spam@v2",
      "-o",
      "dir",
      "--remote",
      "./store",
      "--only",
      "weights",
    ];
    const { status } = await runProgram("/bin/sh", ["-c", '"$@"; exit $?', "sh", process.execPath, ...get], {
      cwd: box.dir,
      env: { ...box.env, MVGIT_FAULT: `kill@${at}` },
    });
    return status === 0;
  }
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

it.each(["kill", "EIO", "ENOSPC"])(
  "%s",
  async (fault) => {
    box = await makeDeployment(2);
    const dir = join(box.dir, "dir");
    await bring(1, "data");
    await bring(1);
    fs.cpSync(dir, `${dir}-1`, { recursive: true, verbatimSymlinks: true });
    const seen = new Set<number>();
    for (let at = 1; ; at++) {
      const done = await bringFaulty(fault, at);
      const shown = filesOf(dir);
      const version = shown["model/w.bin"] === "weights 1" ? 1 : 2;
      expect(shown, `${fault}@${at}`).toEqual(versionOf(version));
      expect(JSON.parse(fs.readFileSync(join(dir, ".mvgit-receipt.json"), "utf8")).what, `${fault}@${at}`).toBe(
        `spam@v${version}`,
      );
      seen.add(version);
      if (done) {
        expect(at).toBeGreaterThan(20);
        break;
      }
      await bring(2);
      expect(filesOf(dir), `after ${fault}@${at}`).toEqual(versionOf(2));
      expect(fs.readdirSync(dir).toSorted(), `after ${fault}@${at}`).toEqual([
        ".mvgit-receipt.json",
        ".mvgit-release",
        "model",
      ]);
      fs.rmSync(dir, { recursive: true });
      fs.cpSync(`${dir}-1`, dir, { recursive: true, verbatimSymlinks: true });
    }
    expect([...seen].toSorted()).toEqual([1, 2]);
  },
  600_000,
);
