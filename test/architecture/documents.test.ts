import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { LAYERS } from "../../.ci/rooms.mjs";
import { filesBelow } from "../../.ci/sources.mjs";
import { ERROR_CODES, EXIT } from "../../src/base/errors.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { FINDINGS } from "../../src/versions/audit/report.ts";
import { readPackage } from "../../src/values/package.ts";
import { formatStages, readStages } from "../../src/values/stages-file.ts";
import { readEvent, readVersionTag } from "../../src/values/tag-message.ts";
import { formatPointer, readPointer } from "../../src/values/pointer.ts";
import { ROOT } from "../support/cli.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("documents", () => {
  it("docs/errors.md lists every code with its exit status, and no other", () => {
    const rows = read("docs/errors.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, [kind, meaning]]) => `| \`${code}\` | ${EXIT[kind]} | ${meaning} |`),
    );
  });

  it("docs/audit.md lists every kind of finding, and no other", () => {
    const rows = read("docs/audit.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows).toEqual(Object.entries(FINDINGS).map(([kind, meaning]) => `| \`${kind}\` | ${meaning} |`));
  });

  it("the pointer in docs/format.md is one, and the only encoding of what it says", () => {
    const text = (/(( {4}mvgit: 1\n)( {4}.*\n)+)/.exec(read("docs/format.md")) as RegExpExecArray)[0].replaceAll(
      /^ {4}/gm,
      "",
    );
    const reading = readPointer(Buffer.from(text));
    expect(reading.kind === "pointer" && formatPointer(reading.pointer)).toBe(text);
  });

  it("the package and the message of a version's tag in docs/format.md are ones, in the only encoding", () => {
    const blocks =
      read("docs/format.md")
        .match(/(?:^(?: {4}.*)?\n)+/gm)
        ?.map((each) => each.replaceAll(/^ {4}/gm, "").replace(/^\n+|\n+$/g, "")) ?? [];
    const pack = readPackage(Buffer.from(`${blocks.find((each) => each.includes("\ncode:\n"))}\n`));
    expect(pack.kind).toBe("package");
    expect(readVersionTag(`${blocks.find((each) => each.startsWith("spam-detector v5\n"))}\n`)).toMatchObject({
      kind: "read",
      value: { model: "spam-detector", version: 5 },
    });
  });

  it("the message of an event's tag and the stages.yaml in docs/format.md are ones, in the only encoding", async () => {
    const blocks =
      read("docs/format.md")
        .match(/(?:^(?: {4}.*)?\n)+/gm)
        ?.map((each) => each.replaceAll(/^ {4}/gm, "").replace(/^\n+|\n+$/g, "")) ?? [];
    const event = readEvent(`${blocks.find((each) => each.startsWith("spam-detector production: v4"))}\n`);
    expect(event).toMatchObject({
      kind: "read",
      value: { number: 7, version: 4, before: 5, reason: "worse on Friday's mails" },
    });
    const stages = `${blocks.find((each) => each.startsWith("# What each stage holds"))}\n`;
    expect(formatStages(await readStages(stages))).toBe(stages);
  });

  it("docs/invariants.md has each invariant once, in order, and tests that are there", () => {
    const text = read("docs/invariants.md");
    expect([...text.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    const proofs = read("test/invariants.test.ts");
    for (let number = 1; number <= 12; number++)
      expect(proofs).toMatch(new RegExp(`^(describe|it\\.todo)\\("${number}: `, "m"));
    for (const [, path = ""] of text.matchAll(/`(test\/[^`]+\.ts)`/g)) expect(read(path).length).toBeGreaterThan(0);
  });

  it("docs/json.md names the document of every command, and no other command", () => {
    const rows = read("docs/json.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) =>
      [...(row.split(" | ")[0] as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    expect(named.toSorted()).toEqual(
      allCommands()
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const row of rows) expect(row.split(" | ")[1]?.length).toBeGreaterThan(3);
  });

  it(
    "docs/architecture.md says where every folder of src/ stands, and docs/testing.md every folder of test/ " +
      "and every variable",
    () => {
      const layers = read("docs/architecture.md");
      const folders = (of: string): string[] =>
        readdirSync(join(ROOT, of), { withFileTypes: true })
          .filter((each) => each.isDirectory())
          .map(({ name }) => `${of}/${name}`);
      for (const folder of folders("src")) expect(layers).toMatch(new RegExp(`^ {4}.* ${folder}$`, "m"));
      const pictured = [...layers.matchAll(/^ {4}.* src\/(\S+)$/gm)].map(([, room = ""]) => room);
      const levels = pictured.map((room) => LAYERS.findIndex(({ rooms }) => room in rooms));
      expect(pictured.toSorted()).toEqual(LAYERS.flatMap(({ rooms }) => Object.keys(rooms)).toSorted());
      expect(levels, "the picture is in the order of .ci/rooms.mjs, the highest first").toEqual(
        levels.toSorted((a, b) => b - a),
      );
      const testing = read("docs/testing.md");
      for (const folder of folders("test")) expect(testing).toContain(`\`${folder}\``);
      const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith(".test.ts"),
      );
      const named = /(?:process\.env(?:\.|\[\s*")|findProgram\(\s*"[^"]+",\s*")(MVGIT_(?!LOG)\w+)/g;
      const peers = new Set(
        tests.flatMap((path) => [...read(join("test", path)).matchAll(named)].map(([, name = ""]) => name)),
      );
      expect(peers.size).toBeGreaterThan(3);
      for (const name of peers) expect(testing).toContain(`\`${name}`);
    },
  );

  it.each(["architecture", "testing", "glossary", "own-files", "invariants", "remotes", "../CONTRIBUTING"])(
    "docs/%s.md names sources that are there, by as much of their path as tells them from others",
    (name) => {
      const paths = filesBelow(["src", "test", "bench", "demo", ".ci"].map((folder) => join(ROOT, folder)));
      const sources = paths.map((path) => relative(ROOT, path));
      const named = [...read(`docs/${name}.md`).matchAll(/`([^`\n]+)`/g)]
        .flatMap(([, code = ""]) => code.split(" "))
        .filter((word) => /\w\.(?:ts|mjs)$/.test(word));
      for (const path of named) {
        const isForm = /[A-Z]{2}|[*…]/.test(path);
        const pattern = path.replaceAll(".", "\\.").replaceAll(/[A-Z]{2,}|[*…]/g, "[^/]+");
        const found = sources.filter((source) => new RegExp(`(?:^|/)${pattern}$`).test(source));
        if (isForm) expect(found, path).not.toEqual([]);
        else expect(sources.includes(`src/${path}`) ? [path] : found, path).toHaveLength(1);
      }
    },
  );

  it("every document is linked from the README or from one that it links to", () => {
    const linked = (path: string): string[] =>
      [...read(path).matchAll(/\]\(([^)#]+\.md)/g)].map(([, to = ""]) => join(dirname(path), to));
    const first = linked("README.md");
    const known = new Set([...first, ...first.flatMap(linked)]);
    // Decisions are found by their numbers.
    const names = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((each) => each.endsWith(".md") && !each.startsWith("decisions")))
      expect(known).toContain(`docs/${name}`);
  });

  it("what documents link to is there", () => {
    const all = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !name.endsWith("template.md"))
      .map((name) => `docs/${name}`);
    expect(all.length).toBeGreaterThan(40);
    for (const document of ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...all])
      for (const [, to = ""] of read(document).matchAll(/\]\(([^)#\s]+)[^)]*\)/g))
        if (!/^[a-z]+:/.test(to))
          expect(existsSync(join(ROOT, dirname(document), to)), `${document}: ${to}`).toBe(true);
    for (const [, path = ""] of read("README.md").matchAll(/`(test\/[^`]+\.ts)`/g))
      expect(read(path).length).toBeGreaterThan(0);
  });

  it("files and folders that the documents for who works on mvgit name are there", () => {
    const named = ["CONTRIBUTING.md", "docs/testing.md", "docs/architecture.md"].flatMap((document) =>
      [...read(document).matchAll(/(?<![\w/])(?:src|test|docs|\.ci)\/[\w./-]*\w/g)].map(([path]) => path),
    );
    expect(named.length).toBeGreaterThan(60);
    // FAMILY and NAME stand for what somebody writes.
    const own = named.filter((path) => !/[A-Z]{3}/.test(path));
    const stands = (path: string): boolean =>
      existsSync(join(ROOT, dirname(path))) &&
      readdirSync(join(ROOT, dirname(path))).some((name) => name.startsWith(basename(path)));
    expect(own.filter((path) => !stands(path))).toEqual([]);
  });

  it("every decision has its number, a status and a date, and what takes another's place is there", () => {
    const names = readdirSync(join(ROOT, "docs/decisions")).filter((name) => /^\d/.test(name));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const [title = "", , status = ""] = read(`docs/decisions/${name}`).split("\n");
      expect(title).toMatch(new RegExp(`^# ${name.split("-")[0]}: \\S`));
      expect(status, name).toMatch(
        /^Status: (accepted|proposed|superseded by \[\w+\]\([\w.-]+\.md\)), \d{4}-\d\d-\d\d$/,
      );
    }
    const numbers = names.map((name) => name.split("-")[0]);
    expect(numbers).toEqual([...new Set(numbers)]);
  });
});
