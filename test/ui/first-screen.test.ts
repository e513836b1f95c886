/** What the next server begins with: the document of the last, where nothing changed, and never for long. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { userConfigFiles } from "../../src/git/own-config.ts";
import { FirstScreen } from "../../src/ui/first-screen.ts";
import { gitFolderAround, RefsState } from "../../src/ui/refs-state.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { commit } from "../support/track.ts";
import { listen, openHere } from "./open.ts";

const PATH = "data/models.json";
let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  await commit(box);
});
afterAll(() => box.cleanup());

const file = (): string => join(box.dir, "work/.git/mvgit/first-screen");
const state = (): string => {
  const place = gitFolderAround(join(box.dir, "work")) ?? { commonDir: "", gitDir: "" };
  const users = userConfigFiles({ ...hermeticEnv(box.dir), ...box.env });
  const others = [join(place.commonDir, "mvgit/seen.json"), join(box.dir, "work/.mvgit/config"), ...users];
  return new RefsState(place, others).look(0).state;
};

it("is answered at once, held against what is so now, and whoever got it is told where it is another", async () => {
  new FirstScreen(file()).keep(PATH, state(), '{"models":"of yesterday"}');
  const ui = await openHere(box, { first: [PATH] });
  expect(await ui.read(PATH)).toEqual({ models: "of yesterday" });
  const early = listen(ui.url);
  await early.until("event: refs");
  expect(await ui.read(PATH)).toMatchObject({ command: "models", models: [] });
  const late = listen(ui.url);
  await late.until("event: refs");
  for (const each of [early, late]) each.stop();
  await ui.close();
});

it("is kept for as long as refs are the same, by this mvgit alone, and only as it was written", () => {
  const first = new FirstScreen(file(), "1.0.0");
  first.keep(PATH, "a", "ä\n{}\n");
  expect(first.get(PATH, "a")).toBe("ä\n{}\n");
  expect(first.get(PATH, "b")).toBeNull();
  expect(first.get("data/log/spam.json", "a")).toBeNull();
  expect(new FirstScreen(file(), "1.0.1").get(PATH, "a")).toBeNull();
  fs.appendFileSync(file(), " ");
  expect(first.get(PATH, "a")).toBeNull();
  fs.rmSync(file());
  expect(first.get(PATH, "a")).toBeNull();
  const nowhere = new FirstScreen(join(box.dir, "work/.git/HEAD/x"));
  nowhere.keep(PATH, "a", "{}");
  expect(nowhere.get(PATH, "a")).toBeNull();
});
