/** Charts in a browser: drawn, zoomed, read by keyboard and as a table; names of anybody are text. */
import { join } from "node:path";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage, type Opened } from "./harness.ts";

let fixture = "";

/** A page that shows a case of `charts-fixture.ts`. */
async function chart(name: string, scheme: "light" | "dark" = "light"): Promise<Opened> {
  const opened = await openPage({}, { browser: { viewport: { width: 900, height: 700 }, colorScheme: scheme } });
  await opened.page.evaluate(fixture);
  await opened.page.evaluate(`charts.show(${JSON.stringify(name)})`);
  return opened;
}

const picture = (page: Page) => page.locator(".chart-picture");
const legend = (page: Page) => page.locator(".chart-legend li button");

/** Milliseconds of the frames in which `act` happens, the longest and the median. */
async function frames(page: Page, act: () => Promise<void>): Promise<{ longest: number; median: number }> {
  await page.evaluate(`(() => {
    const times = (globalThis.frameTimes = []);
    let last = performance.now();
    const next = () => {
      times.push(performance.now() - last);
      last = performance.now();
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })()`);
  await act();
  const times = ((await page.evaluate("frameTimes")) as number[]).toSorted((a, b) => a - b);
  return { longest: times.at(-1) ?? 0, median: times[times.length >> 1] ?? 0 };
}

describe.skipIf(CHROMIUM === null)(`charts${NO_CHROMIUM}`, () => {
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(ROOT, "test/page/charts-fixture.ts")],
      bundle: true,
      write: false,
      format: "iife",
      jsx: "automatic",
      jsxImportSource: "preact",
    });
    fixture = outputFiles[0]?.text ?? "";
  });

  it("show names as text, switch lines off and on, and are read by keyboard and as a table", async () => {
    const { page, problems } = await chart("small");
    await picture(page).locator("canvas").waitFor();
    expect(await picture(page).getAttribute("aria-label")).toContain(
      "Chart of loss over step. <img src=x onerror=alert(1)>\\u202e\\n: from 0.5 at 1 to 0.125 at 4; lowest 0.125 at 4",
    );
    expect(await legend(page).allTextContents()).toEqual(["<img src=x onerror=alert(1)>\\u202e\\n0.125", "spam@v33"]);
    await legend(page).first().click();
    expect(await legend(page).first().getAttribute("aria-pressed")).toBe("false");
    expect(await picture(page).getAttribute("aria-label")).toContain("Chart of loss over step. spam@v3: from 1 at 2");
    await legend(page)
      .first()
      .click({ modifiers: ["Shift"] });
    await legend(page)
      .first()
      .click({ modifiers: ["Shift"] });
    await picture(page).focus();
    for (const key of ["ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    expect(await page.locator(".chart [role=status]").textContent()).toContain("step 2: ");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("charts.selected")).toEqual([[4, "a"]]);
    await page.getByRole("button", { name: "Table of loss" }).click();
    expect(await page.locator(".chart-table tbody tr").count()).toBe(5);
    expect(await page.locator(".chart-table tbody tr").nth(1).locator("td").allTextContents()).toEqual(["0.25", "1"]);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("zoom by dragging, buttons and keys, and come back", async () => {
    const { page, problems } = await chart("large");
    const all = page.getByRole("button", { name: "Show all of large" });
    const box = await picture(page).locator(".u-over").boundingBox();
    if (box === null) throw new Error("no picture");
    await page.mouse.move(box.x + box.width / 4, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await all.and(page.locator(":enabled")).waitFor();
    await page.getByRole("button", { name: "Table of large" }).click();
    const places = await page.locator(".chart-table tbody th").allTextContents();
    expect(Number.parseFloat(places[0] ?? "")).toBeCloseTo(25, -1);
    expect(Number.parseFloat(places.at(-1) ?? "")).toBeCloseTo(50, -1);
    await picture(page).locator(".u-over").dblclick();
    await all.and(page.locator(":disabled")).waitFor();
    await picture(page).focus();
    await page.keyboard.press("+");
    await all.and(page.locator(":enabled")).waitFor();
    await page.keyboard.press("0");
    await all.and(page.locator(":disabled")).waitFor();
    expect(problems).toEqual([]);
  });

  it.each([
    ["large", "100,000 points"],
    ["search", "5,000 versions on five axes"],
  ])("%s: %s follow the pointer", async (name, what) => {
    const { page, problems } = await chart(name);
    const box = await picture(page).locator("canvas").boundingBox();
    if (box === null) throw new Error("no picture");
    const pointer = await frames(page, () => page.mouse.move(box.x + box.width / 2, box.y + 80, { steps: 60 }));
    const zoom = await frames(page, async () => {
      await picture(page).focus();
      for (const key of ["+", "+", "+", "-", "-"]) await page.keyboard.press(key);
    });
    const tell = ({ longest, median }: typeof zoom): string =>
      `${median.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`;
    console.log(`${what}: a frame while pointing ${tell(pointer)}; while zooming ${tell(zoom)}`);
    expect(pointer.median).toBeLessThan(500);
    expect(problems).toEqual([]);
  });

  it("curves of a run: one quantity in one chart, drawn as the address says", async () => {
    const { page, problems } = await chart("curves");
    const titles = page.locator(".chart-title");
    expect(await titles.allTextContents()).toEqual(["loss", "accuracy", "val/lr"]);
    expect(await page.locator(".chart").first().locator(".chart-name").allTextContents()).toEqual([
      "train/loss",
      "val/loss",
    ]);
    await page.getByText("110 values written anew").first().waitFor();
    await page.getByRole("slider", { name: "Smoothing" }).fill("0.9");
    await page.getByRole("checkbox", { name: "Logarithmic" }).check();
    await page.getByRole("combobox", { name: "Over" }).selectOption("time");
    expect(new URL(page.url()).hash).toBe("#/?smooth=0.9&log=1&by=time");
    await page.getByRole("group", { name: /^Chart of loss over time\. train\/loss: from .* at 0 s to / }).waitFor();
    await page.evaluate("location.hash = '#/?curves=acc'");
    await page.waitForFunction("document.querySelectorAll('.chart-title').length === 1");
    expect(await page.getByRole("checkbox", { name: "Logarithmic" }).isChecked()).toBe(false);
    expect(problems).toEqual([]);
  });

  it("curves of several versions: each has its colour, in every chart", async () => {
    const { page, problems } = await chart("several", "dark");
    const [first] = await page.locator(".chart").first().locator(".chart-name").allTextContents();
    expect(first).toBe("spam@v1 train/loss");
    expect(await page.locator(".chart").nth(1).locator(".chart-name").allTextContents()).toEqual([
      "spam@v1",
      "spam@v2",
      "spam@v3",
    ]);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("a score over versions: what stages held is drawn on it, and a click selects", async () => {
    const { page, problems } = await chart("versions");
    expect(await legend(page).locator(".chart-name").allTextContents()).toEqual(["accuracy", "beta", "production"]);
    await picture(page).focus();
    for (const key of ["Home", "ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
    expect(await page.evaluate("charts.selected")).toEqual([[3]]);
    await page.getByRole("combobox", { name: "Over" }).selectOption("time");
    expect(new URL(page.url()).hash).toBe("#/?over=time");
    const told = "production: from 0.61 at 2026-01-03 00:00 to 0.83 at 2026-01-10 00:00";
    await page.getByRole("group", { name: told }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("settings against a score: all in one chart, what is marked is an expression", async () => {
    const { page, problems } = await chart("settings");
    await picture(page).focus();
    for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.getByText("v9: lr 0.001, optimizer adam, layers 5, accuracy 0.83").waitFor();
    await page.getByText("Marks as sliders").click();
    await page.getByRole("slider", { name: "lr to" }).fill("0.6");
    await page.getByText("6 of 10 versions within the marks.").waitFor();
    const box = await picture(page).boundingBox();
    if (box === null) throw new Error("no picture");
    await page.mouse.move(box.x + box.width - 70, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 70, box.y + 150, { steps: 3 });
    await page.mouse.up();
    await page.getByText("2 of 10 versions within the marks.").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Show only these in the table" }).click();
    const [[version], [where]] = (await page.evaluate("charts.selected")) as [[number], [string]];
    expect(version).toBe(9);
    expect(where).toMatch(/^param\.lr >= \S+ and param\.lr <= 0\.0\d+ and metric\.accuracy >= 0\.\d+ and /);
    await page.getByRole("combobox", { name: "Chart" }).selectOption("scatter");
    await picture(page).focus();
    for (const key of ["ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    await page.getByText("v6: lr 0.001, accuracy 0.72").waitFor();
    expect(new URL(page.url()).hash).toBe("#/?chart=scatter");
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("without lines and by powers of ten draws without a fault", async () => {
    const { page, problems } = await chart("sparkline");
    await page.getByRole("img", { name: "accuracy: 0.5 to 0.625" }).waitFor();
    for (const name of ["log", "empty"]) await page.evaluate(`charts.show("${name}")`);
    await page.getByText("Nothing to draw.").waitFor();
    expect(problems).toEqual([]);
  });
});
