/**
 * Measures mvgit against the limit (`cp` and a flush) and against peers where they are installed, in the same run.
 *
 *   npm run bench -- [--quick] [--only WORD] [--dir FOLDER]
 *
 * `--quick`: 256 MiB and 2,000 files instead of 2 GiB and 20,000. Peers: `dvc` and `git lfs` on PATH, or MVGIT_BENCH_DVC.
 * Each figure is the wall time of whole commands. Before each, everything is flushed, so that nobody pays for another.
 */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const options = process.argv.slice(2);
const quick = options.includes("--quick");
const valueOf = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);
const BYTES = (quick ? 256 : 2048) * 1024 * 1024;
const FILES = quick ? 2000 : 20_000;
const root = mkdtempSync(join(valueOf("--dir") ?? tmpdir(), "mvgit-bench-"));
const bin = join(dirname(fileURLToPath(import.meta.url)), "../bin");
const env = {
  ...process.env, HOME: root, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: join(root, "gitconfig"), DVC_NO_ANALYTICS: "1",
  PATH: [bin, dirname(process.env.MVGIT_BENCH_DVC ?? process.execPath), process.env.PATH].join(delimiter),
};
writeFileSync(env.GIT_CONFIG_GLOBAL, "[user]\n\tname = B\n\temail = b@example.com\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n");

function run(folder, command) {
  spawnSync("sync");
  const start = performance.now();
  const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: join(root, folder), env, encoding: "utf8" });
  if (status !== 0) throw new Error(`'${command}' ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

const has = (command) => spawnSync("sh", ["-c", `${command} --version`], { env }).status === 0;
const peers = { dvc: has("dvc"), b3sum: has("b3sum") };

function bigFile(file) {
  const fd = openSync(join(root, file), "w");
  for (let done = 0; done < BYTES; done += 1 << 24) writeSync(fd, randomBytes(1 << 24));
  closeSync(fd);
}

function manyFiles(folder) {
  for (let d = 0; d < 100; d++) {
    mkdirSync(join(root, folder, `d${d}`), { recursive: true });
    for (let i = 0; i < FILES / 100; i++) writeFileSync(join(root, folder, `d${d}/f${i}`), randomBytes(512 + Math.floor(Math.random() * 7680)));
  }
}

function repository(name) {
  mkdirSync(join(root, name));
  run(name, `git init -q . && mvgit init --no-hooks --remote ../${name}.store`);
}

function dvcRepository(name) {
  mkdirSync(join(root, name));
  run(name, `git init -q . && dvc init -q && mkdir ../${name}.store && dvc remote add -q -d store ../${name}.store && dvc config cache.type copy`);
}

const rows = [];

/** `limit`, `peer`: seconds, null where there is none. `goal`: the ratio that was asked for, to what. */
function row(work, mvgit, { limit = null, peer = null, goal }) {
  const [to, most] = goal;
  const base = to === "limit" ? limit : peer;
  const ratio = base === null ? null : mvgit / base;
  rows.push({ work, mvgit, limit, peer, ratio, goal: `${most} x ${to}`, reached: ratio === null ? null : ratio <= most });
}

function start() {
  const bare = Math.min(...Array.from({ length: 7 }, () => run(".", "node -e 0")));
  row("--version", Math.min(...Array.from({ length: 7 }, () => run(".", "mvgit --version"))), { limit: bare, goal: ["limit", 2] });
}

function large() {
  repository("one");
  bigFile("one/big.bin");
  const cp = run("one", "cp big.bin ../copy && sync ../copy");
  rmSync(join(root, "copy"));
  row("add one large file", run("one", "mvgit add big.bin"), { limit: cp, goal: ["limit", 1.15] });
  const dvc = { status: null, pull: null };
  if (peers.dvc) {
    dvcRepository("one-dvc");
    run(".", "cp one/big.bin one-dvc/big.bin");
    run("one-dvc", "dvc add -q big.bin && git add . && git commit -qm x");
    dvc.status = run("one-dvc", "dvc status -q");
    run("one-dvc", "dvc push -q");
    run(".", "git clone -q one-dvc one-dvc-clone && rm -rf one-dvc/big.bin one-dvc/.dvc/cache");
    dvc.pull = run("one-dvc-clone", "dvc remote modify --local store url ../one-dvc.store && dvc pull -q");
    rmSync(join(root, "one-dvc"), { recursive: true });
    rmSync(join(root, "one-dvc-clone"), { recursive: true });
    rmSync(join(root, "one-dvc.store"), { recursive: true });
  }
  row("status, nothing changed", run("one", "mvgit status"), { peer: dvc.status, goal: ["peer", 0.5] });
  const hash = peers.b3sum ? run("one", "b3sum --num-threads 1 big.bin") : null;
  utimesSync(join(root, "one/big.bin"), new Date(), new Date());
  row("status after touch", run("one", "sleep 0.1; mvgit status") - 0.1, { limit: hash, goal: ["limit", 2] });
  run("one", "git commit -qm x");
  row("push it to a folder", run("one", "mvgit push"), { limit: cp, goal: ["limit", 1.15] });
  run(".", "git clone -q one one-clone");
  run("one-clone", "mvgit remote add store ../one.store");
  row("pull it from a folder", run("one-clone", "mvgit pull"), { peer: dvc.pull, goal: ["peer", 1.2] });
  for (const name of ["one", "one.store", "one-clone"]) rmSync(join(root, name), { recursive: true });
}

function many() {
  repository("many");
  manyFiles("many/data");
  const cp = run("many", "cp -r data ../copy && sync -f ../copy");
  const dvc = { status: null, again: null };
  if (peers.dvc) {
    dvcRepository("many-dvc");
    run(".", "cp -r many/data many-dvc/data");
    run("many-dvc", "dvc add -q data");
    dvc.status = run("many-dvc", "dvc status -q");
    writeFileSync(join(root, "many-dvc/data/d1/f1"), "changed");
    dvc.again = run("many-dvc", "dvc add -q data");
  }
  row("add a folder of many files", run("many", "mvgit add data"), { limit: cp, goal: ["limit", 3] });
  row("status of it, nothing changed", run("many", "mvgit status"), { peer: dvc.status, goal: ["peer", 0.3] });
  writeFileSync(join(root, "many/data/d1/f1"), "changed");
  row("add again, one file changed", run("many", "sleep 0.1; mvgit add data") - 0.1, { peer: dvc.again, goal: ["peer", 0.3] });
  run("many", "git commit -qm x");
  row("push it to a folder", run("many", "mvgit push"), { limit: cp, goal: ["limit", 4] });
  run(".", "git clone -q many many-clone");
  run("many-clone", "mvgit remote add store ../many.store");
  row("pull it from a folder", run("many-clone", "mvgit pull"), { limit: cp, goal: ["limit", 4] });
  run(".", "git clone -q many many-other");
  run("many-other", "mvgit remote add store ../many.store && mvgit fetch");
  row("checkout of it from the cache", run("many-other", "mvgit checkout --offline"), { limit: cp, goal: ["limit", 3] });
}

/** A repository whose one folder is only in DVC's cache, laid out as DVC 3 does it. */
function dvcCache(name) {
  const put = (bytes, suffix = "") => {
    const md5 = createHash("md5").update(bytes).digest("hex");
    mkdirSync(join(root, name, `.dvc/cache/files/md5/${md5.slice(0, 2)}`), { recursive: true });
    writeFileSync(join(root, name, `.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}${suffix}`), bytes, { mode: 0o444 });
    return md5;
  };
  const paths = Array.from({ length: FILES }, (_, i) => `d${i % 100}/f${i}`).toSorted();
  const listing = paths.map((relpath) => `{"md5": "${put(randomBytes(512 + Math.floor(Math.random() * 7680)))}", "relpath": "${relpath}"}`);
  writeFileSync(join(root, name, ".dvc/config"), "");
  writeFileSync(join(root, name, ".dvc/.gitignore"), "/cache\n");
  writeFileSync(join(root, name, "data.dvc"), `outs:\n- md5: ${put(`[${listing.join(", ")}]`, ".dir")}.dir\n  hash: md5\n  path: data\n`);
}

function coming() {
  repository("coming");
  dvcCache("coming");
  run("coming", "git add -A && git commit -qm x");
  const cp = run("coming", "cp -r .dvc/cache ../copy && sync -f ../copy");
  row("import a folder of many files from DVC's cache", run("coming", "mvgit import dvc"), { limit: cp, goal: ["limit", 3] });
  row("import it again, nothing new", run("coming", "mvgit import dvc"), { limit: cp, goal: ["limit", 3] });
}

try {
  const only = valueOf("--only");
  for (const part of [start, large, many, coming]) if (only === undefined || part.name === only) part();
  const cell = (value) => (value === null ? "-" : value.toFixed(2));
  console.log("| work | limit, s | DVC, s | mvgit, s | ratio | goal | |\n| --- | --- | --- | --- | --- | --- | --- |");
  for (const each of rows) {
    console.log(`| ${each.work} | ${cell(each.limit)} | ${cell(each.peer)} | ${cell(each.mvgit)} | ${cell(each.ratio)} | at most ${each.goal} | ${each.reached === null ? "" : each.reached ? "reached" : "not reached"} |`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
