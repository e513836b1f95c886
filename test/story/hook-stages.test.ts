/** `mvgit hooks run --range` on edits of stages.yaml, in the clone of a CI job. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";

let box: Sandbox;
const edit = async (text: string): Promise<void> => {
  box.write("ci/stages.yaml", text);
  await box.git("ci", ["commit", "-qam", "edit"]);
};
const check = async (status: number): Promise<string> =>
  (await box.mv("ci", ["hooks", "run", "--range", "origin/main..HEAD"], status)).stdout;

shareSandbox(async () => {
  box = await makeSandbox();
  box.write(
    "work/.mvgit/config",
    `${box.read("work/.mvgit/config")}[mvgit "stage.production"]\n\trequires = staging\n\tmetric = accuracy>=0.92\n`,
  );
  for (const version of [1, 2, 3])
    await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: "spam", version });
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
  for (const label of ["spam@v1", "spam@v2"]) await box.mv("work", ["promote", label, "staging"]);
  await box.git(".", ["clone", "-q", "host.git", "ci"]);
  await box.git("ci", ["checkout", "-q", "-b", "review"]);
  return box;
});

it("an edit that the policy allows, and what mvgit itself wrote, is nothing", async () => {
  expect(await check(0)).toContain("0 commits checked");
  await edit("spam:\n  production: 2\n  staging: 2  # event 2\n");
  expect(await check(0)).toContain("nothing found");
  await box.mv("work", ["promote", "spam@v2", "production"]);
  await box.git("ci", ["fetch", "-q"]);
  expect((await box.mv("ci", ["hooks", "run", "--range", "origin/main~1..origin/main"])).stdout).toContain(
    "nothing found",
  );
});

it("a rule that the version breaks is told, whatever the branch does to the policy", async () => {
  box.write("ci/.mvgit/config", "");
  await edit("spam:\n  production: 1\n  staging: 2  # event 2\n");
  const said = await check(1);
  expect(said).toMatch(
    /'stages.yaml' asks for v1 in spam#production, which does not take spam@v1: its accuracy is 0.91 /,
  );
  expect(said).toMatch(/its accuracy is 0.91 \(.*accuracy>=0.92 in .*origin\/main\)/);
  expect(said).not.toContain("git rebase -i");
  await edit("spam:\n  production: 3\n  staging: 2  # event 2\n");
  expect(await check(1)).toContain("it was never in 'staging'");
});

it(
  "so is a version that does not exist, also with the comment of an event that nobody made, and a file that " +
    "cannot be read",
  async () => {
    await edit("spam:\n  staging: 9  # event 2\n");
    expect(await check(1)).toContain(
      "asks for v9 in spam#staging, but there is no version 'spam@v9': the newest is v3",
    );
    await edit("spam:\n  production: 3  # event 7\n  staging: 2\n");
    expect(await check(1)).toContain("it was never in 'staging'");
    await edit("spam: &a\n  production: *a\n");
    expect(await check(1)).toContain("'stages.yaml' cannot be read");
    // Only the end of the range is applied.
    await edit("spam:\n  staging: 1\n");
    expect(await check(0)).toContain("nothing found");
  },
);
