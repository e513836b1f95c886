/** The same contract against fake-gcs-server, an independent emulator; skipped where it is not at hand. */
import { describe, expect, it } from "vitest";
import { readAll } from "../../../conformance/bucket/cell.ts";
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import { noise } from "../../../conformance/noise.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { FAKE_GCS, NO_FAKE_GCS, startFakeGcs } from "../../../support/fake-gcs.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { startGcsServer } from "../../../support/gcs-server.ts";

describe.skipIf(FAKE_GCS === null)(`fake-gcs-server${NO_FAKE_GCS}`, () => {
  describeBucket("gs:// on fake-gcs-server", async () => {
    const emulator = await startFakeGcs();
    return {
      bucket: await openOn(emulator.url),
      cleanup: () => emulator.close(),
      deletesAnyVersion: true,
      another: () => openOn(emulator.url),
      cancelled: (signal) => openOn(emulator.url, { signal }),
    };
  });

  it("answers as the test server does", async () => {
    const emulator = await startFakeGcs();
    const own = await startGcsServer();
    const answers = await Promise.all([emulator.url, own.url].map(async (url) => answersOf(url)));
    expect(answers[1]).toEqual(answers[0]);
    await Promise.all([emulator.close(), own.close()]);
  });
});

/** What a client sees of a few requests: statuses and the fields that mvgit relies on. */
async function answersOf(url: string): Promise<unknown[]> {
  const bucket = await openOn(url);
  await bucket.putIfAbsent("a b", bytesSource(noise(1000)));
  expect(await readAll(bucket, "a b")).toHaveLength(1000);
  const object = `${url}/storage/v1/b/bucket/o/${encodeURIComponent("team/store/a b")}`;
  const asked: [string, string, RequestInit?][] = [
    ["metadata", object],
    ["media", `${object}?alt=media`],
    ["range", `${object}?alt=media`, { headers: { range: "bytes=10-19" } }],
    ["past the end", `${object}?alt=media`, { headers: { range: "bytes=1000-1001" } }],
    ["absent", `${object}x`],
    ["no bucket", `${url}/storage/v1/b/none/o`],
    [
      "create again",
      `${url}/upload/storage/v1/b/bucket/o?uploadType=media&name=team/store/a%20b&ifGenerationMatch=0`,
      { method: "POST", body: "x" },
    ],
    ["delete", object, { method: "DELETE" }],
  ];
  const answers: unknown[] = [];
  for (const [what, address, init] of asked) {
    const answer = await fetch(address, init);
    const text = await answer.text();
    const json = what === "metadata" ? (JSON.parse(text) as Record<string, unknown>) : {};
    const { kind, name, size, crc32c, md5Hash } = json;
    answers.push({
      what,
      status: answer.status === 204 ? 200 : answer.status,
      range: answer.headers.get("content-range"),
      kind,
      name,
      size,
      crc32c,
      md5Hash,
    });
  }
  return answers;
}
