/** The same contract against fake-gcs-server, an independent emulator; skipped where it is not at hand. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/base/clock.ts";
import { readAll } from "../../../conformance/bucket/cell.ts";
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import { noise } from "../../../conformance/noise.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { startGcsServer } from "../../../support/gcs-server.ts";

function findEmulator(): string | null {
  const named = process.env["MVGIT_FAKE_GCS_SERVER"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "fake-gcs-server")).find((file) => fs.existsSync(file)) ?? null;
}

const EMULATOR = findEmulator();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function startEmulator(): Promise<{ url: string; close(): Promise<void> }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = [
    "-scheme",
    "http",
    "-host",
    "127.0.0.1",
    "-port",
    String(port),
    "-backend",
    "memory",
    "-external-url",
    url,
  ];
  const child = spawn(EMULATOR as string, flags, { stdio: "ignore" });
  for (let tries = 0; ; tries++) {
    const made = await fetch(`${url}/storage/v1/b?project=p`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "bucket" }),
    }).catch(() => null);
    if (made?.ok) break;
    if (tries > 200) throw new Error("the emulator does not start");
    await systemClock.sleep(50);
  }
  return {
    url,
    async close() {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

describe.skipIf(EMULATOR === null)(
  "fake-gcs-server (skipped where it is not on PATH or in MVGIT_FAKE_GCS_SERVER)",
  () => {
    describeBucket("gs:// on fake-gcs-server", async () => {
      const emulator = await startEmulator();
      return {
        bucket: await openOn(emulator.url),
        cleanup: () => emulator.close(),
        deletesAnyVersion: true,
        another: () => openOn(emulator.url),
        cancelled: (signal) => openOn(emulator.url, { signal }),
      };
    });

    it("answers as the test server does", async () => {
      const emulator = await startEmulator();
      const own = await startGcsServer();
      const answers = await Promise.all([emulator.url, own.url].map(async (url) => answersOf(url)));
      expect(answers[1]).toEqual(answers[0]);
      await Promise.all([emulator.close(), own.close()]);
    });
  },
);

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
