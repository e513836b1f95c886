/** No import follows a link that Git brought: what it leads to is a private file of whoever imports. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf, dvcObject, dvcText } from "../../support/foreign.ts";
import { makeFileStore, RUN } from "../../support/mlflow/store.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

const SECRET = "PRIVATE-9f3ab71c";
let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("private/id_rsa", `${SECRET}\n`);
  box.write("private/more/key", SECRET);
});
afterEach(() => box.cleanup());

function link(path: string, goal: string): void {
  fs.rmSync(join(box.dir, path), { recursive: true, force: true });
  fs.mkdirSync(dirname(join(box.dir, path)), { recursive: true });
  fs.symlinkSync(join(box.dir, goal), join(box.dir, path));
}

async function commitAll(): Promise<void> {
  await box.git("work", ["add", "-A", "-f"]);
  await box.git("work", ["commit", "-qm", "links"]);
}

/** Nothing of a private file is in Git or in the store. */
async function expectNoSecret(): Promise<void> {
  const objects = (await box.git("work", ["cat-file", "--batch-all-objects", "--batch"])).stdout;
  expect(objects).not.toContain(SECRET);
  const blobs = join(box.dir, "work/.git/mvgit/blobs");
  const files = fs.existsSync(blobs)
    ? fs.readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    : [];
  for (const each of files)
    expect(fs.readFileSync(join(each.parentPath, each.name)).toString("latin1")).not.toContain(SECRET);
}

describe("a file store of MLflow", () => {
  beforeEach(async () => {
    await box.git("work", ["commit", "-qm", "empty", "--allow-empty"]);
    makeFileStore(box, "0".repeat(40));
    fs.renameSync(join(box.dir, "mlruns"), join(box.dir, "work/mlruns"));
    const id = fs
      .readdirSync(join(box.dir, "work/mlruns"))
      .find((name) => fs.existsSync(join(box.dir, "work/mlruns", name, RUN[0] as string))) as string;
    if (id !== "0") fs.renameSync(join(box.dir, "work/mlruns", id), join(box.dir, "work/mlruns/0"));
  });

  it("leaves out by name whatever is a link: folders and files of runs, artifacts, a whole run, aliases", async () => {
    const [first, second, third] = RUN.map((id) => `work/mlruns/0/${id}`) as [string, string, string];
    const links: [string, string][] = [
      [`${first}/params`, "private"],
      [`${first}/tags/team`, "private/id_rsa"],
      [`${first}/artifacts`, "private"],
      [`${first}/metrics/loss`, "private/id_rsa"],
      [`${second}/params/C`, "private/id_rsa"],
      [`${second}/tags`, "private"],
      [`${second}/artifacts/report.txt`, "private/id_rsa"],
      [`${second}/artifacts/deep`, "private/more"],
      [third, "private"],
      ["work/mlruns/models/Spam Detector/aliases", "private"],
    ];
    for (const [path, goal] of links) link(path, goal);
    await commitAll();
    const { stdout, stderr } = await box.mv("work", ["import", "mlflow", "mlruns", "--partial"]);
    for (const [path] of links)
      expect(stdout + stderr).toMatch(new RegExp(`${path.split("/").at(-1)}'.*(?:link|could not be had)`));
    await expectNoSecret();
  });

  it("leaves out a run of which what is known is a link", async () => {
    link(`work/mlruns/0/${RUN[0]}/meta.yaml`, "private/id_rsa");
    await commitAll();
    expect((await box.mv("work", ["import", "mlflow", "mlruns", "--dry-run"], -1)).stdout).toContain("meta.yaml' in");
  });

  it("that is a link itself is refused where Git brought it, and read where the user made it", async () => {
    fs.renameSync(join(box.dir, "work/mlruns"), join(box.dir, "elsewhere"));
    link("work/mlruns", "elsewhere");
    const untracked = await box.mv("work", ["import", "mlflow", "mlruns", "--dry-run"], -1);
    expect(untracked.stdout).toContain("spam-detector@v1");
    await commitAll();
    for (const named of ["mlruns", "."])
      expect((await box.mv("work", ["import", "mlflow", named, "--dry-run"], 1)).stderr).toContain(
        "'mlruns': it is a symbolic link that the repository brought",
      );
  });
});

it("a database of MLflow's here names private folders: they are not read, nor is the server asked to", async () => {
  const asked = join(box.dir, "asked");
  const runs = [
    `file://${box.dir}/private`,
    `${box.dir}/private/more`,
    "../private",
    "mlflow-artifacts:/../../private",
    "runs:/1/x",
    "mlruns/good",
    "inner",
  ].map((artifact_uri, at) => ({
    info: {
      run_id: `${at}`,
      experiment_id: "0",
      artifact_uri,
      status: "FINISHED",
      start_time: at + 1,
      run_name: `n${at}`,
    },
    data: {},
  }));
  const server = `import http from "node:http"; import fs from "node:fs";
const runs = ${JSON.stringify(runs)};
http.createServer(async (req, res) => {
  const url = new URL(req.url, "http://x"); let body = ""; for await (const part of req) body += part;
  fs.appendFileSync(${JSON.stringify(asked)}, url.pathname + "\\n");
  const answers = {
    "experiments/search": { experiments: [{ experiment_id: "0", name: "e" }] },
    "experiments/get": { experiment: { name: "e" } },
    "runs/search": { runs },
    "runs/get": { run: runs[Number(url.searchParams.get("run_id"))] },
  };
  const known = Object.keys(answers).find((each) => url.pathname.endsWith(each));
  const answer = answers[known] ?? { files: [{ path: "id_rsa", is_dir: false }] };
  res.setHeader("content-type", "application/json"); res.end(JSON.stringify(answer));
}).listen(Number(process.argv[process.argv.indexOf("--port") + 1]), "127.0.0.1");\n`;
  box.write("tools/server.mjs", server);
  box.write("tools/mlflow", `#!/bin/sh\nexec '${process.execPath}' '${box.dir}/tools/server.mjs' "$@"\n`);
  fs.chmodSync(join(box.dir, "tools/mlflow"), 0o755);
  box.env["PATH"] = `${box.dir}/tools:/usr/bin:/bin`;
  box.write("work/mlflow.db", "SQLite format 3\0rest");
  box.write("work/mlruns/good/a.txt", "honest");
  link("work/inner", "private");
  await commitAll();
  const { stdout, stderr } = await box.mv("work", ["import", "mlflow", "mlflow.db", "--runs"], 23);
  expect(box.read("asked").toString()).not.toContain("artifact");
  await expectNoSecret();
  expect(stdout).toMatch(/taken +e@v1 +1 file, 6 B/);
  expect(stdout + stderr).toContain("is outside of");
  expect(stdout + stderr).toContain("'runs:/1/x' cannot be read as files");
});

describe("DVC", () => {
  const size = SECRET.length;
  const md5 = digestOf("md5", SECRET);
  beforeEach(() => {
    box.write("work/.dvc/config", "");
    box.write("work/w.bin.dvc", dvcText({ md5, size, path: "w.bin" }));
    dvcObject(box, "private/cache", SECRET);
  });

  it.each([
    ["its cache", () => link("work/.dvc/cache", "private/cache")],
    [
      "its folder",
      () => {
        box.write("private/dvc/config", "");
        fs.renameSync(join(box.dir, "private/cache"), join(box.dir, "private/dvc/cache"));
        link("work/.dvc", "private/dvc");
      },
    ],
    ["a folder in its cache", () => link("work/.dvc/cache/files", "private/cache/files")],
    [
      "the object",
      () =>
        link(
          `work/.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`,
          `private/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`,
        ),
    ],
    [
      "a folder that its settings name",
      () => {
        link("work/there", "private");
        box.write("work/.dvc/config", "[cache]\n    dir = ../there/cache\n");
      },
    ],
    [
      "a remote that its settings name",
      () => {
        link("work/there", "private");
        box.write("work/.dvc/config", "[core]\n    remote = r\n['remote \"r\"']\n    url = ../there/cache\n");
      },
    ],
    ["the output itself", () => link("work/w.bin", `private/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`)],
  ])("%s", async (_, make) => {
    make();
    await commitAll();
    const { stdout } = await box.mv("work", ["import", "dvc", "--json"], -1);
    expect((JSON.parse(stdout) as { imported: { what: string }[] }).imported.map(({ what }) => what)).not.toContain(
      "taken",
    );
    await expectNoSecret();
  });

  it("of the user's own: a cache behind a link that Git does not have, and files that are links into it", async () => {
    dvcObject(box, "disk/cache", "honest");
    box.write("work/.gitignore", "/.dvc/cache\n/h.bin\n");
    box.write("work/w.bin.dvc", dvcText({ md5: digestOf("md5", "honest"), size: 6, path: "h.bin" }));
    await commitAll();
    link("work/.dvc/cache", "disk/cache");
    link(
      "work/h.bin",
      `disk/cache/files/md5/${digestOf("md5", "honest").slice(0, 2)}/${digestOf("md5", "honest").slice(2)}`,
    );
    expect((await box.mv("work", ["import", "dvc"])).stdout).toMatch(/taken +h.bin/);
  });
});

it("a run takes no settings, scores or lock file through a link", async () => {
  box.write("private/secret.yaml", `key: ${SECRET}\n`);
  link("work/params.yaml", "private/secret.yaml");
  link("work/requirements.txt", "private/id_rsa");
  box.write("private/scores.json", `{"${SECRET}": 1}`);
  await box.mv("work", [
    "run",
    "spam",
    "--metrics",
    "m.json",
    "--",
    "sh",
    "-c",
    `ln -s '${box.dir}/private/scores.json' m.json`,
  ]);
  await expectNoSecret();
});

it("what is written for others goes through no link of the repository's, and through one of the user's", async () => {
  const here = await makeSandbox({ inProcess: true });
  try {
    here.write("work/w.bin", "weights");
    await here.mv("work", ["save", "spam", "--weights", "w.bin"]);
    fs.mkdirSync(join(here.dir, "private"));
    for (const name of ["out", "mine"]) fs.symlinkSync(join(here.dir, "private"), join(here.dir, "work", name));
    await here.git("work", ["add", "out"]);
    await here.git("work", ["commit", "-qm", "x"]);
    for (const args of [
      ["export", "spam@v1", "-o", "out/release"],
      ["ui", "--export", "out/pages"],
      ["convert", "--to", "lfs", "out/copy"],
    ])
      expect((await here.mv("work", args, 1)).stderr).toContain("cannot write to 'out': it is a symbolic link");
    expect(fs.readdirSync(join(here.dir, "private"))).toEqual([]);
    await here.mv("work", ["export", "spam@v1", "-o", "mine/release"]);
    expect(fs.readdirSync(join(here.dir, "private"))).toEqual(["release"]);
  } finally {
    here.cleanup();
  }
});
