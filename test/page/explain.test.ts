/** Explain: by what is pasted and by a file, over an index as an export has it and over a server's answers. */
import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { somePackage } from "../support/versions.ts";
import { axeViolations } from "./axe.ts";
import { CHROMIUM, NO_CHROMIUM, openPage } from "./harness.ts";

const BYTES = Buffer.alloc(5 * 1024 * 1024 + 3, "weights <b>of</b> spam");
const WEIGHTS = hashBytes(BYTES);
const PACKAGE = "1".repeat(64);
const COMMIT = "c0ffee".padEnd(40, "0");
const EVIL = "<img src=x onerror=alert(1)>";

const weights = [{ path: "w.bin", hash: WEIGHTS, size: BYTES.length }];
const event = (number: number, version: number, before: number | null, day: number) => ({
  model: "spam",
  stage: "production",
  event: number,
  version,
  before,
  by: EVIL,
  time: `2026-03-0${day}T12:00:00+01:00`,
  reason: `because ${EVIL}`,
  commit: COMMIT,
  signed: false,
});
const events = [event(2, 2, 1, 5), event(1, 1, null, 3)];
const show = {
  label: "spam@v1",
  package: somePackage({ weights: weights as never, message: EVIL, metrics: { accuracy: 0.91 } }),
  packageHash: PACKAGE,
  commit: COMMIT,
  signed: false,
  events,
  recorded: null,
  notes: [],
  retracted: null,
  problems: [],
  plot: null,
};
const STATIC = {
  "data/index.json": {
    versions: [
      { model: "spam", version: 2, commit: COMMIT, packageHash: "2".repeat(64), weights: [], data: [] },
      { model: "spam", version: 1, commit: "1".repeat(40), packageHash: PACKAGE, weights, data: [] },
    ],
    folders: {},
    foldersLeftOut: 0,
  },
  "data/show/spam@v1.json": show,
  "data/show/spam@v2.json": { ...show, label: "spam@v2" },
  "data/history/spam.json": { model: "spam", events, problems: [] },
};

const folder = fs.mkdtempSync(join(os.tmpdir(), "mvgit-explain-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = (name: string, bytes: Uint8Array | string): string => {
  fs.writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

describe.skipIf(CHROMIUM === null)(`explain in a browser${NO_CHROMIUM}`, () => {
  it("answers a hash, a receipt and a move from the index of an export, and keeps it in the address", async () => {
    const { page, problems } = await openPage(STATIC, { at: "#/-explain" });
    const typed = page.getByRole("textbox");
    const answer = page.getByRole("region", { name: "Answer" });
    await typed.fill(WEIGHTS.slice(0, 9));
    await typed.press("Enter");
    await answer.getByText("as its weights 'w.bin'").waitFor();
    expect(await answer.innerText()).toContain(`v1 was production from 3 Mar 2026, 11:00`);
    expect(await answer.innerText()).toContain(`to 5 Mar 2026, 11:00`);
    expect(await answer.innerText()).toContain(EVIL);
    expect(page.url()).toContain(`#/-explain?text=${WEIGHTS.slice(0, 9)}`);
    expect(await axeViolations(page)).toEqual([]);

    const receipt = { mvgit: 1, model: "spam", version: 1, package: PACKAGE, stage: "production", event: 1 };
    await typed.fill(JSON.stringify({ took: 3, ...receipt }, null, 2));
    await page.getByRole("button", { name: "Explain" }).click();
    await answer.getByText("This receipt belongs to").waitFor();
    await answer.getByText("The move that is named").waitFor();

    await typed.fill("spam#production#2");
    await typed.press("Enter");
    await answer.getByRole("link", { name: "spam@v2" }).waitFor();
    await page.goBack();
    await answer.getByText("This receipt belongs to").waitFor();
    await answer.getByRole("link", { name: "spam@v1" }).click();
    await page.getByRole("heading", { level: 1, name: "spam@v1" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("says what to do where nothing is found, and where a text means several things or none", async () => {
    const { page, problems } = await openPage(STATIC, { at: `#/-explain?text=${"9".repeat(64)}` });
    const alert = page.getByRole("alert");
    await alert.getByText("no version here is made of bytes with the hash 9999999999").waitFor();
    await alert.getByText("'mvgit explain' in a clone looks at all there is").waitFor();
    await page.getByRole("textbox").fill("what is this");
    await page.getByRole("textbox").press("Enter");
    await alert.getByText("is neither a receipt, a hash, a commit nor a label").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("hashes a file here, and asks for its hash alone", async () => {
    const asked: (string | undefined)[] = [];
    const explain = (req: { url?: string; method?: string }): unknown => {
      asked.push(`${req.method} ${req.url}`);
      return {
        ...show,
        what: "bytes",
        matches: [{ model: "spam", version: 1, as: "weights", path: "w.bin" }],
        periods: [],
        event: null,
      };
    };
    const { page, problems } = await openPage(
      { "data/explain.json": explain },
      { at: "#/-explain", config: { mode: "live" } },
    );
    await page.getByLabel("Or drop a file here").setInputFiles(file(`${EVIL.replace("/", "")}.bin`, BYTES));
    await page.getByRole("region", { name: "Answer" }).getByText("as its weights 'w.bin'").waitFor();
    expect(asked).toEqual([`GET /data/explain.json?text=${WEIGHTS}`]);
    await page.getByText("BLAKE3 of its 5,242,883 bytes").waitFor();
    expect(problems.filter((each) => !each.includes("EventSource"))).toEqual([]);
  });

  it("takes a receipt or a pointer that is dropped for what it names", async () => {
    const { page } = await openPage(STATIC, { at: "#/-explain" });
    const status = page.getByRole("status");
    const input = page.getByLabel("Or drop a file here");
    await input.setInputFiles(
      file("receipt.json", JSON.stringify({ mvgit: 1, model: "spam", version: 1, package: PACKAGE })),
    );
    await status.getByText("the receipt in it").waitFor();
    await input.setInputFiles(file("w.bin.mvgit", `mvgit: 1\nblake3: ${WEIGHTS}\nsize: ${BYTES.length}\n`));
    await status.getByText("the hash that this pointer names").waitFor();
    await page.getByText("as its weights 'w.bin'").waitFor();
  });

  it("hashes without a thread of its own where none starts", async () => {
    const { page, url, problems } = await openPage(STATIC);
    await page.addInitScript("delete globalThis.Worker");
    await page.goto(`${url}?again#/-explain`);
    await page.getByLabel("Or drop a file here").setInputFiles(file("w.bin", BYTES));
    await page.getByText("as its weights 'w.bin'").waitFor();
    expect(problems).toEqual([]);
  });
});
