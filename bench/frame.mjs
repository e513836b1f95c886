/**
 * The frame of all rows: a temporary place, commands that are timed or weighed in it, and peers where they are
 * installed.
 *
 * A row is `{ work, goal: [to, most], sides }`; `sides` are what is measured in turn, each `{ command, in, before,
 * after }`. The side `mvgit` is held to the side `goal` names, so both are measured in the same minutes; to a figure
 * where that is `MiB` or `s`.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const CONFIG =
  '[user]\n\tname = B\n\temail = b@example.com\n[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n';
/** How a peer is asked whether it is there; the variable names its program where it is not on PATH. */
const PEERS = {
  dvc: ["dvc --version", "MVGIT_BENCH_DVC"],
  lfs: ["git lfs version", "MVGIT_BENCH_LFS"],
  b3sum: ["b3sum --version", "MVGIT_BENCH_B3SUM"],
  restic: ["restic version", "MVGIT_BENCH_RESTIC"],
  annex: ["git annex version", "MVGIT_BENCH_ANNEX"],
  zstd: ["zstd --version", "MVGIT_BENCH_ZSTD"],
};

export class Bench {
  /** Runs of each side. */
  runs;
  quick;
  root;
  env;
  peers;
  #once = new Map();
  #trash = 0;

  constructor({ quick, dir, runs }) {
    this.quick = quick;
    this.runs = runs;
    this.root = mkdtempSync(join(dir ?? tmpdir(), "mvgit-bench-"));
    const named = Object.values(PEERS)
      .map(([, variable]) => process.env[variable])
      .filter(Boolean)
      .map((program) => dirname(program));
    this.env = {
      ...process.env,
      HOME: this.root,
      XDG_CACHE_HOME: join(this.root, ".cache"),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: join(this.root, "gitconfig"),
      DVC_NO_ANALYTICS: "1",
      PATH: [join(here, "../bin"), ...named, dirname(process.execPath), process.env.PATH].join(delimiter),
    };
    writeFileSync(this.env.GIT_CONFIG_GLOBAL, CONFIG);
    this.peers = Object.fromEntries(
      Object.entries(PEERS).map(([name, [command]]) => [name, this.#start(".", command).status === 0]),
    );
  }

  #start(folder, command, env = {}) {
    return spawnSync("sh", ["-c", command], {
      cwd: join(this.root, folder),
      env: { ...this.env, ...env },
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
  }

  /** Runs a command; throws when it fails. */
  run(folder, command, env) {
    const { status, stdout, stderr } = this.#start(folder, command, env);
    if (status !== 0) throw new Error(`'${command}' in '${folder}' ended with ${status}: ${stderr}`);
    return stdout;
  }

  /** Seconds that a command takes. Everything is flushed before, so that nobody pays for another. */
  seconds(folder, command) {
    spawnSync("sync");
    const start = performance.now();
    this.run(folder, command);
    return (performance.now() - start) / 1000;
  }

  /** MiB that a command of one Node process has at its peak, worker threads included. */
  peak(folder, command) {
    const file = join(this.root, "peak");
    this.run(folder, command, {
      NODE_OPTIONS: `--import=${new URL("peak.mjs", import.meta.url)}`,
      MVGIT_BENCH_PEAK: file,
    });
    return Number(readFileSync(file, "utf8")) / 1024;
  }

  path(...parts) {
    return join(this.root, ...parts);
  }

  /** Does `make` the first time this name is asked for. */
  once(name, make) {
    if (!this.#once.has(name)) this.#once.set(name, make());
    return name;
  }

  /** A new repository of mvgit's with a folder as its remote. */
  repository(name) {
    mkdirSync(this.path(name));
    this.run(name, `git init -q . && mvgit init --no-hooks --remote ../${name}.store`);
  }

  dvcRepository(name) {
    mkdirSync(this.path(name));
    this.run(
      name,
      `git init -q . && dvc init -q && mkdir ../${name}.store && dvc remote add -q -d store ../${name}.store ` +
        "&& dvc config cache.type copy",
    );
  }

  bigFile(name, bytes) {
    const fd = openSync(this.path(name), "w");
    for (let done = 0; done < bytes; done += 1 << 24) writeSync(fd, randomBytes(1 << 24));
    closeSync(fd);
  }

  manyFiles(folder, count) {
    for (let d = 0; d < 100; d++) {
      mkdirSync(this.path(folder, `d${d}`), { recursive: true });
      for (let i = 0; i < count / 100; i++)
        writeFileSync(this.path(folder, `d${d}/f${i}`), randomBytes(512 + Math.floor(Math.random() * 7680)));
    }
  }

  /** Out of the way, deleted at the end: ext4 is slow for seconds with the inodes of many files just deleted. */
  discard(...names) {
    for (const name of names) {
      mkdirSync(this.path("trash"), { recursive: true });
      try {
        renameSync(this.path(name), this.path("trash", String(this.#trash++)));
      } catch (error) {
        if (error.code !== "ENOENT") throw error;
      }
    }
  }

  /** Frees the space of what was discarded. */
  emptyTrash() {
    rmSync(this.path("trash"), { recursive: true, force: true });
  }

  /** Measures the sides of a row in turn: medians by name, null for a peer that is absent. */
  measure({ sides, unit = "s", runs = this.runs }) {
    const figures = new Map();
    for (let run = 0; run < runs; run++) {
      for (const [name, side] of Object.entries(sides)) {
        if (this.peers[side.needs ?? name] === false) continue;
        side.before?.(run);
        const figure =
          unit === "s" ? this.seconds(side.in ?? ".", side.command) : this.peak(side.in ?? ".", side.command);
        side.after?.(run);
        figures.set(name, [...(figures.get(name) ?? []), figure]);
      }
    }
    return Object.fromEntries([...figures].map(([name, all]) => [name, median(all)]));
  }

  close() {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What the figures were measured on. */
export function machine() {
  return `${cpus().length} cores, Node ${process.versions.node}, ${process.platform}`;
}
