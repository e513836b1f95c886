/** What a page shows of a version beside its package: curves, files worth a look, where it came from. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LineageNode } from "../../src/registry/lineage/report.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { openRegistry, registryOf } from "../../src/versions/registry.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

let box: Sandbox;
let registry: Registry;
const saved = ["--weights", "weights.bin", "--data", "rows.csv", "--data", "vectors.bin"];

const README = `# Spam
![plot](docs/plot.svg "a plot") ![far](https://example.com/x.png) ![up](../../etc/passwd.png)
<img src="/docs/shot.png" onerror="alert(1)"> ![gone](docs/gone.png) ![data](data:image/png;base64,AA)
`;
const TRAIN = [
  "mkdir -p out docs; echo png > out/confusion.png; echo model > out/model.bin; echo '{}' > out/MLmodel",
  "echo '{\"accuracy\":0.9}' > metrics.json; echo x > report.md; ln -sf report.md link.md; echo hi >> weights.bin",
  'echo \'{"step":1,"loss":2,"accuracy":0.5}\' >> "$MVGIT_LOG"; echo \'{"step":2,"loss":NaN}\' >> "$MVGIT_LOG"',
].join("\n");

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true, inMemory: true });
  box.write("work/vectors.bin", "vectors\n");
  await box.mv("work", ["save", "embed", "--weights", "vectors.bin", "-m", "vectors of words"]);
  await box.mv("work", ["freeze", "rows.csv", "--", "printf", "a,b\\n1,2\\n"]);
  for (const [path, text] of Object.entries({
    "README.md": README,
    "models/spam/model_card.md": "# The card\n",
    "docs/plot.svg": "<svg/>",
    "docs/shot.png": "png",
    "train.sh": TRAIN,
  }))
    box.write(`work/${path}`, text);
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "where it began"]);
  const made = [...saved, "--weights", "out", "--metrics", "metrics.json"];
  await box.mv("work", ["run", "spam", ...made, "-m", "the first", "--", "sh", "train.sh"]);
  box.write("work/base.bin", fs.readFileSync(join(box.dir, "work/weights.bin")));
  box.write("work/ranker.bin", "ranker\n");
  await box.mv("work", ["save", "ranker", "--weights", "ranker.bin", "--data", "base.bin", "-m", "ranks"]);
  box.write("work/weights.bin", "weights of the second\n");
  await box.mv("work", ["save", "spam", ...saved.slice(0, 4), "-m", "the second"]);
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "origin", "HEAD:refs/heads/main", "--tags"]);
  for (const [label = "", stage = ""] of [
    ["spam@v1", "staging"],
    ["spam@v1", "production"],
    ["spam@v2", "production"],
  ])
    await box.mv("work", ["promote", label, stage, "--no-commit", "-m", "good"]);
  registry = registryOf(await box.open());
});
afterAll(() => box.cleanup());

const bare = async (): Promise<Registry> =>
  openRegistry("work", {
    cwd: box.dir,
    env: { ...hermeticEnv(box.dir), ...box.env },
    watch: testWatch(),
    loader: null,
  });

describe("curves of a version", () => {
  it("are series of the lines that its run logged", async () => {
    expect(await registry.curves("spam#staging")).toEqual({
      label: "spam@v1",
      curves: [
        { name: "loss", by: "step", x: [1, 2], y: [2, null], time: null },
        { name: "accuracy", by: "step", x: [1], y: [0.5], time: null },
      ],
      notes: [],
    });
    expect(await registry.curves("embed@v1")).toEqual({ label: "embed@v1", curves: [], notes: [] });
    await expect(registry.curves("spam@v9")).rejects.toMatchObject({ code: "label-unknown" });
  });
});

describe("files worth a look", () => {
  it("are cards, their pictures, what the run wrote and what lies beside the weights", async () => {
    const { label, card, artifacts, folders, notes } = await registry.artifacts("spam@v1");
    expect(folders.map(({ path, files, more }) => [path, files.map((each) => each.path), more])).toEqual([
      ["out", ["MLmodel", "confusion.png", "model.bin"], 0],
    ]);
    expect({ label, card, notes }).toEqual({ label: "spam@v1", card: "models/spam/model_card.md", notes: [] });
    expect(artifacts.map(({ path, what, kind }) => `${what} ${path} ${kind}`)).toEqual([
      "card models/spam/model_card.md markdown",
      "card README.md markdown",
      "picture docs/plot.svg svg",
      "picture docs/shot.png image",
      "metrics metrics.json json",
      "output report.md markdown",
      "weights out/MLmodel text",
      "weights out/confusion.png image",
    ]);
    expect(artifacts.find(({ path }) => path === "docs/plot.svg")).toMatchObject({ type: "image/svg+xml", size: 6 });
  });

  it("give their bytes, from Git or a store, and nothing else", async () => {
    const textOf = async (of: Registry, path: string): Promise<string | null> => {
      const found = await of.artifact("spam@v1", path);
      if (found === null) return null;
      const bytes: Uint8Array[] = [];
      for await (const each of found.bytes) bytes.push(each);
      return Buffer.concat(bytes).toString();
    };
    expect(await textOf(registry, "README.md")).toBe(README);
    expect(await textOf(registry, "out/confusion.png")).toBe("png\n");
    for (const path of ["weights.bin", "train.sh", "../x", "link.md", "out/model.bin", ".mvgit/models/spam.yaml"])
      expect(await textOf(registry, path), path).toBeNull();
  });

  it("are told as not looked for where no store is open", async () => {
    const alone = await bare();
    const { artifacts, notes } = await alone.artifacts("spam@v1");
    expect(notes).toEqual(["'out' was not looked into, since no store is open"]);
    expect(artifacts.map(({ path }) => path)).not.toContain("out/MLmodel");
  });
});

describe("where a version came from", () => {
  const told = async (
    label: string,
    depth?: number,
  ): Promise<{ nodes: string[]; edges: string[]; notes: string[] }> => {
    const report = await registry.lineage(label, depth === undefined ? {} : { depth });
    const words = new Map(report.nodes.map((node) => [node.id, wordsOf(node)]));
    const edges = report.edges.map(({ from, to, kind }) => `${words.get(from)} -${kind}-> ${words.get(to)}`);
    return { nodes: [...words.values()], edges, notes: report.notes };
  };
  const wordsOf = (node: LineageNode): string => {
    if (node.kind === "bytes") return node.path;
    if (node.kind === "stage") return `${node.stage} #${node.id.split("#")[2]}`;
    return { version: node.id, source: `${node.kind === "source" && node.text}`, commit: "commit" }[node.kind];
  };

  it("is told with data, what made it, sources, stages and what came of it", async () => {
    const { edges, notes } = await told("spam#staging");
    expect(notes).toEqual([]);
    expect(edges.toSorted()).toEqual([
      "base.bin -data-> ranker@v1",
      "commit -code-> spam@v1",
      "embed@v1 -made-> vectors.bin",
      "printf 'a,b\\n1,2\\n' -source-> rows.csv",
      "rows.csv -data-> spam@v1",
      "spam@v1 -made-> base.bin",
      "spam@v1 -stage-> production #1",
      "spam@v1 -stage-> staging #1",
      "spam@v1 -version-> spam@v2",
      "vectors.bin -data-> spam@v1",
    ]);
  });

  it("says what each version is, and in which stage now", async () => {
    const { label, depth, nodes } = await registry.lineage("spam@v1");
    expect([label, depth]).toEqual(["spam@v1", 3]);
    const versions = nodes.flatMap((node) =>
      node.kind === "version" ? [`${node.id} ${node.message} ${node.stages.join()} ${node.retracted ?? "-"}`] : [],
    );
    expect(versions.toSorted()).toEqual([
      "embed@v1 vectors of words  -",
      "ranker@v1 ranks  -",
      "spam@v1 the first staging -",
      "spam@v2 the second production -",
    ]);
    const until = nodes.flatMap((node) => (node.kind === "stage" ? [node.until === null] : []));
    expect(until.toSorted()).toEqual([false, true]);
  });

  it("ends at the depth that was asked for, and counts what is beyond it", async () => {
    const near = await registry.lineage("spam@v2", { depth: 1 });
    const start = near.nodes.find(({ id }) => id === "spam@v1");
    expect(start).toMatchObject({ hidden: { before: 1, after: 0 } });
    expect(near.nodes.map(({ id }) => id)).not.toContain("embed@v1");
    expect((await registry.lineage("spam@v2", { depth: 2 })).nodes.map(({ id }) => id)).toContain("embed@v1");
  });

  it("is the same without a store, and of a version without kin", async () => {
    const alone = await bare();
    expect(await alone.lineage("spam@v1")).toEqual(await registry.lineage("spam@v1"));
    expect(await told("embed@v1", 1)).toMatchObject({ edges: expect.arrayContaining(["vectors.bin -data-> spam@v1"]) });
  });

  it("tells a version before that is not here, and none that cannot be trusted", async () => {
    const undo = box.keep();
    box.unchecked("a tag is gone, another one stands on a wrong commit");
    await box.git("work", ["tag", "-d", "spam@v1"]);
    expect((await told("spam@v2")).notes).toEqual(["spam@v1, which spam@v2 came from, is not here"]);
    undo();
  });
});

describe("mvgit lineage", () => {
  it("draws two trees", async () => {
    const { stdout } = await box.mv("work", ["lineage", "spam@v1", "--depth", "1"]);
    expect(stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "<time>").replace(/(commit|  )\s?[0-9a-f]{10}\b/g, "$1 <id>"))
      .toMatchInlineSnapshot(`
      "spam@v1  the first  loss nan  accuracy 0.9  staging
      came from
        |- rows.csv  8 B   <id>
        |  \`- frozen: printf 'a,b\\n1,2\\n'  <time>
        |- vectors.bin  8 B   <id>
        |  \`- embed@v1  vectors of words
        \`- commit <id>, with changes
      came of it
        |- spam@v2  the second  accuracy 0.9  production
        |- base.bin  3 B   <id>
        |  \`- ranker@v1  ranks
        |- spam#production  <time> to <time>: good
        \`- spam#staging  <time> to now: good
      "
    `);
  });
});
