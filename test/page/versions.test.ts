/** The versions of a model in a browser: sorted, filtered, picked, by mouse and by keyboard, all in the address. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { LogLine } from "../../src/registry/log.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage, type OpenOptions } from "./harness.ts";
import { logLine, logOf, manyVersions } from "./version-logs.ts";

const FEW = manyVersions(40);

async function opened(at = "#/spam", versions: LogLine[] = FEW, browser: OpenOptions["browser"] = {}) {
  const page = await openPage({ "data/log/spam.json": logOf(versions) }, { at, browser });
  await page.page.locator(".versions-grid").waitFor();
  return page;
}

/** The versions that are drawn, in order. */
async function drawn(page: Page): Promise<string[]> {
  return page.locator("tbody th a").allTextContents();
}

function stateOf(page: Page): URLSearchParams {
  return new URLSearchParams(page.url().split("?")[1] ?? "");
}

const sorter = (page: Page, name: string) => page.locator("thead").getByRole("button", { name, exact: true });

describe.skipIf(CHROMIUM === null)(`the versions of a model${NO_CHROMIUM}`, () => {
  it("are sorted by clicks, several columns with shift, and back by the browser's button", async () => {
    const { page, problems } = await opened();
    expect((await drawn(page)).slice(0, 2)).toEqual(["v40", "v39"]);
    await sorter(page, "version").click();
    await sorter(page, "version").click();
    expect((await drawn(page))[0]).toBe("v1");
    expect(stateOf(page).get("sort")).toBe("+version");
    await sorter(page, "lr").click();
    await sorter(page, "accuracy").click({ modifiers: ["Shift"] });
    expect(stateOf(page).get("sort")).toBe("+lr,-accuracy");
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("ascending");
    const best = FEW.filter(({ params, retracted }) => params["lr"] === 0.001 && retracted === null);
    best.sort((a, b) => (b.metrics["accuracy"] as number) - (a.metrics["accuracy"] as number));
    expect((await drawn(page))[0]).toBe(`v${best[0]?.version}`);
    await page.goBack();
    await expect.poll(() => stateOf(page).get("sort")).toBe("+lr");
    expect(problems).toEqual([]);
  });

  it("are filtered while one types, and what is wrong with a filter is told with its place", async () => {
    const { page, problems } = await opened();
    await page.keyboard.press("/");
    await page.keyboard.type("lr = 0.01 and stage = prod");
    await page.getByRole("option", { name: "production" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText("1 of 38 versions").first().waitFor();
    await page.getByRole("combobox").fill("version > 35 and lrr = 1");
    await page.getByText("At character 18:").waitFor();
    expect(await page.locator(".filter-problem").textContent()).toContain("did you mean 'lr'?");
    expect(await page.getByRole("combobox").getAttribute("aria-invalid")).toBe("true");
    await page.getByRole("combobox").fill("version > 35");
    await page.getByText("5 of 38 versions").first().waitFor();
    expect(await drawn(page)).toEqual(["v40", "v39", "v38", "v37", "v36"]);
    await expect.poll(() => stateOf(page).get("where")).toBe("version > 35");
    expect(problems).toEqual([]);
  });

  it("are shown as the address has them, and as they were when one comes back", async () => {
    const at = "#/spam?where=version+<+5&sort=loss&columns=loss,size&retracted=1&picked=1,3";
    const { page, problems } = await opened(at);
    expect(await page.locator("thead .sort-name").allTextContents()).toEqual(["version", "loss", "size"]);
    expect(await drawn(page)).toHaveLength(4);
    const link = page.getByRole("link", { name: "Compare 2 versions" });
    expect(await link.getAttribute("href")).toBe("#/compare/spam@v1..spam@v3");
    await link.click();
    await page.getByRole("heading", { level: 1, name: "Compare 2 versions" }).waitFor();
    await page.goBack();
    await link.waitFor();
    expect(await drawn(page)).toHaveLength(4);
    expect(problems).toEqual([]);
  });

  it("have the columns that their user chooses, in the order of their user", async () => {
    const { page, problems } = await opened("#/spam?columns=loss,size");
    await page.getByRole("button", { name: /^Columns/ }).click();
    await page.getByRole("button", { name: "Move size left" }).click();
    await page.getByLabel("Find").fill("optim");
    await page.getByRole("checkbox", { name: /optimizer/ }).focus();
    await page.keyboard.press("Space");
    await expect.poll(() => page.evaluate("document.activeElement.dataset.column")).toBe("param.optimizer");
    expect(stateOf(page).get("columns")).toBe("label,size,loss,optimizer");
    expect(await axeViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Reset" }).click();
    await page.locator("thead").getByText("accuracy").waitFor();
    expect(stateOf(page).has("columns")).toBe(false);
    expect(problems).toEqual([]);
  });

  it("are drawn as charts of those that the filter lets through, which pick and filter", async () => {
    const { page, problems } = await opened("#/spam?where=version+>+20&picked=30");
    await page.getByRole("button", { name: "Score over versions" }).click();
    await page.locator(".versions-charts canvas").first().waitFor();
    await page.getByLabel("Score", { exact: true }).selectOption("loss");
    expect(stateOf(page).get("score")).toBe("loss");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Settings against a score" }).click();
    await page.locator(".versions-charts canvas").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(stateOf(page).get("where")).toBe("version > 20");
    expect(problems).toEqual([]);
  });

  it("leave out what is retracted until it is asked for", async () => {
    const { page } = await opened();
    expect(await drawn(page)).not.toContain("v34");
    await page.getByText("2 retracted left out").waitFor();
    await page.getByRole("checkbox", { name: "with retracted ones" }).check();
    await page.getByText("40 versions", { exact: true }).first().waitFor();
    expect(await page.locator("tr.retracted .chip.bad").count()).toBeGreaterThan(0);
  });

  it("are moved through and picked by the keyboard alone", async () => {
    const { page, problems } = await opened("#/spam", manyVersions(400));
    await page.locator("thead .sort").first().focus();
    for (let more = 0; more < 30; more++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate("document.activeElement.matches('tbody a')")) break;
    }
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowDown");
    expect(stateOf(page).get("picked")).toBe("399,398");
    await page.keyboard.press("End");
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("v1");
    const row = page.locator("tr", { has: page.locator(":focus") });
    expect(await row.getAttribute("aria-rowindex")).toBe(String(400 - 23 + 1));
    await page.locator(".versions-grid").evaluate((region) => region.scrollTo({ top: 0 }));
    await page.getByRole("link", { name: "v400", exact: true }).waitFor();
    // What has the focus is not taken away when it is scrolled out of sight.
    expect(await page.evaluate("document.activeElement.textContent")).toBe("v1");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "spam@v1" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("are moved through as far as the last of several keys says, also within one frame", async () => {
    const { page, problems } = await opened("#/spam", manyVersions(400));
    await page.getByRole("link", { name: "v400", exact: true }).focus();
    await page.evaluate(`(async () => {
      for (const key of ["ArrowDown", "End"]) {
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        await Promise.resolve();
        await Promise.resolve();
      }
    })()`);
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("v1");
    expect(problems).toEqual([]);
  });

  it("are taken along as CSV as they are shown", async () => {
    const { page } = await opened("#/spam?where=version<3&columns=loss,message");
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save CSV" }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("spam.csv");
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    const [head, first] = Buffer.concat(chunks).toString().split("\r\n");
    expect(head).toBe("label,loss,message");
    expect(first).toMatch(/^spam@v2,0\.\d+,longer context$/);
  });

  it.each(["light", "dark"] as const)("have nothing that axe finds, %s", async (colorScheme) => {
    const at = "#/spam?picked=3,5&retracted=1&where=accuracy+>";
    for (const [width, height] of [
      [1280, 900],
      [640, 450],
      [360, 640],
    ] as const) {
      const { page, problems } = await opened(at, FEW, { viewport: { width, height }, colorScheme });
      expect(await axeViolations(page)).toEqual([]);
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      expect(wide, `wider than ${width}`).toBeLessThanOrEqual(width);
      expect(problems).toEqual([]);
    }
  });

  it("show whatever stands in a repository as text", async () => {
    const evil = "<img src=x onerror=alert(1)>\u202eevil\u0000";
    const names = { __proto__: 1, [evil]: 0.5, constructor: 0.25 } as never;
    const metrics = Object.fromEntries([
      ["__proto__", 0.1],
      [evil, 0.5],
      ["constructor", 0.25],
    ]);
    const line = (version: number): LogLine =>
      logLine({
        version,
        message: evil + "x".repeat(10_000),
        author: `${evil} <a@b>`,
        stages: [evil],
        metrics,
        params: { ...(names as object), __proto__: version, [evil]: version, toString: version } as never,
      });
    const { page, problems } = await openPage(
      { "data/log/spam.json": logOf([line(2), line(1)], [`${evil}${"y".repeat(10_000)}`]) },
      { at: `#/spam?where=${encodeURIComponent(evil)}&columns=${encodeURIComponent(evil)}&sort=constructor` },
    );
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByRole("button", { name: /^Columns/ }).click();
    await page.getByRole("checkbox", { name: /toString/ }).waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.locator("body").textContent()).not.toMatch(/[\u0000\u202e]/);
    expect(await page.locator("thead .sort-name").allTextContents()).toContain("__proto__");
    expect(problems).toEqual([]);
  });

  it("are 5,000 without a stutter", async () => {
    const { page, problems } = await opened("#/spam", manyVersions(5000));
    const rows = await page.locator("tbody tr:not(.gap)").count();
    expect(rows).toBeLessThan(120);
    expect(await page.locator("table").getAttribute("aria-rowcount")).toBe("4707");
    const times = await page.evaluate(ACTS);
    console.log(`5,000 versions, in milliseconds until drawn: ${JSON.stringify(times)}`);
    for (const [act, time] of Object.entries(times as Record<string, number>)) expect(time, act).toBeLessThan(1000);
    expect(problems).toEqual([]);
  });
});

/** Each act, and how long it takes until the browser has drawn what came of it. */
const ACTS = `(async () => {
  const times = {};
  const act = async (name, what) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const start = performance.now();
    what();
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times[name] = Math.round(performance.now() - start);
  };
  const heads = () => [...document.querySelectorAll("thead button")];
  const head = (name) => heads().find((each) => each.textContent.startsWith(name));
  const field = document.querySelector("[data-filter]");
  const region = document.querySelector(".versions-grid");
  const type = (text) => {
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  await act("sort by a score", () => head("accuracy").click());
  await act("sort by a text", () => head("message").click());
  await act("scroll to the end", () => (region.scrollTop = region.scrollHeight));
  await act("scroll by a page", () => (region.scrollTop -= region.clientHeight));
  await act("filter", () => type("accuracy > 0.9 and lr < 0.05"));
  await act("filter by text", () => type("message ~ batch"));
  await act("clear the filter", () => type(""));
  await act("pick a version", () => document.querySelector("tbody input").click());
  document.querySelector(".popup button").click();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await act("a column less", () => document.querySelector("ul.columns input").click());
  return times;
})()`;
