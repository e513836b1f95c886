import { expect, test } from "vitest";
import { compareEnvironments } from "../../src/values/compare-environments.ts";
import type { Mapping } from "../../src/values/document.ts";
import {
  type EnvironmentRecord,
  environmentSections,
  type RecordedInterpreter,
  type RecordedPackage,
} from "../../src/values/environment-record.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";

const one = (name: string, version: string, more: Partial<RecordedPackage> = {}): RecordedPackage => ({
  name,
  version,
  files: null,
  origin: null,
  installer: "pip",
  ...more,
});
const python = (packages: RecordedPackage[], more: Partial<RecordedInterpreter> = {}): RecordedInterpreter => ({
  kind: "python",
  role: "program",
  executable: { place: "work tree", path: ".venv/bin/python" },
  version: "3.11.7",
  implementation: "CPython",
  build: { text: "3.11.7 (main) [GCC]" },
  prefix: null,
  command: [],
  path: [],
  packages,
  libraries: [],
  ...more,
});
const environment = (...interpreters: RecordedInterpreter[]): Mapping =>
  environmentSections({ seen: "processes", interpreters } satisfies EnvironmentRecord, (list) =>
    hashBytes(Buffer.from(list)).slice(0, 16),
  );
const compare = (a: Mapping, b: Mapping): (string | undefined)[][] =>
  compareEnvironments({ environment: a }, { environment: b }).map(({ name, a: x, b: y }) =>
    [name, x, y].map((each) => (each === undefined ? undefined : String(each))),
  );

test(
  "versions of before and of now: the same packages by other spellings are the same, and what one side cannot " +
    "know is passed over",
  () => {
    const before: Mapping = {
      python: { version: "3.11.7", implementation: "CPython", packages: ["Scikit_Learn==1.4", "gone==1"] },
      cpu: { cores: 4 },
    };
    const now = {
      ...environment(python([one("scikit-learn", "1.4", { files: "a".repeat(64) }), one("new", "2")])),
      cpu: { cores: 8 },
    };
    expect(compare(before, now)).toEqual([
      ["cpu.cores", "4", "8"],
      ["python.packages.gone", "1", undefined],
      ["python.packages.new", undefined, "2"],
    ]);
    expect(compare(before, before)).toEqual([]);
  },
);

test(
  "a package of one version that is another all the same: its files, where it is from, a Python that was built " +
    "otherwise",
  () => {
    const commit = "c".repeat(40);
    const a = environment(
      python([one("x", "1", { files: "a".repeat(64) }), one("y", "1"), one("z", "1", { files: null })]),
    );
    const vcs = { kind: "vcs", url: "https://example.com/y.git", vcs: "git", commit, hash: null } as const;
    const b = environment(
      python(
        [
          one("x", "1", { files: "b".repeat(64) }),
          one("y", "1", { origin: vcs }),
          one("z", "1", { files: "f".repeat(64) }),
        ],
        { build: { text: "3.11.7 (conda)" } },
      ),
    );
    expect(compare(a, b).map(([name]) => name)).toEqual(["python.build", "python.packages.x", "python.packages.y"]);
    expect(compare(a, b)[2]).toEqual([
      "python.packages.y",
      "1, of an index",
      `1, vcs https://example.com/y.git@${commit}`,
    ]);
  },
);

test("interpreters beside the program, paths and keys of lists make no difference; a second program does", () => {
  const a = environment(python([one("x", "1")]), python([one("poetry", "1")], { role: "helper" }));
  expect(
    compare(a, environment(python([one("x", "1")], { executable: { place: "elsewhere", path: "/env/bin/python" } }))),
  ).toEqual([]);
  expect(compare(a, environment(python([one("x", "1")]), python([one("q", "1")], { version: "3.9.1" })))).toEqual([
    ["python.version", undefined, "3.9.1"],
  ]);
});

test("the rest by name: lock files by path, GPUs by number, hostile values as they are", () => {
  const locks = (hash: string): Mapping => ({
    locks: [{ path: "uv.lock", blake3: hash, packages: ["a==1"] }],
    gpus: [{ name: "A100" }],
    conda: { packages: ["a==1=0"], explicit: [hash] },
    odd: [[1], null, 3],
  });
  expect(compare(locks("a"), locks("b"))).toEqual([["locks.uv.lock", "a", "b"]]);
  expect(compare({ python: [1], packages: 3, interpreters: "x" } as unknown as Mapping, {})).toEqual([]);
});
