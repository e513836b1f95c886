/** Lists of versions and moves: the newest first over all models, and no text of somebody's makes one unreadable. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { oneLine } from "../../../src/cli/render/columns.ts";
import { makeVersion } from "../../support/versions.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

const LONG = `it learns ${"very ".repeat(800)}well`;
let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox();
  const place = { cwd: `${box.dir}/work`, env: box.env };
  const at = (version: number, day: number) => ({
    version,
    time: `2026-03-${String(day).padStart(2, "0")}T08:00:00+00:00`,
  });
  await makeVersion(place, { model: "zebra", ...at(1, 5) });
  await makeVersion(place, { model: "ant", ...at(1, 1), message: LONG });
  await makeVersion(place, {
    model: "ant",
    ...at(2, 9),
    message: "two lines\nof text\u001b[31m",
    metrics: { "validation/mean_average_precision_of_all": 0.5, accuracy: 0.9, version: 3 },
  });
  await makeVersion(place, { model: "bee", ...at(1, 9) });
  await makeVersion(place, { model: "bee", ...at(2, 9) });
});
afterAll(() => box.cleanup());

const order = async (...args: string[]): Promise<string[]> =>
  (
    JSON.parse((await box.mv("work", ["--json", "log", ...args])).stdout) as {
      versions: { model: string; version: number }[];
    }
  ).versions.map(({ model, version }) => `${model}@v${version}`);

test("log without a model is newest first over all of them, ties by number, and --max takes the newest", async () => {
  expect(await order()).toEqual(await order("--all"));
  expect(await order("--all")).toEqual(["ant@v2", "bee@v2", "bee@v1", "zebra@v1", "ant@v1"]);
  expect(await order("-n", "4")).toEqual(["ant@v2", "bee@v2", "bee@v1", "zebra@v1"]);
  expect(await order("ant")).toEqual(["ant@v2", "ant@v1"]);
  // A tag of the user's own is no version, and takes no place of one.
  for (const name of ["cat@v1", "cat@v2", "cat@v3"]) await box.git("work", ["tag", name]);
  expect(await order("-n", "5")).toHaveLength(5);
});

test(
  "a message of 4,000 letters, of several lines or with escapes stays within the line; json and show have all " +
    "of it",
  async () => {
    box.env["COLUMNS"] = "80";
    const { stdout } = await box.mv("work", ["log"]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain("it learns very very");
    expect(stdout).toContain("two lines …");
    delete box.env["COLUMNS"];
    const piped = (await box.mv("work", ["log"])).stdout;
    expect(Math.max(...piped.split("\n").map((line) => line.length))).toBeLessThan(220);
    expect(piped).not.toContain("\u001b");
    expect((await box.mv("work", ["log", "--markdown"])).stdout).not.toContain("very ".repeat(30));
    expect((await box.mv("work", ["log", "--json"])).stdout).toContain(JSON.stringify(LONG));
    expect((await box.mv("work", ["show", "ant@v1"])).stdout).toContain(LONG);
  },
);

test("one line of a text: cut at its end, by columns, with what cannot be seen escaped", () => {
  expect(oneLine("short")).toBe("short");
  expect(oneLine("first\n\n  \n")).toBe("first");
  expect(oneLine("first\r\nsecond")).toBe("first …");
  expect(oneLine("漢".repeat(20), 11)).toBe(`${"漢".repeat(5)}…`);
  expect(oneLine("a\tb\u0007", 20)).toBe("a\\tb\\x07");
  expect(oneLine("🚀".repeat(9), 10)).toBe(`${"🚀".repeat(4)}…`);
});
