import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_CODES, EXIT } from "../../src/base/errors.ts";
import { formatPointer, readPointer } from "../../src/model/pointer.ts";
import { ROOT } from "../support/cli.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("documents", () => {
  it("docs/errors.md lists every code with its exit status, and no other", () => {
    const rows = read("docs/errors.md").split("\n").filter((line) => line.startsWith("| `"));
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, [kind, meaning]]) => `| \`${code}\` | ${EXIT[kind]} | ${meaning} |`));
  });

  it("the pointer in docs/format.md is one, and the only encoding of what it says", () => {
    const text = (/(( {4}mvgit: 1\n)( {4}.*\n)+)/.exec(read("docs/format.md")) as RegExpExecArray)[0].replaceAll(/^ {4}/gm, "");
    const reading = readPointer(Buffer.from(text));
    expect(reading.kind === "pointer" && formatPointer(reading.pointer)).toBe(text);
  });

  it("what the README links to is there", () => {
    for (const [, path = ""] of read("README.md").matchAll(/\]\(([^)#]+)\)/g)) expect(read(path).length).toBeGreaterThan(0);
    for (const [, path = ""] of read("README.md").matchAll(/`(test\/[^`]+\.ts)`/g)) expect(read(path).length).toBeGreaterThan(0);
  });
});
