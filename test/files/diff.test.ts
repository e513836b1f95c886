/** `diff`: what changed between two sides, file by file, read only where sizes and hashes do not tell. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diff, type DiffReport, type DiffRequest } from "../../src/files/diff.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { track } from "../support/track.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "old" });
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/2": "row 2" }, ["w.bin", "data"]);
  return box;
});

const diffHere = async (operands: string[] = [], more: Partial<DiffRequest> = {}): Promise<DiffReport> =>
  diff(await box.open(), { operands, separator: null, ...more });
const changes = async (...operands: string[]): Promise<string[]> =>
  (await diffHere(operands)).changes.map(({ what, path, from }) => `${what} ${from ? `${from} ` : ""}${path}`);

describe("the work tree against the index", () => {
  it("is no different when nothing changed", async () => {
    expect(await diffHere()).toMatchObject({
      before: "the index",
      after: "the work tree",
      compared: 2,
      changes: [],
      bytes: { before: 0, after: 0 },
    });
  });

  it("tells files that are modified, new and gone, and sums what changed", async () => {
    box.write("work/w.bin", "longer weights");
    box.write("work/data/3", "another row");
    fs.rmSync(join(box.dir, "work/data/2"));
    expect(await changes()).toEqual(["removed data/2", "added data/3", "modified w.bin"]);
    expect((await diffHere()).bytes).toEqual({ before: 12, after: 25 });
  });

  it("finds a file that only went to another name, and a changed mode", async () => {
    fs.renameSync(join(box.dir, "work/data/2"), join(box.dir, "work/data/moved"));
    fs.chmodSync(join(box.dir, "work/w.bin"), 0o755);
    expect(await changes()).toEqual(["renamed data/2 data/moved", "mode w.bin"]);
  });
});

describe("other sides", () => {
  it("are commits, and the index", async () => {
    expect(await changes("HEAD~1", "HEAD")).toEqual(["added data/1", "added data/2", "modified w.bin"]);
    await box.git("work", ["rm", "-q", "--cached", "data.mvgit"]);
    expect((await diffHere([], { cached: true })).changes.map(({ what }) => what)).toEqual(["removed", "removed"]);
  });

  it("are narrowed by paths", async () => {
    box.write("work/w.bin", "changed");
    box.write("work/data/1", "changed");
    expect(await changes("data")).toEqual(["modified data/1"]);
    expect((await diffHere(["HEAD", "w.bin"], { separator: 1 })).compared).toBe(1);
  });
});

it("refuses what is neither a revision nor tracked, and one side too many", async () => {
  expect(await refusalOf(box, () => diffHere(["none"]))).toBe("not-tracked");
  expect(await refusalOf(box, () => diffHere(["none"], { separator: 1 }))).toBe("usage");
  expect(await refusalOf(box, () => diffHere(["HEAD", "HEAD~1", "HEAD"], { separator: 3 }))).toBe("usage");
});
