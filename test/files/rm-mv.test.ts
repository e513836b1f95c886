/** `rm` and `mv`: pointer, ignore line and file together, and no bytes lost. */
import { describe, expect, it } from "vitest";
import { move } from "../../src/files/mv.ts";
import { remove, type RmReport, type RmRequest } from "../../src/files/rm.ts";
import { status } from "../../src/files/status.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { track } from "../support/track.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/2": "row 2" }, ["w.bin", "data"]);
  return box;
});

const removeHere = async (paths: string[], more: Partial<RmRequest> = {}): Promise<RmReport> =>
  remove(await box.open(), { paths, ...more });
const moveHere = async (from: string, to: string) => move(await box.open(), from, to);
const ignored = (): string => box.read("work/.gitignore").toString();

describe("rm", () => {
  it("takes away file, pointer and ignore line", async () => {
    expect(await removeHere(["w.bin"])).toEqual({ removed: ["w.bin"], kept: false, displaced: [], left: [] });
    expect([box.exists("work/w.bin"), box.exists("work/w.bin.mvgit")]).toEqual([false, false]);
    expect(ignored()).toBe("/data\n");
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("M  .gitignore\nD  w.bin.mvgit\n");
  });

  it("leaves the files when they are to be kept", async () => {
    expect(await removeHere(["data"], { keep: true })).toMatchObject({ removed: ["data"], kept: true });
    expect([box.read("work/data/1").toString(), box.exists("work/data.mvgit")]).toEqual(["row 1", false]);
  });

  it("refuses to lose bytes that no store has, and by force keeps them in the cache", async () => {
    box.write("work/w.bin", "edited");
    expect(await refusalOf(box, () => removeHere(["data", "w.bin"]))).toBe("local-changes");
    const hash = hashBytes(Buffer.from("edited"));
    expect((await removeHere(["w.bin"], { force: true })).displaced).toEqual([{ path: "w.bin", hash }]);
    expect((await box.open()).cache.has({ hash, size: 6 })).toBe(true);
  });

  it("refuses what is not tracked, and a part of a folder", async () => {
    expect(await refusalOf(box, () => removeHere(["none"]))).toBe("not-tracked");
    expect(await refusalOf(box, () => removeHere(["data/1"]))).toBe("usage");
  });
});

describe("mv", () => {
  it("moves file, pointer and ignore line, into a folder too, and all stays clean", async () => {
    expect(await moveHere("w.bin", "sub/new.bin")).toEqual({ from: "w.bin", to: "sub/new.bin" });
    expect([box.read("work/sub/new.bin").toString(), box.exists("work/w.bin")]).toEqual(["weights", false]);
    await moveHere("data", "rows");
    const { tracked } = await status(await box.open(), { paths: [] });
    expect(tracked.map(({ path, state }) => `${path} ${state}`)).toEqual(["rows clean", "sub/new.bin clean"]);
  });

  it("refuses a name that is taken, held back, outside, or inside of what is tracked", async () => {
    box.write("work/other", "of the user");
    expect(await refusalOf(box, () => moveHere("w.bin", "other"))).toBe("name-taken");
    expect(await refusalOf(box, () => moveHere("w.bin", "data/w.bin"))).toBe("already-tracked");
    expect(await refusalOf(box, () => moveHere("w.bin", "../w.bin"))).toBe("unsafe-path");
    expect(await refusalOf(box, () => moveHere("w.bin", ".gitmodules"))).toBe("cannot-add");
  });

  it("refuses what is not tracked, and a part of a folder", async () => {
    expect(await refusalOf(box, () => moveHere("none", "x"))).toBe("not-tracked");
    expect(await refusalOf(box, () => moveHere("data/1", "x"))).toBe("usage");
  });
});
