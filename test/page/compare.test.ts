/** Versions side by side: two, five, against another, one left out and one added; and what their files differ in. */
import { describe, expect, it } from "vitest";
import { sortTensors } from "../../src/page/compare/tensor-columns.ts";
import { somePackage } from "../support/versions.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const EVIL = "<img src=x onerror=alert(1)>";
const hash = (digit: number): string => String(digit).repeat(64);

const showOf = (version: number) => ({
  label: `spam@v${version}`,
  package: somePackage({
    version,
    message: `the ${version}. ${EVIL}`,
    params: { lr: version / 100, seed: 7, [`only ${version} ${EVIL}`]: EVIL },
    metrics: { accuracy: 0.9 + (version % 3) / 100, loss: version, same: 1 },
    weights: [{ path: "w.bin", hash: hash(version), size: 1000 + version }] as never,
    data: [{ path: "data", hash: hash(8), size: 5000, files: 12 }] as never,
    run: { command: ["python", "train.py", "--lr", String(version / 100)] } as never,
  }),
  packageHash: hash(version),
  commit: "c".repeat(40),
  signed: false,
  events: [],
  notes: [],
  retracted: null,
  problems: [],
  recorded: null,
  plot: null,
});
const side = { dtype: "f32", shape: [4, 8] };
const change = (relative: number) => ({
  maxDifference: relative * 2,
  relative,
  differing: 3,
  values: 32,
  notFinite: 0,
});
/** What differs in an archive of which 150 files changed, one of them with a hostile name. */
const ARCHIVE = {
  a: { format: "zip", members: 153, bytes: 4096 },
  b: { format: "zip", members: 153, bytes: 5120 },
  counts: { added: 1, removed: 1, changed: 149, repacked: 1, unknown: 1, alike: 1 },
  bytes: { added: 10, removed: 1024, changed: 1490, repacked: 30, unknown: 5, alike: 7 },
  members: [
    { name: `new ${EVIL} \u202e`, what: "added", a: null, b: 10 },
    { name: "gone.png", what: "removed", a: 1024, b: null },
    { name: "packed.png", what: "repacked", a: 30, b: 30 },
    { name: "not looked at", what: "unknown", a: 5, b: 5 },
    ...Array.from({ length: 149 }, (_, at) => ({ name: `images/${at}.png`, what: "changed", a: 10, b: 2048 })),
  ],
  notes: [`nothing was unpacked ${EVIL}`],
};
const COLUMNS = {
  a: { format: "parquet", members: 2, bytes: 8 },
  b: { format: "parquet", members: 2, bytes: 8 },
  counts: { added: 0, removed: 0, changed: 1, repacked: 0, unknown: 0, alike: 1 },
  bytes: { added: 0, removed: 0, changed: 4, repacked: 0, unknown: 0, alike: 4 },
  members: [{ name: "price of row group 1", what: "changed", a: 4, b: 4 }],
  notes: [],
};
const DEEP = {
  data: [
    {
      path: "data",
      a: { size: 5000, files: 12 },
      b: { size: 6000, files: 12 },
      added: 1,
      removed: 0,
      changed: 1,
      moved: 1,
      files: [
        {
          path: "rows.csv",
          a: 10,
          b: 20,
          rows: {
            added: 5,
            removed: 2,
            changed: 1,
            key: "id",
            columns: { added: [EVIL], removed: ["old"], retyped: [{ name: "n", a: "whole", b: "text" }] },
          },
        },
        { path: `new ${EVIL}`, a: null, b: 5 },
        { path: "images.zip", a: 4096, b: 5120, members: ARCHIVE },
        { path: "prices.parquet", a: 8, b: 8, members: COLUMNS },
        { path: "there.txt", a: 3, b: 3, from: "here.txt" },
      ],
    },
  ],
  weights: [
    {
      path: "w.bin",
      a: { size: 1001 },
      b: { size: 1002 },
      added: 0,
      removed: 0,
      changed: 1,
      moved: 0,
      files: [
        {
          path: "w.bin",
          a: 1001,
          b: 1002,
          tensors: {
            a: { format: "safetensors", tensors: 3, values: 96 },
            b: { format: "safetensors", tensors: 3, values: 96 },
            counts: { added: 1, removed: 0, reshaped: 0, retyped: 0, changed: 2, unknown: 0, alike: 0 },
            tensors: [
              { name: "head", what: "added", a: null, b: side, by: null },
              { name: "layer.0", what: "changed", a: side, b: side, by: change(0.5) },
              { name: `layer.1 ${EVIL}`, what: "changed", a: side, b: side, by: change(0.01) },
            ],
            notes: [],
          },
        },
      ],
    },
  ],
};
const PATCH = {
  files: [
    {
      path: `src/${EVIL}.py`,
      from: null,
      status: "changed",
      modes: { a: "100644", b: "100644" },
      isBinary: false,
      added: 1,
      removed: 1,
      hunks: [
        {
          a: { start: 3, lines: 2 },
          b: { start: 3, lines: 2 },
          heading: "def train()",
          lines: [
            { kind: " ", text: "same" },
            { kind: "-", text: `\told ${EVIL}` },
            { kind: "+", text: "\tnew \u202e", isOpen: true },
          ],
        },
      ],
    },
    {
      path: "b.bin",
      from: "a.bin",
      status: "renamed",
      modes: { a: null, b: null },
      isBinary: true,
      added: null,
      removed: null,
      hunks: null,
    },
  ],
  notes: [],
};
const curve = (version: number) => ({ name: "loss", by: "step", x: [1, 2, 3], y: [3, 2, 1 / version], time: null });
const LOG = { versions: [1, 2, 3, 4, 5, 6].map((version) => ({ model: "spam", version })), total: 6, problems: [] };
const DOCUMENTS: Record<string, unknown> = {
  "data/log/spam.json": LOG,
  "data/compare/spam@v1..spam@v2.json": DEEP,
  "data/curves/spam@v1.json": { label: "spam@v1", curves: [curve(1)], notes: [] },
  "data/curves/spam@v2.json": { label: "spam@v2", curves: [curve(2)], notes: [] },
  "data/patch/spam@v1..spam@v2.json": PATCH,
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((version) => [`data/show/spam@v${version}.json`, showOf(version)])),
};
const at = (versions: number[], state = ""): { at: string } => ({
  at: `#/compare/${versions.map((version) => `spam@v${version}`).join("..")}${state}`,
});

describe.skipIf(CHROMIUM === null)(`compare in a browser${NO_CHROMIUM}`, () => {
  it("shows what differs of two, the best in words, and what their files differ in", async () => {
    const { page, problems } = await openPage(DOCUMENTS, at([1, 2]));
    const row = (name: string) =>
      page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
    await row("lr").waitFor();
    expect(await row("accuracy").innerText()).toMatch(/accuracy\s+0.91\s+0.92 best\s+\+0.01, better/);
    expect(await row("loss").innerText()).toMatch(/loss\s+1 best\s+2\s+\+1, worse/);
    expect(await row("seed").count()).toBe(0);
    await page.getByRole("checkbox", { name: "Show what is the same in all" }).check();
    expect(await row("seed").innerText()).toMatch(/seed\s+7\s+7/);
    expect(page.url()).toMatch(/\?all=1$/);
    expect(await row(`only 1 ${EVIL}`).innerText()).toContain(`none`);
    const pair = page.getByRole("group").filter({ hasText: "spam@v1 to spam@v2" });
    await pair.getByText("removed 0.01, added 0.02").waitFor();
    await pair.getByText("files: 1 added, 1 changed, 1 moved").waitFor();
    await pair.getByText("rows: 5 added, 2 removed").waitFor();
    await pair.getByText("moved from here.txt").waitFor();
    await pair.getByText("of which 1 changed, by 'id'").waitFor();
    await pair.getByText(`columns added: '${EVIL}'`).waitFor();
    await pair.getByText("2 files, 1 line added, 1 removed").waitFor();
    const told = pair.getByText(
      "files in the zip: 1 added, 1 removed, 149 changed, 1 repacked, 1 not compared, 1 alike",
    );
    const archive = (await told.innerText()).split("\n").filter((line) => line !== "");
    expect(archive.slice(1, 5)).toEqual([
      `new ${EVIL} \\u202e added, nothing to 10 B`,
      "gone.png removed, 1.0 KiB to nothing",
      "packed.png repacked, 30 B to 30 B",
      "images/0.png changed, 10 B to 2.0 KiB",
    ]);
    // A hundred of them, how many more, and what was noted.
    expect(archive.slice(100)).toEqual(["images/96.png changed, 10 B to 2.0 KiB", "and 52 more", ARCHIVE.notes[0]]);
    await pair.getByText("columns of row groups: 1 changed, 1 alike").waitFor();
    const lines = pair.getByRole("region", { name: `Lines of src/${EVIL}.py` });
    expect(await lines.innerText()).toContain(`old ${EVIL}`);
    await page.locator(".charts canvas, .charts svg").first().waitFor();
    const tensors = pair.getByRole("region", { name: "Tensors that differ" });
    await tensors.getByRole("button", { name: "Relative change" }).click();
    expect(await tensors.getByRole("rowheader").allInnerTexts()).toEqual(["layer.0", `layer.1 ${EVIL}`, "head"]);
    await tensors.getByRole("button", { name: "Relative change" }).click();
    expect(await tensors.getByRole("rowheader").allInnerTexts()).toEqual([`layer.1 ${EVIL}`, "layer.0", "head"]);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("holds five against another, leaves one out and adds one", async () => {
    const { page, problems } = await openPage(DOCUMENTS, at([1, 2, 3, 4, 5]));
    const heads = page.getByRole("columnheader").getByRole("link");
    await heads.first().waitFor();
    expect(await heads.allInnerTexts()).toEqual([1, 2, 3, 4, 5].map((each) => `spam@v${each}`));
    await page.getByRole("radio", { name: "against spam@v3" }).check();
    await page.waitForURL(/\?against=spam%40v3$/);
    expect(await heads.allInnerTexts()).toEqual([3, 1, 2, 4, 5].map((each) => `spam@v${each}`));
    await page.getByRole("heading", { name: "In detail, against spam@v3" }).waitFor();
    await page.getByRole("button", { name: "Leave spam@v3 out" }).click();
    await page.waitForURL(/v1\.\.spam@v2\.\.spam@v4\.\.spam@v5$/);
    await page.getByLabel("Add a version").fill("v6");
    await page.getByLabel("Add a version").press("Enter");
    await page.waitForURL(/spam@v5\.\.spam@v6$/);
    await page.getByText("spam@v1 to spam@v6").click();
    await page.getByText("These pages do not hold what spam@v1 and spam@v6 differ in").waitFor();
    await page.getByLabel("Add a version").fill("what");
    await page.getByLabel("Add a version").press("Enter");
    await page.getByRole("alert").getByText("write it like spam@v3").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("goes on without a version that is not there", async () => {
    const { page } = await openPage(DOCUMENTS, at([1, 9, 2]));
    await page.getByRole("alert").getByText("spam@v9").waitFor();
    expect(await page.getByRole("columnheader").getByRole("link").allInnerTexts()).toEqual(["spam@v1", "spam@v2"]);
    await page.getByRole("button", { name: "Leave it out" }).click();
    await page.waitForURL(/compare\/spam@v1\.\.spam@v2$/);
  });
});

describe("tensors", () => {
  it("that have no number stand last, whichever way they are sorted", () => {
    const tensors = DEEP.weights[0]?.files[0]?.tensors.tensors as never;
    const names = (isDown: boolean) =>
      sortTensors(tensors, { by: "relative", isDown }).map(({ name }) => name.slice(0, 7));
    expect(names(true)).toEqual(["layer.0", "layer.1", "head"]);
    expect(names(false)).toEqual(["layer.1", "layer.0", "head"]);
  });
});
