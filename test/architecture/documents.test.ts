import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_CODES, EXIT } from "../../src/base/errors.ts";
import { FINDINGS } from "../../src/ops/audit/report.ts";
import { readPackage } from "../../src/model/package.ts";
import { formatStages, readStages } from "../../src/model/stages-file.ts";
import { readEvent, readVersionTag } from "../../src/model/tag-message.ts";
import { formatPointer, readPointer } from "../../src/model/pointer.ts";
import { ROOT } from "../support/cli.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("documents", () => {
  it("docs/errors.md lists every code with its exit status, and no other", () => {
    const rows = read("docs/errors.md").split("\n").filter((line) => line.startsWith("| `"));
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, [kind, meaning]]) => `| \`${code}\` | ${EXIT[kind]} | ${meaning} |`));
  });

  it("docs/audit.md lists every kind of finding, and no other", () => {
    const rows = read("docs/audit.md").split("\n").filter((line) => line.startsWith("| `"));
    expect(rows).toEqual(Object.entries(FINDINGS).map(([kind, meaning]) => `| \`${kind}\` | ${meaning} |`));
  });

  it("the pointer in docs/format.md is one, and the only encoding of what it says", () => {
    const text = (/(( {4}mvgit: 1\n)( {4}.*\n)+)/.exec(read("docs/format.md")) as RegExpExecArray)[0].replaceAll(/^ {4}/gm, "");
    const reading = readPointer(Buffer.from(text));
    expect(reading.kind === "pointer" && formatPointer(reading.pointer)).toBe(text);
  });

  it("the package and the message of a version's tag in docs/format.md are ones, in the only encoding", () => {
    const blocks = read("docs/format.md").match(/(?:^(?: {4}.*)?\n)+/gm)?.map((each) => each.replaceAll(/^ {4}/gm, "").replace(/^\n+|\n+$/g, "")) ?? [];
    const pack = readPackage(Buffer.from(`${blocks.find((each) => each.includes("\ncode:\n"))}\n`));
    expect(pack.kind).toBe("package");
    expect(readVersionTag(`${blocks.find((each) => each.startsWith("spam-detector v5\n"))}\n`)).toMatchObject({ kind: "read", value: { model: "spam-detector", version: 5 } });
  });

  it("the message of an event's tag and the stages.yaml in docs/format.md are ones, in the only encoding", async () => {
    const blocks = read("docs/format.md").match(/(?:^(?: {4}.*)?\n)+/gm)?.map((each) => each.replaceAll(/^ {4}/gm, "").replace(/^\n+|\n+$/g, "")) ?? [];
    const event = readEvent(`${blocks.find((each) => each.startsWith("spam-detector production: v4"))}\n`);
    expect(event).toMatchObject({ kind: "read", value: { number: 7, version: 4, before: 5, reason: "worse on Friday's mails" } });
    const stages = `${blocks.find((each) => each.startsWith("# What each stage holds"))}\n`;
    expect(formatStages(await readStages(stages))).toBe(stages);
  });

  it("docs/invariants.md has each invariant once, in order, and tests that are there", () => {
    const text = read("docs/invariants.md");
    expect([...text.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const proofs = read("test/invariants.test.ts");
    for (let number = 1; number <= 12; number++) expect(proofs).toMatch(new RegExp(`^(describe|it\\.todo)\\("${number}: `, "m"));
    for (const [, path = ""] of text.matchAll(/`(test\/[^`]+\.ts)`/g)) expect(read(path).length).toBeGreaterThan(0);
  });

  it("what the README links to is there", () => {
    for (const [, path = ""] of read("README.md").matchAll(/\]\(([^)#]+)\)/g)) expect(read(path).length).toBeGreaterThan(0);
    for (const [, path = ""] of read("README.md").matchAll(/`(test\/[^`]+\.ts)`/g)) expect(read(path).length).toBeGreaterThan(0);
  });
});
