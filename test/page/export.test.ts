/** Pages without a server of mvgit's: as files of any web server, and as one file from the disk. */
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportPages } from "../../src/ui/export.ts";
import { openSource, type UiContext } from "../../src/ui/open-ui.ts";
import { comparisonPage, listPage, versionPage } from "../../src/ui/single.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openUrl } from "./harness.ts";
import { expectPicture } from "./pictures.ts";
import { contextOf, shownBox } from "./shown.ts";

const PLOT = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60"/></svg>';
const CARD =
  "# Spam\n\nTells spam from ham. **Trained on mails.**\n\n| set | mails |\n| --- | --- |\n| train | 4,000 |\n";
/** Settings, scores, message. */
const MADE: readonly [number, string, number, number, number, string][] = [
  [0.1, "linear", 4, 0.912, 0.31, "a beginning"],
  [0.03, "linear", 8, 0.947, 0.22, "slower, longer"],
  [0.03, "forest", 8, 0.941, 0.24, "trees"],
  [0.01, "forest", 20, 0.958, 0.19, "more of them"],
  [0.01, "boosted", 20, 0.963, 0.17, "boosted trees"],
  [0.003, "boosted", 40, 0.961, 0.18, "twice as long"],
];
const VERSIONS = MADE.map(([lr, model, epochs, accuracy, loss, message], at) => ({
  params: { lr, model, epochs },
  metrics: { accuracy, loss },
  message,
  files: at === 0 ? { "README.md": CARD, "plots/roc.svg": PLOT } : {},
}));

let box: Sandbox;
let url: string;
let server: http.Server;
const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  json: "application/json",
  svg: "image/svg+xml",
};

describe.skipIf(CHROMIUM === null)(`exported pages${NO_CHROMIUM}`, () => {
  beforeAll(async () => {
    box = await shownBox(VERSIONS);
    const context = contextOf(box);
    const { source } = openSource(context);
    const dir = join(box.dir, "pages");
    const all = { models: [], stages: [], since: null, people: false };
    await exportPages(source, { ...all, dir, title: "mails" }, context.watch);
    server = http.createServer((req, res) => {
      const path = decodeURIComponent((req.url ?? "/").replace(/\?.*/s, ""));
      const file = join(dir, path.endsWith("/") ? `${path}index.html` : path);
      if (!fs.existsSync(file))
        return void res.writeHead(404, { "content-type": "text/html" }).end("<h1>Not found</h1>");
      res.setHeader("content-type", TYPES[file.split(".").at(-1) as string] ?? "application/octet-stream");
      res.end(fs.readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }, 120_000);
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
    box?.cleanup();
  });

  it.each([
    ["#/", "Models", "spam"],
    ["#/spam", "spam", "more of them"],
    ["#/spam@v4?part=card", "spam@v4", "Tells spam from ham"],
    ["#/compare/spam@v3..spam@v4", "Compare 2 versions", "epochs"],
    ["#/compare/spam@v1..spam@v2..spam@v4", "Compare 3 versions", "forest"],
    ["#/stages/spam", "Stages of spam", "best on the held-out mails"],
    ["#/-explain", "Explain", ""],
  ])("%s", async (at, heading, words) => {
    const { page, problems } = await openUrl(url, { at });
    await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
    if (words !== "") await page.getByText(words).first().waitFor();
    await page.waitForLoadState("networkidle");
    expect(await page.locator(".failure").allInnerTexts()).toEqual([]);
    expect(await page.locator(".loading").count()).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("explains without a server, and has no runs and no acts", async () => {
    const { page, problems } = await openUrl(url, { at: "#/-explain" });
    await page.getByRole("textbox").first().fill("spam#production");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "spam@v2" }).first().waitFor();
    expect(await page.getByRole("link", { name: "Runs" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: /promote|roll back/i }).count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it("look as they did", async () => {
    const { page } = await openUrl(url, {
      at: "#/spam?draw=score",
      browser: { viewport: { width: 1200, height: 760 } },
    });
    await page.getByText("more of them").first().waitFor();
    await page.waitForLoadState("networkidle");
    await expectPicture(page, "docs/pictures/versions.png");
  });

  it.each([
    ["a version", (page: UiContext) => versionPage(page, "spam@v4"), "spam@v4", "forest"],
    ["a comparison", (page: UiContext) => comparisonPage(page, ["spam@v1", "spam@v4"]), "Compare 2 versions", "epochs"],
    ["a list", (page: UiContext) => listPage(page, ["spam"], {}), "spam", "more of them"],
  ])("%s is one file", async (_, make, heading, words) => {
    const html = await make(contextOf(box));
    box.write("one.html", html);
    const { page, problems } = await openUrl(pathToFileURL(join(box.dir, "one.html")).href);
    await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
    await page.getByText(words).first().waitFor();
    expect(await page.locator(".loading").count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
