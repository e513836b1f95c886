/**
 * The Python that is recorded is the one that the program ran in, however it was started: not the one that PATH has.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironmentRecord, type RecordedInterpreter } from "../../../src/values/environment-record.ts";
import { hermeticEnv } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

/**
 * The real one, since what PATH has may be a script that chooses among several. Null where there is none that can be
 * watched.
 */
const PYTHON = ((): string | null => {
  try {
    if (!fs.existsSync("/proc/self/stat")) return null;
    return (
      execFileSync("python3", ["-c", "import sys, venv; print(sys.executable if sys.version_info >= (3, 8) else '')"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim() || null
    );
  } catch {
    return null;
  }
})();
const withPython = describe.skipIf(PYTHON === null);

let box: Sandbox;
beforeEach(async () => void (box = await makeSandbox()));
afterEach(() => box.cleanup());

function siteOf(folder: string): string {
  return execFileSync("sh", ["-c", `echo ${join(box.dir, folder)}/lib/python*/site-packages`], {
    encoding: "utf8",
  }).trim();
}

/** A virtual environment with these packages, by hand. */
function makeVenv(folder: string, packages: Record<string, string>, options: readonly string[] = []): void {
  execFileSync(PYTHON as string, ["-m", "venv", "--without-pip", ...options, join(box.dir, folder)], { env: box.env });
  const site = siteOf(folder);
  for (const [name, version] of Object.entries(packages)) {
    const info = join(site, `${name}-${version}.dist-info`);
    fs.mkdirSync(info);
    const metadata = `Name: ${name}\nVersion: ${version}\n`;
    fs.writeFileSync(join(info, "METADATA"), metadata);
    const sum = createHash("sha256").update(metadata).digest("base64url");
    fs.writeFileSync(join(info, "RECORD"), `${name}-${version}.dist-info/METADATA,sha256=${sum},${metadata.length}\n`);
  }
}

async function recorded(
  label: string,
): Promise<{
  seen: string | null;
  programs: RecordedInterpreter[];
  all: RecordedInterpreter[];
  notes: string[];
  environment: Record<string, unknown>;
}> {
  const { environment, notes } = await packageOf(box, label);
  const { seen, interpreters } = readEnvironmentRecord(environment);
  return {
    seen,
    programs: interpreters.filter(({ role }) => role === "program"),
    all: [...interpreters],
    notes: [...notes],
    environment,
  };
}

withPython(`the interpreter that ran${PYTHON === null ? " (skipped: no python3 and /proc here)" : ""}`, () => {
  beforeEach(() => {
    makeVenv("work/.venv", { six: "1.16.0", Numpy: "1.26.4" });
    box.write("work/.gitignore", ".venv/\n");
    // Long enough to be seen on a machine that has much else to do.
    box.write(
      "work/train.py",
      "import os, time\ntime.sleep(0.7)\nopen(os.path.join(os.path.dirname(os.path.abspath(__file__)), " +
        "'weights.bin'), 'w').write('w' + os.environ.get('SEED', ''))\n",
    );
    // Were it asked instead of seen, it would say so.
    for (const name of ["python", "python3"]) {
      box.write(`tools/${name}`, `#!/bin/sh\ntouch '${box.dir}/asked'\nexec '${PYTHON}' "$@"\n`);
      fs.chmodSync(join(box.dir, "tools", name), 0o755);
    }
    box.env["PATH"] = `${box.dir}/tools:${hermeticEnv("/nowhere")["PATH"]}`;
  });

  const STARTS: [string, string[]][] = [
    ["a shell that activates it", ["bash", "-c", "source .venv/bin/activate && SEED=5 python train.py"]],
    [
      "a relative path, after another folder and a pause",
      ["sh", "-c", "mkdir -p sub; cd sub; SEED=5 ../.venv/bin/python ../train.py"],
    ],
    [
      "a launcher in another Python that starts it, whose own ends later",
      [
        "sh",
        "-c",
        `'${PYTHON}' -c "import subprocess, time; subprocess.check_call(['env', 'SEED=5', ` +
          ("'.venv/bin/python', " + `'-u', 'train.py']); time.sleep(0.2)"`),
      ],
    ],
  ];
  it("whatever starts it", async () => {
    for (const [name, command] of STARTS) {
      const label = `spam@v${STARTS.findIndex(([each]) => each === name) + 1}`;
      await box.mv("work", ["run", "spam", "--weights", "weights.bin", "--", ...command]);
      const { seen, programs, environment, notes } = await recorded(label);
      expect([name, seen, programs.length, notes]).toEqual([name, "processes", 1, []]);
      expect(programs[0]).toMatchObject({
        executable: { place: "work tree", path: ".venv/bin/python" },
        prefix: { kind: "venv", path: ".venv" },
      });
      expect(programs[0]?.packages?.map((each) => `${each.name} ${each.version} ${each.files !== null}`)).toEqual([
        "Numpy 1.26.4 true",
        "six 1.16.0 true",
      ]);
      expect(environment).toMatchObject({
        python: { packages: ["Numpy==1.26.4", "six==1.16.0"] },
        variables: { SEED: "5" },
      });
    }
    expect(fs.existsSync(join(box.dir, "asked"))).toBe(false);
    expect((await box.mv("work", ["compare", "spam@v1", "spam@v3"])).stdout).toContain("environment  the same");
    expect((await box.mv("work", ["show", "spam"])).stdout).toContain(".venv/bin/python, 2 packages");
  });

  it(
    "is asked without running anything of its own or of the repository's: start-up files, .pth lines, modules " +
      "of the same name",
    async () => {
      makeVenv("work/.venv", { other: "1" }, ["--clear"]);
      const count = (name: string): string => `open('${box.dir}/${name}', 'a').write('x')\n`;
      const site = siteOf("work/.venv");
      fs.writeFileSync(join(site, "sitecustomize.py"), count("customized"));
      fs.writeFileSync(join(site, "x.pth"), `import sys; ${count("pth")}`);
      for (const name of ["json.py", "platform.py", "sysconfig.py"]) box.write(`work/lib/${name}`, count("shadowed"));
      await box.mv("work", [
        "run",
        "spam",
        "--weights",
        "weights.bin",
        "--",
        "sh",
        "-c",
        ".venv/bin/python -c 'import time; time.sleep(0.7)'; PYTHONPATH=lib .venv/bin/python train.py",
      ]);
      const { programs } = await recorded("spam@v1");
      expect(programs.map(({ path, packages }) => [path, packages?.map(({ name }) => name)])).toEqual([
        [[{ place: "work tree", path: "lib" }], ["other"]],
      ]);
      const times = ["customized", "pth"].map((name) => box.read(name).length);
      // By each of the two that the command ran; how often each does so is its own affair.
      for (const name of ["customized", "pth"]) fs.rmSync(join(box.dir, name));
      execFileSync(join(box.dir, "work/.venv/bin/python"), ["-c", "pass"], { env: box.env });
      expect(times).toEqual(["customized", "pth"].map((name) => 2 * box.read(name).length));
      expect(fs.existsSync(join(box.dir, "shadowed"))).toBe(false);
    },
  );

  it("is told with what changed in it meanwhile, and with what was not seen", async () => {
    const info = `"$(echo .venv/lib/python*/site-packages)"/late-1.dist-info`;
    box.write(
      "work/train.py",
      "import subprocess, time\ntime.sleep(1)\nsubprocess.check_call(['sh', 'late.sh'])\nopen('weights.bin', " +
        "'w').write('w')\n",
    );
    box.write("work/late.sh", `mkdir ${info}; printf 'Name: late\\nVersion: 1\\n' > ${info}/METADATA\n`);
    box.write("tools/docker", "#!/bin/sh\nexit 0\n");
    fs.chmodSync(join(box.dir, "tools/docker"), 0o755);
    await box.mv("work", [
      "run",
      "spam",
      "--weights",
      "weights.bin",
      "--",
      "sh",
      "-c",
      ".venv/bin/python train.py; docker run --rm img python x.py",
    ]);
    const { programs, notes } = await recorded("spam@v1");
    expect(programs[0]?.packages?.map(({ name }) => name)).toEqual(["Numpy", "six"]);
    expect(notes.join("\n")).toMatch(/packages changed while the command ran \('late'\)/);
    await box.mv("work", ["run", "spam", "--", "sh", "-c", "docker run --rm img python x.py; echo x > weights.bin"]);
    const second = await recorded("spam@v2");
    expect([second.seen, second.all, second.environment["python"]]).toEqual(["nothing", [], undefined]);
    expect(second.notes.join("\n")).toMatch(/no interpreter was seen|ran in a container of the image 'img'/);
  });
});
