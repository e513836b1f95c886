/** Bills of materials and provenance: what their published forms ask for, whatever a package says. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { serialOf } from "../../src/registry/bom.ts";
import { cycloneDx } from "../../src/values/bom/cyclonedx.ts";
import type { BomFacts } from "../../src/values/bom/facts.ts";
import { inTotoStatement } from "../../src/values/bom/in-toto.ts";
import { purlOf } from "../../src/values/bom/purl.ts";
import type { PackageOrigin, RecordedPackage } from "../../src/values/environment-record.ts";
import type { Mapping } from "../../src/values/document.ts";
import type { Hash } from "../../src/values/hash.ts";
import { formatPackage, type Package, readPackage } from "../../src/values/package.ts";
import { cycloneDxCheck, statementCheck } from "../support/bom-schemas.ts";
import { somePackage } from "../support/versions.ts";

const H = (digit: string): Hash => digit.repeat(64) as Hash;
const isBom = cycloneDxCheck();
const isStatement = statementCheck();

/** What the documents of a version look like when they are read again. */
function papers(pack: Package, said: Partial<BomFacts> = {}): { bom: Bom; statement: Statement } {
  const facts: BomFacts = {
    pack,
    packageHash: H("a"),
    commit: "c".repeat(40),
    from: null,
    makers: new Map(),
    origins: new Map(),
    sha256: new Map(),
    inside: new Map(),
    license: null,
    ...said,
  };
  const again = <T>(document: object): T => JSON.parse(JSON.stringify(document)) as T;
  return { bom: again(cycloneDx(facts, serialOf)), statement: again(inTotoStatement(facts)) };
}

interface Component {
  "bom-ref": string;
  type: string;
  name: string;
  version?: string;
  purl?: string;
  hashes?: unknown;
  swhid?: string[];
  pedigree?: { ancestors: unknown[] };
  properties: { name: string; value: string }[];
}
interface Bom {
  serialNumber: string;
  metadata: { component: Component & { modelCard: object; licenses?: unknown }; authors: unknown };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
  formulation?: { workflows: { steps: unknown; inputs: unknown[]; timeEnd: string }[] }[];
}
interface Statement {
  subject: { name: string; digest: object }[];
  predicate: {
    buildDefinition: { externalParameters: object; resolvedDependencies: { name: string; uri?: string }[] };
    runDetails: { metadata: object; byproducts: object[] };
  };
}

const PACKAGES: Mapping = {
  list: {
    installed: ["torch==2.4.0+cu121", "Fancy_Name==1.0", "mine==0.1", "forked==3", "wheel==1"],
    installer: "pip",
    files: { torch: "f".repeat(64) },
    origin: {
      mine: { kind: "editable", url: "work tree:pkg" },
      forked: { kind: "vcs", url: "https://host/x.git", vcs: "git", commit: "d".repeat(40) },
      wheel: { kind: "archive", url: "https://host/w-1.whl", hash: `sha256=${"e".repeat(64)}` },
    },
  },
  npm: { installed: ["@scope/pack==1.2.3"], installer: "npm" },
};

const FULL = somePackage({
  version: 3,
  from: 2,
  message: "third",
  run: {
    command: ["python", "train.py", "--token", "${TOKEN}", "a b"],
    folder: "",
    started: "2026-01-02T03:00:00+01:00",
    seconds: 61.5,
    secrets: ["TOKEN"],
    changedInputs: [],
    status: 0,
    id: "0a1b2c3d",
  },
  data: [{ path: "mails" as Package["data"][number]["path"], hash: H("1"), size: 12, files: 2 }],
  weights: [{ path: "w.bin" as Package["data"][number]["path"], hash: H("2"), size: 7 }],
  params: { lr: 0.1, name: "x", flag: true, none: null },
  metrics: { accuracy: 0.97, loss: "nan" },
  environment: {
    system: { os: "Linux", release: "6.1", arch: "x64" },
    gpu: { model: "A100" },
    seen: "processes",
    interpreters: [
      { kind: "python", role: "program", version: "3.11.7", implementation: "CPython", packages: "list" },
      { kind: "python", role: "helper", version: "3.12.1", implementation: "CPython", packages: "list" },
      { kind: "node", role: "program", version: "20.1.0", packages: "npm" },
    ],
    packages: PACKAGES,
    variables: { OMP_NUM_THREADS: "4" },
  },
  notes: ["a note"],
});

describe("a bill of materials", () => {
  const { bom } = papers(FULL, {
    from: { model: "spam", version: 2, packageHash: H("b") },
    makers: new Map([["mails", { model: "base", version: 1, packageHash: H("3") }]]),
    sha256: new Map([["w.bin", "9".repeat(64)]]),
    license: { name: "MIT", isSpdx: true, file: "LICENSE" },
  });
  const part = (ref: string): Component | undefined => bom.components.find((each) => each["bom-ref"] === ref);

  it("is as CycloneDX 1.6 asks for", () => {
    expect(isBom(bom), JSON.stringify(isBom.errors)).toBe(true);
  });

  it("is held against a form that can refuse", () => {
    expect(isBom({ ...bom, serialNumber: "1" })).toBe(false);
    expect(isBom({ ...bom, metadata: { ...bom.metadata, component: { ...bom.metadata.component, x: 1 } } })).toBe(
      false,
    );
  });

  it("has the model with its card, and where it came from by a link to that bill", () => {
    const { component } = bom.metadata;
    expect(component).toMatchObject({
      type: "machine-learning-model",
      name: "spam",
      version: "3",
      description: "third",
      licenses: [{ expression: "MIT" }],
      modelCard: {
        modelParameters: { datasets: [{ ref: "data:mails" }] },
        quantitativeAnalysis: {
          performanceMetrics: [
            { type: "accuracy", value: "0.97" },
            { type: "loss", value: "nan" },
          ],
        },
      },
    });
    expect(component.pedigree?.ancestors).toEqual([
      {
        type: "machine-learning-model",
        name: "spam",
        version: "2",
        externalReferences: [{ type: "bom", url: `urn:cdx:${serialOf(H("b"))}/1` }],
      },
    ]);
  });

  it("has weights, data and code with what names them", () => {
    expect(part("weights:w.bin")?.hashes).toEqual([
      { alg: "SHA-256", content: "9".repeat(64) },
      { alg: "BLAKE3", content: H("2") },
    ]);
    expect(part("data:mails")).toMatchObject({ type: "data", hashes: [{ alg: "BLAKE3", content: H("1") }] });
    expect(part("data:mails")?.properties).toContainEqual({ name: "mvgit:blake3-of", value: "manifest" });
    expect(part("data:mails")?.pedigree?.ancestors).toMatchObject([{ name: "base", version: "1" }]);
    expect(part("code")?.swhid).toEqual([`swh:1:dir:${FULL.code.tree}`]);
  });

  it("has packages by purls that can be had, each once", () => {
    expect(bom.components.filter(({ type }) => type === "library").map(({ name, purl }) => [name, purl])).toEqual([
      ["torch", "pkg:pypi/torch@2.4.0%2Bcu121"],
      ["Fancy_Name", "pkg:pypi/fancy-name@1.0"],
      ["mine", undefined],
      ["forked", `pkg:pypi/forked@3?vcs_url=git%2Bhttps:%2F%2Fhost%2Fx.git%40${"d".repeat(40)}`],
      ["wheel", `pkg:pypi/wheel@1?checksum=sha256:${"e".repeat(64)}&download_url=https:%2F%2Fhost%2Fw-1.whl`],
      ["@scope/pack", "pkg:npm/%40scope/pack@1.2.3"],
    ]);
    expect(bom.dependencies.find(({ ref }) => ref === "interpreter:2")?.dependsOn).toContain("python:mine@0.1");
    expect(part("python:mine@0.1")?.properties).toContainEqual({
      name: "mvgit:origin",
      value: "editable work tree:pkg",
    });
  });

  it("has the run, masked as it was recorded", () => {
    expect(bom.formulation?.[0]?.workflows[0]).toMatchObject({
      uid: "0a1b2c3d",
      steps: [{ commands: [{ executed: "python train.py --token '${TOKEN}' 'a b'" }] }],
      timeEnd: "2026-01-02T02:01:01.500Z",
    });
    expect(bom.formulation?.[0]?.workflows[0]?.inputs).toContainEqual({
      parameters: [
        { name: "lr", value: "0.1", dataType: "number" },
        { name: "name", value: "x", dataType: "string" },
        { name: "flag", value: "true", dataType: "boolean" },
        { name: "none", value: "null", dataType: "null" },
      ],
    });
  });

  it("of a saved version has no run, and an author without an address is a name", () => {
    const { bom: saved } = papers(somePackage({ author: "Nobody <no address>" }));
    expect(isBom(saved), JSON.stringify(isBom.errors)).toBe(true);
    expect(saved.formulation).toBeUndefined();
    expect(saved.metadata.authors).toEqual([{ name: "Nobody <no address>" }]);
  });

  it("has the serial number of its package, for ever", () => {
    expect(serialOf(H("a"))).toBe("2c2f79f8-f7af-5749-a4d9-80c108bed1f8");
    expect(bom.serialNumber).toBe(`urn:uuid:${serialOf(H("a"))}`);
  });
});

it("the same facts have the same bytes for ever: others need another 'mvgit:form'", () => {
  const sums = Object.values(papers(FULL)).map((document) => hashBytes(Buffer.from(JSON.stringify(document))));
  expect(sums.map((sum) => sum.slice(0, 16))).toMatchInlineSnapshot(`
    [
      "4e2dd5c3f7300f7a",
      "c8b1b4552bda28fc",
    ]
  `);
});

describe("a statement of provenance", () => {
  const { statement } = papers(FULL, { from: { model: "spam", version: 2, packageHash: null } });

  it("is as in-toto and SLSA ask for", () => {
    expect(isStatement(statement), JSON.stringify(isStatement.errors)).toBe(true);
    expect(isStatement({ ...statement, subject: [] })).toBe(false);
    expect(isStatement({ ...statement, subject: [{ name: "x", uri: "https://host/x" }] })).toBe(false);
  });

  it("names weights, code, data and packages", () => {
    expect(statement.subject).toEqual([{ name: "w.bin", digest: { blake3: H("2") } }]);
    const { externalParameters, resolvedDependencies } = statement.predicate.buildDefinition;
    expect(externalParameters).toMatchObject({
      model: "spam",
      version: 3,
      command: FULL.run?.command,
      secrets: ["TOKEN"],
    });
    expect(resolvedDependencies.slice(0, 2)).toEqual([
      { name: "code", digest: { gitTree: FULL.code.tree } },
      { name: "mails", digest: { mvgitManifest: H("1") }, annotations: { files: 2 } },
    ]);
    expect(resolvedDependencies.map(({ uri }) => uri)).toContain("pkg:npm/%40scope/pack@1.2.3");
    expect(statement.predicate.runDetails.metadata).toEqual({
      invocationId: "0a1b2c3d",
      startedOn: "2026-01-02T02:00:00.000Z",
      finishedOn: "2026-01-02T02:01:01.500Z",
    });
  });

  it("of a version without weights is of its package", () => {
    const { statement: saved } = papers(somePackage());
    expect(isStatement(saved), JSON.stringify(isStatement.errors)).toBe(true);
    expect(saved.subject).toEqual([{ name: ".mvgit/models/spam.yaml", digest: { blake3: H("a") } }]);
  });
});

const word = fc.string({ unit: "grapheme", maxLength: 12 });
const name = fc.oneof(word, fc.constantFrom("__proto__", "constructor", "a/b", "a b", "\u0000", "<b>", "\ud800"));
const value = fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null));
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const path = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/);
const files = fc.uniqueArray(
  fc.record({ path, hash, size: fc.nat(), files: fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined }) }),
  { selector: (each) => each.path, maxLength: 4 },
);
const text = (key: string): fc.Arbitrary<Mapping> => fc.dictionary(name, fc.oneof(name, fc.constant(key)));
const environment = fc.record(
  {
    system: text("os"),
    variables: text("HOME"),
    cuda: text("version"),
    seen: fc.constantFrom("processes", "guess", "nothing"),
    interpreters: fc.array(
      fc.record({
        kind: fc.constantFrom("python", "node", "r", "julia"),
        role: fc.constantFrom("program", "helper"),
        version: name,
        implementation: name,
        packages: fc.constantFrom("l", "gone"),
      }),
      { maxLength: 3 },
    ),
    packages: fc.record({
      l: fc.record({
        installed: fc.array(
          fc.tuple(name, name).map(([a, b]) => `${a}==${b}`),
          { maxLength: 5 },
        ),
        origin: fc.dictionary(name, fc.record({ kind: fc.constantFrom("vcs", "archive", "editable"), url: name })),
      }),
    }),
  },
  { requiredKeys: [] },
);

it("any package that can be read has papers that are valid, the same each time, and name each part once", () => {
  fc.assert(
    fc.property(
      fc.record({
        data: files,
        weights: files,
        params: fc.dictionary(name, value),
        environment,
        message: name,
        author: name,
      }),
      (said) => {
        const written = formatPackage(somePackage(said as unknown as Partial<Package>));
        const reading = readPackage(Buffer.from(written));
        if (reading.kind !== "package") throw new Error(reading.kind);
        const [once, again] = [papers(reading.pack), papers(structuredClone(reading.pack))];
        expect(isBom(once.bom), JSON.stringify(isBom.errors)).toBe(true);
        expect(isStatement(once.statement), JSON.stringify(isStatement.errors)).toBe(true);
        expect(JSON.stringify(once)).toBe(JSON.stringify(again));
        const refs = once.bom.components.map((each) => each["bom-ref"]);
        expect(new Set(refs).size).toBe(refs.length);
        for (const { dependsOn = [] } of once.bom.dependencies)
          for (const ref of dependsOn) expect(refs).toContain(ref);
      },
    ),
    { numRuns: 60 },
  );
});

it("a purl is one line without blanks, whatever a package is called", () => {
  const origin: PackageOrigin = { kind: "vcs", url: "https://h/a b?c#d", vcs: null, commit: null, hash: null };
  const pack: RecordedPackage = { name: "a b?c#d", version: "1@2\n", files: null, origin, installer: null };
  expect(purlOf("python", pack)).toBe("pkg:pypi/a%20b%3Fc%23d@1%402%0A?vcs_url=git%2Bhttps:%2F%2Fh%2Fa%20b%3Fc%23d");
  expect(purlOf("julia", { ...pack, origin: null })).toBeNull();
  expect(purlOf("r", { ...pack, name: "ggplot2", version: "3", origin: null })).toBe("pkg:cran/ggplot2@3");
  expect(purlOf("python", { ...pack, version: "" })).toBeNull();
});
