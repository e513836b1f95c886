import { describe, expect, it } from "vitest";
import { environmentsNamedIn, isPython } from "../../src/values/environment-places.ts";
import type { PackageOrigin, RecordedPackage } from "../../src/values/environment-record.ts";
import { notInstalled, whyLacking, wishedEnvironment } from "../../src/values/wished-environment.ts";

function recorded(name: string, version: string, origin: Partial<PackageOrigin> | null = null): RecordedPackage {
  return {
    name,
    version,
    files: null,
    installer: null,
    origin: origin && { kind: "vcs", url: "", vcs: null, commit: null, hash: null, ...origin },
  };
}
const wish = (...packages: RecordedPackage[]): ReturnType<typeof wishedEnvironment> =>
  wishedEnvironment({ version: "3.11.7", packages });
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const HEX = "ab".repeat(32);

describe("what installers are asked for", () => {
  it("is name and version, a commit of Git, an archive by its hash, or a project of the version", () => {
    const found = wish(
      recorded("scikit-learn", "1.4.2"),
      recorded("torch", "2.4.0+cu121"),
      recorded("tool", "1.0", { kind: "vcs", vcs: "git", url: "https://github.com/a/tool.git", commit: COMMIT }),
      recorded("kept", "1.0", { kind: "vcs", vcs: "git", url: "ssh://git@github.com/a/kept", commit: COMMIT }),
      recorded("arch", "2", { kind: "archive", url: "https://example.com/arch-2.whl", hash: `sha256=${HEX}` }),
      recorded("mine", "0.1", { kind: "editable", url: "work tree:." }),
      recorded("part", "0.1", { kind: "folder", url: "work tree:libs/part" }),
      recorded("Scikit_Learn", "9"),
    );
    expect(found.packages.map((each) => each.requirement)).toEqual([
      "scikit-learn==1.4.2",
      "torch==2.4.0+cu121",
      `tool @ git+https://github.com/a/tool.git@${COMMIT}`,
      `kept @ git+ssh://git@github.com/a/kept@${COMMIT}`,
      `arch @ https://example.com/arch-2.whl#sha256=${HEX}`,
    ]);
    expect(found.projects).toEqual([
      { name: "mine", path: "", editable: true },
      { name: "part", path: "libs/part", editable: false },
    ]);
    expect([found.lacking, found.python]).toEqual([[], "3.11.7"]);
  });

  it.each([
    ["--index-url=http://evil", "1"],
    ["-r", "1"],
    ["a b", "1"],
    ["a\n--extra-index-url http://evil", "1"],
    ["a;os_name", "1"],
    ["a[x]", "1"],
    ["a @ file:///etc", "1"],
    ["", "1"],
    ["six", "1 --index-url http://evil"],
    ["six", "1\n-e ."],
    ["six", "*"],
    ["six", "1;python_version"],
    ["six", "-1"],
    ["six", ""],
    ["six", "1 # x"],
    ["six", `1${"0".repeat(200)}`],
  ])("never %j %j", (name, version) => {
    const found = wish(recorded(name, version));
    expect([found.packages, found.projects, found.lacking.length]).toEqual([[], [], 1]);
    expect(found.lacking[0]?.package).not.toMatch(/[\n\r]/);
  });

  it.each([
    ["file:///etc/passwd", COMMIT],
    ["git://host/a", COMMIT],
    ["http://host/a", COMMIT],
    ["ext::sh -c touch% /tmp/x", COMMIT],
    ["https://host/a --upload-pack=x", COMMIT],
    ["https://host/a\n-e .", COMMIT],
    ["https://host/a#egg=b", COMMIT],
    ["https://-oProxyCommand=x/a", COMMIT],
    ["ssh://-oProxyCommand=x/a", COMMIT],
    ["https://user:pw@host/a", COMMIT],
    ["https://host/../a", COMMIT],
    ["https://host/a", "main"],
    ["https://host/a", "--x"],
    ["https://host/${TOKEN}", COMMIT],
  ])("no repository %j at %j", (url, commit) => {
    const found = wish(recorded("tool", "1", { kind: "vcs", vcs: "git", url, commit }));
    expect([found.packages, found.lacking.length]).toEqual([[], 1]);
  });

  it(
    "nothing from folders elsewhere, of other systems than Git, or without a hash; of the Python only what is " +
      "a version",
    () => {
      const found = wish(
        recorded("a", "1", { kind: "editable", url: "/home/u/a" }),
        recorded("b", "1", { kind: "folder", url: "work tree:../b" }),
        recorded("c", "1", { kind: "vcs", vcs: "hg", url: "https://host/c", commit: COMMIT }),
        recorded("d", "1", { kind: "archive", url: "https://host/d.whl" }),
        recorded("e", "1", { kind: "archive", url: "http://host/e.whl", hash: `sha256=${HEX}` }),
        recorded("f", "1", { kind: "editable", url: "home:f" }),
      );
      expect([found.packages, found.projects, found.lacking.map((each) => each.package)]).toEqual([
        [],
        [],
        ["a==1", "b==1", "c==1", "d==1", "e==1", "f==1"],
      ]);
      expect(wishedEnvironment({ version: "3.11 --x", packages: [] }).python).toBe(null);
    },
  );
});

it("what was installed is held against the wish, whatever the spelling of its name", () => {
  const { packages } = wish(recorded("Foo.Bar", "1"), recorded("six", "1.16.0"), recorded("gone", "2"));
  expect(notInstalled({ packages }, ["foo-bar==1", "six==1.15.0"]).map((each) => each.name)).toEqual(["six", "gone"]);
});

it.each([
  [
    "ERROR: Could not find a version that satisfies the requirement six==99 (from versions: 1.0, 1.16.0)\n" +
      "ERROR: No matching distribution found for six==99",
    "your index does not have it",
    false,
  ],
  [
    "error: No solution found\n  cause: Because nosuch was not found in the package registry and you require " +
      "nosuch==1.0",
    "your index does not have it",
    false,
  ],
  [
    "  cause: error sending request for url (http://x/)\n  cause: tcp connect error",
    "the index cannot be reached",
    true,
  ],
  [
    "ERROR: Ignored the following versions that require a different python version: Requires-Python >=3.12",
    "it has no build for this Python",
    false,
  ],
  ["error: subprocess-exited-with-error", "it could not be built", false],
  ["something odd\x1b[31m", "something odd", false],
])("why: %j", (words, why, isUnreachable) => {
  expect(whyLacking(words)).toEqual({ why, isUnreachable });
});

it("environments that a command names, inside the work tree alone", () => {
  expect(environmentsNamedIn([".venv/bin/python", "train.py"], "")).toEqual([".venv"]);
  expect(environmentsNamedIn(["bash", "-c", "source ../envs/gpu/bin/activate && python train.py"], "sub")).toEqual([
    "envs/gpu",
  ]);
  expect(
    environmentsNamedIn(
      ["bash", "-c", ". ./.venv/bin/activate; . /opt/x/bin/activate; ~/y/bin/python; ../../z/bin/python3.11"],
      "sub",
    ),
  ).toEqual(["sub/.venv"]);
  expect(environmentsNamedIn(["python", "bin/python_tool/x", "a/bin/pythonista"], "")).toEqual([]);
  expect(
    ["python", "/usr/bin/python3.11", "pypy3", "C:\\x\\python.exe", "pythonista", "train.py"].map(isPython),
  ).toEqual([true, true, true, true, false, false]);
});
