/** The package for Python, as pip installs it, and its own tests in environments that `.ci/servers` makes. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";
import { SEED, THOROUGH } from "../support/thorough.ts";
import { makeVenv, nativePlatform, pipInstall, toolsFolder } from "../support/venv.ts";

const run = promisify(execFile);

/** Environments that have pytest, and into which the wheel is installed. */
const environments = (process.env["MVGIT_PYTHONS"] ?? "").split(delimiter).filter((python) => python !== "");
const python = ["python3", "python"].find(
  (name) => spawnSync(name, ["-c", "import sys; assert sys.version_info >= (3, 9)"]).status === 0,
);

/** Of this machine, where its native parts are installed. */
const platform = nativePlatform(ROOT);

describe.skipIf(python === undefined)("the wheel (where Python is)", () => {
  const dist = join(ROOT, "python/dist");
  let scratch: string;

  beforeAll(() => {
    scratch = fs.mkdtempSync(join(tmpdir(), "mvgit-wheel-"));
    const platforms = platform === undefined ? [] : [platform];
    execFileSync(process.execPath, [join(ROOT, ".ci/wheel.mjs"), ...platforms], { stdio: "pipe" });
  }, 300_000);

  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

  it("and the sdist have the version of npm's package, and the same bytes whenever they are built", () => {
    const { version } = JSON.parse(fs.readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    const names = [`mvgit-${version}-py3-none-any.whl`, `mvgit-${version}.tar.gz`];
    expect(fs.readdirSync(dist)).toEqual(expect.arrayContaining(names));
    expect(fs.readdirSync(dist)).toHaveLength(platform === undefined ? 2 : 3);
    execFileSync(python as string, [join(ROOT, "python/backend.py"), scratch, "wheel", "sdist"]);
    for (const name of names)
      expect(fs.readFileSync(join(scratch, name)).equals(fs.readFileSync(join(dist, name))), name).toBe(true);
  });

  it("is what its own lists say: its sums, its tags, its licenses", () => {
    const code = [
      "import base64, csv, email, glob, hashlib, re, sys, zipfile",
      "for place in glob.glob(sys.argv[1] + '/*.whl'):",
      "  with zipfile.ZipFile(place) as wheel:",
      "    text = lambda end: [wheel.read(name).decode() for name in wheel.namelist() if name.endswith(end)][0]",
      "    record, = [name for name in wheel.namelist() if name.endswith('.dist-info/RECORD')]",
      "    listed = {path: sum for path, sum, size in csv.reader(text('/RECORD').splitlines())}",
      "    assert sorted(listed) == sorted(set(wheel.namelist())) == sorted(wheel.namelist())",
      "    for path in set(listed) - {record}:",
      "        sum = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(path)).digest()).rstrip(b'=').decode()",
      "        assert listed[path] == 'sha256=' + sum, path",
      "    tags = email.message_from_string(text('.dist-info/WHEEL')).get_all('Tag')",
      "    assert tags == ['py3-none-' + each for each in place[:-4].split('-none-')[1].split('.')], tags",
      "    told = email.message_from_string(text('.dist-info/METADATA'))",
      "    for name in told.get_all('License-File'):",
      "        assert len(text('/licenses/' + name)) > 1000",
      "    others = re.findall(r'^[@\\w./-]+ \\d[\\w.-]+: ([^\\n]+)$', text('THIRD-PARTY-LICENSES'), re.M)",
      "    assert len(others) > 50 and all(each in told['License-Expression'] for each in others if ' ' not in each)",
      "    for name in ('preact', 'uplot', '@aws-sdk/client-s3', 'blake3-wasm', '@napi-rs/blake-hash'):",
      "        assert '\\n%s ' % name in text('THIRD-PARTY-LICENSES'), name",
      "    try: from packaging.metadata import Metadata",
      "    except ImportError: continue",
      "    Metadata.from_email(text('.dist-info/METADATA').encode())",
      "    print(len(listed))",
    ];
    const told = execFileSync(environments.at(-1) ?? (python as string), ["-c", code.join("\n"), dist], {
      encoding: "utf8",
    });
    for (const count of told.trim().split("\n")) expect(count === "" ? 101 : Number(count)).toBeGreaterThan(100);
  });

  it("has npm's number as PEP 440 writes it", () => {
    const code = [
      "import sys; sys.path.insert(0, sys.argv[1]); from backend import python_version",
      "for each in sys.argv[2:]:",
      "    try: print(python_version(each))",
      "    except ValueError as error: print(error)",
    ];
    const forms = ["1.2.3", "0.2.0-alpha.1", "0.2.0-beta.12", "1.0.0-rc.0"];
    const odd = ["1.2.3-beta", "1.2.3+build", "1.2", "1.2.3-next.1", " 1.2.3"];
    const words = ["-B", "-c", code.join("\n"), join(ROOT, "python"), ...forms, ...odd];
    const told = execFileSync(python as string, words, { encoding: "utf8" })
      .trimEnd()
      .split("\n");
    expect(told.slice(0, 4)).toEqual(["1.2.3", "0.2.0a1", "0.2.0b12", "1.0.0rc0"]);
    for (const line of told.slice(4)) expect(line).toContain("is not in one of the forms");
    expect(told).toHaveLength(9);
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

  describe.skipIf(environments.length === 0)(
    "in a fresh environment, without Node or a network (where MVGIT_PYTHONS is)",
    () => {
      const [oldest = "", newest = oldest] = [environments[0], environments.at(-1)];
      let env: Record<"PATH" | "HOME" | "GIT_CONFIG_NOSYSTEM", string>;

      beforeAll(() => {
        env = { PATH: toolsFolder(join(scratch, "tools")), HOME: join(scratch, "home"), GIT_CONFIG_NOSYSTEM: "1" };
        fs.mkdirSync(join(scratch, "repository"));
        execFileSync("git", ["init", "-q"], { cwd: join(scratch, "repository") });
      });

      const hashing = (bin: string): string => {
        const { stdout } = spawnSync(join(bin, "mvgit"), ["doctor"], {
          env,
          cwd: join(scratch, "repository"),
          encoding: "utf8",
        });
        expect(stdout).toMatch(/^ok {2}node: v2\d\./m);
        return /^ok {2}hashing: BLAKE3, (\w+)/m.exec(stdout)?.[1] ?? stdout;
      };

      it.skipIf(platform === undefined)(
        "pip takes that of the machine, whose native parts are loaded (where npm installed them)",
        async () => {
          const venv = await makeVenv(newest, join(scratch, "native"));
          await pipInstall(newest, venv, ["--find-links", dist, "mvgit"], env);
          expect(hashing(venv.bin)).toBe("native");
          fs.rmSync(venv.folder, { recursive: true });
        },
      );

      it("the first five minutes", async () => {
        const top = join(scratch, "erste fünf Minuten");
        const venv = await makeVenv(newest, join(top, "my env"));
        await pipInstall(newest, venv, ["--find-links", dist, "mvgit"], env);
        const config = "[user]\n\tname = T\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n";
        fs.writeFileSync(join(top, "gitconfig"), config);
        const bare = { ...env, HOME: join(top, "home"), GIT_CONFIG_GLOBAL: join(top, "gitconfig"), LANG: "C.UTF-8" };
        const active = { ...bare, PATH: `${venv.bin}${delimiter}${bare.PATH}` };
        const at = (
          folder: string,
          words: string[],
          status = 0,
          variables: Record<string, string> = active,
        ): string => {
          const [program = "", ...rest] = words;
          const done = spawnSync(program, rest, { cwd: join(top, folder), env: variables, encoding: "utf8" });
          expect(done.status, `${words.join(" ")}\n${done.error}\n${done.stdout}${done.stderr}`).toBe(status);
          return done.stdout + done.stderr;
        };
        const git = (...words: string[]): string => at("work", ["git", ...words]);
        const mvgit = (...words: string[]): string => at("work", ["mvgit", ...words]);

        expect(spawnSync("node", ["--version"], { env: active }).error).toBeDefined();
        at(".", ["git", "init", "-q", "--bare", "host.git"]);
        at(".", ["git", "clone", "-q", "host.git", "work"]);
        expect(mvgit("init", "--remote", "../store")).toContain("hooks run: pre-commit, pre-push");
        fs.writeFileSync(join(top, "work/weights.bin"), Buffer.alloc(8 * 2 ** 20, "weights"));
        git("add", "weights.bin");
        expect(at("work", ["git", "commit", "-qm", "First model"], 1)).toContain("mend it with: mvgit add weights.bin");
        expect(mvgit("add", "weights.bin")).toContain("Git no longer keeps 'weights.bin' itself");
        expect(git("commit", "-qm", "First model") + git("push", "-q", "origin", "HEAD")).toContain(
          "pushed 1 blob to remote 'store'",
        );

        const train =
          "import mvgit\nmvgit.params(lr=0.1)\nmvgit.metrics(accuracy=0.9)\n" +
          "assert mvgit.command(['ls'])['tracked']\nopen('out.bin', 'wb').write(b'trained')\n";
        fs.writeFileSync(join(top, "work/train.py"), train);
        git("add", "train.py");
        git("commit", "-qm", "training");
        expect(mvgit("run", "spam", "--weights", "out.bin", "-m", "first", "--", "python", "train.py")).toContain(
          "spam@v1  accuracy 0.9",
        );
        git("push", "-q");
        expect(mvgit("promote", "spam@v1", "production", "-m", "first one in use")).toContain("spam#production is v1");

        at(".", ["git", "clone", "-q", "host.git", "colleague"]);
        at("colleague", ["mvgit", "init", "--remote", "../store"]);
        expect(at("colleague", ["mvgit", "pull"])).toContain("checked out: 2 files made");
        expect(fs.readFileSync(join(top, "colleague/weights.bin")).length).toBe(8 * 2 ** 20);
        at("colleague", [
          "mvgit",
          "get",
          join(top, "host.git"),
          "spam#production",
          "--remote",
          join(top, "store"),
          "-o",
          "../served",
        ]);
        expect(fs.readFileSync(join(top, "served/out.bin"), "utf8")).toBe("trained");
        const code = "import mvgit; print(repr((mvgit.get('spam#production') / 'out.bin').read_text()))";
        expect(at("colleague", ["python", "-c", code])).toBe("'trained'\n");

        // Nothing of the environment is active, and no Node on PATH: hooks find both. One is not even at home.
        const { HOME: _, ...homeless } = bare;
        fs.copyFileSync(join(top, "work/weights.bin"), join(top, "work/copy.bin"));
        git("add", "copy.bin");
        for (const variables of [bare, homeless])
          expect(at("work", ["git", "commit", "-qm", "x"], 1, variables)).toContain("mend it with: mvgit add copy.bin");
        git("reset", "-q");

        // It moves: the hook says where it was; the one that is moved puts itself in, by python -m.
        fs.renameSync(venv.folder, join(top, "moved"));
        fs.appendFileSync(join(top, "work/train.py"), "\n");
        expect(at("work", ["git", "commit", "-qam", "y"], 0, bare)).toContain(
          `not found at '${venv.packages}/mvgit/_program/bin/mvgit', nor on PATH; run 'mvgit hooks install'`,
        );
        expect(at("work", ["git", "push", "-q"], 1, bare)).toContain("the program is not found at");
        expect(at("work", ["git", "log", "-p", "-3"], 0, bare)).toContain("+size: 7\n");
        at("work", [join(top, "moved/bin/python"), "-m", "mvgit", "hooks", "install"], 0, bare);
        at("work", ["git", "push", "-q"], 0, bare);
        fs.rmSync(top, { recursive: true });
      }, 240_000);

      it("by --target, as links of pipx, and beside another version in another environment", async () => {
        const venv = await makeVenv(oldest, join(scratch, "one"));
        const [wheel] = fs.readdirSync(dist).filter((name) => name.endsWith("-any.whl"));
        const file = join(dist, wheel as string);
        const target = join(scratch, "target");
        await pipInstall(oldest, venv, ["--no-deps", "--target", target, file], env);
        const variables = { ...env, PYTHONPATH: target };
        const from = (words: string[], status = 0): string => {
          const [program = "", ...rest] = words;
          const done = spawnSync(program, rest, { cwd: join(scratch, "repository"), env: variables, encoding: "utf8" });
          expect(done.status, done.stdout + done.stderr).toBe(status);
          return done.stdout;
        };
        expect(from([venv.python, "-m", "mvgit", "--json", "ls"])).toContain('"tracked":[]');
        fs.symlinkSync(join(target, "bin/mvgit"), join(scratch, "mvgit"));
        expect(from([join(scratch, "mvgit"), "--json", "ls"])).toContain('"tracked":[]');

        await pipInstall(oldest, venv, [file], env);
        variables.PYTHONPATH = "";
        from([venv.python, "-m", "mvgit", "hooks", "install"]);
        const other = await makeVenv(newest, join(scratch, "two"));
        await pipInstall(newest, other, [file], env);
        // Each says that the hooks are the other's, and works; nobody puts itself in without being asked.
        expect(from([join(other.bin, "mvgit"), "hooks", "status"])).toContain(
          "pre-push       does not run as it should: it is of another version or place of mvgit",
        );
        from([join(other.bin, "mvgit"), "ls"]);
        expect(from([join(venv.bin, "mvgit"), "hooks", "status"])).toContain("pre-push       runs");
        // Put in anew, in its place.
        await pipInstall(oldest, venv, ["--force-reinstall", "--no-deps", file], env);
        expect(from([join(venv.bin, "mvgit"), "hooks", "status"])).toContain("pre-push       runs");
      }, 240_000);

      it("the sdist is installed, and is the wheel for any machine", async () => {
        const venv = await makeVenv(oldest, join(scratch, "from source"));
        const [sdist] = fs.readdirSync(dist).filter((name) => name.endsWith(".tar.gz"));
        await pipInstall(oldest, venv, [join(dist, sdist as string)], env);
        expect(hashing(venv.bin)).toBe("WebAssembly");
        fs.rmSync(venv.folder, { recursive: true });
      });
    },
  );

  describe.skipIf(environments.length === 0).concurrent("installed by pip (where MVGIT_PYTHONS is)", () => {
    const env = (): Record<string, string> => ({ PATH: process.env["PATH"] ?? "", HOME: scratch, TMPDIR: tmpdir() });

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
