/** What src/ and the documents say: commands that exist, and one way to name and to count. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { parse } from "../../src/cli/parse.ts";
import { resolveCommand } from "../../src/cli/resolve.ts";
import { ROOT } from "../support/cli.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => join("src", path));
const documents = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Without comments, and each `${…}` of a template as one word X. */
function wordsOf(code: string): string {
  let text = code.replace(/^\s*(\/\*\*?[\s\S]*?\*\/|\/\/.*)$/gm, "");
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/\$\{[^{}]*\}/g, "X");
  }
  return text;
}

/** What is wrong with a command that somebody is told to run; null for one that can be. */
async function problemOf(line: string): Promise<string | null> {
  const words =
    line
      .split(/ && | [|>] |…|\.\.\.|\)| \[/)[0]
      ?.trim()
      .split(/\s+/) ?? [];
  const end = words.indexOf("--");
  const own = (end < 0 ? words : words.slice(0, end))
    .map((word) => word.replace(/[,.;:]$/, ""))
    .filter((word) => word !== "--X");
  try {
    const resolved = resolveCommand(own.slice(1));
    if (resolved.kind !== "command") return null;
    // A value that a message leaves to its reader.
    for (const rest of [resolved.rest, [...resolved.rest, "1"]]) {
      try {
        parse(rest, (await resolved.entry.load()).options);
        return null;
      } catch (error) {
        if (rest.at(-1) === "1" || !(error instanceof MvgitError) || !/needs/.test(error.message)) throw error;
      }
    }
    return null;
  } catch (error) {
    if (error instanceof MvgitError) return error.message;
    throw error;
  }
}

async function problems(files: readonly string[], find: (path: string) => string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of files) {
    for (const line of find(path)) {
      const problem = await problemOf(line);
      if (problem !== null) found.push(`${path}: ${line}: ${problem}`);
    }
  }
  return found;
}

describe("commands that somebody is told to run", () => {
  it("by a message can be run: they exist, with these options", async () => {
    const find = (path: string): string[] =>
      [...wordsOf(read(path)).matchAll(/'(mvgit (?!X|COMMAND|help|hook )[^'`"\n]+)'/g)].map(([, line = ""]) => line);
    expect(sources.flatMap(find).length).toBeGreaterThan(150);
    expect(await problems(sources, find)).toEqual([]);
  });

  it("by a document can be run", async () => {
    const find = (path: string): string[] =>
      [
        ...read(path).matchAll(
          /`(mvgit (?!X|COMMAND|help|hook |repository`|clone`|host`|commits`)[^`\n]+)`|^ {4}\$ (mvgit [^\n#]+)/gm,
        ),
      ].map(([, span, block]) => span ?? block ?? "");
    expect(documents.flatMap(find).length).toBeGreaterThan(150);
    expect(await problems(documents, find)).toEqual([]);
  });
});

const NOUNS =
  "blobs?|files?|versions?|commits?|folders?|bytes?|pointers?|claims?|models?|stages?|events|tags?|paths?|entries|objects?|lines|runs?|moves?|branches|settings|packages|remotes?|repositories|artifacts?|more";
/** What makes a number of things into words. */
const MAKERS = /^(plural|formatCount|formatSize|formatDuration)\(/;

describe("counts", () => {
  it("are words by one function, with separators, and one thing is no things", () => {
    const found: string[] = [];
    for (const path of sources.filter((each) => each !== "src/base/counts.ts")) {
      for (const [index, line] of read(path).split("\n").entries()) {
        for (const [all, expression = ""] of line.matchAll(
          new RegExp(`\\$\\{([^{}]*)\\} (?:${NOUNS})\\b(?! (?:names|is|was)\\b)`, "g"),
        )) {
          if (!MAKERS.test(expression) && !/[nN]ame|[vV]erb|[wW]ho|[iI]t|what|few|word|shown/.test(expression))
            found.push(`${path}:${index + 1}: ${all}`);
        }
      }
    }
    expect(found).toEqual([]);
  });
});

describe("a remote", () => {
  it("is called by its own name for itself, which says what it is", () => {
    // What 'init' reports is the plain name.
    const twice = sources
      .filter((path) => path !== "src/cli/commands/init.ts")
      .flatMap((path) =>
        read(path)
          .split("\n")
          .map((line, index) => `${path}:${index + 1}: ${line.trim()}`),
      )
      .filter((line) => /remote '?\$\{(?:display\()?(?:\w+\.)*(?:remote\.name|report\.remote)\b/.test(line));
    expect(twice).toEqual([]);
  });
});
