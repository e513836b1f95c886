/** All pages of `mvgit ui` over a hostile repository: nothing of it runs, loads, leads away, or holds the page up. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../support/sandbox.ts";
import { openHere, type Opened } from "../ui/open.ts";
import { CHROMIUM, NO_CHROMIUM, openUrl } from "./harness.ts";
import { EVIL, makeHostileRepository, RAN } from "./hostile-repository.ts";

const QUERY = encodeURIComponent(EVIL);

/** The page on which all of a version's files are. */
const WHOLE = "#/spam@v2";

/** What it is called, its address, and words that tell that it is drawn. */
const PAGES: readonly (readonly [string, string, string])[] = [
  ["models", "#/", "spam"],
  ["versions", "#/spam", "v2"],
  ["a filter from a link", `#/spam?where=${QUERY}&sort=${QUERY}&columns=${QUERY}&chart=${QUERY}`, "spam"],
  [
    "names of prototypes",
    "#/spam?where=__proto__>0&sort=constructor&columns=__proto__,toString,constructor&retracted=1",
    "spam",
  ],
  ["version 2", WHOLE, "Settings"],
  ["version 3", "#/spam@v3", "Settings"],
  ["a comparison of two", "#/compare/spam@v1..spam@v2", "Settings"],
  ["a comparison of three", "#/compare/spam@v1..spam@v2..spam@v3", "Settings"],
  ["a comparison from a link", `#/compare/${QUERY}..spam@v1`, "Compare"],
  ["stages", "#/stages/spam", "2 moves"],
  ["explain", `#/-explain?text=${QUERY}`, "Explain"],
  ["runs", "#/-runs", "failed"],
  ["a run from a link", `#/runs/${QUERY}`, "Run"],
  ["a model from a link", `#/${QUERY}`, "img"],
  ["a path from a link", `#/${QUERY}/${QUERY}/x`, "Nothing here"],
  ["a model like a prototype", "#/__proto__", "__proto__"],
];

/** What no page may have, whatever a repository says. */
const NEVER = [
  "[onerror]",
  "[onload]",
  "[srcdoc]",
  "iframe, object, embed, base, form[action]",
  "script:not([src]):not([type='application/json'])",
  "body style, body link, body meta, foreignObject, svg script, svg image, animate",
  "img[src^='http'], img[src^='//']",
].join(", ");

/** Opens all that can be opened, which opens more. */
async function openAll(page: Page): Promise<void> {
  for (let quiet = 0, round = 0; quiet < 2 && round < 20; round++) {
    const opened = await page.evaluate(async () => {
      // What waits until it is looked at is drawn for a printer too.
      window.dispatchEvent(new Event("beforeprint"));
      const closed = document.querySelectorAll<HTMLDetailsElement>("main details:not([open])");
      for (const each of closed) each.open = true;
      // What comes of it is drawn in the frame after the next.
      for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
      return closed.length;
    });
    await page.waitForFunction(() => document.querySelector("main .loading") === null);
    quiet = opened === 0 ? quiet + 1 : 0;
  }
}

/** Whether anything of it ran, stands there as an element, leads nowhere good, or turns the text around. */
async function harm(page: Page): Promise<unknown> {
  return page.evaluate(
    ({ never, ran }) => ({
      ran: ran in window || ran in Object.prototype,
      elements: [...document.querySelectorAll(never)].map((each) => each.outerHTML.slice(0, 300)),
      links: [...document.querySelectorAll<HTMLAnchorElement>("a[href], area[href]")]
        .filter((link) => {
          const { origin, protocol } = new URL(link.getAttribute("href") ?? "", location.href);
          const isGuarded = /noreferrer/.test(link.rel) && /noopener/.test(link.rel);
          return origin !== location.origin && !(/^https?:$/.test(protocol) && isGuarded);
        })
        .map((each) => each.outerHTML.slice(0, 200)),
      unseen: [...document.querySelectorAll("main *")]
        .flatMap((each) => [...each.childNodes, ...each.attributes])
        .filter((each) => each.nodeType !== Node.ELEMENT_NODE)
        .filter(({ nodeValue }) =>
          /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]/.test(nodeValue ?? ""),
        )
        .map(
          (each) =>
            `${each.nodeName} in ${((each as Attr).ownerElement ?? each.parentElement)?.outerHTML.slice(0, 200)}`,
        ),
    }),
    { never: NEVER, ran: RAN },
  );
}
const NO_HARM = { ran: false, elements: [], links: [], unseen: [] };

/** What is to be harmless is looked at. */
async function isWhole(page: Page): Promise<void> {
  const main = page.locator("main");
  const shown = (selector: string): Promise<number> => main.locator(selector).count();
  expect(await shown("pre.file")).toBeGreaterThan(4);
  expect(await shown(".markdown")).toBe(2);
  expect(await shown("figure img")).toBe(2);
  expect(await shown(".patch-file")).toBeGreaterThan(0);
  expect(await main.innerText()).toContain("\\u202egnp.exe");
}

/** Milliseconds of one stretch in which a page answers nobody. */
const LONGEST = 5000;

describe.skipIf(CHROMIUM === null)(`a hostile repository in all pages${NO_CHROMIUM}`, () => {
  let box: Sandbox;
  let ui: Opened;
  let page: Page;
  let problems: string[];
  beforeAll(async () => {
    box = await makeHostileRepository();
    ui = await openHere(box, { moves: true });
    ({ page, problems } = await openUrl(ui.url.href));
    page.on("dialog", (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => problems.push(`popup: ${popup.url()}`));
    await page.evaluate(() => {
      const seen = ((window as never as { longest: number[] }).longest = []) as number[];
      new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: "longtask",
      });
    });
  }, 60_000);
  afterAll(async () => {
    await ui.close();
    box.cleanup();
  });

  it.each(PAGES)("%s", async (_, at, words) => {
    await page.evaluate((hash) => (location.hash = hash), at);
    await page.locator("main").getByText(words).first().waitFor();
    await openAll(page);
    if (at === WHOLE) await isWhole(page);
    expect(await harm(page)).toEqual(NO_HARM);
    const longest = await page.evaluate(() => (window as never as { longest: number[] }).longest.splice(0));
    expect(Math.max(...longest, 0)).toBeLessThan(LONGEST);
    expect(page.url().split("#")[0]).toBe(ui.url.href);
    expect(problems.splice(0)).toEqual([]);
  });
});
