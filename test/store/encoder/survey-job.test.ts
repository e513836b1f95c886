/** A large blob that a thread reads for the first time: the same pieces as where none does. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { layoutOfCuts } from "../../../src/store/remote/encoder/layout.ts";
import { KnownPieces } from "../../../src/store/remote/encoder/matches.ts";
import { cutsOf, survey } from "../../../src/store/remote/encoder/survey.ts";
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
    const sent = await run({ ...blobOf(second, isJoined), file, layouts: [layout] });
    expect(sent).toEqual({
      answer: here?.map(({ found, ...piece }) => ({ ...piece, found: found && { ...found, layout: 0 } })),
    });
    expect(here?.some(({ found }) => found !== null)).toBe(true);
    fs.writeFileSync(file, second.subarray(1));
    expect(await run({ ...blobOf(second, isJoined), file, layouts: [] })).toMatchObject({
      error: { code: "blob-damaged" },
    });
    expect(await run({ ...blobOf(second), file: `${file}.not`, layouts: [] })).toMatchObject({
      error: { code: expect.any(String) },
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
