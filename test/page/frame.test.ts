/** The frame of the page: it starts, leads from page to page, and has nothing of anybody's in it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseRoute } from "../../src/page/route.ts";
import { inertJson } from "../../src/ui/frame.ts";
import { ROOT } from "../support/cli.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const MODEL = { versions: 3, hidden: 0, newest: null, stages: [], score: null, problems: [] };

describe("what browsers load", () => {
  it("has at most 200 kB, compressed, in all", () => {
    const folder = join(ROOT, "dist/page");
    const sizes = fs
      .readdirSync(folder)
      .filter((name) => !name.endsWith(".txt"))
      .map((name) => gzipSync(fs.readFileSync(join(folder, name))).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(200_000);
  });

  it("cannot leave the element that holds its JSON", () => {
    const hostile = { title: "</script><script>alert(1)</script><!--\u2028" };
    expect(inertJson(hostile)).not.toMatch(/[<>\u2028]/);
    expect(JSON.parse(inertJson(hostile))).toEqual(hostile);
  });

  it("inserts nothing as HTML", () => {
    const sources = fs
      .readdirSync(join(ROOT, "src/page"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name));
    expect(sources.length).toBeGreaterThan(10);
    for (const name of sources) {
      const text = fs.readFileSync(join(ROOT, "src/page", name), "utf8");
      expect(text, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment/);
    }
  });
});

describe("the address", () => {
  it.each([
    ["", { kind: "models" }],
    ["#/spam", { kind: "versions", model: "spam" }],
    ["#/spam?where=a>1", { kind: "versions", model: "spam" }],
    ["#/spam@v3", { kind: "version", label: "spam@v3" }],
    ["#/compare/spam@v3..a.b@v5", { kind: "compare", labels: ["spam@v3", "a.b@v5"] }],
    ["#/stages/spam", { kind: "stages", model: "spam" }],
    ["#/-explain", { kind: "explain" }],
    ["#/runs/0a1b", { kind: "run", id: "0a1b" }],
    ["#/runs", { kind: "versions", model: "runs" }],
    ["#/%E0%A4%A", { kind: "versions", model: "%E0%A4%A" }],
  ])("%s", (fragment, route) => expect(parseRoute(fragment)).toMatchObject(route));
});

describe.skipIf(CHROMIUM === null)(`the page in a browser${NO_CHROMIUM}`, () => {
  it("shows the models, leads on, and goes back", async () => {
    const { page, problems } = await openPage({ "data/models.json": { models: [{ model: "spam", ...MODEL }] } });
    await page.getByRole("link", { name: "spam" }).click();
    await page.getByRole("heading", { level: 1, name: "spam" }).waitFor();
    expect(page.url()).toMatch(/#\/spam$/);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Models" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });
});
