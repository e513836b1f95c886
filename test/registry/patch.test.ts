import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { patchBlock, patchLines } from "../../src/cli/render/versions/patch.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import { readHunks } from "../../src/registry/patch-hunks.ts";
import type { PatchReport } from "../../src/registry/patch.ts";
import { registryOf } from "../../src/versions/registry.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { makeVersion } from "../support/versions.ts";

let box: Sandbox;
let report: PatchReport;
const PLAIN = makeStyle({ color: false });
const ODD = 'sub/"quoted" and\ttab é.txt';

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  const place = { cwd: join(box.dir, "work"), env: box.env };
  const long = Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n");
  box.write("work/kept.py", `${long}\n`);
  box.write("work/moved.py", `${long}\nmoved\n`);
  box.write("work/image.png", Buffer.from([0, 1, 2, 0]).toString("latin1"));
  box.write("work/large.txt", "a\n".repeat(700_000));
  box.write("work/tool.sh", "echo\n");
  box.write("work/link", "a file\n");
  box.write("work/open.txt", "no end");
  await makeVersion(place, { model: "spam", version: 1 });
  box.write("work/kept.py", `${long.replace("line 3\n", "diff --git a/x b/x\n--- a\n+++ b\n@@ -1,1 +1,1 @@\n")}\n`);
  fs.renameSync(join(box.dir, "work/moved.py"), join(box.dir, "work/elsewhere.py"));
  box.write("work/image.png", Buffer.from([0, 1, 3, 0]).toString("latin1"));
  box.write("work/large.txt", "b\n".repeat(700_000));
  fs.chmodSync(join(box.dir, "work/tool.sh"), 0o755);
  fs.rmSync(join(box.dir, "work/link"));
  fs.symlinkSync("/etc/passwd", join(box.dir, "work/link"));
  box.write("work/open.txt", "no end yet");
  box.write(`work/${ODD}`, "\u001b[31mred\u202e\twith ```` ticks\n");
  await box.git("work", ["config", "diff.external", "touch /tmp/never"]);
  await box.git("work", ["config", "diff.noprefix", "true"]);
  await box.git("work", ["config", "color.ui", "always"]);
  await makeVersion(place, { model: "spam", version: 2 });
  report = await registryOf(await box.open()).patch(["spam@v1", "spam@v2"]);
});
afterAll(() => box.cleanup());

it("knows what became of each file, whatever its name and the user's settings are", () => {
  const { files, notes } = report;
  expect(
    files.map(({ path, from, status, isBinary, added, removed }) => [path, from, status, isBinary, added, removed]),
  ).toEqual([
    ["elsewhere.py", "moved.py", "renamed", false, 0, 0],
    ["image.png", null, "changed", true, null, null],
    ["kept.py", null, "changed", false, 4, 1],
    ["large.txt", null, "changed", false, null, null],
    ["link", null, "type", false, null, null],
    ["open.txt", null, "changed", false, 1, 1],
    [ODD, null, "added", false, 1, 0],
    ["tool.sh", null, "changed", false, 0, 0],
  ]);
  expect(notes).toEqual(["the lines of 1 file are not shown, since they are too many"]);
  expect(files.find(({ path }) => path === "tool.sh")).toMatchObject({
    modes: { a: "100644", b: "100755" },
    hunks: [],
  });
  expect(files.find(({ path }) => path === "open.txt")?.hunks?.[0]?.lines).toEqual([
    { kind: "-", text: "no end", isOpen: true },
    { kind: "+", text: "no end yet", isOpen: true },
  ]);
});

it("lines that look like a head of Git's are lines", () => {
  const [hunk] = report.files.find(({ path }) => path === "kept.py")?.hunks ?? [];
  expect(hunk?.lines.filter(({ kind }) => kind === "+").map(({ text }) => text)).toEqual([
    "diff --git a/x b/x",
    "--- a",
    "+++ b",
    "@@ -1,1 +1,1 @@",
  ]);
});

it("nothing in it reaches the terminal as it is, or ends a block of Markdown", () => {
  const lines = patchLines(report, PLAIN);
  expect(lines).toContain("+\\x1b[31mred\\u202e\twith ```` ticks");
  expect(lines).toContain("tool.sh (changed, mode 100644 -> 100755)");
  expect(
    patchBlock(report, PLAIN)
      .split("\n")
      .filter((line) => line.startsWith("`````")),
  ).toHaveLength(2);
});

it("takes at most so many lines, and cuts long ones", () => {
  const one = `diff --git a/x b/x\n@@ -0,0 +1,3 @@\n+${"x".repeat(5000)}\n+b\n+c\n`;
  const text = `${one}diff --git a/y b/y\n@@ -1 +1 @@ f()\n-a\n+b\n`;
  const [first, second] = readHunks(text, 3);
  expect(first?.hunks?.[0]?.lines[0]).toMatchObject({ isCut: true, text: "x".repeat(2000) });
  expect(second).toEqual({ hunks: null, isBinary: false, added: 1, removed: 1 });
});
