/**
 * A repository with many versions of several models and many moves of their stages: every tag, package, pointer, tree
 * and chain is as mvgit would have written it, so that nothing of it is refused. Git's pack is written here, object by
 * object: 5,000 versions and 20,000 moves take seconds. No blob is in any store.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Hash } from "../../src/values/hash.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { formatPackage, type Package, packagePath } from "../../src/values/package.ts";
import { formatPointer } from "../../src/values/pointer.ts";
import { formatEvent, formatVersionTag } from "../../src/values/tag-message.ts";
import { somePackage } from "./versions.ts";

export interface ManyVersions {
  /** `model-1`, `model-2` and so on; the first is called `spam`. */
  models?: number;
  /** Of all models together. */
  versions: number;
  /** Of all stages of all models together. */
  moves?: number;
  /** Of each model. */
  stages?: readonly string[];
  /** Seconds since 1970 of the first version; they are an hour apart. */
  start?: number;
}

const PEOPLE = [
  "Ada Lovelace <ada@example.com>",
  "Grace Hopper <grace@example.com>",
  "Emmy Noether <emmy@example.com>",
];
const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;
const HOUR = 3600;

/** Writes it into a new repository at `folder`, its refs packed, `main` checked out. */
export function writeManyVersions(folder: string, options: ManyVersions): void {
  const { models = 1, versions, moves = 0, stages = ["production", "staging", "canary", "shadow"] } = options;
  const start = options.start ?? 1_700_000_000;
  const pack = new Pack();
  const refs = new Map<string, { oid: string; peeled: string }>();
  const names = Array.from({ length: models }, (_, at) => (at === 0 ? "spam" : `model-${at + 1}`) as ModelName);
  const made = new Map<ModelName, { commit: string; hash: Hash }[]>(names.map((name) => [name, []]));
  const history = new History(pack);
  for (let at = 0; at < versions; at++) {
    const model = names[at % models] as ModelName;
    const all = made.get(model) as { commit: string; hash: Hash }[];
    const { commit, hash, tag } = history.version(model, { version: all.length + 1, time: start + at * HOUR });
    all.push({ commit, hash });
    refs.set(`refs/tags/${model}@v${all.length}`, { oid: tag, peeled: commit });
  }
  const chains = names.flatMap((model) => stages.map((stage) => ({ model, stage: stage as StageName })));
  for (const [at, { model, stage }] of chains.entries()) {
    const all = made.get(model) as { commit: string; hash: Hash }[];
    const count = Math.floor(moves / chains.length) + (at < moves % chains.length ? 1 : 0);
    if (all.length === 0) continue;
    let [previous, before]: [string | null, number | null] = [null, null];
    for (let number = 1; number <= count; number++) {
      // Later moves bring later versions, each other one the one that was there some time before.
      const version = Math.max(1, Math.ceil((all.length * number) / count) - (number % 2) * (at + 1));
      const { commit, hash } = all[version - 1] as { commit: string; hash: Hash };
      const event = { model, stage, number, version, before, package: hash, previous, reason: `move ${number}` };
      const time = start + Math.floor((versions * HOUR * number) / count);
      const oid = pack.tag(`${model}#${stage}#${number}`, { commit, message: formatEvent(event), time });
      refs.set(`refs/tags/${model}#${stage}#${number}`, { oid, peeled: commit });
      [previous, before] = [oid, version];
    }
  }
  writeRepository(folder, { pack, refs, head: history.head });
}

/** Commits one after the other, each with a new version; files of all models stand beside each other. */
class History {
  head: string | null = null;
  readonly #pack: Pack;
  /** Blobs of the work tree by path, packages aside. */
  readonly #files = new Map<string, string>();
  readonly #packages = new Map<string, string>();

  constructor(pack: Pack) {
    this.#pack = pack;
    this.#files.set("train.py", pack.add("blob", "print('trained')\n"));
    const data = { hash: hashBytes(Buffer.from("data")), size: 4 };
    this.#files.set("data.csv.mvgit", pack.add("blob", formatPointer({ ...data, extra: new Map() })));
  }

  version(
    model: ModelName,
    { version, time }: { version: number; time: number },
  ): { commit: string; hash: Hash; tag: string } {
    const author = PEOPLE[version % PEOPLE.length] as string;
    const [weights, packageFile] = [`${model}.bin.mvgit`, `${model}.yaml`];
    const before = [
      { path: packagePath(model), oid: this.#packages.get(packageFile) },
      { path: weights as RepoPath, oid: this.#files.get(weights) },
    ];
    const bytes = { hash: hashBytes(Buffer.from(`${model} ${version}`)), size: 1_000_000 + version };
    const pack = packageOf(model, { version, time, author, weights: bytes });
    pack.code = {
      ...{ tree: this.#tree(), commit: this.head, changed: false },
      outputs: before.map(({ path, oid = null }) => ({ path, before: oid, mode: oid === null ? null : "100644" })),
    };
    const text = formatPackage(pack);
    this.#files.set(weights, this.#pack.add("blob", formatPointer({ ...bytes, extra: new Map() })));
    this.#packages.set(packageFile, this.#pack.add("blob", text));
    const parent = this.head === null ? "" : `parent ${this.head}\n`;
    const who = `${author} ${time} +0000`;
    this.head = this.#pack.add(
      "commit",
      `tree ${this.#tree()}\n${parent}author ${who}\ncommitter ${who}\n\n${model} v${version}\n`,
    );
    const hash = hashBytes(Buffer.from(text));
    const message = formatVersionTag({ model, version, package: hash });
    const tag = this.#pack.tag(`${model}@v${version}`, { commit: this.head, message, time, author });
    return { commit: this.head, hash, tag };
  }

  #tree(): string {
    const file = ([name, oid]: [string, string]): TreeLine => ({ mode: "100644", name, oid });
    const root = [...this.#files].map(file);
    if (this.#packages.size > 0) {
      const models = this.#pack.tree([...this.#packages].map(file));
      root.push({
        mode: "40000",
        name: ".mvgit",
        oid: this.#pack.tree([{ mode: "40000", name: "models", oid: models }]),
      });
    }
    return this.#pack.tree(root);
  }
}

function packageOf(
  model: ModelName,
  {
    version,
    time,
    author,
    weights,
  }: { version: number; time: number; author: string; weights: { hash: Hash; size: number } },
): Package {
  const [lr, depth] = [[0.1, 0.03, 0.01, 0.003][version % 4] as number, 2 + (version % 5)];
  const accuracy = 0.99 - 0.4 / Math.sqrt(version + 1) - 0.02 * Math.abs(Math.sin(version * 12.9898));
  const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
  return somePackage({
    model,
    version,
    time: new Date(time * 1000).toISOString().replace(".000Z", "+00:00"),
    author,
    from: version === 1 ? null : version - 1,
    message: `round ${version}: learning rate ${lr}`,
    run: {
      command: ["python", "train.py", "--lr", String(lr), "--depth", String(depth)],
      folder: "",
      started: new Date((time - 600) * 1000).toISOString().replace(".000Z", "+00:00"),
      seconds: 60 + (version % 540),
      secrets: [],
      changedInputs: [],
      status: 0,
      id: null,
    },
    data: [{ path: "data.csv" as RepoPath, hash: hashBytes(Buffer.from("data")), size: 4 }],
    weights: [{ path: `${model}.bin` as RepoPath, ...weights }],
    params: { lr, depth, optimizer: version % 3 === 0 ? "sgd" : "adam", seed: version, batch: 32 },
    origins: { lr: "command", depth: "command", optimizer: "command", seed: "command", batch: "command" },
    metrics: {
      accuracy: rounded(accuracy),
      loss: rounded(1 - accuracy + 0.01 * Math.cos(version)),
      f1: rounded(accuracy - 0.01),
    },
  });
}

interface TreeLine {
  mode: string;
  name: string;
  oid: string;
}

/** Objects in the form of one of Git's packs, each once. */
class Pack {
  readonly #objects = new Map<string, Buffer>();

  add(type: keyof typeof TYPES, content: string | Buffer): string {
    const bytes = Buffer.from(content as string);
    const oid = createHash("sha1").update(`${type} ${bytes.length}\0`).update(bytes).digest("hex");
    if (!this.#objects.has(oid))
      this.#objects.set(oid, Buffer.concat([headOf(type, bytes.length), deflateSync(bytes, { level: 1 })]));
    return oid;
  }

  tree(lines: readonly TreeLine[]): string {
    const key = ({ mode, name }: TreeLine): string => (mode === "40000" ? `${name}/` : name);
    const sorted = lines.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    return this.add(
      "tree",
      Buffer.concat(
        sorted.flatMap(({ mode, name, oid }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]),
      ),
    );
  }

  tag(
    name: string,
    {
      commit,
      message,
      time,
      author = PEOPLE[0] as string,
    }: { commit: string; message: string; time: number; author?: string },
  ): string {
    return this.add("tag", `object ${commit}\ntype commit\ntag ${name}\ntagger ${author} ${time} +0000\n\n${message}`);
  }

  bytes(): Buffer {
    const head = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
    head.writeUInt32BE(this.#objects.size, 8);
    const body = Buffer.concat([head, ...this.#objects.values()]);
    return Buffer.concat([body, createHash("sha1").update(body).digest()]);
  }
}

/** Type and size, the size in groups of bits, the lowest first. */
function headOf(type: keyof typeof TYPES, size: number): Buffer {
  const bytes = [(TYPES[type] << 4) | (size & 15)];
  for (let rest = size >> 4; rest > 0; rest >>= 7) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 128;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}

function writeRepository(
  folder: string,
  { pack, refs, head }: { pack: Pack; refs: Map<string, { oid: string; peeled: string }>; head: string | null },
): void {
  const git = (args: readonly string[], input?: Buffer): void => {
    const { status, stderr } = spawnSync("git", args, { cwd: folder, ...(input && { input }), maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${String(stderr)}`);
  };
  fs.mkdirSync(folder, { recursive: true });
  git(["init", "-q", "-b", "main", "--object-format=sha1"]);
  git(["index-pack", "--stdin"], pack.bytes());
  const all = [...refs, ...(head === null ? [] : [["refs/heads/main", { oid: head, peeled: head }] as const])];
  const lines = all
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, { oid, peeled }]) => `${oid} ${name}\n${peeled === oid ? "" : `^${peeled}\n`}`);
  fs.writeFileSync(
    join(folder, ".git/packed-refs"),
    `# pack-refs with: peeled fully-peeled sorted \n${lines.join("")}`,
  );
  if (head !== null) git(["reset", "-q", "--hard"]);
}
