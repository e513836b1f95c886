/** The page of mvgit ui itself: a stage is moved at a real Git host, refused and undone, and a file explained. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../support/sandbox.ts";
import { openHere, type Opened, ruledBox } from "../ui/open.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openUrl } from "./harness.ts";

describe.skipIf(CHROMIUM === null)(`moving a stage from the page${NO_CHROMIUM}`, () => {
  let box: Sandbox;
  let ui: Opened;
  beforeAll(async () => {
    box = await ruledBox([0.5, 0.95]);
    ui = await openHere(box, { moves: true });
  }, 30_000);
  afterAll(async () => {
    await ui.close();
    box.cleanup();
  });

  it("is refused by the policy before it is done, and done where the policy lets it", async () => {
    const { page, problems } = await openUrl(ui.url.href, { at: "#/stages/spam" });
    await page.getByRole("button", { name: "Promote a version…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To stage").fill("production");
    await dialog.getByLabel("Version").selectOption("v1");
    await dialog.getByText("It would be refused").waitFor();
    await dialog
      .getByRole("listitem")
      .filter({ hasText: /broken: .*accuracy/ })
      .first()
      .waitFor();
    expect(await dialog.getByRole("button", { name: "Promote" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Version").selectOption("v2");
    await dialog.getByText("Nothing stands in its way").waitFor();
    await dialog.getByLabel("Why").fill("good on <b>short</b> mails");
    await dialog.getByRole("button", { name: "Promote" }).click();
    await dialog.getByRole("status").getByText("spam#production holds v2 now: event 1, at 'origin'").waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("heading", { name: "1 move" }).waitFor();
    expect(await page.getByRole("row").nth(1).innerText()).toContain("good on <b>short</b> mails");
    expect(await axeViolations(page)).toEqual([]);
    const atHost = await box.git("host.git", ["tag", "-l", "spam#production#1", "--format=%(contents)"]);
    expect(atHost.stdout).toContain("good on <b>short</b> mails");
    expect(problems).toEqual([]);
  });

  it("explains a file that is hashed in a thread of the browser, under the server's own policy", async () => {
    const { page, problems } = await openUrl(ui.url.href, { at: "#/-explain" });
    const threads: string[] = [];
    page.on("worker", (worker) => threads.push(new URL(worker.url()).pathname.split("/").at(-1) ?? ""));
    const file = { name: "copy.bin", mimeType: "application/octet-stream", buffer: Buffer.from("weights 0.95") };
    await page.getByLabel("Or drop a file here").setInputFiles(file);
    await page.getByText("as its weights 'w.bin'").waitFor();
    await page.getByText("v2 was production from").waitFor();
    expect(threads).toEqual(["hash.js"]);
    expect(problems).toEqual([]);
  });

  it("goes back, and says where nothing was there before", async () => {
    const { page, problems } = await openUrl(ui.url.href, { at: "#/stages/spam" });
    await page.getByRole("button", { name: "Roll production back…" }).click();
    const dialog = page.getByRole("dialog", { name: "Roll spam#production back" });
    await dialog.getByText("nothing was in spam#production before").waitFor();
    await dialog.getByLabel("Back to").selectOption("none");
    await dialog.getByText("It would hold nothing").waitFor();
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByRole("status").getByText("spam#production holds nothing now: event 2").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "2 moves" }).waitFor();
    expect(problems).toEqual([]);
  });
});
