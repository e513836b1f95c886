/**
 * Measures mvgit against the limit (`cp` and a flush, bare Node, one thread of b3sum) and against peers, in the same
 * run.
 *
 *   npm run bench -- [ROW...] [--quick] [--runs N] [--dir FOLDER]
 *
 * ROW: words that are in a group's or row's name; all rows when none is given. `--quick`: an eighth of the bytes, a
 * tenth of the files. `--runs`: how often each command is run, the sides in turn; medians are shown (3). Peers are used
 * where they are on PATH or where MVGIT_BENCH_DVC, MVGIT_BENCH_LFS or MVGIT_BENCH_B3SUM names the program. Nothing is
 * left behind.
 */
import { Bench, machine } from "./frame.mjs";
import { coming } from "./rows/coming.mjs";
import { large } from "./rows/large.mjs";
import { many } from "./rows/many.mjs";
import { memory } from "./rows/memory.mjs";
import { single } from "./rows/single.mjs";
import { start } from "./rows/start.mjs";
import { versions } from "./rows/versions.mjs";

/** Each makes its rows when asked; a new group is one file in rows/ and one line here. */
const GROUPS = { start, large, many, single, coming, memory, versions };

const words = process.argv.slice(2);
const take = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const dir = take("--dir");
const runs = Number(take("--runs") ?? 3);
const quick = words.includes("--quick");
const wanted = words.filter((word) => !word.startsWith("--"));
const isWanted = (group, { work }) =>
  wanted.length === 0 || wanted.some((word) => group.includes(word) || work.includes(word));

const bench = new Bench({ quick, dir, runs });
// A signal is heard between rows (and ends the command that runs, when it comes from a terminal), so that all is
// cleaned.
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (stopped = true));
try {
  const absent = ["dvc", "lfs", "b3sum"].filter((name) => !bench.peers[name]);
  console.log(
    `${machine()}; medians of ${runs}${quick ? "; quick" : ""}${absent.length > 0 ? `; not installed: ${absent.join(", ")}` : ""}\n`,
  );
  console.log(
    "| work | limit | DVC | Git LFS | mvgit | ratio | goal | |\n| --- | --- | --- | --- | --- | --- | --- | --- |",
  );
  for (const [group, rowsOf] of Object.entries(GROUPS)) {
    for (const row of rowsOf(bench)) {
      await new Promise((resolve) => setImmediate(resolve));
      if (stopped) throw new Error("stopped");
      if (isWanted(group, row)) console.log(line(row, bench.measure(row)));
    }
    bench.emptyTrash();
  }
} finally {
  bench.close();
}

function line({ work, goal: [to, most], unit = "s" }, figures) {
  const cell = (value) => (value === undefined ? "-" : value.toFixed(unit === "s" ? 2 : 0));
  const isAbsolute = to === "MiB" || to === "s";
  const base = isAbsolute ? 1 : figures[to];
  const ratio = base === undefined ? undefined : figures.mvgit / base;
  const verdict = ratio <= most ? "reached" : "not reached";
  const said = ratio === undefined ? "no peer" : verdict;
  const goal = isAbsolute ? `below ${most} ${to}` : `${most} x ${{ limit: "limit", dvc: "DVC", lfs: "Git LFS" }[to]}`;
  return `| ${work} | ${cell(figures.limit)} | ${cell(figures.dvc)} | ${cell(figures.lfs)} | ${cell(figures.mvgit)}${unit === "s" ? "" : ` ${unit}`} | ${isAbsolute || ratio === undefined ? "-" : ratio.toFixed(2)} | ${goal} | ${said} |`;
}
