/** `push` of large files: what came before is found in the history, and only what is new is stored. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { push, type PushReport, type PushRequest } from "../../src/files/push.ts";
import { readAll } from "../../src/store/bytes.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { track } from "../support/track.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { noise } from "../support/containers.ts";

const MIB = 1024 * 1024;
const first = noise(3 * MIB, 1);
const second = Buffer.concat([first.subarray(0, MIB), noise(1000, 2), first.subarray(MIB)]);
const third = Buffer.concat([second, noise(2000, 3)]);

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": first });
  return box;
});

const pushHere = async (more: Partial<PushRequest> = {}): Promise<PushReport> =>
  push(await box.open(), { paths: [], ...more });

/** Whether a fresh look at the remote gives exactly these bytes. */
async function isThere(bytes: Buffer): Promise<boolean> {
  const remote = await (await box.open()).remote();
  return (await readAll(remote.read(hashBytes(bytes)), bytes.length))?.equals(bytes) ?? false;
}

/** Everything that somebody says to need. */
async function claimed(): Promise<string[]> {
  const { claims } = (await (await box.open()).remote()).place;
  const lines: string[] = [];
  for await (const claim of claims.list()) lines.push(...((await claims.read(claim)) ?? []));
  return lines;
}

describe("a file that changed", () => {
  it("takes what is new of it, and comes back whole", async () => {
    await pushHere();
    await track(box, { "w.bin": second });
    const { stored, bytes } = await pushHere();
    expect(bytes).toBe(second.length);
    expect(stored.known).toBeGreaterThan(second.length - 5000);
    expect(stored.bytes).toBeLessThan(5000);
    expect(await pushHere()).toMatchObject({ copied: 0, lacking: [] });
    expect(await isThere(second)).toBe(true);
  });

  it("in several commits that are pushed together is stored once, and what each changed", async () => {
    await track(box, { "w.bin": second });
    await track(box, { "w.bin": third });
    const { stored } = await pushHere();
    expect(stored.bytes).toBeLessThan(first.length + 10_000);
  });

  it("claims what it relies on before it asks for it, though no branch has that any more", async () => {
    await pushHere();
    for (const name of fs.readdirSync(join(box.dir, "store/roots"), { recursive: true, encoding: "utf8" }))
      if (/^[0-9a-f]{64}.[0-9a-f]{16}\./.test(name)) fs.rmSync(join(box.dir, "store/roots", name));
    fs.rmSync(join(box.dir, "work/.git/mvgit/claims"), { force: true });
    await track(box, { "w.bin": second });
    expect((await pushHere()).stored.known).toBeGreaterThan(0);
    expect(await claimed()).toContain(`${hashBytes(first)} f`);
  });

  it("is stored whole each time where that is wanted", async () => {
    await box.git("work", ["config", "mvgit.encoding", "whole"]);
    await pushHere();
    await track(box, { "w.bin": second });
    expect((await pushHere()).stored).toEqual({ bytes: second.length, known: 0, shorter: 0 });
  });
});

it("a file of a folder takes what is new of it", async () => {
  await track(box, { "data/a.bin": first, "data/b": "b" }, ["data"]);
  await pushHere();
  await track(box, { "data/a.bin": second }, ["data"]);
  expect((await pushHere()).stored.bytes).toBeLessThan(6000);
});
