/**
 * Measures each driver against its vendor's own client on the same server on loopback, in turn: one large file and many
 * small ones, up and down, and the most memory that mvgit takes for it.
 *
 *   npm run build && node bench/clouds.mjs [gs|s3|az|ssh|https|file|many...] [--quick] [--runs N] [--dir FOLDER] [--no-memory]
 *
 * mvgit hashes what it sends and verifies what it fetches, whole commands with their start; the peers carry bytes. A
 * place whose server is not installed is skipped with a word. Each cell is the best of all runs and, in brackets, the
 * median and the processor's time of the client's side, which says most where others work on the machine; the ratio is
 * of the best, to the fastest peer.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { Bench, machine } from "./frame.mjs";
import { PLACES } from "./places.mjs";
import { stopServers } from "./servers.mjs";

const words = process.argv.slice(2);
const take = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const dir = take("--dir");
const runs = Number(take("--runs") ?? 3);
const quick = words.includes("--quick");
const hasMemory = !words.includes("--no-memory");
const wanted = words.filter((word) => !word.startsWith("--"));
const bench = new Bench({ quick, dir, runs });
const MIB = quick ? 128 : 1024;
const COUNT = quick ? 500 : 5000;

/** What is carried, and how much of the fastest peer's time it may take. */
const LOADS = {
  file: { what: `${MIB === 1024 ? "1 GiB" : `${MIB} MiB`}, one file`, up: "up", down: "down", most: 1.15 },
  many: { what: `${COUNT.toLocaleString("en")} files of 4 KiB`, up: "upMany", down: "downMany", most: 0.5 },
};

/** Of the places and of the loads: those that are named, or all where none is. */
function isWanted(name) {
  const kind = name in LOADS ? LOADS : PLACES;
  const named = wanted.filter((word) => word in kind);
  return named.length === 0 || named.includes(name);
}

function makeFiles() {
  if (isWanted("file")) bench.bigFile("file", MIB * 1024 * 1024);
  mkdirSync(bench.path("many"));
  for (let i = 0; i < COUNT; i++) writeFileSync(bench.path("many", `f${i}`), randomBytes(4096));
  writeFileSync(bench.path("out.names"), readdirSync(bench.path("many")).join("\n"));
  for (const name of Object.keys(LOADS).filter(isWanted)) {
    mkdirSync(bench.path(`repo-${name}`));
    const add = `git init -q . && mvgit init --no-hooks && ln -s ../${name} x && rm x && cp -r ../${name} ${name}`;
    bench.run(`repo-${name}`, `${add} && mvgit add ${name} && git commit -qm x`);
  }
}

/** Of the processes of a command: seconds of a processor's time, as the shell counts them. */
function processorTime() {
  const [, children] = readFileSync(bench.path("times"), "utf8").split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, sec]) => sum + Number(m) * 60 + Number(sec), 0);
}

/** Runs the sides in turn: what each took, by name. */
function inTurn(sides) {
  const times = {};
  for (let run = 0; run < runs; run++) {
    for (const [name, { before, command, folder = ".", after }] of Object.entries(sides)) {
      before?.(run);
      const line = typeof command === "function" ? command() : command;
      const wall = bench.seconds(folder, `${line}\nstatus=$?; times >'${bench.path("times")}'; exit $status`);
      const took = (times[name] ??= { wall: [], processor: [] });
      took.wall.push(wall);
      took.processor.push(processorTime());
      after?.(run);
    }
  }
  return times;
}

const removeOut = (...names) => names.forEach((name) => rmSync(bench.path(name), { recursive: true, force: true }));

function rowsOf(scheme, place) {
  const there = Object.entries(place.peers).filter(([, { needs }]) => needs === undefined || has(needs));
  const peers = Object.fromEntries(there);
  for (const name of Object.keys(place.peers).filter((each) => !(each in peers)))
    console.log(`(${name} is not installed)`);
  for (const [load, { what, up, down, most }] of Object.entries(LOADS).filter(([name]) => isWanted(name))) {
    const fresh = (prefix) => (place.clear(prefix), place.prepare?.(prefix));
    const upSides = Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [
        name,
        { before: () => fresh(`${name}-${load}`), command: peer[up](load, `${name}-${load}`) },
      ]),
    );
    const of = (run) => `mvgit-${load}-${run}`;
    const address = place.behind ?? place.url;
    upSides.mvgit = {
      before(run) {
        if (run > 0) place.clear(of(run - 1));
        place.prepare?.(of(run));
        bench.run(`repo-${load}`, `mvgit remote remove store || true; mvgit remote add store '${address(of(run))}'`);
      },
      folder: `repo-${load}`,
      command: "mvgit push",
    };
    const upTimes = inTurn(upSides);
    // What a place that is only read holds was put there by other hands.
    if (!place.behind) print(`${scheme} up, ${what}`, upTimes, { most, judge: place.judge });
    const clone = () =>
      bench.run(
        ".",
        `git clone -q repo-${load} clone && cd clone && mvgit init --no-hooks && ` +
          `mvgit remote add store '${place.url(of(runs - 1))}'`,
      );
    const downSides = Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [
        name,
        { command: () => peer[down]("out", `${name}-${load}`), after: () => removeOut("out") },
      ]),
    );
    downSides.mvgit = { before: clone, folder: "clone", command: "mvgit fetch", after: () => removeOut("clone") };
    print(`${scheme} down, ${what}`, inTurn(downSides), { most, judge: place.judge });
    if (hasMemory && load === "file") memory(scheme, { place, clone, address });
    for (const name of Object.keys(peers)) place.clear(`${name}-${load}`);
    place.clear(of(runs - 1));
  }
}

function memory(scheme, { place, clone, address }) {
  place.prepare?.("memory");
  bench.run("repo-file", `mvgit remote remove store && mvgit remote add store '${address("memory")}'`);
  const up = place.behind ? undefined : bench.peak("repo-file", "mvgit push");
  clone();
  const down = bench.peak("clone", "mvgit fetch");
  removeOut("clone");
  place.clear("memory");
  const cell = (mib) => (mib === undefined ? "-" : `${mib.toFixed(0)} MiB`);
  const verdict = Math.max(up ?? 0, down) < 200 ? "reached" : "not reached";
  console.log(
    `| ${scheme} memory, the file up / down | - | ${cell(up)} / ${cell(down)} | - | below 200 MiB | ${verdict} |`,
  );
}

function has(command) {
  try {
    bench.run(".", `${command} >/dev/null 2>&1`);
    return true;
  } catch {
    return false;
  }
}

function print(work, { mvgit, ...peers }, { most, judge }) {
  const best = (all) => Math.min(...all);
  const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
  const cell = ({ wall, processor }) =>
    `${best(wall).toFixed(2)} (${median(wall).toFixed(2)}; ${best(processor).toFixed(2)})`;
  const held = Object.entries(peers).filter(([name]) => judge?.includes(name) ?? true);
  const shown = Object.entries(peers).map(([name, all]) => `${name} ${cell(all)}`);
  const ratio = best(mvgit.wall) / Math.min(...held.map(([, { wall }]) => best(wall)));
  const verdict = ratio <= most ? "reached" : "not reached";
  console.log(
    `| ${work} | ${shown.join(", ") || "-"} | ${cell(mvgit)} | ${ratio.toFixed(2)} | ${most} x | ${verdict} |`,
  );
}

let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (stopped = true));
try {
  console.log(`${machine()}; best of ${runs} (median; processor), in seconds${quick ? "; quick" : ""}\n`);
  console.log("| work | peers | mvgit | ratio | goal | |\n| --- | --- | --- | --- | --- | --- |");
  makeFiles();
  for (const [scheme, open] of Object.entries(PLACES)) {
    await new Promise((resolve) => setImmediate(resolve));
    if (stopped) throw new Error("stopped");
    if (!isWanted(scheme)) continue;
    const place = open(bench);
    if (place === null) {
      console.log(`(the server for ${scheme} is not installed)`);
      continue;
    }
    Object.assign(bench.env, place.env);
    rowsOf(scheme, place);
  }
} finally {
  stopServers();
  bench.close();
}
