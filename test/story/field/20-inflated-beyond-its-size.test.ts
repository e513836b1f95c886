/**
 * What a Git host sends is inflated no further than mvgit has a use for it, and what it sends beside that is not kept.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWithoutProgram } from "../../../src/git/isomorphic/open.ts";
import type { Oid } from "../../../src/git/reader.ts";
import {
  type BombHost,
  deflatedZeros,
  entry,
  object,
  oidOfZeros,
  startBombHost,
  versionWith,
} from "../../support/bomb-host.ts";
import { mvgit, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
/** MiB of memory that a `get` may take at most: the program itself takes some 90. */
const ENOUGH = 320;

beforeAll(async () => {
  box = await makeSandbox();
  // Written by the program itself when it ends.
  box.write(
    "peak.mjs",
    'import fs from "node:fs"; process.on("exit", () => fs.writeFileSync(process.env.PEAK, ' +
      "String(process.resourceUsage().maxRSS)));\n",
  );
});
afterAll(() => box.cleanup());

async function get(address: string): Promise<{ status: number; stderr: string; peak: number }> {
  const env = { ...box.env, PEAK: join(box.dir, "peak"), NODE_OPTIONS: `--import=file://${box.dir}/peak.mjs` };
  const { status, stderr } = await mvgit(["get", address, "spam@v1", "-o", "dir", "--remote", join(box.dir, "store")], {
    cwd: box.dir,
    env,
  });
  expect(box.exists("dir/mvgit.json")).toBe(false);
  return { status, stderr, peak: Number(box.read("peak")) / 1024 };
}

async function getFrom(host: Parameters<typeof startBombHost>[0]): ReturnType<typeof get> {
  const server: BombHost = await startBombHost(host);
  try {
    return await get(server.url);
  } finally {
    await server.close();
  }
}

it("a package of 1.5 GB: refused by what its header says", async () => {
  const { refs, objects } = versionWith("1".repeat(40));
  const { status, stderr, peak } = await getFrom({
    refs,
    objects: [...objects, entry("blob", 1_500_000_000, deflatedZeros(1500))],
  });
  expect(stderr).toContain("unpacks to more than 1024 MiB");
  expect(status).toBe(1);
  expect(peak).toBeLessThan(ENOUGH);
});

it("a package of 600 MB, its id and all: passed through, and never held", async () => {
  const { refs, objects } = versionWith(oidOfZeros("blob", 600));
  const { status, stderr, peak } = await getFrom({
    refs,
    objects: [...objects, entry("blob", 600_000_000, deflatedZeros(600))],
  });
  expect(stderr).toContain("cannot use spam@v1: its commit has no package file, or one above 4 MiB");
  expect(status).toBe(24);
  expect(peak).toBeLessThan(ENOUGH);
});

it.each([
  ["a small package that unpacks to 1.5 GB", entry("blob", 100, deflatedZeros(1500))],
  ["a large one that unpacks to more", entry("blob", 20_000_000, deflatedZeros(1500))],
])("%s", async (_, bomb) => {
  const { refs, objects } = versionWith("1".repeat(40));
  const { status, stderr, peak } = await getFrom({ refs, objects: [...objects, bomb] });
  expect(stderr).toContain("its pack is damaged");
  expect(status).toBe(25);
  expect(peak).toBeLessThan(ENOUGH);
});

it("deltas that make much of little, again and again", async () => {
  // Each takes all of its base, which is 16 MiB, twice: 32 MiB of a few bytes.
  const zeros = Buffer.alloc(16 * 1024 * 1024);
  const base = object("blob", zeros);
  const size = (value: number): number[] => [...[0, 7, 14, 21].map((bits) => ((value >> bits) & 127) | 128), 0];
  const whole = [0b1111_0000 | 128, 255, 255, 255];
  const rest = [0b1000_0000 | 16, 1];
  const orders = Buffer.from([...size(zeros.length), ...size(2 * zeros.length), ...whole, ...rest, ...whole, ...rest]);
  const delta = entry({ base: base.oid }, orders.length, deflateSync(orders));
  const { refs, objects } = versionWith("1".repeat(40));
  const { status, stderr, peak } = await getFrom({
    refs,
    objects: [...objects, base.entry, ...Array<Buffer>(100).fill(delta)],
  });
  expect(stderr).toContain("unpacks to more than 1024 MiB");
  expect(status).toBe(1);
  expect(peak).toBeLessThan(ENOUGH);
});

it("a tree, a commit and a tag of 300 MB", async () => {
  const { refs, objects } = versionWith("1".repeat(40));
  for (const kind of ["tree", "commit", "tag"] as const) {
    const [, ...others] = refs[0] as [string, string, string];
    const { status, peak } = await getFrom({
      refs: [
        ["refs/tags/spam@v1", oidOfZeros(kind, 300), kind === "commit" ? oidOfZeros(kind, 300) : (others[1] as string)],
      ],
      objects: [...objects, entry(kind, 300_000_000, deflatedZeros(300))],
    });
    expect(status, kind).not.toBe(0);
    expect(peak, kind).toBeLessThan(ENOUGH);
  }
});

it("progress beside the pack that has no end, and lines without anything in them", async () => {
  const { refs, objects } = versionWith("1".repeat(40));
  const progress = Buffer.concat([Buffer.from("fff0\u0002"), Buffer.alloc(65_515, "x")]);
  const endless = await getFrom({ refs, objects, before: { bytes: progress, times: 6000 } });
  expect(endless.stderr).toContain("sends more than 256 MiB");
  expect(endless.peak).toBeLessThan(ENOUGH);
  const empty = await getFrom({
    refs,
    objects,
    before: { bytes: Buffer.from("0005\u0002".repeat(10_000)), times: 600 },
  });
  expect(empty.stderr).toContain("did not send object");
  expect(empty.peak).toBeLessThan(ENOUGH);
});

it("the same in a folder, which the git program reads", async () => {
  const { refs, objects } = versionWith(oidOfZeros("blob", 250));
  const all = [...objects, entry("blob", 250_000_000, deflatedZeros(250))];
  const host = await startBombHost({ refs, objects: all });
  await box.git(".", ["init", "-q", "--bare", "bombs.git"]);
  await box.git("bombs.git", [
    "-c",
    "core.bigFileThreshold=1m",
    "fetch",
    "-q",
    host.url,
    "refs/tags/spam@v1:refs/tags/spam@v1",
  ]);
  await host.close();
  const { status, stderr, peak } = await get("bombs.git");
  expect(stderr).toContain("or one above 4 MiB");
  expect(status).toBe(24);
  expect(peak).toBeLessThan(ENOUGH);
});

it("a loose object of a clone, without the git program", async () => {
  await box.git(".", ["init", "-q", "--bare", "loose.git"]);
  const place = (oid: string): string => join(box.dir, "loose.git/objects", oid.slice(0, 2), oid.slice(2));
  const put = (oid: string, header: string): void => {
    fs.mkdirSync(join(place(oid), ".."), { recursive: true });
    // The header and the zeros are one stream: what says 10 unpacks to more.
    fs.writeFileSync(place(oid), deflateSync(Buffer.concat([Buffer.from(header), Buffer.alloc(20_000_000)])));
  };
  put("2".repeat(40), "blob 20000000\0");
  put("3".repeat(40), "blob 10\0");
  const reader = openWithoutProgram(join(box.dir, "loose.git"));
  expect(await reader.blob("2".repeat(40) as Oid, 1000)).toBeNull();
  await expect(reader.blob("3".repeat(40) as Oid, 1000)).rejects.toMatchObject({ code: "git-failed" });
  const { stdout } = await runProgram("git", ["hash-object", "-w", "--stdin"], {
    cwd: join(box.dir, "loose.git"),
    env: box.env,
    input: "honest",
  });
  expect((await reader.blob(stdout.trim() as Oid, 1000))?.toString()).toBe("honest");
});
