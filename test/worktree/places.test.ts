/** Where files are written before they get their names; real mounts are in test/story/field. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { crossing, isUnfinishedName, Places } from "../../src/worktree/places.ts";

let dir: string;
beforeAll(() => {
  dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-test-")));
  fs.mkdirSync(join(dir, "top/a/b"), { recursive: true });
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

const place = (shown: string): { at: string; shown: string } => ({ at: join(dir, "top", shown), shown });
const make = (): Places => new Places({ top: join(dir, "top"), main: join(dir, "main") });
const refused = (): Error => Object.assign(new Error("EXDEV"), { code: "EXDEV" });

it("is one folder for all that is on one file system", () => {
  const places = make();
  for (const file of ["x", "a/x", "a/b/x"]) expect(dirname(places.newName(place(file)))).toBe(join(dir, "main"));
});

it("is the file's own folder where a rename showed another file system, and work is done once more", async () => {
  const places = make();
  const file = place("a/b/x");
  const tried: string[] = [];
  const answer = await crossing(places, file, async () => {
    tried.push(places.newName(file));
    if (tried.length === 1) throw refused();
    return "made";
  });
  expect(answer).toBe("made");
  expect(tried.map(dirname)).toEqual([join(dir, "main"), dirname(file.at)]);
  expect(isUnfinishedName((tried[1] as string).slice(dirname(file.at).length + 1))).toBe(true);
  expect(dirname(places.newName(place("a/x")))).toBe(join(dir, "main"));
});

it("gives up where that does not help, and at any other error", async () => {
  const places = make();
  let times = 0;
  const fail = (error: Error) => async (): Promise<void> => {
    times++;
    throw error;
  };
  await expect(crossing(places, place("a/x"), fail(refused()))).rejects.toThrow("EXDEV");
  expect(times).toBe(2);
  await expect(crossing(places, place("a/x"), fail(new Error("other")))).rejects.toThrow("other");
  expect(times).toBe(3);
});
