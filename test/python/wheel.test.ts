/** The package for Python, as pip installs it, and its own tests in environments that `.ci/servers` makes. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";
import { SEED, THOROUGH } from "../support/thorough.ts";

const run = promisify(execFile);

/** Environments that have pytest, and into which the wheel is installed. */
const environments = (process.env["MVGIT_PYTHONS"] ?? "").split(delimiter).filter((python) => python !== "");
const python = ["python3", "python"].find(
  (name) => spawnSync(name, ["-c", "import sys; assert sys.version_info >= (3, 9)"]).status === 0,
);

describe.skipIf(python === undefined)("the wheel (where Python is)", () => {
  const dist = join(ROOT, "python/dist");
  let scratch: string;

  beforeAll(() => {
    scratch = fs.mkdtempSync(join(tmpdir(), "mvgit-wheel-"));
    execFileSync(process.execPath, [join(ROOT, ".ci/wheel.mjs")], { stdio: "pipe" });
  }, 300_000);

  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

  it("and the sdist have the version of npm's package, and the same bytes whenever they are built", () => {
    const { version } = JSON.parse(fs.readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    const names = [`mvgit-${version}-py3-none-any.whl`, `mvgit-${version}.tar.gz`];
    expect(fs.readdirSync(dist).toSorted()).toEqual(names);
    execFileSync(python as string, [join(ROOT, "python/backend.py"), scratch, "wheel", "sdist"]);
    for (const name of names)
      expect(fs.readFileSync(join(scratch, name)).equals(fs.readFileSync(join(dist, name))), name).toBe(true);
  });

  it("is what its own list says, by its sums", () => {
    const code = [
      "import base64, csv, glob, hashlib, sys, zipfile",
      "with zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0]) as wheel:",
      "    record, = [name for name in wheel.namelist() if name.endswith('/RECORD')]",
      "    listed = {path: sum for path, sum, size in csv.reader(wheel.read(record).decode().splitlines())}",
      "    assert sorted(listed) == sorted(wheel.namelist())",
      "    for path in set(listed) - {record}:",
      "        sum = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(path)).digest()).rstrip(b'=').decode()",
      "        assert listed[path] == 'sha256=' + sum, path",
      "    print(len(listed))",
    ];
    const listed = Number(execFileSync(python as string, ["-c", code.join("\n"), dist], { encoding: "utf8" }));
    expect(listed).toBeGreaterThan(100);
  });

  it("can be built from the sdist, to the same bytes", () => {
    const [sdist] = fs.readdirSync(dist).filter((name) => name.endsWith(".tar.gz"));
    execFileSync("tar", ["-xzf", join(dist, sdist as string), "-C", scratch]);
    const [folder] = fs.readdirSync(scratch).filter((name) => fs.existsSync(join(scratch, name, "pyproject.toml")));
    execFileSync(python as string, [join(scratch, folder as string, "backend.py"), join(scratch, "again"), "wheel"]);
    const [wheel] = fs.readdirSync(join(scratch, "again"));
    expect(
      fs.readFileSync(join(scratch, "again", wheel as string)).equals(fs.readFileSync(join(dist, wheel as string))),
    ).toBe(true);
  });

  it.skipIf(environments.length === 0)(
    "is typed, formatted and without what ruff finds (where MVGIT_PYTHONS is)",
    () => {
      const cache = join(scratch, "cache");
      for (const words of [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]) {
        const { status, stdout, stderr } = spawnSync(
          environments.at(-1) as string,
          ["-m", ...words, "--cache-dir", cache],
          { cwd: join(ROOT, "python"), encoding: "utf8" },
        );
        expect(status, stdout + stderr).toBe(0);
      }
    },
  );

  describe.skipIf(environments.length === 0).concurrent("installed by pip (where MVGIT_PYTHONS is)", () => {
    const env = (): Record<string, string> => ({ PATH: process.env["PATH"] ?? "", HOME: scratch });

    it.each(environments)(
      "into %s, passes its tests there",
      async (environment) => {
        const [wheel] = fs.readdirSync(dist).filter((name) => name.endsWith("-any.whl"));
        const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"];
        await run(environment, [...pip, "--force-reinstall", join(dist, wheel as string)], { env: env() });
        const words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", join(ROOT, "python/tests")];
        // The newest runs about each second, the others each fourth.
        if (!THOROUGH) words.push("--draw", environment === environments.at(-1) ? "2" : "4");
        const { stdout } = await run(environment, words, {
          env: { ...env(), PYTHONDONTWRITEBYTECODE: "1", MVGIT_SEED: String(SEED) },
          maxBuffer: 2 ** 26,
        }).catch((error: { stdout: string }) => expect.fail(error.stdout));
        expect(stdout).toMatch(/\d+ passed/);
      },
      900_000,
    );
  });
});
