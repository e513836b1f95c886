/** A history that was rewritten as a whole: `audit` says so, and what docs/audit.md says to do works. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AuditReport } from "../../../src/versions/audit/report.ts";
import { hermeticEnv } from "../../support/cli.ts";
import { makeDeployment, move } from "../../support/deployment.ts";
import type { Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
const shell = (folder: string, command: string): string =>
  execFileSync("/bin/sh", ["-ec", command], {
    cwd: join(box.dir, folder),
    env: { ...hermeticEnv(box.dir), ...box.env },
    encoding: "utf8",
  });
async function kinds(folder: string, status: number): Promise<string[]> {
  const { findings } = JSON.parse((await box.mv(folder, ["audit", "--json"], status)).stdout) as AuditReport;
  return findings.map(({ kind }) => kind);
}

beforeAll(async () => {
  box = await makeDeployment(2);
  for (const version of [1, 2]) await move(box, version);
  await box.mv(".", ["get", "host.git", "spam#production", "-o", "dir", "--remote", "./store"]);
});
afterAll(() => box.cleanup());

it("a host that moved is the same", async () => {
  shell(".", "git clone -q --mirror host.git moved.git");
  await box.git("work", ["remote", "set-url", "origin", "../moved.git"]);
  expect(await kinds("work", 0)).toEqual([]);
  await box.mv(".", ["get", "moved.git", "spam#production", "-o", "dir", "--remote", "./store"]);
  await box.git("work", ["remote", "set-url", "origin", "../host.git"]);
});

it("a rewritten one is told, here and from an old clone, and can be gone on with", async () => {
  shell(
    ".",
    "git init -q --bare new.git && git -C work fast-export --branches --tags " +
      ("--tag-of-filtered-object=rewrite " +
        "--signed-tags=strip -- . ':!t.py' | git -C new.git fast-import --quiet ") +
      "&& git clone -q new.git new",
  );
  await box.git("work", ["remote", "set-url", "origin", "../new.git"]);
  expect((await kinds("work", 1))[0]).toBe("history-rewritten");
  expect((await box.mv("work", ["audit"], 1)).stdout).toMatch(
    /^history-rewritten: none of the 4 tags that this clone and 'origin' both have is the same object/,
  );
  await box.mv("new", ["init", "--no-hooks", "--remote", "../store"]);
  expect((await kinds("new", 1))[0]).toBe("history-rewritten");
  expect((await box.mv("new", ["audit"], 1)).stdout).toContain(
    "the commits of all 2 versions hold something else than their packages say",
  );
  await box.mv("new", ["show", "spam@v2"], 24);

  shell(
    "new",
    "git tag -l '*@v*' '*#*#*' | xargs git tag -d; git push -q --no-verify origin --delete $(git ls-remote " +
      "--tags --refs origin | cut -f2)",
  );
  await box.mv("new", ["pull"]);
  const { stdout } = await box.mv("new", ["save", "spam", "--data", "data", "--weights", "model"]);
  expect(stdout).toContain("spam@v3");
  await box.mv("new", ["push"]);
  await box.git("new", ["push", "-q", "--no-verify", "origin", "main", "spam@v3"]);
  await box.mv("new", ["promote", "spam@v3", "production", "--no-commit"]);
  expect(await kinds("new", 0)).toEqual([]);
  await box.mv(".", ["get", "new.git", "spam#production", "-o", "dir", "--remote", "./store"], 24);
  await box.mv(".", ["get", "new.git", "spam#production", "-o", "dir", "--remote", "./store", "--accept-older"]);
});
