/** Markdown as elements: whatever it is made of, nothing of it is more than text, web links and listed pictures. */
import fc from "fast-check";
import type { ComponentChildren, VNode } from "preact";
import { describe, expect, it } from "vitest";
import { decodeEntities } from "../../src/page/version/entities.ts";
import { Markdown } from "../../src/page/version/markdown.tsx";

interface Drawn {
  tags: Set<string>;
  props: Set<string>;
  addresses: string[];
  text: string;
}

function drawn(text: string): Drawn {
  const found: Drawn = { tags: new Set(), props: new Set(), addresses: [], text: "" };
  const addressOf = (path: string): string | null => (path === "docs/a.png" ? "files/spam@v1/docs/a.png" : null);
  look(Markdown({ text, file: "README.md", addressOf }), found);
  return found;
}

function look(node: ComponentChildren, found: Drawn): void {
  if (Array.isArray(node)) return node.forEach((each) => look(each, found));
  if (node === null || typeof node !== "object") return void (found.text += typeof node === "string" ? node : "");
  const { type, props } = node as VNode<Record<string, unknown>>;
  if (typeof type === "string") found.tags.add(type);
  if (typeof type === "function") return look((type as (of: unknown) => ComponentChildren)(props), found);
  for (const [name, value] of Object.entries(props)) {
    if (name === "children") look(value as ComponentChildren, found);
    else found.props.add(name);
    if (name === "href" || name === "src") found.addresses.push(String(value));
  }
}

const TAGS =
  "a blockquote br code del details div em h3 h4 h5 h6 hr img li ol p pre span strong summary " +
  "table tbody td th thead tr ul";
const PROPS = "alt aria-label class href loading rel role scope src start tabIndex target";

function isHarmless({ tags, props, addresses }: Drawn): void {
  expect([...tags].filter((tag) => !TAGS.split(" ").includes(tag))).toEqual([]);
  expect([...props].filter((prop) => !PROPS.split(" ").includes(prop))).toEqual([]);
  for (const address of addresses) expect(address).toMatch(/^(?:https?:\/\/|files\/spam@v1\/docs\/a\.png$)/i);
}

describe("Markdown", () => {
  it("becomes elements", () => {
    const { tags, addresses, text } = drawn(
      "---\nlicense: mit\n---\n# A &amp; B\n\n1. **b** _e_ ~~d~~ `c`\n\n> q\n\n|a|\n|--|\n|1|\n\n" +
        "[l](https://example.com)\n![p](docs/a.png)",
    );
    for (const tag of ["details", "h3", "ol", "strong", "em", "del", "code", "blockquote", "td", "img"])
      expect(tags).toContain(tag);
    expect(addresses).toEqual(["https://example.com", "files/spam@v1/docs/a.png"]);
    expect(text).toContain("A & B");
  });

  it.each([
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["a <b onclick=x>b</b>", "a <b onclick=x>b</b>"],
    ["[a](javascript:alert(1))", "a"],
    ["[a](JaVaScRiPt:alert(1))", "a"],
    ["[a](\\u0001javascript:alert(1))", "a"],
    ["[a](https:javascript)", "a"],
    ["![a](data:image/svg+xml,x)", "a picture that is not loaded: a"],
    ["![a](docs/b.png)", "a picture that is not loaded: a"],
    ['<https://example.com/"onmouseover=x>', "example.com"],
    ["&lt;script&gt;", "<script>"],
  ])("of %j is text", (text, shown) => {
    const found = drawn(text);
    isHarmless(found);
    expect(found.text).toContain(shown);
  });

  it("is harmless whatever it is, and loses nothing that nests too deep", () => {
    const part = fc.constantFrom(
      ...["[", "](", ")", "<", ">", "!", "`", "*", "_", "|", "\n", "\n\n", "> ", "- ", "1. ", "# ", "---\n", "&#106;"],
      ...["javascript:", "https://e.x", "data:", "onerror=", "<img src=x ", "</", "<!--", "a", "docs/a.png", '"', "\\"],
      ...["[x]: ", "|--|", "constructor", "__proto__", "\t", "    ", "http:", "//", "<svg ", "\u0000", "&lt;"],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => isHarmless(drawn(parts.join("")))),
      { numRuns: 300 },
    );
    expect(drawn(`${"> ".repeat(200)}deep`).text).toContain("deep");
    expect(drawn("x".repeat(300_000)).text.length).toBeGreaterThanOrEqual(300_000);
  });
});

describe("letters by name", () => {
  it.each([
    ["&amp;lt;", "&lt;"],
    ["&#106;&#x6A;", "jj"],
    ["&nope; &constructor; &#0; &#xD800; &#99999999;", "&nope; &constructor; &#0; &#xD800; &#99999999;"],
    ["&hellip;", "…"],
  ])("%s", (text, shown) => expect(decodeEntities(text)).toBe(shown));
});
