import { build } from "esbuild";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareEnvironments } from "../../src/values/compare-environments.ts";
import { compareMany } from "../../src/values/compare-many.ts";
import { differences } from "../../src/values/compare-packages.ts";
import type { Scalar } from "../../src/values/document.ts";
import type { Hash } from "../../src/values/hash.ts";
import type { Package, PackageFile } from "../../src/values/package.ts";
import { somePackage } from "../support/versions.ts";

const file = (path: string, letter: string, files?: number): PackageFile => ({
  path: path as PackageFile["path"],
  hash: letter.repeat(64) as Hash,
  size: 3,
  ...(files === undefined ? {} : { files }),
});
const many = (...packs: Partial<Package>[]) =>
  compareMany(packs.map((pack, at) => ({ label: `spam@v${at + 1}`, pack: somePackage({ ...pack, version: at + 1 }) })));
const run = (...command: string[]) => ({
  run: { command, folder: "", started: "2026-01-02T03:04:05Z", seconds: 1, secrets: [], changedInputs: [] },
});

describe("versions side by side", () => {
  it("has what differs, and counts what is alike", () => {
    const report = many(
      { params: { lr: 0.1, seed: 1, opt: null }, origins: { lr: "p.yaml", seed: "p.yaml", opt: "command" } },
      { params: { lr: 0.1, seed: 1 } },
      { params: { lr: 0.2, seed: 1, opt: "adam" }, origins: { lr: "command", seed: "p.yaml", opt: "command" } },
    );
    expect(report.params).toEqual([
      { name: "lr", values: [0.1, 0.1, 0.2], lacks: [], origins: ["p.yaml", null, "command"] },
      { name: "opt", values: [null, null, "adam"], lacks: [1], origins: ["command", null, "command"] },
    ]);
    expect(report.alike).toEqual({ params: 1, scores: 0, data: 0, weights: 0, environment: 0 });
    expect(report.versions.map(({ label, version }) => [label, version])).toEqual([
      ["spam@v1", 1],
      ["spam@v2", 2],
      ["spam@v3", 3],
    ]);
  });

  it("says which score is best, by its name, and of equals all", () => {
    const { scores } = many(
      { metrics: { accuracy: 0.9, loss: 0.3, only: 1, odd: "nan" } },
      { metrics: { accuracy: 0.8, loss: 0.1, odd: 2 } },
      { metrics: { accuracy: 0.9, loss: "inf", odd: 3 } },
    );
    expect(scores.map(({ name, best, lacks }) => [name, best, lacks])).toEqual([
      ["accuracy", [0, 2], []],
      ["loss", [1], []],
      ["odd", [2], []],
      ["only", [], [1, 2]],
    ]);
  });

  it("holds files by their bytes, and groups commands", () => {
    const report = many(
      { data: [file("d", "a", 2), file("s", "b")], ...run("python", "a.py") },
      { data: [file("d", "c", 3), file("s", "b")], weights: [file("w", "d")], ...run("python", "a.py") },
      { data: [file("s", "b")], weights: [file("w", "d")] },
    );
    expect(report.data).toEqual([
      {
        path: "d",
        sides: [{ hash: "a".repeat(64), size: 3, files: 2 }, { hash: "c".repeat(64), size: 3, files: 3 }, null],
      },
    ]);
    expect(report.weights.map(({ path, sides }) => [path, sides.map((side) => side?.size ?? null)])).toEqual([
      ["w", [null, 3, 3]],
    ]);
    expect(report.alike).toMatchObject({ data: 1, weights: 0 });
    expect(report.commands).toEqual([
      { versions: [0, 1], command: ["python", "a.py"] },
      { versions: [2], command: null },
    ]);
    expect(many(run("a"), run("a")).commands).toEqual([]);
  });

  it("packages by any spelling are one row; a version that does not know its packages lacks them", () => {
    const python = (packages: string[] | null) => ({
      environment: {
        seen: "processes",
        interpreters: [
          { kind: "python", role: "program", version: "3.11", executable: "/p", packages: packages && "k" },
        ],
        ...(packages && { packages: { k: { installed: packages, installer: "pip" } } }),
        cpu: { cores: 4 },
      },
    });
    const report = many(
      python(["numpy==1", "torch==2"]),
      python(["numpy==2", "Scikit_learn==1", "torch==2"]),
      python(["numpy==1", "scikit-learn==1", "torch==2"]),
      python(null),
    );
    expect(report.environment).toEqual([
      { name: "python.packages.Scikit_learn", values: [null, "1", "1", null], lacks: [0, 3] },
      { name: "python.packages.numpy", values: ["1", "2", "1", null], lacks: [3] },
    ]);
    expect(report.alike.environment).toBe(3);
  });

  it("of two it tells what `compare` tells", () => {
    const scalar: fc.Arbitrary<Scalar> = fc.oneof(fc.constantFrom<Scalar>(null, true, 0, 1, ""), fc.string());
    const record = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "d.e"), scalar);
    fc.assert(
      fc.property(record, record, (a, b) => {
        const { params, environment } = many(
          { params: a, environment: { x: a } },
          { params: b, environment: { x: b } },
        );
        const wanted = (all: { name: string; a: Scalar | undefined; b: Scalar | undefined }[]) =>
          all.map((each) => [each.name, each.a ?? null, each.b ?? null, each.a === undefined, each.b === undefined]);
        const got = (all: typeof environment) =>
          all.map(({ name, values, lacks }) => [name, ...values, lacks.includes(0), lacks.includes(1)]);
        expect(got(params)).toEqual(wanted(differences(a, b)));
        expect(got(environment)).toEqual(
          wanted(compareEnvironments({ environment: { x: a } }, { environment: { x: b } })),
        );
      }),
    );
  });

  it("needs nothing of Node", async () => {
    const { errors } = await build({
      entryPoints: ["src/values/compare-many.ts"],
      bundle: true,
      write: false,
      platform: "browser",
      format: "esm",
      logLevel: "silent",
    });
    expect(errors).toEqual([]);
  });
});
