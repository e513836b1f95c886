/** Which Python a process was, and what it has installed. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { interpreterKind, isTool, pythonCommand, taskOf } from "../../src/program/interpreters/kinds.ts";
import { readNodePackages, readR } from "../../src/program/interpreters/others.ts";
import { readPythonPackages } from "../../src/program/interpreters/python-packages.ts";
import { type Called, placePython } from "../../src/program/interpreters/python.ts";

let root: string;
beforeEach(() => void (root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-test-")))));
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function write(path: string, text = "", mode = 0o644): string {
  const file = join(root, path);
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
  return file;
}

function link(path: string, to: string): void {
  fs.mkdirSync(dirname(join(root, path)), { recursive: true });
  fs.symlinkSync(to, join(root, path));
}

describe("an interpreter is told", () => {
  it("by the name of its file", () => {
    expect(
      [
        "python",
        "python3.11",
        "python3.13t",
        "pypy3.10",
        "Python",
        "python3-dbg",
        "node",
        "R",
        "julia",
        "python-config",
        "nodemon",
        "bash",
        "ipython",
      ].map((name) => interpreterKind(`/usr/bin/${name}`)),
    ).toEqual([
      "python",
      "python",
      "python",
      "python",
      "python",
      "python",
      "node",
      "r",
      "julia",
      null,
      null,
      null,
      null,
    ]);
  });

  it.each([
    [["python", "train.py", "-m", "x"], { what: "script", name: "train.py" }, ""],
    [["python", "-u", "-X", "dev", "-W", "ignore", "-m", "pkg.train"], { what: "module", name: "pkg.train" }, "u"],
    [["python", "-Xdev", "-ucprint(1)", "x.py"], { what: "code", name: "print(1)" }, "u"],
    [["python", "-IBc", "x"], { what: "question", name: "x" }, "IB"],
    [["python", "--check-hash-based-pycs", "always", "t.py"], { what: "script", name: "t.py" }, ""],
    [["python", "-"], { what: "input" }, ""],
    [["python"], { what: "input" }, ""],
    [["python", "-m"], { what: "module", name: "" }, ""],
  ])("what it was told to run: %j", (argv, task, flags) => {
    expect(pythonCommand(argv)).toEqual({ task, flags });
  });

  it("whether that is a tool, or a program", () => {
    const tool = (...argv: string[]): boolean => isTool(taskOf("python", ["python", ...argv]));
    expect([
      tool("/opt/poetry/bin/poetry", "run"),
      tool("-m", "pip", "install"),
      tool("-m", "torch.distributed.launch", "x.py"),
      tool("-c", "from multiprocessing.spawn import spawn_main; spawn_main()"),
      tool("-Ic", "import sys"),
    ]).toEqual([true, true, true, true, true]);
    expect([tool("train.py"), tool("-m", "pkg.train"), tool("-c", "import pkg")]).toEqual([false, false, false]);
  });
});

describe("the place of a Python", () => {
  const python = (): string => write("base/bin/python3.11", "x", 0o755);
  const place = (called: Partial<Called> & { exe: string }): ReturnType<typeof placePython> =>
    placePython({ argv: ["python"], env: {}, cwd: root, ...called });
  const venv = (name: string, settings = "home = /base/bin\n"): void => {
    write(`${name}/pyvenv.cfg`, settings);
    link(`${name}/bin/python`, join(root, "base/bin/python3.11"));
  };

  it("in a virtual environment is the link that it was called by: absolute, relative to its folder, by PATH", () => {
    const exe = python();
    venv("work/.venv", "home = x\nuv = 0.5\nversion_info = 3.11.7\n");
    const expected = {
      executable: join(root, "work/.venv/bin/python"),
      kind: "venv",
      prefix: join(root, "work/.venv"),
      manager: "uv",
    };
    expect(place({ exe, argv: [join(root, "work/.venv/bin/python")] })).toMatchObject(expected);
    expect(place({ exe, argv: [".venv/bin/python", "t.py"], cwd: join(root, "work") })).toMatchObject(expected);
    expect(place({ exe, argv: ["../.venv/bin/python"], cwd: join(root, "work/sub") })).toMatchObject(expected);
    expect(
      place({ exe, env: { PATH: `/nowhere::relative:${join(root, "work/.venv/bin")}:${join(root, "base/bin")}` } }),
    ).toMatchObject(expected);
    expect(place({ exe, env: { PATH: ".venv/bin" }, cwd: join(root, "work") })).toMatchObject(expected);
    expect(
      place({ exe, argv: ["odd"], env: { __PYVENV_LAUNCHER__: join(root, "work/.venv/bin/python") } }),
    ).toMatchObject(expected);
  });

  it("is what runs, where its name leads to another, as an active environment that is not used", () => {
    const exe = python();
    venv("other");
    fs.rmSync(join(root, "other/bin/python"));
    link("other/bin/python", write("second/bin/python3.12", "y", 0o755));
    expect(place({ exe, env: { PATH: join(root, "other/bin"), VIRTUAL_ENV: join(root, "other") } })).toMatchObject({
      executable: exe,
      kind: "base",
      prefix: join(root, "base"),
    });
    expect(place({ exe, argv: [], cwd: null })).toMatchObject({ executable: exe, kind: "base" });
    expect(place({ exe: join(root, "gone/bin/python3"), argv: ["./python3"] })).toMatchObject({
      executable: join(root, "gone/bin/python3"),
      kind: "base",
    });
  });

  it("of copies, conda, pyenv and uv", () => {
    write("copies/pyvenv.cfg", "home = x\nvirtualenv = 20\ninclude-system-site-packages = true\n");
    const copy = write("copies/bin/python", "x", 0o755);
    expect(place({ exe: copy, argv: [copy] })).toMatchObject({
      kind: "venv",
      prefix: join(root, "copies"),
      manager: "virtualenv",
      settings: { "include-system-site-packages": "true" },
    });
    write("conda/conda-meta/history");
    const conda = write("conda/bin/python3.12", "x", 0o755);
    link("conda/bin/python", "python3.12");
    expect(place({ exe: conda, argv: [join(root, "conda/bin/python")] })).toMatchObject({
      executable: join(root, "conda/bin/python"),
      kind: "conda",
      prefix: join(root, "conda"),
    });
    expect(place({ exe: write(".pyenv/versions/3.12.1/bin/python3.12", "x", 0o755) })).toMatchObject({
      kind: "base",
      manager: "pyenv",
    });
    expect(place({ exe: write("share/uv/python/cpython-3.12/bin/python3.12", "x", 0o755) })).toMatchObject({
      kind: "base",
      manager: "uv",
    });
  });

  it("and the folders that PYTHONPATH gives it, unless it was told not to heed them", () => {
    const exe = python();
    const env = { PYTHONPATH: `src::/abs:${join(root, "x")}` };
    expect(place({ exe, env }).path).toEqual([join(root, "src"), "/abs", join(root, "x")]);
    expect(place({ exe, argv: ["python", "-E", "t.py"], env })).toMatchObject({ path: [], withUser: true });
    expect(place({ exe, argv: ["python", "-I", "t.py"], env })).toMatchObject({ path: [], withUser: false });
    expect(place({ exe, env: { PYTHONNOUSERSITE: "1" } }).withUser).toBe(false);
  });
});

describe("the packages of a folder", () => {
  const read = async (...folders: string[]): ReturnType<typeof readPythonPackages> =>
    readPythonPackages(folders.map((folder) => join(root, folder)));
  const wheel = (name: string, version: string, files: Record<string, string> = {}, site = "site"): void => {
    write(
      `${site}/${name}-${version}.dist-info/METADATA`,
      `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nName: not this\n`,
    );
    for (const [file, text] of Object.entries(files)) write(`${site}/${name}-${version}.dist-info/${file}`, text);
  };

  it("with installer, and one hash for one wheel, wherever and by whatever it was installed", async () => {
    const sums: Record<string, string> = { abc: "six.py", def: "odd,name.py" };
    const sumOf = (text: string): string => createHash("sha256").update(text).digest("base64url");
    const line = (path: string, text: string): string =>
      `${path.includes(",") ? `"${path}"` : path},sha256=${sumOf(text)},${text.length}`;
    const record = (name: string, more: string[]): string =>
      [...more, ...Object.entries(sums).map(([text, path]) => line(path, text)), line(`${name}/LICENSE`, "free")].join(
        "\n",
      );
    for (const site of ["site", "other"])
      for (const [text, path] of [...Object.entries(sums), ["free", "six-1.0.dist-info/LICENSE"] as const])
        write(`${site}/${path}`, text);
    wheel("six", "1.0", {
      INSTALLER: "pip\n",
      RECORD: record("six-1.0.dist-info", [
        "../../../bin/six,sha256=zzz,1",
        "a/../../x,sha256=zzz,1",
        "__pycache__/six.pyc,,",
        "six-1.0.dist-info/INSTALLER,sha256=p,4",
        "six-1.0.dist-info/RECORD,,",
      ]),
    });
    wheel(
      "six",
      "1.0",
      { INSTALLER: "uv", RECORD: `${record("six-1.0.dist-info", ["six-1.0.dist-info/INSTALLER,sha256=q,2"])}\n` },
      "other",
    );
    const [one, other] = [(await read("site")).packages[0], (await read("other")).packages[0]];
    expect([one?.installer, other?.installer]).toEqual(["pip", "uv"]);
    expect(one?.files).toMatch(/^[0-9a-f]{64}$/);
    expect(other?.files).toBe(one?.files);
    const files = async (): Promise<[string | null | undefined, string[]]> => {
      const found = await read("other");
      return [found.packages.find(({ name }) => name === "six")?.files, found.edited];
    };
    // A file that was only touched is the same one; one that another package brought as well is no edit.
    const later = Date.now() / 1000 + 100;
    fs.utimesSync(join(root, "other/six.py"), later, later);
    expect(await files()).toEqual([one?.files, []]);
    write("other/six.py", "longer");
    wheel("two", "1", { RECORD: line("six.py", "longer") }, "other");
    expect(await files()).toEqual([one?.files, []]);
    fs.rmSync(join(root, "other/two-1.dist-info"), { recursive: true });
    const [edited, names] = await files();
    expect([edited === one?.files, names]).toEqual([false, ["six"]]);
    write("other/six.py", "abd");
    fs.utimesSync(join(root, "other/six.py"), later, later);
    expect((await files())[0]).not.toBe(one?.files);
    fs.rmSync(join(root, "other/six.py"));
    expect(new Set([one?.files, edited, (await files())[0]]).size).toBe(3);
  });

  it("with where they came from, and without who may enter there", async () => {
    const commit = "c".repeat(40);
    wheel("vcs", "1", {
      "direct_url.json": JSON.stringify({
        url: "https://me:secret@example.com/x.git?token=t",
        vcs_info: { vcs: "git", commit_id: commit },
      }),
    });
    wheel("ssh", "1", {
      "direct_url.json": JSON.stringify({
        url: "ssh://git@example.com/x.git",
        vcs_info: { vcs: "git", commit_id: commit },
      }),
    });
    wheel("editable", "1", {
      "direct_url.json": JSON.stringify({ url: "file:///home/me/my%20code", dir_info: { editable: true } }),
    });
    wheel("local", "1", { "direct_url.json": JSON.stringify({ url: "file:///x", dir_info: {} }) });
    wheel("archive", "1", {
      "direct_url.json": JSON.stringify({
        url: "https://a:b@example.com/x.whl?X-Sig=1#egg",
        archive_info: { hashes: { sha256: "a".repeat(64) } },
      }),
    });
    wheel("broken", "1", { "direct_url.json": "[" });
    wheel("plain", "1");
    const origins = Object.fromEntries(
      (await read("site")).packages.map(({ name, origin }) => [
        name,
        origin && [origin.kind, origin.url, origin.vcs, origin.commit, origin.hash].filter((each) => each !== null),
      ]),
    );
    expect(origins).toEqual({
      vcs: ["vcs", "https://example.com/x.git", "git", commit],
      ssh: ["vcs", "ssh://git@example.com/x.git", "git", commit],
      editable: ["editable", "/home/me/my code"],
      local: ["folder", "/x"],
      archive: ["archive", "https://example.com/x.whl#egg", `sha256=${"a".repeat(64)}`],
      broken: ["archive", "unknown"],
      plain: null,
    });
  });

  it("of eggs, of develop, and of folders that a .pth file names; its code is not run", async () => {
    write("site/old.egg-info/PKG-INFO", "Name: old\nVersion: 1\n");
    write("site/deb-2.egg-info", "Name: deb\nVersion: 2\n");
    write("site/egg-3.egg/EGG-INFO/PKG-INFO", "Name: egg\nVersion: 3\n");
    write("code/dev.egg-info/PKG-INFO", "Name: dev\nVersion: 4\n");
    write("site/dev.egg-link", `${join(root, "code")}\n.\n`);
    wheel("more", "5", {}, "more");
    write("site/x.pth", `# note\nimport os; open('${join(root, "ran")}', 'w')\n../more\n/nowhere\n`);
    write("over/x.pth", `import site; site.addsitedir("${join(root, "site")}")\n`);
    expect((await read("over")).packages).toHaveLength(5);
    expect((await read("site")).packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "deb 2",
      "dev 4",
      "egg 3",
      "more 5",
      "old 1",
    ]);
    expect(fs.existsSync(join(root, "ran"))).toBe(false);
  });

  it("of two with one name the first counts, as for Python", async () => {
    wheel("My.Name", "1", {}, "first");
    wheel("my_name", "2", {}, "second");
    expect((await read("first", "second")).packages.map(({ name, version }) => [name, version])).toEqual([
      ["My.Name", "1"],
    ]);
  });

  it("what is hostile is counted and left out: names, huge files, links, pipes' kin", async () => {
    wheel("good", "1");
    write("site/evil-1.dist-info/METADATA", "Name: e\u001b[31mvil\nVersion: 1\n");
    write("site/long-1.dist-info/METADATA", `Name: ${"x".repeat(5000)}\nVersion: 1\n`);
    write("site/proto-1.dist-info/METADATA", "Name: __proto__\nVersion: 1\n");
    write("site/blank-1.dist-info/METADATA", "Name: blank\nVersion: 1 2\n");
    fs.mkdirSync(join(root, "site/folder-1.dist-info/METADATA"), { recursive: true });
    link("site/dev-1.dist-info/METADATA", "/dev/zero");
    const huge = write("site/huge-1.dist-info/METADATA", "Name: huge\nVersion: 1\n\n");
    fs.truncateSync(huge, 100 * 1024 * 1024);
    wheel("linked", "1");
    link("site/linked-1.dist-info/RECORD", "/dev/zero");
    wheel("loop", "1");
    link("site/loop-1.dist-info/RECORD", "RECORD");
    const { packages, unreadable } = await read("site", "nowhere");
    expect(packages.map(({ name, files }) => [name, files])).toEqual([
      ["good", null],
      ["huge", null],
      ["linked", null],
      ["loop", null],
    ]);
    expect(unreadable).toBe(6);
  });
});

it("what npm and R keep of their packages", () => {
  const commit = "d".repeat(40);
  write(
    "node_modules/.package-lock.json",
    JSON.stringify({
      packages: {
        "node_modules/a": { version: "1.0.0" },
        "node_modules/@s/b": { version: "2.0.0", resolved: `git+ssh://git@github.com/s/b.git#${commit}` },
        "node_modules/bad": { version: 3 },
        "node_modules/x\u001b": { version: "1" },
      },
    }),
  );
  expect(
    readNodePackages(join(root, "deep/er"))?.map(({ name, version, origin }) => [
      name,
      version,
      origin?.commit ?? null,
    ]),
  ).toEqual([
    ["@s/b", "2.0.0", commit],
    ["a", "1.0.0", null],
  ]);
  write("R/library/base/DESCRIPTION", "Package: base\nVersion: 4.2.2\n");
  write(
    "lib/mine/DESCRIPTION",
    `Package: mine\nVersion: 0.1\nRemoteType: github\nRemoteUsername: u\nRemoteRepo: r\nRemoteSha: ${commit}\n`,
  );
  const { version, packages } = readR(join(root, "R/bin/exec/R"), { R_LIBS_USER: join(root, "lib") });
  expect([version, packages.map(({ name, origin }) => [name, origin?.url ?? null])]).toEqual([
    "4.2.2",
    [
      ["base", null],
      ["mine", "https://github.com/u/r"],
    ],
  ]);
});
