/** The stages of a model: what was in which when, by click, by key, by what is typed; with 20,000 moves. */
import { describe, expect, it } from "vitest";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const EVIL = "<img src=x onerror=alert(1)>";

const moveOf = (stage: string, event: number, [version, before]: (number | null)[], time: string) => ({
  model: "spam",
  stage,
  event,
  version,
  before,
  by: `Ann ${EVIL}`,
  time,
  reason: `reason ${event} ${EVIL}`,
  commit: "c".repeat(40),
  signed: event === 1,
});
const HISTORY = {
  model: "spam",
  events: [
    moveOf("production", 4, [2, 4], "2026-03-20T12:00:00+01:00"),
    moveOf("production", 3, [4, 2], "2026-03-10T12:00:00+01:00"),
    moveOf("canary", 1, [4, null], "2026-03-05T12:00:00+01:00"),
    moveOf("production", 2, [2, 1], "2026-03-03T15:00:00+01:00"),
    moveOf("production", 1, [1, null], "2026-03-01T09:00:00+01:00"),
  ],
  problems: [],
};
const MODE = { config: { written: "2026-04-01T00:00:00Z" } };

describe.skipIf(CHROMIUM === null)(`stages in a browser${NO_CHROMIUM}`, () => {
  it("tells what was in which stage on a day and at a moment, and keeps it in the address", async () => {
    const { page, problems } = await openPage({ "data/history/spam.json": HISTORY }, { at: "#/stages/spam", ...MODE });
    const field = page.getByLabel("What was in which stage at");
    const told = page.getByRole("region", { name: "What was in which stage then" });
    await field.fill("3 March 2026");
    await field.press("Enter");
    await told.getByRole("heading", { name: "on 3 March 2026" }).waitFor();
    expect(page.url()).toMatch(/\?at=2026-03-03$/);
    expect(await told.innerText()).toMatch(/production held at its end v2\. It began the day with v1, and was moved:/);
    expect(await told.innerText()).toContain(`canary had not held anything yet.`);
    expect(await told.innerText()).toContain(`reason 2 ${EVIL}`);
    await field.fill("2026-03-10T12:00+01:00");
    await field.press("Enter");
    await told.getByText("production held v4, since").waitFor();
    expect(page.url()).toMatch(/\?at=2026-03-10T11%3A00%3A00Z$/);
    await field.fill("3/4/2026");
    await field.press("Enter");
    await page.getByRole("alert").getByText("This is no day or moment").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.goBack();
    await told.getByRole("heading", { name: "on 3 March 2026" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("is walked through by keys and by clicks, and shows what is a step back", async () => {
    const { page, problems } = await openPage({ "data/history/spam.json": HISTORY }, { at: "#/stages/spam", ...MODE });
    const told = page.getByRole("region", { name: "What was in which stage then" });
    const lane = page.getByRole("slider", { name: "Moves of production" });
    await lane.focus();
    await lane.press("ArrowLeft");
    await told.getByText("production held v4, since").waitFor();
    expect(await lane.getAttribute("aria-valuetext")).toContain("v4 since 10 Mar 2026, 11:00");
    await lane.press("Home");
    await told.getByText("production held v1, since").waitFor();
    await lane.press("End");
    await told.getByText("production held v2, since").waitFor();
    expect(await lane.getAttribute("aria-valuetext")).toContain("back to what it held before");
    // A little right of the left end is the first day.
    const box = (await lane.boundingBox()) as { x: number; y: number; width: number };
    await page.mouse.click(box.x + box.width * 0.05, box.y + 10);
    await told.getByText("production held v1, since").waitFor();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 10);
    await page.getByText("production held v2 from 3 Mar 2026, 14:00 to 10 Mar 2026, 11:00").waitFor();
    expect(await lane.locator("text").allTextContents()).toEqual(["v1", "v2", "v4", "↩ v2"]);
    const rows = page.getByRole("table").getByRole("row");
    expect(await rows.nth(1).innerText()).toMatch(
      /20 Mar 2026, 11:00\s+production\s+4\s+v4\s+v2\s+↩ back to what it held before/,
    );
    await page.mouse.move(box.x + box.width * 0.3, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 12, { steps: 3 });
    await page.mouse.up();
    await page.waitForURL(/from=/);
    await page.getByRole("button", { name: "All of it" }).click();
    await page.waitForURL((url) => !url.hash.includes("from="));
    expect(problems).toEqual([]);
  });

  it("says what cannot be trusted", async () => {
    const document = { model: "spam", events: [], problems: ["spam#production: event 2 is missing"] };
    const { page } = await openPage({ "data/history/spam.json": document }, { at: "#/stages/spam", ...MODE });
    await page.getByRole("alert").getByText("event 2 is missing").waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  it("draws of 20,000 moves only what is seen", async () => {
    const start = Date.UTC(2020, 0, 1);
    const events = Array.from({ length: 20_000 }, (_, at) =>
      moveOf(
        at % 2 === 0 ? "production" : "canary",
        (at >> 1) + 1,
        [at % 7, null],
        new Date(start + at * 9_000_000).toISOString(),
      ),
    );
    const { page } = await openPage(
      { "data/history/spam.json": { ...HISTORY, events } },
      { at: "#/stages/spam", ...MODE },
    );
    await page.getByRole("heading", { name: "20,000 moves" }).waitFor();
    const drawn = await page.locator(".bar").count();
    expect(drawn).toBeGreaterThan(10);
    expect(drawn).toBeLessThan(1000);
    expect(await page.getByRole("row").count()).toBe(101);
    const lane = page.getByRole("slider", { name: "Moves of production" });
    await lane.focus();
    const took = await page.evaluate(async () => {
      const before = performance.now();
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - before;
    });
    console.log(`a step along 20,000 moves: ${took.toFixed(0)} ms`);
    expect(await lane.getAttribute("aria-valuenow")).toBe("9999");
  });
});
