/** How often a push over a network asks: once for each changed pointer, and not for what was seen there before. */
import * as fs from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGcsServer } from "../support/gcs-server.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let server: Awaited<ReturnType<typeof startGcsServer>>;
let box: Sandbox;
beforeAll(async () => {
  server = await startGcsServer();
});
afterAll(() => server.close());

const FILES = 12;
const ROWS = 40;
/** With the list of the folder's files. */
const BLOBS = FILES + ROWS + 2;
/**
 * The mark (two), which packs there are, four blobs that are remembered, the claims of before, and the epoch where
 * claims are old or none stand for it.
 */
const CONSTANT = 9;
/** A claim, whether a gc works, and which packs there are then. */
const CLAIM = 3;

/** Objects are not of the sandbox, which is put back after each test. */
let objects: typeof server.objects;

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  box.env["STORAGE_EMULATOR_HOST"] = server.url;
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
  await box.mv("work", ["remote", "add", "team", "gs://bucket/models"]);
  // What is asked for one by one, and is taken away below, is an object each.
  await box.git("work", ["config", "mvgit.encoding", "whole"]);
  const names = Array.from({ length: FILES }, (_, at) => `w${at}.bin`);
  for (const name of names) box.write(`work/${name}`, `weights ${name}`);
  for (let at = 0; at < ROWS; at++) box.write(`work/data/${at}`, `row ${at}`);
  await box.mv("work", ["add", ...names, "data"]);
  await commit("one");
  await box.mv("work", ["push"]);
  objects = new Map(server.objects);
  return box;
});
beforeEach(() => {
  server.objects.clear();
  for (const [name, object] of objects) server.objects.set(name, object);
});

async function commit(message: string): Promise<void> {
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", message]);
}

interface Pushed {
  requests: number;
  listings: number;
  report: Record<string, unknown>;
}

async function pushed(...more: string[]): Promise<Pushed> {
  server.counts.clear();
  const report = JSON.parse((await box.mv("work", ["push", "--json", ...more])).stdout) as Record<string, unknown>;
  const requests = [...server.counts.values()].reduce((sum, count) => sum + count, 0);
  return { requests, listings: server.counts.get("list") ?? 0, report };
}

describe("a push asks", () => {
  it("nothing for pointers that are as they were", async () => {
    const { requests, listings, report } = await pushed();
    expect(report).toMatchObject({ confirmed: FILES + 1, pointers: 0, blobs: 0, copied: 0, lacking: [] });
    expect(requests).toBeLessThanOrEqual(CONSTANT);
    expect(listings).toBeLessThanOrEqual(3);
    box.write("work/code.py", "code");
    await commit("code");
    expect((await pushed()).requests).toBeLessThanOrEqual(CONSTANT);
  });

  it("once for each changed pointer whose bytes are there, staged or committed", async () => {
    for (let at = 0; at < 5; at++) box.write(`work/w${at}.bin`, `changed ${at}`);
    await box.mv("work", ["add", ...Array.from({ length: 5 }, (_, at) => `w${at}.bin`)]);
    await box.git("work", ["add", "-A"]);
    expect((await pushed()).report).toMatchObject({ copied: 5, pointers: 5 });
    const staged = await pushed();
    expect(staged.report).toMatchObject({ copied: 0, present: 5, pointers: 5, confirmed: FILES + 1 });
    expect(staged.requests).toBeLessThanOrEqual(CONSTANT + 5);
    await commit("two");
    const committed = await pushed();
    expect(committed.report).toMatchObject({ copied: 0, present: 5, confirmed: FILES + 1 - 5 });
    expect(committed.requests).toBeLessThanOrEqual(CONSTANT + 5);
    expect((await pushed()).requests).toBeLessThanOrEqual(CONSTANT);
  });

  it("for what is new in a folder, and not for its other files", async () => {
    box.write("work/data/7", "changed");
    await box.mv("work", ["add", "data"]);
    await commit("folder");
    const { requests, report } = await pushed();
    // The file and what lists it; each is looked for and written.
    expect(report).toMatchObject({ pointers: 1, blobs: report["copied"], lacking: [] });
    expect(requests).toBeLessThanOrEqual(CONSTANT + CLAIM + 2 * Number(report["blobs"]));
    expect(report["blobs"]).toBeLessThanOrEqual(3);
    expect(report["confirmedBlobs"]).toBe(ROWS - 1);
    // All that is needed was seen, some of it in another folder's list: it is not called there.
    await box.git("work", ["checkout", "-q", "--orphan", "fresh", "HEAD~1"]);
    await commit("anew");
    const { stdout } = await box.mv("work", ["push"]);
    expect(stdout).toContain("nothing new to push");
    expect(stdout).toMatch(/not looked at, since this clone saw it there before: \d+ blobs of folders;/);
  });

  it("for everything with --all, paths, --dry-run and --verify", async () => {
    for (const more of [["--all"], ["w1.bin"], ["--dry-run"], ["--verify"]])
      expect((await pushed(...more)).report, more[0]).toMatchObject({ confirmed: 0 });
    expect((await pushed("--all")).report).toMatchObject({ pointers: FILES + 1, present: BLOBS });
  });
});

describe("many small files of one folder", () => {
  it("cost a few requests, pushed and fetched, and one of them its own", async () => {
    await box.git("work", ["config", "mvgit.encoding", "compact"]);
    for (let at = 0; at < 300; at++) box.write(`work/many/${at}`, `small ${at}`);
    await box.mv("work", ["add", "many"]);
    await commit("many");
    const { requests, report } = await pushed();
    expect(report).toMatchObject({ copied: 302 });
    // What is there; the mark raised; a pack, its table, and the list of these; two lists of files.
    expect(requests).toBeLessThanOrEqual(CONSTANT + CLAIM + 3 + 3 + 6 + 4);
    expect([...server.objects.keys()].filter((name) => /\/(packs|index)\/..\//.test(name)).length).toBe(2);
    const asked = async (...args: string[]): Promise<number> => {
      fs.rmSync(`${box.dir}/work/.git/mvgit/blobs`, { recursive: true });
      server.counts.clear();
      await box.mv("work", ["fetch", ...args]);
      return [...server.counts.values()].reduce((sum, count) => sum + count, 0);
    };
    expect(await asked("many")).toBeLessThanOrEqual(12);
    expect(await asked("many/7")).toBeLessThanOrEqual(12);
  });
});

describe("what is gone there", () => {
  const blobs = (): string[] => [...server.objects.keys()].filter((name) => name.includes("/blobs/"));
  const hashOf = (path: string): string =>
    /blake3: ([0-9a-f]{64})/.exec(box.read(`work/${path}.mvgit`).toString())?.[1] as string;
  const lose = (names: readonly string[]): void => names.forEach((name) => server.objects.delete(name));

  it("is brought by a plain push where a look has told of it, or with --all", async () => {
    // None of those that a push remembers to ask for, which are the first.
    const hash = hashOf(`w${FILES - 1}.bin`);
    lose(blobs().filter((name) => name.replaceAll("/", "").endsWith(hash)));
    expect(server.objects.size).toBe(objects.size - 1);
    expect((await box.mv("work", ["push"])).stdout).toContain(
      "'mvgit push --remote team --all' looks at everything again",
    );
    expect((await box.mv("work", ["status", "--remote"])).stdout).toContain("lacks 1 blob");
    expect((await pushed()).report).toMatchObject({ copied: 1 });
    expect((await pushed()).report).toMatchObject({ copied: 0, confirmed: FILES + 1 });
  });

  it("is brought once the cache has it again, though it was given up", async () => {
    const hash = hashOf(`w${FILES - 1}.bin`);
    lose(blobs().filter((name) => name.replaceAll("/", "").endsWith(hash)));
    fs.rmSync(`${box.dir}/work/.git/mvgit/blobs/${hash.slice(0, 2)}/${hash.slice(2)}`);
    await box.mv("work", ["push", "--all", "--accept-lost"]);
    expect((await box.mv("work", ["push"])).stdout).toContain("passed over 1 blob that no store has");
    await box.mv("work", ["add", `w${FILES - 1}.bin`]);
    expect((await pushed()).report).toMatchObject({ copied: 1 });
    expect((await pushed()).report).toMatchObject({ copied: 0, confirmed: FILES + 1 });
  });

  it("is brought after a look, of a folder that has other files as well", async () => {
    const lost = blobs().filter((name) => server.objects.get(name)?.bytes.toString() === "row 33");
    expect(lost).toHaveLength(1);
    lose(lost);
    box.write("work/data/7", "changed");
    await box.mv("work", ["add", "data"]);
    await commit("folder");
    expect((await box.mv("work", ["status", "--remote"])).stdout).toContain("lacks");
    await box.mv("work", ["push"]);
    expect(server.objects.has(lost[0] as string)).toBe(true);
  });

  it("is noticed where a gc takes it between the look and the claim", async () => {
    const receipts = `${box.dir}/work/.git/mvgit/receipts`;
    for (const name of fs.readdirSync(receipts)) {
      const text = fs.readFileSync(`${receipts}/${name}`, "utf8");
      fs.writeFileSync(`${receipts}/${name}`, text.replace(/"since":\d+/, '"since":0'));
    }
    fs.rmSync(`${box.dir}/work/.git/mvgit/claims`);
    const set = server.objects.set.bind(server.objects);
    server.objects.set = (name, object) => {
      if (name.includes("/roots/") && server.objects.size === objects.size) {
        lose(blobs().filter((each) => each.replaceAll("/", "").endsWith(hashOf(`w${FILES - 1}.bin`))));
        set(name.replace(/roots\/.*/, "epoch/0"), object);
      }
      return set(name, object);
    };
    try {
      expect((await pushed()).report).toMatchObject({ copied: 1, confirmed: 0 });
    } finally {
      server.objects.set = set;
    }
  });

  it("is noticed at once where it is all of it, or the remote another one", async () => {
    lose(blobs());
    expect((await pushed()).report).toMatchObject({ copied: BLOBS });
    lose([...server.objects.keys()]);
    expect((await box.mv("work", ["push"], 1)).stderr).toContain("it is empty");
  });
});

it("many small files take a few requests, and not one each", async () => {
  await box.git("work", ["config", "--unset", "mvgit.encoding"]);
  const many = 3000;
  for (let at = 0; at < many; at++)
    box.write(`work/crowd/${at % 20}/${at}.txt`, `${at} of many `.repeat(1 + (at % 50)));
  await box.mv("work", ["add", "crowd"]);
  await commit("many");
  const { requests, report } = await pushed();
  expect(report["copied"]).toBeGreaterThan(many);
  // The mark is raised, a pack, its table and the list of tables are looked for and written: 28 were measured.
  expect(requests).toBeLessThanOrEqual(35);

  await box.git(".", ["clone", "-q", "work", "other"]);
  await box.mv("other", ["remote", "add", "team", "gs://bucket/models"]);
  server.counts.clear();
  await box.mv("other", ["fetch", "crowd"]);
  expect([...server.counts.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(35);
  await box.mv("other", ["checkout", "crowd"]);
  expect(fs.readFileSync(`${box.dir}/other/crowd/19/2999.txt`, "utf8")).toBe("2999 of many ".repeat(50));
});
