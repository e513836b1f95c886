import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { declaredOptions } from "../../src/values/declared-options.ts";
import { launched } from "../../src/values/launchers.ts";
import { optionWords, typedWord } from "../../src/values/option-words.ts";
import { readScript, UNKNOWN_PART } from "../../src/values/shell-words.ts";

const read = (line: string, script = ""): Record<string, unknown> =>
  Object.fromEntries(optionWords(line.split(" "), { declared: declaredOptions(script) }).given);

describe("words of a command as settings", () => {
  it.each<[string, Record<string, unknown>]>([
    ["--lr 0.2", { lr: "0.2" }],
    ["--lr=0.2", { lr: "0.2" }],
    ["-l 0.2", { l: "0.2" }],
    ["-l0.2", { l: "0.2" }],
    ["lr=0.2", { lr: "0.2" }],
    ["--amp", { amp: true }],
    ["--no-amp", { amp: false }],
    ["--amp --lr 1", { amp: true, lr: "1" }],
    ["--x -1", { x: "-1" }],
    ["--x -1e-3", { x: "-1e-3" }],
    ["--x -.5", { x: "-.5" }],
    ["--layers 64 64 32", { layers: ["64", "64", "32"] }],
    ["--lr 1 data.csv", { lr: "1" }],
    ["--tag a --tag b", { tag: ["a", "b"] }],
    ["-v -v", { v: [true, true] }],
    ["--model.lr 1 fit", { "model.lr": "1" }],
    ["--learning-rate 1", { learning_rate: "1" }],
    ["--empty=", { empty: "" }],
    ["--out -", { out: "-" }],
    ["+a.b=1 ++c=2 ~d db/mysql=big model@x=resnet", { "a.b": "1", c: "2", "db/mysql": "big", "model@x": "resnet" }],
    ["a=[1,2] b='x'", { a: "[1,2]", b: "x" }],
    ["-m lr=0.1,0.2", { m: true, lr: "0.1,0.2" }],
    ["--cfg-options a.b=1 c=2", { cfg_options: true, "a.b": "1", c: "2" }],
    ["--ckpt epoch=3-step=100.ckpt", { ckpt: "epoch=3-step=100.ckpt" }],
    ["--a 1 -- --b 2 c=3", { a: "1", c: "3" }],
    ["--url http://x/?a=b", { url: "http://x/?a=b" }],
    ["-lr 0.1", { lr: "0.1" }],
    [
      "--config-file x.yaml SOLVER.BASE_LR 0.1 MODEL.A.B -1",
      { config_file: "x.yaml", "SOLVER.BASE_LR": "0.1", "MODEL.A.B": "-1" },
    ],
    ["--opts A.B 1", { opts: true, "A.B": "1" }],
    ["fit", {}],
  ])("%s", (line, wanted) => expect(read(line)).toEqual(wanted));

  it("are what the program declares, where it does", () => {
    const script = `
      # parser.add_argument("--old", action="store_true")
      parser.add_argument("-l", "--lr", "--learning-rate", type=float, default=max(1, 2), help="a (b) c")
      parser.add_argument('--amp', action='store_true')
      parser.add_argument("--no-aug", dest="augment", action="store_false")
      parser.add_argument("--fast", action=argparse.BooleanOptionalAction)
      parser.add_argument("-v", action="count")
      parser.add_argument("--files", nargs="+")
      parser.add_argument("--seed", type=int)
      parser.add_argument("--add", action="append")
      @click.option("--cache/--no-cache", default=True)
      @click.option("--many-of", "of", multiple=True)
      parser.add_argument("source")`;
    expect(read("-l 0.2 --amp data.csv -v -v", script)).toEqual({ lr: "0.2", amp: true, v: 2, source: "data.csv" });
    expect(read("--learning-rate=3 --no-aug --no-fast --no-cache", script)).toEqual({
      lr: "3",
      augment: false,
      fast: false,
      cache: false,
    });
    expect(read("--files a.txt b.txt --seed 1 --seed 2 --add x --add y --many-of z", script)).toEqual({
      files: ["a.txt", "b.txt"],
      seed: "2",
      add: ["x", "y"],
      of: ["z"],
    });
    const more = `
      parser.add_argument("--pair", nargs=2)
      parser.add_argument("--point", nargs=2, action="append")
      parser.add_argument("--ext", action="extend", nargs="+")
      parser.add_argument("--opt", nargs="?", const="C")
      parser.add_argument("--fast", dest="mode", action="store_const", const="fast")
      parser.add_argument("--odd", dest="mode", action="store_const", const=ODD)
      parser.add_argument("--truth", type=bool)
      parser.add_argument("-v", action="count")
      parser.add_argument("-x", action="store_true")
      parser.add_argument("-l", "--lr")
      parser.add_argument("--layers", nargs="+")
      @click.option("--upper", "case", flag_value="upper")`;
    expect(read("--pair a b c.csv --point 1 2 --point 3 4 --ext a b --ext c --opt --fast --layers=1", more)).toEqual({
      pair: ["a", "b"],
      point: [
        ["1", "2"],
        ["3", "4"],
      ],
      ext: ["a", "b", "c"],
      opt: "C",
      mode: "fast",
      layers: ["1"],
    });
    expect(read("-vvv -xl0.5 --opt q --truth False --upper", more)).toEqual({
      v: 3,
      x: true,
      lr: "0.5",
      opt: "q",
      truth: true,
      case: "upper",
    });
    expect(read("-xlname", more)).toEqual({ x: true, lr: "name" });
    expect([read("-lr 0.1", more), read("--amp=false", 'DEFINE_bool("amp", True)')]).toEqual([
      { lr: "0.1" },
      { amp: "false" },
    ]);
    expect(optionWords(["--odd"], { declared: declaredOptions(more) }).unknown.join()).toContain(
      "'mode' stands for a value that the script puts together",
    );
    expect(read("--noshuffle x --shuffled 1", 'flags.DEFINE_boolean("shuffle", True, "")')).toEqual({
      shuffle: false,
      shuffled: "1",
    });
    expect(read("--old x --lear 1", script)).toEqual({ old: "x", lr: "1" });
  });

  it("take away what is deleted, or was a variable of a shell, and say what is ambiguous", () => {
    const { given, removed, unknown, positionals } = optionWords([
      "~a",
      "~b=1",
      "--lr",
      UNKNOWN_PART,
      `x=${UNKNOWN_PART}1`,
      "--data",
      "a.csv",
      "b.csv",
    ]);
    expect([[...given.keys()], removed, positionals]).toEqual([["data"], ["a", "b", "lr", "x"], ["b.csv"]]);
    expect(unknown.join("\n")).toMatch(/'lr' was given by a variable[^]*'--data a.csv' is followed by 'b.csv'/);
  });

  it.each<[string, unknown]>([
    ["1e-4", 0.0001],
    ["007", "007"],
    ["-3", -3],
    ["True", true],
    ["null", null],
    ["None", "None"],
    ["1_000", "1_000"],
    ["12345678901234567890", "12345678901234567890"],
    [".5", 0.5],
    ["1.", 1],
    ["v1.2", "v1.2"],
    ["1e999", "1e999"],
    ["", ""],
  ])("'%s' stands for %j", (text, value) => expect(typedWord(text)).toBe(value));

  it("of any kind are read in the end, and what is given by `=` is there", () => {
    const word = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom("--", "-", "--a", "--no-a", "-1", "-x", "a=1", "~a", "@a", "--a=", "=", "'", "$(", "__proto__=1"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.string({ maxLength: 200 }), (args, script) => {
        const declared = declaredOptions(`add_argument(${script}`);
        const found = optionWords(args, { declared });
        // A word that a script declares by its place is there by its name and by its place.
        expect(found.given.size + found.positionals.length).toBeLessThanOrEqual(
          args.length + declared.positionals.length,
        );
        for (const { args: inner } of launched(args).invocations) expect(inner.length).toBeLessThanOrEqual(args.length);
      }),
    );
    fc.assert(
      fc.property(
        fc.stringMatching(/^q[a-z_.]{0,8}$/),
        fc.string().filter((each) => !each.includes("\0")),
        (name, value) => {
          expect(optionWords([`--${name}=${value}`, "x"]).given.get(name)).toBe(value);
          expect(optionWords([`--${name}`, `v${value}`, "--other"]).given.get(name)).toBe(`v${value}`);
        },
      ),
    );
  });
});

describe("what starts a program", () => {
  const rest = "--lr 1";
  it.each<[string, string]>([
    ["python train.py", "train.py"],
    ["python3.11 -O -u -W ignore train.py", "train.py"],
    ["/usr/bin/python -m pkg.train", "-m pkg.train"],
    ["python -Om pkg", "-m pkg"],
    ["./train", "./train"],
    ["torchrun --nproc_per_node 4 --standalone train.py", "train.py"],
    ["torchrun --nnodes=2 -m pkg.train", "-m pkg.train"],
    ["python -m torch.distributed.run --nproc-per-node 4 train.py", "train.py"],
    ["accelerate launch --multi_gpu --num_processes 2 --mixed_precision fp16 train.py", "train.py"],
    ["deepspeed --num_gpus 2 train.py", "train.py"],
    ["uv run --with x --python 3.11 python train.py", "train.py"],
    ["uv run train.py", "train.py"],
    ["uv run -m pkg", "-m pkg"],
    ["uv run -- torchrun --nproc_per_node 2 train.py", "train.py"],
    ["poetry run python train.py", "train.py"],
    ["conda run -n e --no-capture-output python train.py", "train.py"],
    ["micromamba run -p /e python train.py", "train.py"],
    ["env A=1 B=2 python train.py", "train.py"],
    ["env -u X python train.py", "train.py"],
    ["nice -n 10 python train.py", "train.py"],
    ["timeout -k 5 10m nohup python train.py", "train.py"],
    ["time python train.py", "train.py"],
    ["srun -N 1 --gres gpu:1 python train.py", "train.py"],
    ["mpirun -n 4 -x PATH python train.py", "train.py"],
    ["bash -e train.sh", "train.sh"],
    ["node --no-warnings train.mjs", "train.mjs"],
    ["Rscript train.R", "train.R"],
    ["sudo xvfb-run -s x python train.py", "train.py"],
    ["hatch run gpu:python train.py", "train.py"],
    ["ray job submit --working-dir . -- python train.py", "train.py"],
    ["docker run --rm -v a:b image python3 -u train.py", "train.py"],
    ["tune run recipe.py", "recipe.py"],
  ])("%s", (line, program) => {
    const { invocations } = launched(`${line} ${rest}`.split(" "));
    expect(invocations.map(({ program: name, args }) => [name, args.join(" ")])).toEqual([[program, rest]]);
  });

  it.each(["papermill", "python -m papermill", "uv run papermill"])("%s: parameters of a notebook", (start) => {
    const line = `${start} a.ipynb out.ipynb -p lr 0.1 -r name x --parameters depth -3 --log-output`;
    const [made] = launched(line.split(" ")).invocations;
    const { given, unknown } = optionWords(made?.args ?? []);
    expect([Object.fromEntries(given), unknown]).toEqual([{ lr: "0.1", name: "x", depth: "-3", log_output: true }, []]);
  });

  const script = (text: string, secrets: string[] = []): string[] =>
    launched(["bash", "-lc", text], secrets).invocations.map(({ program, args, folder }) =>
      [folder, program, ...args].join("|"),
    );
  it("is looked for in the script of a shell", () => {
    expect(
      script("source .venv/bin/activate && cd src && A=1 python train.py --lr 0.1 --name 'a b' > log.txt 2>&1"),
    ).toEqual(["src|train.py|--lr|0.1|--name|a b"]);
    expect(script('set -e; python prep.py --n 5\npython train.py --text "x \\"y\\"" # --no 1')).toEqual([
      "|prep.py|--n|5",
      '|train.py|--text|x "y"',
    ]);
    expect(script('python train.py --lr $LR --x "$(cat f)" --key ${TOKEN}', ["TOKEN"])).toEqual([
      `|train.py|--lr|${UNKNOWN_PART}|--x|${UNKNOWN_PART}|--key|\${TOKEN}`,
    ]);
    expect(launched(["sh", "-c", "for i in 1 2; do python t.py --i $i; done"]).unknown.join()).toContain("loops");
    const given = (text: string, ...words: string[]): string[] =>
      launched(["sh", "-c", text, ...words]).invocations.flatMap(({ program, args }) => [program, ...args]);
    expect(given('python t.py "$@"', "_", "--lr", "0.2")).toEqual(["t.py", "--lr", "0.2"]);
    expect(given('python t.py --name "x$1-${0}" $2 a$@', "z", "--lr")).toEqual([
      "t.py",
      "--name",
      "x--lr-z",
      UNKNOWN_PART,
      `a${UNKNOWN_PART}`,
    ]);
    expect(given('python t.py "$@"')).toEqual(["t.py", UNKNOWN_PART]);
    const maybe = launched([
      "sh",
      "-c",
      "cd x || exit 1; which y || true; if python a.py --n 1; then python b.py; elif test 1; then python " +
        ("c.py; " + "else for i in 1; do python d.py; done; fi; python e.py || python f.py && python g.py; case $1 ") +
        "in a) python h.py;; esac; python i.py",
    ]);
    expect(
      [maybe.invocations, maybe.conditional].map((each) => each.map(({ program }) => program.slice(0, 1)).join("")),
    ).toEqual(["aegi", "bcdfh"]);
    expect(maybe.unknown.join("\n")).toMatch(
      /not all settings that these give may have been found[^]*only under a condition/,
    );
    expect(launched(["bash", "-c", "-e", "-o", "pipefail", "python a.py x"]).invocations[0]?.args).toEqual(["x"]);
    expect(script("head -c 3000 /dev/zero > big; rm -rf x")).toEqual([]);
  });

  it("is make: only its variables are settings; npm: what follows '--'", () => {
    const [made] = launched("make -j4 -C sub train LR=0.1".split(" ")).invocations;
    expect([...optionWords(made?.args ?? [], { assignmentsOnly: true }).given]).toEqual([["LR", "0.1"]]);
    expect(launched("npm run train -- --lr 1".split(" ")).invocations[0]?.args).toEqual(["--lr", "1"]);
  });

  it("is told in a time that grows with the script alone", () => {
    for (const each of ["'", '"', "$(", "`", "\\", "${", "a=", "<<", "(", "cd x;"])
      expect(() => readScript(each.repeat(30_000))).not.toThrow();
    expect(declaredOptions("add_argument(".repeat(70_000)).options.size).toBe(0);
    expect(declaredOptions(`add_argument("--a${"(".repeat(900_000)}`).options.size).toBe(0);
  });
});
