/** What is a card, where its links lead, and what a file is to look at. */
import { describe, expect, it } from "vitest";
import { kindOf, mediaTypeOf } from "../../src/values/artifact-kind.ts";
import { cardPaths, picturesIn, resolveInRepository } from "../../src/values/card.ts";

describe("a card", () => {
  it("of the model comes before one of the folder, and that before the repository's", () => {
    const paths = cardPaths("spam", "train");
    const wanted = ["models/spam/README.md", "docs/spam.md", "train/README.md", "MODEL_CARD.md", "README.md"];
    expect(wanted.map((path) => paths.indexOf(path))).toEqual(
      wanted.map((path) => paths.indexOf(path)).toSorted((a, b) => a - b),
    );
    expect(Math.min(...wanted.map((path) => paths.indexOf(path)))).toBeGreaterThanOrEqual(0);
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe("a link", () => {
  it.each([
    ["docs/a.md", "b.png", "docs/b.png"],
    ["docs/a.md", "../b%20c.png?raw=true#x", "b c.png"],
    ["docs/a.md", "/b.png", "b.png"],
    ["a.md", "50%.png", "50%.png"],
    ["a.md", "./x//y.png", "x/y.png"],
    ["a.md", "../b.png", null],
    ["docs/a.md", "..%2f..%2fb.png", null],
    ["a.md", "https://example.com/b.png", null],
    ["a.md", "//example.com/b.png", null],
    ["a.md", " javascript:alert(1)", null],
    ["a.md", "data:image/png;base64,AA", null],
    ["a.md", "a\\b.png", null],
    ["a.md", "#part", null],
    ["a.md", ".", null],
  ])("of %s to %s leads to %s", (file, link, path) => expect(resolveInRepository(file, link)).toBe(path));

  it("to a picture is found in Markdown and in HTML, in bounded time", () => {
    const text = '![a](a.png) ![b]( <b.svg> "t") [c]: x\n[d]: d.gif\n<img width=1 src="e.jpg"> ![f](f.exe) ![a](a.png)';
    expect(picturesIn(text, "README.md")).toEqual(["a.png", "b.svg", "e.jpg", "d.gif"]);
    const long = `${"![".repeat(10_000)}${"<img ".repeat(10_000)}`;
    const began = performance.now();
    expect(picturesIn(long, "README.md")).toEqual([]);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe("a file", () => {
  it.each([
    ["a/b.PNG", "image", "image/png"],
    ["a.svg", "svg", "image/svg+xml"],
    ["README", "text", "text/plain; charset=utf-8"],
    ["x.html", "text", "text/plain; charset=utf-8"],
    ["x.js", "text", "text/plain; charset=utf-8"],
    ["x.md", "markdown", "text/plain; charset=utf-8"],
    ["x.csv", "csv", "text/plain; charset=utf-8"],
    ["x.json", "json", "text/plain; charset=utf-8"],
    ["x.bin", "binary", "application/octet-stream"],
    ["x.constructor", "binary", "application/octet-stream"],
    [".png", "image", "image/png"],
  ])("%s is %s, handed out as %s", (path, kind, type) =>
    expect([kindOf(path), mediaTypeOf(path)]).toEqual([kind, type]),
  );
});
