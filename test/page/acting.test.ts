/** Promote and rollback from the page: nothing of it without leave; the verdict first; failures; the new event. */
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const event = (number: number, version: number, before: number | null) => ({
  model: "spam",
  stage: "production",
  event: number,
  version,
  before,
  by: "Ann",
  time: `2026-03-0${number}T12:00:00+01:00`,
  reason: "",
  commit: "c".repeat(40),
  signed: false,
});
const LOG = {
  versions: [3, 2, 1].map((version) => ({
    model: "spam",
    version,
    message: `the ${version}.`,
    retracted: version === 1 ? {} : null,
  })),
};

/** Documents, and what was sent. */
function server(answers: { check: object; move: object }) {
  const events = [event(2, 2, 1), event(1, 1, null)];
  const sent: Record<string, unknown>[] = [];
  const note = (answer: object) => (req: IncomingMessage) => {
    sent.push({
      path: req.url,
      method: req.method,
      token: req.headers["x-mvgit-token"],
      type: req.headers["content-type"],
    });
    return answer;
  };
  const documents = {
    "data/history/spam.json": () => ({ model: "spam", events, problems: [] }),
    "data/log/spam.json": LOG,
    "moves/check": note(answers.check),
    moves: note(answers.move),
  };
  return { documents, sent, events };
}

const CHECK = {
  model: "spam",
  stage: "production",
  action: "promote",
  held: 2,
  event: 2,
  last: event(2, 2, 1),
  target: 3,
  host: "origin",
  news: 0,
  rules: [{ text: "accuracy >= 0.9", origin: "policies.yaml", broken: null }],
  stored: { remote: "remote 'store'", blobs: 4 },
  problems: [],
};
const MOVED = {
  model: "spam",
  stage: "production",
  version: 3,
  event: 3,
  host: "origin",
  before: 2,
  reason: "",
  stored: null,
};
const LIVE = { at: "#/stages/spam", config: { mode: "live", token: "secret-of-the-page" } } as const;
const own = (problems: readonly string[]): string[] => problems.filter((each) => !each.includes("EventSource"));

describe.skipIf(CHROMIUM === null)(`acting in a browser${NO_CHROMIUM}`, () => {
  it("has nothing of it where the page may not act", async () => {
    const { documents } = server({ check: CHECK, move: MOVED });
    for (const config of [
      { mode: "live", token: null },
      { mode: "static", token: "left over" },
    ] as const) {
      const { page } = await openPage(documents, { ...LIVE, config });
      await page.getByRole("heading", { name: "2 moves" }).waitFor();
      expect(await page.getByRole("button", { name: /Promote|Roll/ }).count()).toBe(0);
      expect(
        await page
          .locator("dialog")
          .filter({ hasText: /Promote|Roll/ })
          .count(),
      ).toBe(0);
    }
  });

  it("promotes: verdict first, then the move with its reason, then the lists anew", async () => {
    const { documents, sent, events } = server({ check: CHECK, move: MOVED });
    const { page, problems } = await openPage(documents, LIVE);
    const opener = page.getByRole("button", { name: "Promote a version…" });
    await opener.click();
    const dialog = page.getByRole("dialog", { name: "Promote spam" });
    const act = dialog.getByRole("button", { name: "Promote" });
    expect(await act.isDisabled()).toBe(true);
    expect(await dialog.getByLabel("To stage").evaluate((field) => field === document.activeElement)).toBe(true);
    await dialog.getByLabel("To stage").fill("production");
    expect(await dialog.getByLabel("Version").locator("option").allInnerTexts()).toEqual([
      "choose one",
      "v3 the 3.",
      "v2 the 2.",
    ]);
    await dialog.getByLabel("Version").selectOption("v3");
    await dialog.getByText("kept: accuracy >= 0.9 (policies.yaml)").waitFor();
    await dialog.getByText("It would hold v3").waitFor();
    await dialog.getByText("there: 4 blobs in remote 'store'").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByLabel("Why").fill("good on short mails");
    events.unshift(event(3, 3, 2));
    await act.click();
    await dialog.getByRole("status").getByText("spam#production holds v3 now: event 3, at 'origin'.").waitFor();
    await page.getByRole("heading", { name: "3 moves", includeHidden: true }).waitFor({ state: "attached" });
    expect(sent.at(-1)).toEqual({
      path: "/moves",
      method: "POST",
      token: "secret-of-the-page",
      type: "application/json",
    });
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(own(problems)).toEqual([]);
  });

  it("does not let through what the policy refuses, and says what it is", async () => {
    const problem = {
      code: "policy-refused",
      message: "'production' does not take v1: accuracy is 0.5",
      hint: "the rules tell what it lacks",
    };
    const rules = [{ text: "accuracy >= 0.9", origin: "policies.yaml", broken: "accuracy is 0.5" }];
    const { documents, sent } = server({
      check: { ...CHECK, action: "rollback", target: 1, rules, problems: [problem] },
      move: MOVED,
    });
    const { page } = await openPage(documents, LIVE);
    await page.getByRole("button", { name: "Roll production back…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It would be refused").waitFor();
    await dialog.getByText("broken: accuracy >= 0.9").waitFor();
    expect(await dialog.getByRole("button", { name: "Roll back" }).isDisabled()).toBe(true);
    expect(await dialog.getByLabel("Back to").locator("option").allInnerTexts()).toEqual([
      "what it held before",
      "v2 the 2.",
      "v1 the 1.",
      "nothing: empty the stage",
    ]);
    expect(await axeViolations(page)).toEqual([]);
    expect(sent.every(({ path }) => path === "/moves/check")).toBe(true);
  });

  it("tells why a move failed, and asks anew", async () => {
    const error = {
      code: "stage-moved",
      message: "somebody else moved it first",
      hint: "'git fetch' brings it",
      subject: null,
    };
    const { documents, sent } = server({ check: { ...CHECK, action: "rollback", target: 1 }, move: { error } });
    const { page } = await openPage(documents, LIVE);
    await page.getByRole("button", { name: "Roll production back…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Nothing stands in its way").waitFor();
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByRole("alert").getByText("Not moved: somebody else moved it first").waitFor();
    await dialog.getByText("Nothing stands in its way").waitFor();
    expect(sent.map(({ path }) => path)).toEqual(["/moves/check", "/moves", "/moves/check"]);
  });
});
