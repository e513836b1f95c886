/**
 * A version's settings are those that the program ran with: of its command, of the files that this names, and of what a
 * framework made of both.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Package } from "../../../src/values/package.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;

shareSandbox(async () => {
  box = await makeSandbox();
  box.write("work/data.csv", "1\n");
  box.write("work/train.sh", 'echo "$*" > weights.bin\nprintf \'{"accuracy": 0.5}\' > metrics.json\n');
  return box;
});

const runIt = async (...command: string[]): Promise<Package> => {
  await box.mv("work", ["run", "spam", "--data", "data.csv", "--weights", "weights.bin", "--", ...command]);
  return packageOf(box, (await box.git("work", ["describe", "--tags", "--abbrev=0"])).stdout.trim());
};

describe("settings of a version", () => {
  it("are the command's over those of files, each with where it came from", async () => {
    box.write("work/params.yaml", "lr: 0.1\nlearning-rate: 3\nepochs: 5\nfixed: &f {a: 1}\n");
    box.write("work/conf/exp.yaml", "base: &base {depth: 3, lr: 0.3}\nmodel:\n  <<: *base\n  depth: 4\nepochs: 6\n");
    box.write("work/conf/more.ini", "[net]\nwidth = 8\n");
    box.write("work/.env", "STEPS=7\nAPI_KEY=hunter2hunter2\nOTHER=a1b2c3d4e5f6a7b8c9d0e1f2\n");
    box.write("work/rows.json", "[1, 2]");
    const pack = await runIt(
      "env",
      "X=1",
      "sh",
      "train.sh",
      "--lr",
      "0.2",
      "--learning-rate=4",
      "--config",
      "conf/exp.yaml",
      "conf/more.ini",
      "--env-file",
      ".env",
      "--rows",
      "rows.json",
      "--amp",
      "--token",
      "s3cr3ts3cr3t",
      "--layers",
      "1",
      "2",
      "--out",
      "../elsewhere.yaml",
    );
    expect(pack.params).toMatchObject({
      lr: 0.2,
      "learning-rate": 4,
      epochs: 6,
      "fixed.a": 1,
      "model.depth": 4,
      "model.lr": 0.3,
      "net.width": 8,
      STEPS: 7,
      amp: true,
      layers: "[1,2]",
      token: "${TOKEN}",
      API_KEY: "${API_KEY}",
      config: "conf/exp.yaml",
    });
    expect(pack.origins).toMatchObject({
      lr: "command",
      "learning-rate": "command",
      epochs: "conf/exp.yaml",
      "fixed.a": "params.yaml",
      "model.depth": "conf/exp.yaml",
      "net.width": "conf/more.ini",
      STEPS: ".env",
      amp: "command",
    });
    expect(Object.keys(pack.params)).not.toContain("OTHER");
    expect(pack.notes.join("\n")).toContain("'OTHER' may be a secret, and is left out");
    expect(pack.sources.params).toEqual(["params.yaml"]);
    expect(pack.run).toMatchObject({ status: 0, id: expect.stringMatching(/^[0-9a-f]{8}$/) as string });
  });

  it("are those that a shell's script of the work tree gives to the program, below the command's own", async () => {
    box.write(
      "work/train.py",
      'parser.add_argument("-e", "--epochs", type=int)\nparser.add_argument("--amp", action="store_true")\n',
    );
    box.write(
      "work/all.sh",
      "set -e\npython3() { :; }\nsh train.sh\njq() { :; }\njq -r .x\npython3 train.py -e 3 --amp in.csv --lr " +
        '0.1 --config conf/n.yaml "$@"\n',
    );
    box.write("work/conf/n.yaml", "deep: {a: 1}\n");
    const { params, origins, notes } = await runIt("sh", "all.sh", "--lr", "0.2");
    expect(params).toEqual({ "deep.a": 1, epochs: 3, amp: true, lr: 0.2, config: "conf/n.yaml" });
    expect(origins).toEqual({
      "deep.a": "conf/n.yaml",
      epochs: "all.sh",
      amp: "all.sh",
      lr: "command",
      config: "all.sh",
    });
    expect(notes.filter((note) => note.includes("settings"))).toEqual([]);
  });

  it("say what they do not know: a file outside of the work tree, a variable of a shell, a link", async () => {
    fs.symlinkSync("/etc/hostname", join(box.dir, "work/link.yaml"));
    box.write("work/params.yaml", "lr: 0.1\nother: 1\nthird: 1\n");
    box.write("work/conf/net.gin", "x = 1\n");
    box.write("work/conf/heir.yaml", "_base_: base.yaml\n");
    const { params, notes } = await runIt(
      "sh",
      "-c",
      "LR=0.7; sh train.sh --n 1 && sh train.sh --n 2 --lr $LR --config ../far.yaml --settings link.yaml " +
        "--hparams bad.yaml conf/net.gin conf/heir.yaml || sh train.sh --third 3",
    );
    expect(params).toEqual({
      other: 1,
      n: 2,
      config: "../far.yaml",
      settings: "link.yaml",
      hparams: "bad.yaml",
      _base_: "base.yaml",
    });
    const told = [
      /'n' was given to two programs/,
      /'lr' was given by a variable of a shell/,
      /'..\/far.yaml'/,
      /outside of the work tree/,
      /'link.yaml'/,
      /no regular file/,
      /'bad.yaml'/,
      /'conf\/net.gin'/,
      /in no format/,
      /'conf\/heir.yaml' names other files of settings \('_base_'\)/,
    ];
    expect(notes.join("\n")).toMatch(new RegExp(told.map(({ source }) => source).join("[^]*")));
  });

  it("are what a framework wrote for this run over all files; its repetition of the command stays that", async () => {
    box.write("work/outputs/old/.hydra/config.yaml", "lr: 9\n");
    box.write("work/conf/config.yaml", "lr: 0.1\nold: 1\nseed: 1\n");
    box.write(
      "work/hydra.sh",
      "sh train.sh\nmkdir -p outputs/new/.hydra\nprintf 'lr: 0.5\\nseed: 2\\nmodel:\\n  depth: 3\\n' > " +
        "outputs/new/.hydra/config.yaml\n",
    );
    const { params, origins } = await runIt("sh", "hydra.sh", "--config-name", "config", "lr=0.5", "~old");
    expect(params).toEqual({ lr: 0.5, seed: 2, "model.depth": 3, config_name: "config" });
    expect(origins).toEqual({
      lr: "command",
      seed: "outputs/new/.hydra/config.yaml",
      "model.depth": "outputs/new/.hydra/config.yaml",
      config_name: "command",
    });
    box.write(
      "work/sweep.sh",
      'sh train.sh\nfor i in 1 2; do mkdir -p multirun/$i/.hydra; printf "lr: $i\\nseed: 3\\n" > ' +
        "multirun/$i/.hydra/config.yaml; done\n",
    );
    const sweep = await runIt("sh", "sweep.sh", "-m", "lr=1,2");
    expect([sweep.params["lr"], sweep.params["seed"], sweep.origins?.["lr"]]).toEqual(["1,2", 3, "command"]);
    expect(sweep.notes.join("\n")).toContain("Hydra wrote 2 configurations");
  });

  it("are not read in one of several ways that a program may read them, without a word", async () => {
    box.write(
      "work/a.yaml",
      "oct: 010\nbase: 0o10\nlong: 1_000\nat: 1:30\nyes: no\nquoted: '010'\nplain: 10\nsmall: 1e-4\nkeys: " +
        "!!set {a, b}\nbin: !!binary aGVsbG8=\nwhere: ${oc.env:PLACE}/x\n",
    );
    fs.writeFileSync(join(box.dir, "work/latin.ini"), Buffer.from("name = caf\xe9\n", "latin1"));
    box.write("work/.env", 'A="one\ntwo"\nB=${A}/x\nC=\'$A\' \nOPEN="x\nD=4\n');
    const { params, notes } = await runIt(
      "sh",
      "train.sh",
      "a.yaml",
      "--config=latin.ini",
      "--env-file=.env",
      "+d={x:1,y:{z:2}}",
    );
    expect(params).toEqual({
      oct: "010",
      base: "0o10",
      long: "1_000",
      at: "1:30",
      yes: "no",
      quoted: "010",
      plain: 10,
      small: 0.0001,
      keys: '["a","b"]',
      where: "${oc.env:PLACE}/x",
      A: "one\ntwo",
      C: "$A",
      OPEN: '"x',
      D: 4,
      config: "latin.ini",
      env_file: ".env",
      "d.x": 1,
      "d.y.z": 2,
    });
    expect(notes.join("\n")).toMatch(/'010', '0o10', '1_000', '1:30' are not the same in YAML 1.1/);
    for (const told of [
      /'bin' is no plain value/,
      /'where' takes a variable of the run/,
      /'latin.ini'[^\n]* no text in UTF-8/,
      /'B' is made of other variables/,
    ])
      expect(notes.join("\n")).toMatch(told);
  });

  it("are found where a framework wrote them among the weights, which are tracked", async () => {
    box.write("work/app.py", "@hydra.main()\n");
    box.write(
      "work/again",
      "#!/bin/sh\nsh train.sh\nmkdir -p models/one/.hydra\nprintf 'lr: %s\\nseed: 2\\n' $2 > " +
        "models/one/.hydra/config.yaml\npython3() { :; }\npython3 app.py --depth 3\n",
    );
    fs.chmodSync(join(box.dir, "work/again"), 0o755);
    for (const lr of ["0.5", "0.25"]) {
      await box.mv("work", ["run", "spam", "--data", "data.csv", "--weights", "models", "--", "./again", "--lr", lr]);
      expect(
        (await packageOf(box, (await box.git("work", ["describe", "--tags", "--abbrev=0"])).stdout.trim())).params,
      ).toEqual({ lr: Number(lr), seed: 2, depth: 3 });
    }
  });

  it("of aliases that stand for millions of values are refused in a moment, and said so", async () => {
    const laughs = Array.from(
      { length: 9 },
      (_, at) => `a${at}: &a${at} [${Array.from({ length: 9 }, () => (at === 0 ? "1" : `*a${at - 1}`)).join(", ")}]`,
    ).join("\n");
    box.write("work/bomb.yaml", laughs);
    box.write("work/loop.yaml", "a: &a [*a]\n");
    const { notes } = await runIt("sh", "train.sh", "--config", "bomb.yaml", "--cfg", "loop.yaml");
    expect(notes.join("\n")).toMatch(
      /'bomb.yaml'[^]*aliases stand for more than[^]*'loop.yaml'[^]*not complete before it/,
    );
  });
});

const HYDRA = process.env["MVGIT_HYDRA_PYTHON"];
describe.skipIf(HYDRA === undefined)("a program of Hydra (skipped without MVGIT_HYDRA_PYTHON)", () => {
  it("has the settings that Hydra resolved", async () => {
    box.write("work/conf/config.yaml", "defaults:\n  - model: small\n  - _self_\nlr: 0.1\n");
    box.write("work/conf/model/small.yaml", "depth: 2\n");
    box.write("work/conf/model/big.yaml", "depth: 9\n");
    box.write(
      "work/app.py",
      'import hydra\n@hydra.main(version_base=None, config_path="conf", config_name="config")\ndef ' +
        ("app(cfg):\n" +
          " " +
          '   open("weights.bin", "w").write(str(cfg.lr))\nif __name__ == "__main__":\n    app()\n'),
    );
    expect(spawnSync(HYDRA as string, ["-c", "import hydra"]).status).toBe(0);
    const { params, origins } = await runIt(HYDRA as string, "app.py", "model=big", "lr=0.25", "+extra=1");
    expect(params).toMatchObject({ lr: 0.25, "model.depth": 9, extra: 1, model: "big" });
    expect(origins?.["model.depth"]).toMatch(/^outputs\/.*\/\.hydra\/config\.yaml$/);
    expect(origins?.["lr"]).toBe("command");
  });
});
