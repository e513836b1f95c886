import { describe, expect, it } from "vitest";
import { readYaml, yamlGet, yamlText } from "../../src/values/strict-yaml.ts";

const reading = async (text: string): Promise<unknown> => readYaml(text);

describe("strict YAML", () => {
  it("keeps every scalar as the text that stands there", async () => {
    const read = await readYaml("a: 7e12345\nb: 1.10\nc: no\nd: 0123\ne: ~\n");
    if (read.kind !== "value") throw new Error(read.reason);
    expect([..."abcde"].map((key) => yamlText(read.value, key))).toEqual(["7e12345", "1.10", "no", "0123", "~"]);
  });

  it("lets no key reach a prototype", async () => {
    const read = await readYaml("__proto__:\n  polluted: yes\nconstructor: x\n");
    if (read.kind !== "value") throw new Error(read.reason);
    expect(yamlText(yamlGet(read.value, "__proto__"), "polluted")).toBe("yes");
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    expect(yamlText(read.value, "toString")).toBeUndefined();
  });

  it.each([
    ["an alias", "a: &x 1\nb: *x\n", /alias|anchor/],
    ["an anchor alone", "a: &x 1\n", /anchor/],
    ["a tag", "a: !!js/function 'x'\n", /tag/i],
    ["an own tag", "a: !x y\n", /tag/i],
    ["two documents", "a: 1\n---\nb: 2\n", /one YAML document/],
    ["a doubled key", "a: 1\na: 2\n", /unique/i],
    ["nothing", "", /one YAML document/],
    ["a broken line", "a: [1\n", /./],
    ["brackets without end", "[".repeat(1_000_000), /deep/],
    ["a mapping of lists of lists", `a: ${"- ".repeat(5000)}x\n`, /./],
    ["lists on one line", `${"- ".repeat(5000)}x\n`, /deep/],
  ])("refuses %s", async (_, text, reason) => {
    expect(await reading(text)).toEqual({ kind: "malformed", reason: expect.stringMatching(reason) });
  });

  it("refuses a billion laughs quickly", async () => {
    const lines = Array.from({ length: 8 }, (_, at) => `b${at}: &b${at} [${"*a,".repeat(9)}]\n`);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${lines.join("")}`;
    expect((await readYaml(bomb)).kind).toBe("malformed");
  });
});
