/** That the page sees another setting, whichever folder it was started in. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Repo } from "../../src/repo/repo.ts";
import { openSource } from "../../src/ui/open-ui.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

it.each(["work", "work/deep/er"])("settings that a commit brings are read anew from %s", async (folder) => {
  const box = await makeSandbox({ inMemory: true });
  onTestFinished(() => box.cleanup());
  const cwd = join(box.dir, folder);
  fs.mkdirSync(cwd, { recursive: true });
  const [env, watch] = [{ ...hermeticEnv(box.dir), ...box.env }, testWatch()];
  const { source } = openSource({ cwd, env, watch, repo: () => Repo.open({ cwd, env, watch }) });
  const first = await source.repo();
  expect(await source.repo()).toBe(first);
  box.write("work/.mvgit/config", '[mvgit "stage.production"]\n\tmetric = accuracy>=0.9\n');
  const second = await source.repo();
  expect(second).not.toBe(first);
  expect(await source.repo()).toBe(second);
});
