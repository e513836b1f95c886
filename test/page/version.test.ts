/** The page of a version: all of it, in a browser, over documents of an honest and of a hostile repository. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { layOut } from "../../src/page/version/graph.ts";
import { somePackage } from "../support/versions.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const HASH = "ab".repeat(32);
const EVIL = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\u202e\u0007`;

type Json = Record<string, unknown>;

function show(version: number, change: Json = {}, of: Json = {}): Json {
  const pack = somePackage({ version, from: version === 1 ? null : version - 1, ...(change as object) });
  return {
    label: `spam@v${version}`,
    package: pack,
    packageHash: HASH,
    commit: "c".repeat(40),
    signed: true,
    events: [],
    notes: [],
    retracted: null,
    problems: [],
    recorded: null,
    plot: null,
    ...of,
  };
}

const move = { model: "spam", stage: "production", event: 1, version: 2, before: 1, by: "Ada", signed: false };
const remark = { number: 1, kind: "note", text: "good on short mails", by: "Ada", time: "2026-01-05T10:00:00Z" };

const SHOWN = show(
  2,
  {
    message: "with more mails",
    metrics: { accuracy: 0.97, loss: 0.2 },
    params: { lr: 0.1, epochs: 3 },
    origins: { lr: "params.yaml", epochs: "command" },
    data: [{ path: "mails", hash: HASH, size: 2048, files: 12 }],
    weights: [{ path: "weights.bin", hash: "cd".repeat(32), size: 4096 }],
    environment: {
      system: { os: "Linux" },
      seen: "processes",
      interpreters: [{ kind: "python", role: "program", version: "3.12.1", implementation: "CPython", packages: "a" }],
      packages: { a: { installed: Array.from({ length: 40 }, (_, at) => `package${at}==1.${at}`), installer: "pip" } },
    },
  },
  { events: [{ ...move, time: "2026-01-03T09:00:00+00:00", reason: "better", commit: "c" }], notes: [remark] },
);

const file = (path: string, what: string, kind: string, size = 100): Json => ({ path, what, kind, type: "", size });
const PATCHED = {
  ...{ path: "train.py", from: null, status: "changed", modes: { a: "100644", b: "100644" } },
  ...{ isBinary: false, added: 1, removed: 1 },
  hunks: [
    {
      ...{ a: { start: 7, lines: 2 }, b: { start: 7, lines: 2 }, heading: "def train():" },
      lines: [
        { kind: " ", text: "\tif true:" },
        { kind: "-", text: EVIL },
        { kind: "+", text: "  good()" },
      ],
    },
  ],
};
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

function documentsOf(card: string, shown: Json = SHOWN): Json {
  const node = (id: string, of: Json): Json => ({ id, ...of });
  const version = {
    kind: "version",
    model: "spam",
    message: "",
    metrics: {},
    stages: [],
    retracted: null,
    hidden: { before: 0, after: 2 },
  };
  return {
    "data/show/spam@v2.json": shown,
    "data/show/spam@v1.json": show(1, { metrics: { accuracy: 0.95, loss: 0.2 } }),
    "data/curves/spam@v2.json": {
      label: "spam@v2",
      curves: [{ name: "loss", by: "step", x: [1, 2], y: [2, 1], time: null }],
      notes: [],
    },
    "data/patch/spam@v1..spam@v2.json": { files: [PATCHED], notes: [] },
    "data/artifacts/spam@v2.json": {
      label: "spam@v2",
      card: "README.md",
      artifacts: [
        file("README.md", "card", "markdown"),
        file("docs/plot.svg", "picture", "svg"),
        file("out/confusion.png", "output", "image"),
        file("out/rows.csv", "output", "csv"),
        file("metrics.json", "metrics", "json"),
      ],
      folders: [{ path: "mails", files: [{ path: "1.txt", hash: HASH, size: 5 }], more: 11 }],
      notes: [],
    },
    "data/lineage/spam@v2.json": {
      label: "spam@v2",
      depth: 3,
      nodes: [
        node("spam@v1", { ...version, version: 1 }),
        node("spam@v2", { ...version, version: 2, message: EVIL, stages: ["production"] }),
        node(`bytes:${HASH}`, { kind: "bytes", path: "mails", hash: HASH, size: 2048, files: 12 }),
      ],
      edges: [
        { from: "spam@v1", to: "spam@v2", kind: "version" },
        { from: `bytes:${HASH}`, to: "spam@v2", kind: "data" },
      ],
      notes: [],
    },
    "files/spam@v2/README.md.txt": Buffer.from(card),
    "files/spam@v2/docs/plot.svg.txt": Buffer.from(
      "<svg xmlns='http://www.w3.org/2000/svg'><script>parent.pwned=1</script></svg>",
    ),
    "files/spam@v2/out/confusion.png": PNG,
    "files/spam@v2/out/rows.csv.txt": Buffer.from(`name,count\n"${EVIL.replaceAll('"', '""')}",2\n`),
    "files/spam@v2/metrics.json.txt": Buffer.from('{"accuracy":0.97}'),
  };
}

/** Has every part read, as before it is printed, and opens all that can be opened. */
async function seeAll(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await page.locator("svg.lineage").waitFor();
  await page.locator(".part-card .markdown").waitFor();
  const closed = page.locator("details:not([open]) > summary");
  while ((await closed.count()) > 0) await closed.first().click();
  await page.waitForFunction(() => document.querySelector(".loading") === null);
}

describe("a picture of a lineage", () => {
  it("has the earlier to the left, whatever circles there are", () => {
    const edges = [
      { from: "a", to: "b" },
      { from: "b", to: "c" },
      { from: "a", to: "c" },
      { from: "c", to: "a" },
      { from: "d", to: "c" },
      { from: "gone", to: "c" },
    ];
    const { nodes, layers, rows } = layOut(
      ["a", "b", "c", "d"].map((id) => ({ id })),
      edges,
    );
    const layer = Object.fromEntries(nodes.map((each) => [each.id, each.layer]));
    expect(layer).toEqual({ a: 0, b: 1, c: 2, d: 1 });
    expect([layers, rows]).toEqual([3, 2]);
    expect(layOut([], [])).toEqual({ nodes: [], layers: 0, rows: 0 });
  });
});

describe.skipIf(CHROMIUM === null)(`the page of a version${NO_CHROMIUM}`, () => {
  it("shows what it is, and each part when it is looked at", async () => {
    const { page, problems } = await openPage(documentsOf("# Spam\n\nSee ![plot](docs/plot.svg).\n"), {
      at: "#/spam@v2",
    });
    await page.getByText("with more mails").waitFor();
    expect(await page.getByRole("row", { name: /accuracy/ }).innerText()).toMatch(/0\.97\s+0\.95\s+\+0\.02 better/);
    await page.getByText("good on short mails").waitFor();
    await page
      .getByText("mvgit reproduce")
      .or(page.getByText("mvgit export spam@v2 -o spam", { exact: true }))
      .waitFor();
    await seeAll(page);
    await page.getByRole("searchbox", { name: "Search packages of python" }).fill("package7");
    await page.getByText("1 of 40").waitFor();
    await page.getByRole("cell", { name: "2", exact: true }).waitFor();
    await page.getByText('"accuracy": 0.97').waitFor();
    await page.getByRole("row", { name: "8 added good()" }).waitFor();
    await page.getByRole("row", { name: /1\.txt 5 B/ }).waitFor();
    expect(await page.getByRole("img", { name: "out/confusion.png" }).getAttribute("src")).toBe(
      "files/spam@v2/out/confusion.png",
    );
    // A static page holds SVG as text, and a card of it names its picture.
    await page.getByText("a picture that is not loaded: plot").waitFor();
    await page.locator("svg a").first().focus();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("has an address for each part", async () => {
    const { page } = await openPage(documentsOf("hello"), { at: "#/spam@v2?part=card" });
    await page.getByText("hello").waitFor();
    await page.locator("#part-lineage").scrollIntoViewIfNeeded();
    await page.locator("svg.lineage").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("part-card");
    await page.getByRole("link", { name: "Settings" }).first().click();
    expect(page.url()).toMatch(/part=settings$/);
  });

  it("names the files of code that differ where their lines are not at hand", async () => {
    const { "data/patch/spam@v1..spam@v2.json": _, ...documents } = documentsOf("hello");
    const compared = { "data/compare/spam@v1..spam@v2.json": { code: ["train.py | 2 +-"] } };
    const { page } = await openPage({ ...documents, ...compared }, { at: "#/spam@v2?part=code" });
    await page.getByText("train.py | 2 +-").waitFor();
  });

  it("fits a phone, in the dark", async () => {
    const browser = { viewport: { width: 360, height: 700 }, colorScheme: "dark" as const };
    const { page } = await openPage(documentsOf("hello"), { at: "#/spam@v2", browser });
    await page.getByText("with more mails").waitFor();
    await seeAll(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await axeViolations(page)).toEqual([]);
  });

  it("says that a version is retracted, and is text whatever it is made of", async () => {
    const hostile = show(
      2,
      {
        message: EVIL,
        author: `${EVIL} <a@example.com>`,
        metrics: { [EVIL]: 1 },
        params: { [EVIL]: EVIL, lr: "javascript:alert(1)" },
        origins: { [EVIL]: EVIL, lr: EVIL },
        notes: [EVIL],
        run: {
          ...{ command: ["sh", "-c", EVIL], folder: "", started: "2026-01-02T03:04:05Z", seconds: 61 },
          ...{ secrets: [], changedInputs: [] },
        },
        environment: { [EVIL]: { [EVIL]: [EVIL] } },
      },
      { retracted: { ...remark, kind: "retract", text: EVIL }, notes: [{ ...remark, text: EVIL, by: EVIL }] },
    );
    const card = [
      EVIL,
      "[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x) [d](https://example.com) [e](//example.com/x)",
      "![f](https://example.com/x.png) ![g](data:image/svg+xml,x) ![h](../../../etc/passwd) ![i](docs/plot.svg)",
      "<iframe src='https://example.com'></iframe>\n<style>*{display:none}</style>",
      "<meta http-equiv=refresh content=0>",
      `${"> ".repeat(300)}deep`,
      `|a|b|\n|--|--|\n${"|x|y|\n".repeat(2000)}`,
    ].join("\n\n");
    const { page, problems } = await openPage(documentsOf(card, hostile), { at: "#/spam@v2" });
    await page.getByText("Retracted").waitFor();
    await seeAll(page);
    await page.getByText("1700 more rows").waitFor();
    expect(await page.evaluate(() => (window as { pwned?: unknown }).pwned)).toBeUndefined();
    const addresses = await page.locator("a").evaluateAll((all) => all.map((each) => each.getAttribute("href") ?? ""));
    expect(addresses.filter((each) => !/^(?:#|files\/|https:\/\/example\.com(?:\/x\.png)?$)/.test(each))).toEqual([]);
    const away = page.locator('a[href^="https:"]');
    for (const link of await away.all()) expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
    const pictures = await page.locator("img").evaluateAll((all) => all.map((each) => each.getAttribute("src") ?? ""));
    expect(pictures.filter((each) => !each.startsWith("files/spam@v2/"))).toEqual([]);
    expect(await page.locator("main :is(iframe, object, embed, style, meta, script)").count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
