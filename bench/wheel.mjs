/**
 * Measures how long the wheel's `mvgit` takes to start, beside npm's on the same Node: in pairs, one after the other, each pair in
 * the other order than the one before. A row's ratio is the median of its pairs'.
 *
 *   npm run build && npm run wheel && node bench/wheel.mjs [--runs N] [--python PYTHON] [--node FOLDER]
 *
 * `--runs`: pairs of each row (30). PYTHON makes the environment (python3). FOLDER holds the `node` that both run on (that of PATH).
 * Run it with `chrt -f 50`, as root, where a machine has other work. Nothing is left behind.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Bench, machine } from "./frame.mjs";

const GOAL = 1.3;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const take = (name, otherwise) => (words.includes(name) ? words[words.indexOf(name) + 1] : otherwise);
const runs = Number(take("--runs", "30"));
const bench = new Bench({ quick: false, runs });

try {
  const wheel = installWheel(take("--python", "python3"));
  const node = take("--node", dirname(process.execPath));
  bench.env.PATH = [node, bench.env.PATH].join(delimiter);
  const npm = [join(root, "bin/mvgit")];
  bench.repository("work");
  writeFileSync(bench.path("work/w.bin"), "weights");
  bench.run("work", "mvgit add w.bin && git commit -qm x && echo note >note.txt && git add note.txt");
  const used = bench.run("work", "node --version").trim();
  console.log(`${machine()}; ${used} runs mvgit; ${runs} pairs\n\n| command | npm, ms | wheel, ms | ratio | goal | |`);
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const rest of [["--version"], ["ls"], ["status"], ["hook", "pre-commit"]]) console.log(row(rest, npm, wheel));
} finally {
  bench.close();
}

/** Into an environment of its own; answers how it is started there. */
function installWheel(python) {
  const dist = join(root, "python/dist");
  const name = readdirSync(dist).find((each) => each.endsWith("-any.whl"));
  mkdirSync(bench.path("env"));
  execFileSync(python, ["-m", "venv", bench.path("env")]);
  const pip = [bench.path("env/bin/pip"), "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps"];
  execFileSync(pip[0], [...pip.slice(1), join(dist, name)]);
  return [bench.path("env/bin/mvgit")];
}

function milliseconds([program, ...first], rest) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, [...first, ...rest], { cwd: bench.path("work"), env: bench.env });
  const took = performance.now() - start;
  if (status !== 0) throw new Error(`'${rest.join(" ")}' ended with ${status}: ${stderr}`);
  return took;
}

function row(rest, npm, wheel) {
  // What is remembered and compiled once is no part of a start.
  for (const side of [npm, wheel, npm, wheel]) milliseconds(side, rest);
  const pairs = [];
  for (let run = 0; run < runs; run++) {
    const order = run % 2 === 0 ? [npm, wheel] : [wheel, npm];
    const took = new Map(order.map((side) => [side, milliseconds(side, rest)]));
    pairs.push([took.get(npm), took.get(wheel)]);
  }
  const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const ratio = middle(pairs.map(([one, other]) => other / one));
  const [one, other] = [0, 1].map((side) => middle(pairs.map((pair) => pair[side])).toFixed(0));
  const verdict = ratio <= GOAL ? "reached" : "not reached";
  return `| \`${rest.join(" ")}\` | ${one} | ${other} | ${ratio.toFixed(2)} | ${GOAL} x npm | ${verdict} |`;
}
