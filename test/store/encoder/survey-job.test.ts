/** A large blob that a thread reads for the first time: the same pieces as where none does. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import type { WriteItem } from "../../../src/store/blob-store.ts";
import { layoutOfCuts } from "../../../src/store/remote/encoder/layout.ts";
import { KnownPieces } from "../../../src/store/remote/encoder/matches.ts";
import { cutsOf, survey } from "../../../src/store/remote/encoder/survey.ts";
import { surveyOf } from "../../../src/store/remote/encoder/surveyor.ts";
import { surveyJob } from "../../../src/store/remote/encoder/survey-job.ts";
import { noise } from "../../support/containers.ts";

const first = noise(2_000_000, 1);
const second = Buffer.concat([noise(100_000, 2), first.subarray(500_000)]);
const blobOf = (bytes: Buffer, isJoined = false) => ({
  hash: hashBytes(bytes),
  size: bytes.length,
  regions: [{ start: 0, length: bytes.length, kind: "opaque" as const, width: 1 as const }],
  isJoined,
});

async function* bytesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

it.each([false, true])("joined: %s", async (isJoined) => {
  const before = await survey({ ...blobOf(first), bytes: bytesOf(first) }, new KnownPieces([]));
  const layout = layoutOfCuts(hashBytes(first), { size: first.length, cuts: cutsOf(before ?? []) });
  const here = await survey({ ...blobOf(second, isJoined), bytes: bytesOf(second) }, new KnownPieces([layout]));
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-survey-"));
  try {
    const file = join(folder, "blob");
    fs.writeFileSync(file, second);
    const run = surveyJob.start(null);
    const told = new BigUint64Array(new SharedArrayBuffer(8));
    const sent = await run({ ...blobOf(second, isJoined), file, layouts: [layout], told });
    expect(Number(told[0])).toBe(second.length);
    expect(sent).toEqual({
      answer: here?.map(({ found, ...piece }) => ({ ...piece, found: found && { ...found, layout: 0 } })),
    });
    expect(here?.some(({ found }) => found !== null)).toBe(true);
    fs.writeFileSync(file, second.subarray(1));
    expect(await run({ ...blobOf(second, isJoined), file, layouts: [], told })).toMatchObject({
      error: { code: "blob-damaged" },
    });
    expect(await run({ ...blobOf(second), file: `${file}.not`, layouts: [], told })).toMatchObject({
      error: { code: expect.any(String) },
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

it("tells how far the thread is, and that it ended", async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-survey-"));
  const file = join(folder, "blob");
  const size = 256 * 1024 * 1024;
  const told: number[] = [];
  let isDone = false;
  const looking = () => ({
    advance: (bytes: number) => void told.push(bytes),
    expect: () => undefined,
    done: () => void (isDone = true),
  });
  try {
    fs.writeFileSync(file, "");
    fs.truncateSync(file, size);
    const read = (): never => expect.fail("nothing but the thread reads it");
    const look = { file, read, looking, passed: () => undefined };
    const source = { size, open: read, isStable: true } as unknown as WriteItem["source"];
    const regions = [{ start: 0, length: size, kind: "opaque" as const, width: 1 as const }];
    const isWrong = surveyOf({ hash: hashBytes(Buffer.of()), source, look }, { regions, isJoined: true, layouts: [] });
    await expect(isWrong).rejects.toMatchObject({ code: "blob-damaged" });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  const sum = told.reduce((all, bytes) => all + bytes, 0);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(size);
  expect(isDone).toBe(true);
});
