/** Documents of services, and what is none. */
import { expect, it } from "vitest";
import { childOf, parseXml, textOf } from "../../../src/store/cloud/xml.ts";

it("reads elements, texts and what stands for signs", () => {
  const text = `\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<List xmlns="http://x/"><Of>
    <Name>a&amp;b&quot;&#65;&#x42;</Name><Empty /></Of><Of><Name></Name></Of></List>`;
  const list = parseXml(text, "List");
  expect(list?.children.map((each) => textOf(each, "Name"))).toEqual(['a&b"AB', ""]);
  expect(childOf(list?.children[0], "Empty")).toMatchObject({ attributes: "", text: "" });
  expect([textOf(list?.children[1], "Empty"), textOf(undefined, "Name")]).toEqual([undefined, undefined]);
});

it.each([
  "",
  "words",
  "<a>",
  "<a></b>",
  "<a/><a/>",
  "<b/>",
  "<a/>words",
  "<!DOCTYPE a><a/>",
  "<a><!-- --></a>",
  "<a".repeat(99),
])("takes for no document: %s", (text) => expect(parseXml(text, "a")).toBeNull());

it("has no letters that no name can have", () => {
  expect(parseXml("<a>&#xD800;&#xDFFF;&#1114112;</a>", "a")?.text).toBe("\ufffd".repeat(3));
});

it("takes none with elements without end", () => {
  expect(parseXml(`<a>${"<b/>".repeat(1_000_001)}</a>`, "a")).toBeNull();
});

it("takes none that is endlessly deep", () => {
  expect(parseXml("<a>".repeat(99) + "</a>".repeat(99), "a")).toBeNull();
});
