/**
 * A long history of one model, as mvgit would have written it: versions with their commits and tags, and stages that
 * were moved again and again. Through `git fast-import`, so that 25,000 tags take seconds.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";

const WHO = "A Bencher <b@example.com>";
const START = 1_700_000_000;

/**
 * Writes it into an empty repository at `folder`, which is left with its newest commit checked out and its refs packed.
 */
export function writeHistory(folder, { model = "spam", versions, events, stages }) {
  const git = (args, input) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: folder, input, maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
    return stdout.toString();
  };
  const hashes = [];
  const commits = [];
  for (let version = 1; version <= versions; version++) {
    const text = packageText(model, version);
    hashes.push(blake3(text));
    commits.push(
      `commit refs/heads/main\nmark :${version}\ncommitter ${WHO} ${START + version * 60} +0000\n${data(`${model} v${version}\n`)}` +
        (`M 100644 inline .mvgit/models/${model}.yaml\n${data(text)}M 100644 inline weights.bin.mvgit\n` +
          `${data(pointerText(version))}\n`),
    );
  }
  const marks = join(folder, ".git", "bench-marks");
  git(["fast-import", "--quiet", `--export-marks=${marks}`], commits.join(""));
  const oids = [];
  for (const line of readFileSync(marks, "utf8").trim().split("\n"))
    oids[Number(line.slice(1, line.indexOf(" ")))] = line.slice(line.indexOf(" ") + 1);
  const tags = [];
  const tag = (name, { version, time, message }) => {
    const tagger = `${WHO} ${time} +0000`;
    tags.push(`tag ${name}\nfrom ${oids[version]}\ntagger ${tagger}\n${data(message)}`);
    const body = `object ${oids[version]}\ntype commit\ntag ${name}\ntagger ${tagger}\n\n${message}`;
    return createHash("sha1")
      .update(`tag ${Buffer.byteLength(body)}\0${body}`)
      .digest("hex");
  };
  hashes.forEach((hash, at) =>
    tag(`${model}@v${at + 1}`, {
      version: at + 1,
      time: START + at * 60,
      message: `${model} v${at + 1}\n\nmvgit: 1\nmodel: ${model}\npackage: ${hash}\nversion: ${at + 1}\n`,
    }),
  );
  const each = Math.ceil(events / stages.length);
  for (const stage of stages) {
    let previous = "none";
    let before = "none";
    for (let event = 1; event <= each; event++) {
      const number = 1 + ((event * 7) % versions);
      const from = before === "none" ? "" : ` (was ${before})`;
      const message =
        `${model} ${stage}: v${number}${from}\n\nmvgit: 1\nbefore: ${before}\nevent: ${event}\nmodel: ` +
        `${model}\npackage: ${hashes[number - 1]}\nprevious: ${previous}\nreason: move ${event}\nstage: ` +
        `${stage}\nversion: v${number}\n`;
      previous = tag(`${model}#${stage}#${event}`, { version: number, time: START + event * 60, message });
      before = `v${number}`;
    }
  }
  git(["fast-import", "--quiet"], tags.join(""));
  git(["pack-refs", "--all"]);
  git(["reset", "-q", "--hard", "main"]);
}

/** The hash of the weights of a version, which exist nowhere. */
export function weightsHash(version) {
  return blake3(`weights ${version}`);
}

function blake3(text) {
  return new Blake3Hasher().update(text).digest("hex");
}

function data(text) {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function pointerText(version) {
  return `mvgit: 1\nblake3: ${weightsHash(version)}\nsize: ${`weights ${version}`.length}\n`;
}

function packageText(model, version) {
  const time = new Date((START + version * 60) * 1000).toISOString();
  return `mvgit: 1
model: ${JSON.stringify(model)}
version: ${version}
time: "${time}"
author: "${WHO}"
from: ${version === 1 ? "null" : version - 1}
message: "round ${version}"
run: null
code:
  tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
  commit: null
  changed: true
  outputs: []
data: []
weights:
  - path: "weights.bin"
    blake3: "${weightsHash(version)}"
    size: ${`weights ${version}`.length}
params:
  lr: ${1 / version}
metrics:
  accuracy: ${0.5 + (version % 1000) / 2500}
sources:
  params: []
  metrics: []
environment: {}
notes: []
`;
}
