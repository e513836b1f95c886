/** The first page: every model in a few words, or what to do where there is none. And the frame around it. */
import { describe, expect, it } from "vitest";
import type { ModelLine } from "../../src/registry/models.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";
import { manyVersions } from "./version-logs.ts";

const VERSIONS = manyVersions(30);

function model(given: Partial<ModelLine>): ModelLine {
  const values = VERSIONS.toReversed().map(({ version, metrics }) => ({ version, value: metrics["accuracy"] ?? 0 }));
  return {
    model: "spam" as ModelLine["model"],
    versions: 30,
    hidden: 1,
    newest: VERSIONS[0] ?? null,
    stages: [{ stage: "production", version: 30 }],
    score: { name: "accuracy", better: "up", by: "use", values },
    problems: [],
    ...given,
  };
}

const HOSTILE = "<img src=x onerror=alert(1)>\u202e";
const MODELS = [
  model({}),
  model({
    model: "ham" as ModelLine["model"],
    newest: { ...(VERSIONS[1] as NonNullable<ModelLine["newest"]>), message: HOSTILE, author: HOSTILE },
    stages: [{ stage: HOSTILE, version: null, problem: HOSTILE }],
    score: { name: HOSTILE, better: "down", by: "policy", values: [{ version: 1, value: "nan" }] },
    problems: [`ham#production: ${HOSTILE}`],
  }),
  model({ model: "bare" as ModelLine["model"], newest: null, stages: [], score: null }),
];

describe.skipIf(CHROMIUM === null)(`the models${NO_CHROMIUM}`, () => {
  it.each(["light", "dark"] as const)("are told in a few words, all of it as text, %s", async (colorScheme) => {
    for (const [width, height] of [
      [1280, 800],
      [360, 640],
    ] as const) {
      const options = { browser: { viewport: { width, height }, colorScheme } };
      const { page, problems } = await openPage({ "data/models.json": { models: MODELS } }, options);
      await page.getByRole("link", { name: "spam", exact: true }).waitFor();
      expect(await page.getByRole("link", { name: "production v30" }).getAttribute("href")).toBe("#/stages/spam");
      expect(await page.locator("main img").count()).toBe(0);
      expect(await page.locator("main").textContent()).not.toContain("\u202e");
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(problems).toEqual([]);
    }
  });

  it("say what to do where there is none", async () => {
    const { page } = await openPage({ "data/models.json": { models: [] } });
    await page.getByText("mvgit run MODEL").waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  it("are one of the places that keys lead to, which can be turned off; colours are kept", async () => {
    const documents = { "data/models.json": { models: MODELS } };
    const { page, problems } = await openPage(documents, { config: { written: "2026-11-28T12:00:00Z" } });
    await page.getByText(/written on .*2026/).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByRole("heading", { level: 1, name: "Explain" }).waitFor();
    await page.getByRole("heading", { level: 1 }).click();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("checkbox", { name: "Keys without Ctrl count" }).uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await page.getByRole("heading", { level: 1, name: "Explain" }).waitFor();
    await page.getByRole("button", { name: /^Colours/ }).click();
    await page.reload();
    expect(await page.locator("html").getAttribute("data-scheme")).toBe("light");
    expect(problems).toEqual([]);
  });
});
