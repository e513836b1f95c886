/** What src/ and the documents say: commands that exist, and one way to name and to count. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { parse } from "../../src/cli/parse.ts";
import { resolveCommand } from "../../src/cli/resolve.ts";
import { ROOT } from "../support/cli.ts";
import { allSources, asWords, readSource, type Source, textsOf } from "../support/source-code.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const sources = allSources();
const documents = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Commands that messages of a source tell somebody to run. */
function commandsIn(source: Source): string[] {
  return textsOf(source).flatMap((text) =>
    [...asWords(text).matchAll(/'(mvgit (?!X|COMMAND|help|hook )[^'`"\n]+)'/g)].map(([, line = ""]) => line),
  );
}

/** Commands that a document shows. */
function commandsShown(document: string): string[] {
  const shown = /`(mvgit (?!X|COMMAND|help|hook |repository`|clone`|host`|commits`)[^`\n]+)`|^ {4}\$ (mvgit [^\n#]+)/gm;
  return [...document.matchAll(shown)].map(([, span, block]) => span ?? block ?? "");
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
        parse(rest, (await resolved.entry.load()).command.options);
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

/** Those of the commands, by who tells them, that cannot be run. */
async function problems(told: readonly (readonly [who: string, command: string])[]): Promise<string[]> {
  const found: string[] = [];
  for (const [who, command] of told) {
    const problem = await problemOf(command);
    if (problem !== null) found.push(`${who}: ${command}: ${problem}`);
  }
  return found;
}

describe("commands that somebody is told to run", () => {
  it("by a message can be run: they exist, with these options", async () => {
    const told = sources.flatMap((source) => commandsIn(source).map((command) => [source.path, command] as const));
    expect(told.length).toBeGreaterThan(250);
    expect(await problems(told)).toEqual([]);
  });

  it("by a document can be run", async () => {
    const told = documents.flatMap((path) => commandsShown(read(path)).map((command) => [path, command] as const));
    expect(told.length).toBeGreaterThan(150);
    expect(await problems(told)).toEqual([]);
  });

  it("are seen however a message is laid out", async () => {
    const planted = readSource(
      "planted.ts",
      'fail("run \'mvgit " +\n  `chekcout ${path}` +\n  "\' first, or \'mvgit push " + (all ? "--evry" : "") + "\'");',
    );
    expect(commandsIn(planted)).toEqual(["mvgit chekcout X", "mvgit push X"]);
    expect(await problems([["planted.ts", "mvgit chekcout X"]])).toHaveLength(1);
    expect(await problems([["planted.ts", "mvgit push --evry"]])).toHaveLength(1);
  });
});

const NOUNS =
  "(?:blobs?|files?|versions?|commits?|folders?|bytes?|pointers?|claims?|models?|stages?|events|tags?|paths?|entries|" +
  "objects?|lines|runs?|moves?|branches|settings|packages|remotes?|repositories|artifacts?|more)";
/** What a number of things stands before, unless it is something's name. */
const COUNTED = new RegExp(`^ ${NOUNS}\\b(?! (?:names|is|was)\\b)`);
/** What makes a number of things into words. */
const MAKERS = /^(plural|formatCount|formatSize|formatDuration)\(/;
/** What is a word and no number. */
const WORDS = /[nN]ame|[vV]erb|[wW]ho|[iI]t|what|few|word|shown/;

/** Numbers of things that a source puts into a text as they are. */
function rawCounts(source: Source): string[] {
  return textsOf(source).flatMap(({ line, parts }) =>
    parts.flatMap((part, at) => {
      const next = parts[at + 1];
      if (typeof part === "string" || typeof next !== "string" || !COUNTED.test(next)) return [];
      // A value that holds texts of its own is no number; they are looked at by themselves.
      return /[{}]/.test(part.code) || MAKERS.test(part.code) || WORDS.test(part.code)
        ? []
        : [`${source.path}:${line}: ${part.code}${next}`];
    }),
  );
}

describe("counts", () => {
  it("are words by one function, with separators, and one thing is no things", () => {
    expect(sources.filter(({ path }) => path !== "src/base/counts.ts").flatMap(rawCounts)).toEqual([]);
  });

  it("are seen however a text is laid out", () => {
    const seen = (code: string): number => rawCounts(readSource("planted.ts", code)).length;
    expect(seen("note(`${\n  report.copied\n} files were copied`);")).toBe(1);
    expect(seen('note("copied " + count +\n  " blobs");')).toBe(1);
    expect(seen("note(`copied ${count}` +\n  ` blobs of ${total}` + ` bytes`);")).toBe(2);
    expect(seen("note(`${done ? `${count} files` : `none`} of it`);")).toBe(1);
    expect(seen('note(`copied ${plural(count, "file")}, ${plural(2, "x")} more`, `${name} files`);')).toBe(0);
  });
});

/** A remote's own name behind the word "remote", which it has in front of it already. */
function calledTwice(source: Source): string[] {
  return textsOf(source).flatMap(({ line, parts }) =>
    parts.flatMap((part, at) => {
      const before = parts[at - 1];
      if (typeof part === "string" || typeof before !== "string" || !/remote '?$/.test(before)) return [];
      const isOwnName = /^(?:display\()?(?:\w+\.)*(?:remote\.name|report\.remote)\b/.test(part.code);
      return isOwnName ? [`${source.path}:${line}: ${before}${part.code}`] : [];
    }),
  );
}

describe("a remote", () => {
  it("is called by its own name for itself, which says what it is", () => {
    // What 'init' reports is the plain name.
    expect(sources.filter(({ path }) => path !== "src/cli/commands/care/init.ts").flatMap(calledTwice)).toEqual([]);
  });

  it("is seen to be called twice however a text is laid out", () => {
    const seen = (code: string): number => calledTwice(readSource("planted.ts", code)).length;
    expect(seen("note(`pushed to remote '${\n  display(this.remote.name)\n}'`);")).toBe(1);
    expect(seen('note("the remote " +\n  report.remote + " is full");')).toBe(1);
    expect(seen("note(`${report.remote} is full, remote '${wanted}' is not`);")).toBe(0);
  });
});
