/** What a folder, a follower or a clone has seen of a label is never undone without a word. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { follow } from "../../../src/index.ts";
import { hermeticEnv, runProgram } from "../../support/cli.ts";
import { makeDeployment, move, stay } from "../../support/deployment.ts";
import type { Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let restore: () => void;
const REMOTE = ["--remote", "./store"];

beforeAll(async () => {
  box = await makeDeployment(3, { inProcess: true });
  for (const version of [1, 2, 3]) await move(box, version);
  await box.mv(".", ["get", "host.git", "spam#production", "-o", "dir", ...REMOTE]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

const weights = (dir = "dir"): string => box.read(`${dir}/model/w.bin`).toString();
const drop = (tag: string, folder = "host.git"): Promise<unknown> =>
  box.git(folder, ["update-ref", "-d", `refs/tags/${tag}`]);
const get = (label: string, status: number, ...more: string[]): ReturnType<Sandbox["mv"]> =>
  box.mv(".", ["get", "host.git", label, "-o", "dir", ...REMOTE, ...more], status);

/** The tag's object anew, with another time. */
async function remake(tag: string, folder = "host.git"): Promise<void> {
  const text = (await box.git(folder, ["cat-file", "tag", tag])).stdout.replace(/> \d+ /, "> 1800000000 ");
  const { stdout } = await runProgram("git", ["hash-object", "-t", "tag", "-w", "--stdin"], {
    cwd: join(box.dir, folder),
    env: box.env,
    input: text,
  });
  await box.git(folder, ["update-ref", `refs/tags/${tag}`, stdout.trim()]);
}

describe("get into a folder", () => {
  it("refuses an older event, tells which is lost, and takes it when told to", async () => {
    await drop("spam#production#3");
    const { stderr } = await get("spam#production", 24);
    expect(stderr).toContain(
      "event 3 of spam#production was seen before, and now event 2 is the newest: its tag was deleted",
    );
    expect(stderr).toContain("'--accept-older' takes what is there now");
    expect(weights()).toBe("weights 3");
    await get("spam#production", 0, "--accept-older");
    expect(weights()).toBe("weights 2");
    await get("spam#production", 0);
  });

  it("refuses when all events are gone, and lets a stage be emptied", async () => {
    await box.mv("work", ["rollback", "spam", "production", "--to", "none", "--no-commit"]);
    expect((await get("spam#production", 1)).stderr).toContain("nothing is in spam#production");
    for (const number of [1, 2, 3, 4]) await drop(`spam#production#${number}`);
    expect((await get("spam#production", 24)).stderr).toContain(
      "event 3 of spam#production was seen before, and there is none any more",
    );
  });

  it("refuses an event that was made anew, also below newer ones", async () => {
    await remake("spam#production#3");
    expect((await get("spam#production", 24)).stderr).toContain(
      "event 3 of spam#production is another one than was seen before",
    );
    await drop("spam#production#3", "work");
    await box.git("work", ["fetch", "-q", "--tags", "origin"]);
    await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"], 24);
    await box.mv("work", ["promote", "spam@v1", "production", "--no-commit", "--accept-older"]);
    expect((await get("spam#production", 24)).stderr).toContain("event 3 of spam#production is another one");
    expect(weights()).toBe("weights 3");
  });

  it("refuses a version whose tag was made anew, and a latest one that is gone", async () => {
    await get("spam@v2", 0);
    await get("spam@latest", 0);
    await remake("spam@v2");
    expect((await get("spam@v2", 24)).stderr).toContain(
      "spam@v2 is not the one that was seen before: its tag was made anew",
    );
    await drop("spam@v3");
    expect((await get("spam@latest", 24)).stderr).toContain(
      "spam@v3 was the newest, and there is none after v2 any more",
    );
    await get("spam@v1", 0);
    expect(weights()).toBe("weights 1");
    await drop("spam#production#3");
    await get("spam#production", 24);
  });

  it("knows what an older mvgit had written into it, and says so where what it kept cannot be read", async () => {
    fs.rmSync(join(box.dir, "dir/.mvgit-release/seen.json"));
    await drop("spam#production#3");
    await get("spam#production", 24);
    box.write("dir/.mvgit-release/seen.json", "{}");
    expect((await get("spam#production", 22)).stderr).toContain("cannot be read");
  });

  it("refuses a version whose retraction vanished, as the latest and by its number", async () => {
    await box.mv("work", ["retract", "spam@v3", "--force", "-m", "bad"]);
    await get("spam@latest", 0);
    await box.mv(".", ["get", "host.git", "spam@v3", "-o", "three", ...REMOTE]);
    await drop("spam@v3#1");
    const lost = "remark 1 of spam@v3 was seen before, and there is none any more: its tag was deleted";
    expect((await get("spam@latest", 24)).stderr).toContain(lost);
    expect(weights()).toBe("weights 2");
    expect((await box.mv(".", ["get", "host.git", "spam@v3", "-o", "three", ...REMOTE], 24)).stderr).toContain(lost);
    await get("spam@latest", 0, "--accept-older");
    expect(weights()).toBe("weights 3");
    await get("spam@latest", 0);
  });

  it("goes on forwards, from a folder of its own kind and into a new one", async () => {
    await move(box, 1);
    await get("spam#production", 0);
    expect(weights()).toBe("weights 1");
    await drop("spam#production#4");
    await box.mv(".", ["get", "host.git", "spam#production", "-o", "new", ...REMOTE]);
    expect(weights("new")).toBe("weights 3");
  });
});

describe("a clone", () => {
  it("whose newest event was pruned away says so, refuses to move on, and says how to bring it back", async () => {
    await drop("spam#production#3");
    await drop("spam#production#3", "work");
    const { stdout } = await box.mv("work", ["stages"], 24);
    expect(stdout).toContain("broken  event 3 of spam#production was seen before, and now event 2 is the newest");
    for (const command of [
      ["show", "spam#production"],
      ["receipt", "spam#production"],
      ["export", "spam#production", "-o", "../out"],
      ["rollback", "spam", "production", "--no-commit"],
    ])
      await box.mv("work", command, 24);
    const { stderr } = await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"], 24);
    const [, back = ""] =
      /'(git update-ref refs\/\S+ \w+)'/.exec(
        stderr.replaceAll("'refs/tags/spam#production#3'", "refs/tags/spam#production#3"),
      ) ?? [];
    await box.git("work", back.split(" ").slice(1));
    expect((await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"])).stderr).toContain(
      "'spam#production#3' is not on 'origin', and goes there with this move",
    );
    expect((await box.git("host.git", ["tag", "-l", "spam#production#*"])).stdout.trim().split("\n")).toHaveLength(4);
  });

  it("that has lost all of a stage says so; '--accept-older' goes on", async () => {
    for (const number of [1, 2, 3])
      for (const folder of ["host.git", "work"]) await drop(`spam#production#${number}`, folder);
    expect((await box.mv("work", ["stages"], 24)).stdout).toContain("there is none any more");
    await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"], 24);
    await box.mv("work", ["promote", "spam@v1", "production", "--no-commit", "--accept-older"]);
    await box.mv("work", ["stages"]);
  });

  it("tells of the lost event wherever it tells what stages hold", async () => {
    for (const folder of ["host.git", "work"]) await drop("spam#production#3", folder);
    const lost = "spam#production: event 3 of spam#production was seen before, and now event 2 is the newest";
    for (const command of [["log"], ["models"], ["history", "spam"]])
      expect((await box.mv("work", command, 24)).stdout).toContain(lost);
    for (const command of ["show", "explain"])
      expect((await box.mv("work", [command, "spam@v2"])).stdout).toContain(lost);
    expect((await box.mv("work", ["log"], 24)).stdout).not.toMatch(/spam@v2 .*production/);
    expect((await box.mv("work", ["lineage", "spam@v2"])).stdout).not.toMatch(/@v2.*production/);
    expect((await box.mv("work", ["stage", "check"], 1)).stdout).toContain("event 3 of spam#production was seen");
  });

  it("that only looked knows of a retraction that vanished", async () => {
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    await box.mv("other", ["init", "--no-hooks", "--remote", "../store"]);
    await box.mv("work", ["retract", "spam@v3", "--force", "-m", "bad"]);
    await box.git("other", ["fetch", "-q", "--tags"]);
    await box.mv("other", ["log"]);
    for (const folder of ["host.git", "other"]) await drop("spam@v3#1", folder);
    const lost = "remark 1 of spam@v3 was seen before, and there is none any more: its tag was deleted";
    expect((await box.mv("other", ["log"], 24)).stdout).toContain(lost);
    for (const command of ["show", "explain"])
      expect((await box.mv("other", [command, "spam@v3"])).stdout).toContain(lost);
    expect((await box.mv("other", ["receipt", "spam@v3"])).stderr).toContain(lost);
    expect((await box.mv("other", ["audit"], 1)).stdout).toContain(lost);
    const refused = [
      ["show", "spam@latest"],
      ["export", "spam@v3", "-o", "../out"],
      ["promote", "spam@v3", "staging", "--no-commit"],
    ];
    for (const command of refused) expect((await box.mv("other", command, 24)).stderr).toContain(lost);
    await box.mv("other", ["promote", "spam@v3", "staging", "--no-commit", "--accept-older"]);
    await box.mv("other", ["log"]);
  });

  it("whose newest version is gone says so of the latest, and moves nothing to it", async () => {
    await box.mv("work", ["rollback", "spam", "production", "--no-commit"]);
    await box.mv("work", ["show", "spam@latest"]);
    for (const folder of ["host.git", "work"]) await drop("spam@v3", folder);
    const lost = "spam@v3 was the newest here before, and v2 is now: its tag was deleted";
    expect((await box.mv("work", ["show", "spam@latest"])).stderr).toContain(lost);
    for (const command of [
      ["promote", "spam@latest", "staging", "--no-commit"],
      ["export", "spam@latest", "-o", "../out"],
    ])
      expect((await box.mv("work", command, 24)).stderr).toContain(lost);
    await box.mv("work", ["promote", "spam@v2", "staging", "--no-commit"]);
    await box.mv("work", ["promote", "spam@latest", "testing", "--no-commit", "--accept-older"]);
    expect((await box.mv("work", ["show", "spam@latest"])).stderr).not.toContain(lost);
  });

  it("that is fresh knows of the event that stages.yaml was written after", async () => {
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await drop("spam#production#4");
    await box.git(".", ["clone", "-q", "host.git", "fresh"]);
    await box.mv("fresh", ["init", "--no-hooks", "--remote", "../store"]);
    expect((await box.mv("fresh", ["promote", "spam@v2", "production"], 24)).stderr).toContain(
      "'stages.yaml' was written after event 4 of spam#production, and the newest that is known is event 3",
    );
    await box.mv("fresh", ["rollback", "spam", "production", "--accept-older"]);
  });
});

describe("its siblings", () => {
  it("export from a clone that is behind", async () => {
    await box.git(".", ["clone", "-q", "host.git", "behind"]);
    await box.mv("behind", ["init", "--no-hooks", "--remote", "../store"]);
    await box.mv("behind", ["export", "spam#production", "-o", "../out"]);
    await drop("spam#production#3", "behind");
    expect((await box.mv("behind", ["export", "spam#production", "-o", "../out"], 24)).stderr).toContain(
      "'git fetch --tags' may bring it back",
    );
    expect(weights("out")).toBe("weights 3");
  });

  it("a follower, over its own restarts, and the library", async () => {
    await drop("spam#production#3");
    const args = ["get", "host.git", "spam#production", "-o", "dir", ...REMOTE, "--watch", "3600"];
    expect((await box.mv(".", args, 24)).stderr).toContain("event 3 of spam#production was seen before");
    const options = { cwd: box.dir, env: { ...hermeticEnv(box.dir), ...box.env }, remote: "./store", seconds: 3600 };
    await expect(follow("host.git", "spam#production", "dir", options).next()).rejects.toMatchObject({
      code: "chain-broken",
    });
    const watching = stay(box, [...args, "--accept-older"]);
    await watching.said("spam@v2");
    expect(await watching.stop("SIGTERM")).toBe(0);
  });
});
