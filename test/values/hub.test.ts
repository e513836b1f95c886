/** Model cards and layouts for Hugging Face: what is known, and nothing that a text could turn it into. */
import * as fc from "fast-check";
import { Marked } from "marked";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Hash } from "../../src/values/hash.ts";
import { inline } from "../../src/values/hub/body.ts";
import { cardOf, type OwnCard } from "../../src/values/hub/card.ts";
import { headerOf, type HubFacts } from "../../src/values/hub/header.ts";
import { gitAttributes, sharedFolder } from "../../src/values/hub/layout.ts";
import { type Plain, yamlText } from "../../src/values/hub/yaml-text.ts";
import type { Package } from "../../src/values/package.ts";
import { somePackage } from "../support/versions.ts";

const H = (digit: string): Hash => digit.repeat(64) as Hash;

function facts(pack: Partial<Package> = {}, said: Partial<HubFacts> = {}): HubFacts {
  return {
    pack: somePackage(pack),
    packageHash: H("a"),
    commit: "c".repeat(40),
    from: null,
    makers: new Map(),
    origins: new Map(),
    sha256: new Map(),
    inside: new Map(),
    license: null,
    files: [{ path: "w.safetensors", size: 7, hash: H("2") }],
    licenseFile: null,
    ...said,
  };
}

/** Header as a parser has it, and body. */
async function card(
  from: HubFacts,
  own: OwnCard | null = null,
): Promise<{ header: unknown; body: string; notes: string[] }> {
  const { text, notes } = await cardOf(from, own);
  const [, header = "", body = ""] = /^---\n([^]*?)\n---\n\n([^]*)$/.exec(text) ?? [];
  return { header: parse(header), body, notes };
}

describe("the header", () => {
  it("says license, scores, data and models as far as they are known", async () => {
    const data = [
      { path: "mails" as RepoPath, hash: H("1"), size: 3, files: 2 },
      { path: "base.bin" as RepoPath, hash: H("3"), size: 3 },
    ];
    const origin = { kind: "url" as const, secrets: [], time: "2026-01-01T00:00:00Z" };
    const { header } = await card(
      facts(
        {
          data,
          params: { "model.base_model": "org/base", dataset: "org/set", other: "a/b", lr: 1 },
          metrics: { accuracy: 0.9, loss: 1e-7, bad: "nan", "a b": 2 },
        },
        {
          license: { name: "GPL-3.0-or-later", isSpdx: true, file: "LICENSE" },
          origins: new Map([["base.bin", { ...origin, url: "https://huggingface.co/google/bert/resolve/main/m.bin" }]]),
        },
      ),
    );
    expect(header).toEqual({
      license: "gpl-3.0",
      tags: ["safetensors", "mvgit"],
      datasets: ["org/set"],
      base_model: ["google/bert", "org/base"],
      metrics: ["accuracy", "loss", "bad"],
      "model-index": [
        {
          name: "spam",
          results: [
            {
              task: { type: "other" },
              dataset: { type: "other", name: "mails, base.bin" },
              metrics: [
                { type: "accuracy", value: 0.9, name: "accuracy" },
                { type: "loss", value: 1e-7, name: "loss" },
                { type: "a b", value: 2, name: "a b" },
              ],
            },
          ],
        },
      ],
    });
  });

  it("names no license, library or repository that nobody named", () => {
    const data = [{ path: "data/mails" as RepoPath, hash: H("1"), size: 3 }];
    const params = { dataset: "data/mails", base_model: "w.pt", model_name_or_path: "out/model.pt" };
    expect(headerOf(facts({ data, params }))).toEqual({ tags: ["safetensors", "mvgit"] });
    const own = { name: "Our own", isSpdx: false, file: "package.json" };
    expect(headerOf(facts({}, { license: own, licenseFile: "LICENSE" }))).toMatchObject({
      ...{ license: "other", license_name: "Our own", license_link: "LICENSE" },
    });
  });

  it.each<[string[], string[], string | undefined]>([
    [["config.json", "model.safetensors"], ["transformers==4.1"], "transformers"],
    [["config.json", "model.safetensors"], [], undefined],
    [["adapter_config.json"], [], "peft"],
    [["model_index.json"], [], "diffusers"],
    [["m.joblib"], ["scikit_learn==1"], "sklearn"],
    [["m.pkl"], ["scikit-learn==1", "torch==2"], undefined],
    [["m.keras"], [], "keras"],
  ])("of %j, with %j, is of the library %s", (paths, installed, library) => {
    const environment = {
      seen: "processes",
      interpreters: [{ kind: "python", role: "program", version: "3.11.7", packages: "l" }],
      packages: { l: { installed } },
    };
    const files = paths.map((path) => ({ path, size: 1, hash: H("1") }));
    expect(headerOf(facts({ environment }, { files }))["library_name"]).toBe(library);
  });
});

describe("the repository's own card", () => {
  const own = (text: string): OwnCard => ({ path: "MODEL_CARD.md", text });
  const mit = { license: { name: "MIT", isSpdx: true, file: "LICENSE" } };

  it("wins in header and body, and gets what it does not say", async () => {
    const text = "---\nlicense: cc-by-4.0\nlanguage: no\ntags: [own]\n---\n# Mine\n\ntext\n";
    expect(await card(facts({ metrics: { f1: 0.5 } }, mit), own(text))).toMatchObject({
      header: { license: "cc-by-4.0", language: "no", tags: ["own"], metrics: ["f1"] },
      body: "# Mine\n\ntext\n",
      notes: [],
    });
  });

  it("without a header keeps its text", async () => {
    expect(await card(facts({}, mit), own("# Mine\n---\nmore"))).toMatchObject({
      header: { license: "mit" },
      body: "# Mine\n---\nmore\n",
    });
  });

  it.each(["a: [1", "- a", "a: &x 1\nb: *y", "a: 1\na: 2"])("with a header %j that is none is told", async (header) => {
    const { notes, body } = await card(facts(), own(`---\n${header}\n---\ntext`));
    expect(notes[0]).toMatch(/^the header of 'MODEL_CARD\.md' is left out: /);
    expect(body).toBe("text\n");
  });
});

describe("the body", () => {
  it("tells what the version is made of, without addresses of people", async () => {
    const { body } = await card(
      facts({
        message: "from ada@example.com: better",
        metrics: { accuracy: 0.97 },
        run: {
          ...{ command: ["sh", "-c", "echo ```"], folder: "", started: "2026-01-02T03:04:05Z", seconds: 1 },
          ...{ secrets: [], changedInputs: [] },
        },
      }),
    );
    expect(body).toContain("# spam\n\nVersion 1 of spam, made by A Tester on 2026-01-02.\n");
    expect(body).toContain("| accuracy | 0.97 |");
    expect(body).toContain("````sh\nsh -c 'echo ```'\n````");
    expect(body).not.toContain("@example.com");
  });

  it("has no mark-up but its own, whatever the texts are", () => {
    const mark = fc.constantFrom(
      ...["<b>", "**x**", "# ", "- ", "1. ", "| a | b |", "`x`", "[a](javascript:1)", "![a](x)", "~~a~~", "---"],
      ...["\n\n", "&lt;", "<!--", "$x$", "***", "===", "> ", "    ", "\u2028", "\\", "```"],
    );
    const text = fc.array(fc.oneof(mark, fc.string({ unit: "grapheme", maxLength: 5 })), { maxLength: 8 });
    const marked = new Marked({ gfm: true });
    fc.assert(
      fc.property(text, (parts) => {
        const written = inline(parts.join(""));
        const alone = marked.parse(`${written}\n`, { async: false });
        expect(alone).toMatch(written === "" ? /^$/ : /^<p>[^<>]*<\/p>\n$/);
        const row = marked.parse(`| a | b |\n| --- | --- |\n| ${written} | end |\n`, { async: false });
        expect(row).toMatch(
          /^<table>(?:<\/?(?:thead|tbody|tr|th|td)>|[^<>])*<td>end<\/td>\n<\/tr>\n<\/tbody><\/table>\n$/,
        );
      }),
    );
  });
});

describe("YAML", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("no", "1e3", "null", "a: b\nc: d", "---", "- x", "#x", "\u0085", "\u2028", "\ud800", "~", "''"),
  );
  const { value } = fc.letrec<{ value: Plain }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
  }));
  /** Halves of letters cannot be written. */
  const whole = (each: unknown): unknown =>
    JSON.parse(
      Buffer.from(JSON.stringify(each).replaceAll(/\\ud[89ab][0-9a-f]{2}|\\ud[c-f][0-9a-f]{2}/g, "\ufffd")).toString(),
    );

  it.each(["1.1", "1.2"] as const)("of version %s says what it was written from", (version) => {
    fc.assert(
      fc.property(fc.dictionary(text, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), (mapping) => {
        const written = yamlText(mapping);
        expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/);
        expect(whole(parse(written, { version, uniqueKeys: false, merge: false }))).toEqual(whole(mapping));
      }),
    );
  });
});

describe("the layout", () => {
  it.each<[string[], string]>([
    [["out/"], "out"],
    [["w.bin"], ""],
    [["models/a.bin", "models/b.bin"], "models"],
    [["models/a/", "models/b/"], "models"],
    [["models/a.bin", "models/sub/b.bin"], "models"],
    [["w.bin", "mlflow/spam/"], ""],
    [["a/b/", "a/bc/"], "a"],
    [[], ""],
  ])("of %j is that below %j", (paths, folder) => {
    const weights = paths.map((path) => ({ path: path.replace(/\/$/, ""), isFolder: path.endsWith("/") }));
    expect(sharedFolder(weights)).toBe(folder);
  });

  it("names large files of other endings for LFS, by patterns that mean them alone", () => {
    const size = 20 * 1024 * 1024;
    const lines = gitAttributes([
      ...[
        { path: "a b[1].dat", size },
        { path: "w.safetensors", size },
        { path: "small.dat", size: 1 },
      ],
      { path: "#x.dat", size },
    ]).split("\n");
    expect(lines).toContain("*.safetensors filter=lfs diff=lfs merge=lfs -text");
    expect(lines.filter((line) => line.includes("dat"))).toEqual([
      "/#x.dat filter=lfs diff=lfs merge=lfs -text",
      String.raw`"/a b\\[1\\].dat" filter=lfs diff=lfs merge=lfs -text`,
    ]);
  });
});
