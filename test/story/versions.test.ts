/** What versions tell: log, show, compare; and what is said of a version that cannot be trusted. */
import * as fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatReceipt, readReceipt } from "../../src/values/receipt.ts";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
const place = (): { cwd: string; env: Record<string, string> } => ({ cwd: `${box.dir}/work`, env: box.env });

beforeAll(async () => {
  box = await makeSandbox();
  box.write("work/train.py", "print(1)\n");
  await makeVersion(place(), {
    model: "spam",
    version: 1,
    params: { lr: 0.1, optimizer: "sgd" },
    metrics: { accuracy: 0.9, loss: 0.5 },
  });
  box.write("work/train.py", "print(2)\nprint(3)\n");
  await makeVersion(place(), {
    model: "spam",
    version: 2,
    params: { lr: 0.2, optimizer: "sgd" },
    metrics: { accuracy: 0.8731, loss: 0.25 },
  });
  await makeVersion(place(), { model: "ham", version: 1, metrics: {} });
  await box.mv("work", ["push"]);
  await box.mv("work", ["promote", "spam@v1", "production", "--no-commit"]);
});
afterAll(() => box.cleanup());

describe("log", () => {
  it("lists versions with scores and stages, the newest first", async () => {
    expect((await box.mv("work", ["log", "spam"])).stdout).toMatchInlineSnapshot(`
      "version  made              accuracy  loss  lr   stages      message
      spam@v2  2026-01-02 03:04    0.8731  0.25  0.2
      spam@v1  2026-01-02 03:04       0.9   0.5  0.1  production
      "
    `);
    expect((await box.mv("work", ["log", "spam", "--max", "1"])).stdout).toContain("and 1 older version");
    expect((await box.mv("work", ["log", "--markdown"])).stdout).toContain(
      "| spam@v1 | 2026-01-02 03:04 | 0.9 | 0.5 | 0.1 |",
    );
    expect(JSON.parse((await box.mv("work", ["log", "spam", "--json"])).stdout)).toMatchObject({
      mvgit: 1,
      command: "log",
      total: 2,
      versions: [
        { version: 2, seconds: null, size: 9, signed: false, data: [] },
        { version: 1, stages: ["production"] },
      ],
    });
    expect((await box.mv("work", ["log", "nobody"], 1)).stderr).toContain("no version of 'nobody' is here");
  });
});

describe("show", () => {
  it("tells all of a version, by any of its labels", async () => {
    const { stdout } = await box.mv("work", ["show", "spam#production"]);
    for (const text of [
      "spam@v1",
      "saved, not run",
      "accuracy  0.9",
      "lr         0.1",
      "weights.bin",
      "production #1  - -> v1",
    ])
      expect(stdout).toContain(text);
    expect((await box.mv("work", ["show", "spam"])).stdout).toContain("spam@v2");
    await box.mv("work", ["show", "spam@v3"], 1);
  });
});

describe("compare", () => {
  it("reads like a report", async () => {
    expect((await box.mv("work", ["compare", "spam@v1", "spam@v2"])).stdout).toMatchInlineSnapshot(`
      "  spam@v1    2026-01-02 03:04  A Tester
        spam@v2    2026-01-02 03:04  A Tester
      settings
        lr  0.1  0.2
      scores
        accuracy  0.9  0.8731  -0.0269 worse
        loss      0.5    0.25  -0.25 better
      data  the same
      command  the same
      code
        train.py | 3 ++-
        1 file changed, 2 insertions(+), 1 deletion(-)
      environment  the same
      weights
        weights.bin  9 B  9 B  other bytes
      "
    `);
    expect((await box.mv("work", ["compare", "spam@v1", "spam@v2", "--markdown"])).stdout).toContain(
      "| accuracy | 0.9 | 0.8731 | -0.0269 worse |",
    );
  });
});

describe("compare of data", () => {
  it("tells files that moved, came, went and changed, and the rows of CSV", async () => {
    box.write("work/rows/a/1.txt", "one");
    box.write("work/rows/2.txt", "two");
    box.write("work/rows/t.csv", 'id,text\n1,"a\nb"\n2,c\n3,d\n');
    await box.mv("work", ["save", "tab", "--data", "rows", "--weights", "weights.bin"]);
    fs.renameSync(`${box.dir}/work/rows/a/1.txt`, `${box.dir}/work/rows/b.txt`);
    fs.rmSync(`${box.dir}/work/rows/2.txt`);
    box.write("work/rows/3.txt", "three");
    box.write("work/rows/t.csv", 'id,text\n1,"a\nb"\n2,c\n4,e\n5,f\n');
    await box.mv("work", ["save", "tab"]);
    const { data } = JSON.parse((await box.mv("work", ["compare", "tab@v1", "tab@v2", "--json"])).stdout);
    expect(data).toMatchObject([{ path: "rows", added: 1, removed: 1, changed: 1, moved: 1 }]);
    const columns = { added: [], removed: [], retyped: [] };
    expect(data[0].files).toEqual([
      { path: "3.txt", a: null, b: 5 },
      { path: "b.txt", a: null, b: 3, from: "a/1.txt" },
      { path: "t.csv", a: 24, b: 28, rows: { added: 2, removed: 1, changed: 0, key: "id", columns } },
      { path: "2.txt", a: 3, b: null },
    ]);
    expect((await box.mv("work", ["compare", "tab@v1", "tab@v2"])).stdout).toContain(
      "1 file added, 1 file removed, 1 file changed, 1 file moved",
    );
  });
});

describe("receipt and explain", () => {
  it("lead from a logged line, a hash or a file back to the version and its stages", async () => {
    const { stdout: line } = await box.mv("work", ["receipt", "spam#production"]);
    expect(line.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(line)).toMatchObject({ mvgit: 1, model: "spam", version: 1, stage: "production", event: 1 });
    await box.mv("work", ["promote", "spam@v2", "production", "--no-commit", "-m", "newer"]);
    const { stdout } = await box.mv("work", ["explain", line.trim()]);
    expect(stdout).toContain("this receipt belongs to spam@v1");
    expect(stdout).toContain("it was in 'production' by event 1");
    expect(stdout).toMatch(
      /in production from 2026-01-02 03:04 \(A Tester moved it to v1\) until .* \(A Tester moved it to v2: "newer"\)/,
    );
    box.write("elsewhere/some.bin", "weights 2");
    expect((await box.mv("work", ["explain", "../elsewhere/some.bin"])).stdout).toMatch(
      /belongs to spam@v2, as its weights 'weights.bin'\n(?:.*\n)*.*and is there now/,
    );
    const shown = JSON.parse((await box.mv("work", ["show", "spam@v2", "--json"])).stdout);
    for (const hash of [shown.packageHash, shown.package.weights[0].hash])
      expect((await box.mv("work", ["explain", hash, "--json"])).stdout).toContain('"version":2');
    box.write("log.json", JSON.stringify({ score: 1, ...JSON.parse(line) }));
    expect((await box.mv("work", ["explain", "@../log.json"])).stdout).toContain("spam@v1");
  });

  it("say so when nothing matches, and when a receipt does not fit", async () => {
    box.write("elsewhere/other.bin", "other");
    expect((await box.mv("work", ["explain", "../elsewhere/other.bin"], 1)).stderr).toContain(
      "no version here is made of '../elsewhere/other.bin'",
    );
    await box.mv("work", ["explain", "{}"], 2);
    await box.mv("work", ["explain", "no such file"], 2);
    const receipt = JSON.parse((await box.mv("work", ["receipt", "spam@v1"])).stdout);
    await box.mv("work", ["explain", JSON.stringify({ ...receipt, package: "0".repeat(64) })], 24);
    await box.mv("work", ["explain", JSON.stringify({ ...receipt, stage: "production", event: 2 })], 24);
  });

  it("a receipt has at most 300 bytes", async () => {
    const longest = {
      model: "m".repeat(64),
      version: 999_999_999,
      package: "f".repeat(64),
      stage: "s".repeat(64),
      event: 999_999_999,
    };
    const line = formatReceipt(longest as Parameters<typeof formatReceipt>[0]);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(300);
    expect(readReceipt(line)).toEqual(longest);
  });
});

describe("a version that was tampered with", () => {
  it.each([
    [
      "a tag copied under another name",
      async () => box.git("work", ["update-ref", "refs/tags/spam@v7", "refs/tags/spam@v1"]),
      "its tag is a copy of 'spam@v1'",
    ],
    [
      "a tag moved to another commit",
      async () => {
        const message = (await box.git("work", ["tag", "-l", "--format=%(contents)", "spam@v1"])).stdout
          .replace("spam v1", "spam v7")
          .replace("version: 1", "version: 7");
        fs.writeFileSync(`${box.dir}/message`, message.trimEnd() + "\n");
        await box.git("work", [
          "tag",
          "-f",
          "-a",
          "--cleanup=verbatim",
          "-F",
          "../message",
          "spam@v7",
          "spam@v2^{commit}",
        ]);
      },
      "its package file is not the one that its tag names",
    ],
  ])("%s", async (_, tamper, reason) => {
    await tamper();
    expect((await box.mv("work", ["show", "spam@v7"], 24)).stderr).toContain(reason);
    expect((await box.mv("work", ["log", "spam"], 24)).stdout).toContain(`cannot be trusted: spam@v7: ${reason}`);
    await box.git("work", ["tag", "-d", "spam@v7"]);
  });

  it("a tag of the user's own is not taken for a version", async () => {
    await box.git("work", ["tag", "spam@v7"]);
    expect((await box.mv("work", ["log", "spam"])).stdout).not.toContain("v7");
    expect((await box.mv("work", ["show", "spam@v7"], 1)).stderr).toContain("was not made by mvgit");
    await box.git("work", ["tag", "-d", "spam@v7"]);
  });
});
