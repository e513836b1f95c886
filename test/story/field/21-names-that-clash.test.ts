/**
 * Names that are one on a system which takes no notice of letter case or Unicode form: not accepted, however they come.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, "work", path);

shareSandbox(async () => {
  box = await makeSandbox({ hooks: true });
  for (const path of ["m.bin", "models/w.bin", "\u00e9.bin"]) box.write(`work/${path}`, path);
  await box.mv("work", ["add", "m.bin", "models/w.bin", "\u00e9.bin"]);
  await box.git("work", ["commit", "-qm", "first"]);
  return box;
});

it.each([
  ["a file's letter case", "M.bin"],
  ["a file's Unicode form", "e\u0301.bin"],
  ["a folder's letter case", "Models/w.bin"],
  ["a folder's, with another file in it", "Models/v.bin"],
  ["a file like a folder", "MODELS"],
  ["a folder like a file", "M.BIN/x"],
])("add refuses %s", async (_, path) => {
  box.write(`work/${path}`, "other");
  const { stderr } = await box.mv("work", ["add", path], 1);
  expect(stderr).toMatch(/cannot add .* both are one name on some systems/);
  expect(box.exists(`work/${path}.mvgit`)).toBe(false);
});

it("of two new ones, and beside a file that Git keeps, too; and so does mv", async () => {
  for (const path of ["n.bin", "N.bin", "readme.MD"]) box.write(`work/${path}`, path);
  expect((await box.mv("work", ["add", "n.bin", "N.bin"], 1)).stderr).toContain("one name on some systems");
  box.write("work/README.md", "text");
  await box.git("work", ["add", "README.md"]);
  expect((await box.mv("work", ["add", "readme.MD"], 1)).stderr).toContain("'README.md' is here already");
  expect((await box.mv("work", ["mv", "m.bin", "MODELS/m.bin"], 1)).stderr).toContain("is one name with it");
  // The same file in another case is a move like any other.
  await box.mv("work", ["mv", "m.bin", "M.bin"]);
  expect(box.read("work/M.bin").toString()).toBe("m.bin");
});

it("a pointer that came by Git is named by the hook, and by the check of a range", async () => {
  fs.copyFileSync(at("m.bin.mvgit"), at("M.bin.mvgit"));
  await box.git("work", ["add", "M.bin.mvgit"]);
  expect((await box.git("work", ["commit", "-qm", "clash"], 1)).stderr).toContain(
    "'M.bin.mvgit' and 'm.bin.mvgit' are one name on some systems",
  );
  await box.git("work", ["commit", "-qnm", "clash"]);
  expect((await box.mv("work", ["hooks", "run", "--range", "HEAD~1..HEAD"], 1)).stdout).toContain(
    "one name on some systems",
  );
});

it("and the second of them is held back: a clone has the first, and all else", async () => {
  for (const path of ["M.bin", "MODELS/w.bin"]) {
    fs.mkdirSync(at("MODELS"), { recursive: true });
    fs.copyFileSync(at("\u00e9.bin.mvgit"), at(`${path}.mvgit`));
  }
  await box.git("work", ["add", "M.bin.mvgit", "MODELS/w.bin.mvgit"]);
  await box.git("work", ["commit", "-qnm", "clash"]);
  for (const path of ["m.bin", "models/w.bin", "\u00e9.bin"]) fs.rmSync(at(path));
  const { stderr } = await box.mv("work", ["checkout"], 1);
  expect(stderr).toMatch(/held back 'm\.bin', 'models\/w\.bin': 'm\.bin' and 'M\.bin' are one file on some systems/);
  expect(
    ["M.bin", "MODELS/w.bin", "\u00e9.bin", "m.bin", "models/w.bin"].map((path) => box.exists(`work/${path}`)),
  ).toEqual([true, true, true, false, false]);
  expect((await box.mv("work", ["checkout", "m.bin"], 1)).stderr).toContain("held back 'm.bin'");
  await box.git("work", ["config", "mvgit.allow", "m.bin"]);
  await box.mv("work", ["checkout", "m.bin"]);
  expect(box.read("work/m.bin").toString()).toBe("m.bin");
  await box.mv("work", ["rm", "models/w.bin"]);
  await box.mv("work", ["checkout"]);
});
