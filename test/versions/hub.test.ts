/** `mvgit export --hub`: a folder that can be uploaded as it is, made as a whole, and nobody else's. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { planFaults } from "../../src/base/faults.ts";
import { systemCode } from "../../src/base/errors.ts";
import { writeNewFile } from "../../src/base/disk.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { formatDelivery } from "../../src/values/delivery.ts";
import type { Hash } from "../../src/values/hash.ts";
import { heldBy, manifestOf, replaceWhole } from "../../src/versions/deliver/plain-folder.ts";
import { exportHub } from "../../src/versions/hub.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
const hub = (path = ""): string => join(box.dir, "hub", path);
const text = (path: string): string => fs.readFileSync(hub(path), "utf8");
const lay = async (label: string): Promise<string> => codeOf(exportHub(await box.open(), { label, dir: "../hub" }));

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/LICENSE", "MIT License\n");
  box.write("work/out/config.json", "{}");
  box.write("work/out/sub/model.safetensors", "weights 1");
  await box.git("work", ["add", "LICENSE"]);
  await box.git("work", ["commit", "-qm", "start"]);
  await box.mv("work", ["save", "spam", "--weights", "out", "-m", "first"]);
  box.write("work/out/README.md", "---\nlicense: apache-2.0\n---\n# By the trainer\n");
  box.write("work/out/sub/model.safetensors", "weights 2");
  await box.mv("work", ["save", "spam"]);
  box.write("work/models/bare/MODEL_CARD.md", "# The model's own\n\n![a](../x.png)\n");
  box.write("work/single.bin", "single");
  await box.git("work", ["add", "models"]);
  await box.git("work", ["commit", "-qm", "card"]);
  await box.mv("work", ["save", "bare", "--weights", "single.bin"]);
  box.write("work/odd/.mvgit-receipt.json", "{}");
  box.write("work/odd/x.bin", "x");
  await box.mv("work", ["save", "odd", "--weights", "odd"]);
  await box.mv("work", ["push"]);
});
afterAll(() => box.cleanup());
beforeEach(() => fs.rmSync(hub(), { recursive: true, force: true }));

function laid(): string[] {
  return fs
    .readdirSync(hub(), { recursive: true, withFileTypes: true })
    .filter((each) => !each.isDirectory())
    .map((each) => join(each.parentPath, each.name).slice(hub().length + 1))
    .toSorted();
}

/** What lies beside the folder, but for what was always there. */
function beside(): string[] {
  return fs.readdirSync(box.dir).filter((name) => name.startsWith("hub"));
}

it("has the weights at its top as they are, a card, the license and what LFS takes", async () => {
  const { stdout } = await box.mv("work", ["export", "spam@v1", "--hub", "../hub"]);
  expect(stdout).toMatch(/^spam@v1 is in '\.\.\/hub': 5 files, /);
  expect(laid()).toEqual([
    ".gitattributes",
    ".mvgit-receipt.json",
    "LICENSE",
    "README.md",
    "config.json",
    "sub/model.safetensors",
  ]);
  expect(text("sub/model.safetensors")).toBe("weights 1");
  expect(parse(/^---\n([^]*?)\n---\n/.exec(text("README.md"))?.[1] ?? "")).toEqual({
    license: "mit",
    tags: ["safetensors", "mvgit"],
  });
  expect(text("README.md")).toContain("> first");
  expect(beside()).toEqual(["hub"]);
  const { stdout: told } = await box.mv("work", ["explain", "@../hub/.mvgit-receipt.json"]);
  expect(told).toContain("spam@v1");
});

it("a card that the run wrote among its weights is the card; else the repository's own", async () => {
  expect(await lay("spam@v2")).toBe("done");
  expect(text("README.md")).toMatch(/^---\nlicense: "apache-2.0"\n[^]*---\n\n# By the trainer\n$/);
  fs.rmSync(hub(), { recursive: true });
  const { stderr } = await box.mv("work", ["export", "bare@v1", "--hub", "../hub"]);
  expect(stderr).toContain("'models/bare/MODEL_CARD.md' shows pictures that are not taken along");
  expect(text("README.md")).toContain("\n---\n\n# The model's own\n");
  expect(laid()).toContain("single.bin");
});

it("the same again changes nothing; another version takes the place of one as it was written", async () => {
  expect(await lay("spam@v1")).toBe("done");
  const before = fs.lstatSync(hub()).ino;
  const { stdout } = await box.mv("work", ["export", "spam@v1", "--hub", "../hub"]);
  expect(stdout).toBe("'../hub' holds spam@v1 already; 5 files verified\n");
  expect(fs.lstatSync(hub()).ino).toBe(before);
  expect(await lay("spam@v2")).toBe("done");
  expect(text("sub/model.safetensors")).toBe("weights 2");
  expect(beside()).toEqual(["hub"]);
});

describe("is refused, and nothing is changed,", () => {
  it.each<[string, () => void]>([
    ["a file that others put there", () => fs.writeFileSync(hub("mine"), "mine")],
    ["a file that was changed", () => fs.writeFileSync(hub("LICENSE"), "another")],
    ["a file that is gone", () => fs.rmSync(hub("LICENSE"))],
    ["a link", () => fs.symlinkSync("LICENSE", hub("link"))],
    ["a receipt that is none", () => fs.writeFileSync(hub(".mvgit-receipt.json"), "{}")],
  ])("for %s", async (_, change) => {
    await lay("spam@v1");
    change();
    const before = laid();
    expect(await lay("spam@v2")).toBe("local-changes");
    expect(laid()).toEqual(before);
    expect(text("sub/model.safetensors")).toBe("weights 1");
    expect(beside()).toEqual(["hub"]);
  });

  it("a folder of others, a file, a '.git', a revision, and a name of mvgit's own", async () => {
    fs.mkdirSync(hub());
    fs.writeFileSync(hub("mine"), "mine");
    expect(await lay("spam@v1")).toBe("local-changes");
    const repo = await box.open();
    const to = (dir: string, label = "spam@v1"): Promise<string> => codeOf(exportHub(repo, { label, dir }));
    expect(await to("../hub/mine")).toBe("local-changes");
    expect(await to(".git/hub")).toBe("unsafe-path");
    expect(await to("../other", "main")).toBe("usage");
    expect(await to("../other", "spam@v9")).toBe("label-unknown");
    expect(await to("../other", "odd@v1")).toBe("name-clash");
    expect(fs.existsSync(join(box.dir, "other"))).toBe(false);
  });

  it.each([["-o", "x"], ["--only", "weights"], ["--force"], ["--accept-older"]])("%s beside it", async (...words) => {
    const { stderr } = await box.mv("work", ["export", "spam@v1", "--hub", "../hub", ...words], 2);
    expect(stderr).toContain(`'--hub DIR' and '${words[0]}' do not go together`);
  });
});

it("what fails at any step of a change leaves the folder of before, or the new one, whole", async () => {
  const put = (bytes: string): Promise<void> =>
    replaceWhole(hub(), async (fresh) => {
      const blake3 = await manifestOf([{ path: "a", hash: hashBytes(Buffer.from(bytes)), size: 1, exec: false }]);
      const said = { receipt: null, what: bytes, only: [], repository: null, commit: "", time: "", files: 1, size: 1 };
      fs.writeFileSync(join(fresh, ".mvgit-receipt.json"), formatDelivery({ ...said, blake3: blake3 as Hash }));
      writeNewFile(join(fresh, "a"), bytes);
    });
  await put("1");
  const seen = new Set<string>();
  let steps = 0;
  for (let isDone = false; !isDone;) {
    planFaults(`ENOSPC@${++steps}`);
    isDone = await put("2")
      .then(() => true)
      .catch((error: unknown) => systemCode(error) !== "ENOSPC" && Promise.reject(error as Error))
      .finally(() => planFaults("count@0"));
    expect((await heldBy(hub()))?.what, `step ${steps}`).toBe(text("a"));
    seen.add(text("a"));
  }
  expect(steps).toBeGreaterThan(6);
  expect([...seen]).toEqual(["1", "2"]);
});
