/**
 * `run` and `save`, killed at steps that change the disk: what is there afterwards is whole, and the next one
 * works.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { killAtEveryStep } from "../support/crash.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { packageOf } from "../support/trainer.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

/** What no killed run may leave once the next one has ended. */
function leftovers(): string[] {
  const folder = join(box.dir, "work/.git");
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) =>
      /^(mvgit\/(index-|tmp\/.|lock$|version\.lock|pending\/.|leases\/\.)|index\.lock|.*\.lock$)/.test(name),
    );
  return [
    ...names,
    ...fs
      .readdirSync(join(box.dir, "work"), { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith(".git/") && /\.mvgit-[0-9a-f]{16}$/.test(name)),
  ];
}

/** States of which each takes a second: making a version again. */
const MOST = 10;

describe.each([
  ["run", ["run", "spam", "--data", "data", "--weights", "weights.bin", "--", "sh", "train.sh"]],
  ["save", ["save", "spam", "--data", "data", "--weights", "weights.bin"]],
])("%s killed at its steps", (name, args) => {
  it("the next one makes the version, whole, and nothing is left over or lost", async () => {
    box = await makeSandbox({ inProcess: true, inMemory: true });
    box.write(
      "work/train.sh",
      'cat data/* > weights.bin\necho \'{"step": 1, "loss": 0.5}\' >> "$MVGIT_LOG"\n' +
        "echo '{\"accuracy\": 0.5}' > metrics.json\n",
    );
    box.write("work/data/a.txt", "1\n");
    box.write("work/notes.txt", "the user's\n");
    if (name === "save") box.write("work/weights.bin", "trained elsewhere");
    await box.git("work", ["add", "train.sh"]);
    await box.git("work", ["commit", "-qm", "code"]);
    await killAtEveryStep(box, { args, least: 20, most: MOST }, async (told) => {
      expect([box.read("work/data/a.txt").toString(), box.read("work/notes.txt").toString()], told).toEqual([
        "1\n",
        "the user's\n",
      ]);
      const again = await box.mv("work", args, -1);
      expect(again.status, `${told}: ${again.stderr}`).toBe(0);
      const tags = (await box.git("work", ["tag", "--list"])).stdout.trim().split("\n");
      const label = tags.at(-1) as string;
      const pack = await packageOf(box, label);
      expect(
        pack.data.map((each) => each.path),
        told,
      ).toEqual(["data"]);
      expect((await box.git("work", ["status", "--porcelain"])).stdout, told).toBe("");
      expect(leftovers(), told).toEqual([]);
      // A commit without its tag would be a number that nobody can name.
      const made = (await box.git("work", ["log", "--first-parent", "--format=%s", "HEAD"])).stdout
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("spam@"))
        .map((line) => line.split(":")[0]);
      expect(made.toSorted(), told).toEqual(tags);
    });
  }, 600_000);
});
