import { describe, expect, it } from "vitest";
import { compareInterpreters } from "../../src/values/compare-interpreters.ts";
import type { Mapping } from "../../src/values/document.ts";
import type {
  EnvironmentRecord,
  RecordedInterpreter,
  RecordedPackage,
  Seen,
} from "../../src/values/environment-record.ts";
import { movedEnvironment } from "../../src/values/reproduction.ts";
import { readTreeRecord } from "../../src/values/tree-record.ts";

const pack = (text: string, more: Partial<RecordedPackage> = {}): RecordedPackage => {
  const [name = "", version = ""] = text.split("==");
  return { name, version, files: null, origin: null, installer: "pip", ...more };
};
const python = (packages: RecordedPackage[] | null, more: Partial<RecordedInterpreter> = {}): RecordedInterpreter => ({
  kind: "python",
  role: "program",
  executable: { place: "work tree", path: ".venv/bin/python" },
  version: "3.11.7",
  implementation: "CPython",
  build: {},
  prefix: null,
  command: [],
  path: [],
  packages,
  libraries: [],
  ...more,
});
const seen = (interpreters: RecordedInterpreter[], how: Seen | null = "processes"): EnvironmentRecord => ({
  seen: how,
  interpreters,
});
const editable = (url: string): Partial<RecordedPackage> => ({
  origin: { kind: "editable", url, vcs: null, commit: null, hash: null },
});

describe("interpreters then and now", () => {
  it("are the same where version, packages, origins and files are, whatever the spelling of a name", () => {
    expect(
      compareInterpreters(
        seen([python([pack("Foo_Bar==1", { files: "aa" })])]),
        seen([python([pack("foo-bar==1", { files: "aa" })])]),
      ),
    ).toEqual({ differences: [], unknown: null });
  });

  it("differ in versions, in what is lacking or more, in origins, and in the files of one version", () => {
    const then = seen([
      python([
        pack("numpy==1.26.4"),
        pack("gone==1"),
        pack("mine==0.1", editable("work tree:.")),
        pack("odd==1", { files: "aaaaaaaaaaaa" }),
      ]),
    ]);
    const now = seen([
      python(
        [
          pack("numpy==2.0.1"),
          pack("more==1"),
          pack("mine==0.1", editable("home:proj")),
          pack("odd==1", { files: "bbbbbbbbbbbb" }),
        ],
        { version: "3.12.1" },
      ),
    ]);
    expect(compareInterpreters(then, now).differences).toEqual([
      { name: "python.version", a: "3.11.7", b: "3.12.1" },
      { name: "python.packages.gone", a: "1", b: undefined },
      { name: "python.packages.mine", a: "0.1, editable work tree:.", b: "0.1, editable home:proj" },
      { name: "python.packages.more", a: undefined, b: "1" },
      { name: "python.packages.numpy", a: "1.26.4", b: "2.0.1" },
      { name: "python.packages.odd", a: "1, files aaaaaaaaaa", b: "1, files bbbbbbbbbb" },
    ]);
  });

  it("differ in the folders of PYTHONPATH, in their order, and not in one that is named twice", () => {
    const [src, lib] = [
      { place: "work tree" as const, path: "src" },
      { place: "elsewhere" as const, path: "/opt/lib" },
    ];
    const paths = (a: RecordedInterpreter["path"], b: RecordedInterpreter["path"]): unknown =>
      compareInterpreters(seen([python([], { path: a })]), seen([python([], { path: b })])).differences;
    expect(paths([src, lib], [src, src, lib])).toEqual([]);
    expect(paths([], [lib])).toEqual([{ name: "python.path", a: undefined, b: "/opt/lib" }]);
    expect(paths([src, lib], [lib, src])).toEqual([
      { name: "python.path", a: "work tree:src, /opt/lib", b: "/opt/lib, work tree:src" },
    ]);
    expect(
      compareInterpreters(seen([python([], { executable: null })], null), seen([python([], { path: [lib] })]))
        .differences,
    ).toEqual([]);
  });

  it("of several, each has its own counterpart; one that did not run now is told; helpers are none of it", () => {
    const other = python([pack("six==1")], {
      executable: { place: "elsewhere", path: "/usr/bin/python3" },
      version: "3.9.2",
    });
    const helper = python([pack("poetry==1")], {
      role: "helper",
      executable: { place: "elsewhere", path: "/opt/poetry" },
    });
    expect(
      compareInterpreters(seen([python([pack("a==1")]), other, helper]), seen([other, python([pack("a==1")])])),
    ).toEqual({ differences: [], unknown: null });
    // One more that is called otherwise, and is the same one; and one that is another.
    expect(compareInterpreters(seen([other]), seen([other, python([pack("six==1")], { version: "3.9.2" })]))).toEqual({
      differences: [],
      unknown: null,
    });
    expect(compareInterpreters(seen([other]), seen([other, python([])]))).toEqual({
      differences: [],
      unknown: "python 3.11.7 (work tree:.venv/bin/python) ran now as well, and was not seen then",
    });
    expect(compareInterpreters(seen([python([]), other]), seen([python([])])).differences).toEqual([
      { name: "python.version", a: "3.9.2", b: undefined },
    ]);
  });

  it.each([
    [seen([], null), seen([python([])]), "the version does not say which interpreters it had"],
    [seen([], "nothing"), seen([], "nothing"), "no interpreter was seen when it was made"],
    [seen([python([])], "guess"), seen([python([])]), "which interpreter the version had was guessed from PATH"],
    [seen([python([])]), seen([python([])], "guess"), "which interpreter runs now is guessed from PATH"],
    [
      seen([python([], { path: [{ place: "home", path: "lib" }] })]),
      seen([python([], { path: [{ place: "home", path: "lib" }] })]),
      "the code in 'home:lib' (PYTHONPATH) is not recorded",
    ],
    [
      seen([python([pack("a==1", editable("/opt/a"))])]),
      seen([python([pack("a==1", editable("/opt/a"))])]),
      "the code in '/opt/a' ('a', installed with '-e') is not recorded",
    ],
    [
      seen([python(null, { version: "" })]),
      seen([python(null, { version: "" })]),
      "the packages of python are not known",
    ],
    [seen([python(null)]), seen([python([])]), "the packages of python 3.11.7 are not known"],
  ])("are not said to be the same where too little is known", (then, now, unknown) => {
    expect(compareInterpreters(then, now)).toEqual({ differences: [], unknown });
  });
});

it("an environment is as recorded, differs, or is not known to be either", () => {
  const then: Mapping = {
    python: { version: "3.11.7", implementation: "CPython", packages: ["six==1"] },
    system: { os: "Linux" },
    tree: { folders: ["a"] },
    container: { id: "x" },
  };
  const made = { outputs: { tracked: ["w.bin"], lacking: ["x.bin"] } };
  expect(movedEnvironment({ ...then, ...made }, { ...then, tree: {}, container: { id: "y" } })).toEqual({
    state: "as recorded",
    differences: [],
    unknown: null,
  });
  expect(movedEnvironment(then, { ...then, system: { os: "Darwin" } })).toEqual({
    state: "differs",
    differences: [{ name: "system.os", a: "Linux", b: "Darwin" }],
    unknown: null,
  });
  expect(movedEnvironment(then, then, { missing: [".venv"], modules: [], lacking: [] })).toMatchObject({
    state: "differs",
    differences: [{ name: ".venv", a: "there", b: undefined }],
  });
  expect(movedEnvironment(then, then, { missing: [], modules: ["node_modules"], lacking: [] })).toMatchObject({
    state: "not known",
    unknown: "the files in 'node_modules' are not recorded",
  });
  expect(movedEnvironment({}, {}, { missing: [], modules: [], lacking: ["lost==1"] })).toMatchObject({
    state: "differs",
    differences: [{ name: "lost==1", a: "recorded", b: undefined }],
  });
  expect(movedEnvironment({ system: { os: "Linux" } }, { system: { os: "Linux" } })).toMatchObject({
    state: "not known",
    differences: [],
  });
});

it("what a package says of the tree is read as far as it can be used, and no further", () => {
  expect(readTreeRecord({})).toBe(null);
  expect(readTreeRecord({ tree: ["x"] })).toBe(null);
  const id = "a".repeat(40);
  const tree: Mapping = {
    folders: ["ok", "../up", "/abs", ".git/hooks", 3, "a\\b"],
    environments: "no",
    ignored: [".env"],
    repositories: [
      { path: "lib", kind: "nested", id },
      { path: "../lib", kind: "nested", id },
      { path: "b", kind: "other", id },
      { path: "c", kind: "nested", id: "--upload-pack" },
      { path: "d", kind: "submodule", id: null, patch: 4, blake3: "zz" },
      "x",
    ],
  };
  expect(readTreeRecord({ tree })).toEqual({
    folders: ["ok"],
    environments: [],
    ignored: [".env"],
    repositories: [
      { path: "lib", kind: "nested", commit: id, patch: null, patchHash: null },
      { path: "d", kind: "submodule", commit: null, patch: null, patchHash: null },
    ],
  });
});
