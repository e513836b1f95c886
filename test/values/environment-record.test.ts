import { expect, test } from "vitest";
import { formatDocument, readDocument, type Mapping } from "../../src/values/document.ts";
import {
  type EnvironmentRecord,
  environmentSections,
  readEnvironmentRecord,
  type RecordedInterpreter,
  type RecordedPackage,
} from "../../src/values/environment-record.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";

const PACKAGES: RecordedPackage[] = [
  { name: "__proto__", version: "1", files: null, origin: null, installer: null },
  {
    name: "mine",
    version: "0.1",
    files: "a".repeat(64),
    origin: { kind: "editable", url: "work tree:lib", vcs: null, commit: null, hash: null },
    installer: "pip",
  },
  { name: "numpy", version: "1.26.4", files: "b".repeat(64), origin: null, installer: "uv" },
  {
    name: "tool",
    version: "2.0",
    files: null,
    origin: { kind: "vcs", url: "https://example.com/tool.git", vcs: "git", commit: "c".repeat(40), hash: null },
    installer: "uv",
  },
];
const PYTHON: RecordedInterpreter = {
  kind: "python",
  role: "program",
  executable: { place: "work tree", path: ".venv/bin/python" },
  version: "3.11.7",
  implementation: "CPython",
  build: { text: "3.11.7 (main)", abi: "cpython-311" },
  prefix: { place: "work tree", path: ".venv", kind: "venv", manager: "uv" },
  command: [".venv/bin/python", "train.py"],
  path: [{ place: "work tree", path: "src" }],
  packages: PACKAGES,
  libraries: ["libcudart.so.12"],
};
const keyOf = (list: string): string => hashBytes(Buffer.from(list)).slice(0, 16);

/** As a package file gives it back. */
function written(record: EnvironmentRecord): Mapping {
  const reading = readDocument(formatDocument(environmentSections(record, keyOf)));
  if ("reason" in reading) throw new Error(reading.reason);
  return reading.mapping;
}

test("a record is read as it was written, and a list that two interpreters share stands once", () => {
  const record: EnvironmentRecord = {
    seen: "processes",
    interpreters: [
      PYTHON,
      {
        ...PYTHON,
        role: "helper",
        executable: { place: "elsewhere", path: "/usr/bin/python3" },
        prefix: null,
        build: {},
        path: [],
        libraries: [],
        command: [],
      },
      { ...PYTHON, packages: null },
    ],
  };
  const mapping = written(record);
  expect(Object.keys(mapping["packages"] as Mapping)).toHaveLength(1);
  expect(readEnvironmentRecord(mapping)).toEqual(record);
});

test("what versions of before recorded is read as one interpreter of which nothing else is known", () => {
  const { seen, interpreters } = readEnvironmentRecord({
    python: { version: "3.9.1", implementation: "CPython", packages: ["numpy==1.2", "broken"] },
  });
  expect([seen, interpreters.length, interpreters[0]?.executable]).toEqual([null, 1, null]);
  expect(interpreters[0]?.packages).toEqual([
    { name: "numpy", version: "1.2", files: null, origin: null, installer: null },
  ]);
  expect(readEnvironmentRecord({})).toEqual({ seen: null, interpreters: [] });
});

test("hostile values are left out and nothing is thrown", () => {
  const hostile: Mapping = {
    seen: "processes",
    packages: {
      k: {
        installed: ["__proto__==1", 3, null, "==x"],
        files: ["no"],
        origin: { __proto__: null, a: 1 },
        installer: {},
      },
    },
    interpreters: [
      null,
      "x",
      { kind: "perl" },
      {
        kind: "python",
        packages: "constructor",
        executable: 5,
        prefix: { place: "moon", path: "x" },
        command: [1, "a"],
        path: "x",
        build: [],
      },
      { kind: "python", packages: "k" },
    ],
  };
  const { interpreters } = readEnvironmentRecord(hostile);
  expect(interpreters.map(({ packages, command, prefix }) => [packages?.length ?? null, command, prefix])).toEqual([
    [null, ["a"], null],
    [1, [], null],
  ]);
  expect(Object.prototype).not.toHaveProperty("x");
  expect(readEnvironmentRecord({ seen: [], interpreters: {}, packages: 1, python: [] } as unknown as Mapping)).toEqual({
    seen: null,
    interpreters: [],
  });
});

test("five hundred packages of three interpreters fit well", () => {
  const many = (salt: string): RecordedPackage[] =>
    Array.from({ length: 500 }, (_, at) => ({
      name: `package-${salt}-${at}`,
      version: "1.2.3",
      files: hashBytes(Buffer.from(`${salt}${at}`)),
      origin: null,
      installer: "pip",
    }));
  const text = JSON.stringify(
    environmentSections(
      { seen: "processes", interpreters: ["a", "b", "c"].map((salt) => ({ ...PYTHON, packages: many(salt) })) },
      keyOf,
    ),
  );
  expect(text.length).toBeLessThan(400_000);
});
