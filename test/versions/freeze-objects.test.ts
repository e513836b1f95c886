/** `freeze` of an object, in each place that has objects: its version is recorded, and another one is told from it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/base/errors.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { readPointer } from "../../src/values/pointer.ts";
import { freeze, type FreezeReport } from "../../src/versions/freeze.ts";
import { startAzurite } from "../support/azurite.ts";
import { startGcsServer } from "../support/gcs-server.ts";
import { openS3On } from "../support/s3-open.ts";
import { NO_VERSITYGW, S3_KEYS, startVersitygw, VERSITYGW } from "../support/versitygw.ts";
import { HAS_SSHD, startSshd } from "../support/sshd.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

interface Place {
  /** Of an object. */
  url(name: string): string;
  /** The key of a pointer that has its version. */
  version: string;
  env: Record<string, string>;
  put(name: string, text: string): Promise<void>;
  close(): Promise<void>;
  /** Whether somebody who recorded the address is not to be followed there without consent. */
  needsConsent?: true;
}

async function google(): Promise<Place> {
  const server = await startGcsServer();
  return {
    url: (name) => `gs://bucket/exports/${name}`,
    version: "source.generation",
    env: { STORAGE_EMULATOR_HOST: server.url },
    put: async (name, text) => server.put("bucket", `exports/${name}`, Buffer.from(text)),
    close: () => server.close(),
  };
}

async function azure(): Promise<Place> {
  const server = await startAzurite();
  const container = await server.container();
  return {
    url: (name) => `az://account1/${container}/exports/${name}`,
    version: "source.etag",
    env: { AZURE_STORAGE_CONNECTION_STRING: server.connection() },
    async put(name, text) {
      const headers = { "x-ms-blob-type": "BlockBlob" };
      const { status } = await server.ask("PUT", `/${container}/exports/${name}`, { headers, body: Buffer.from(text) });
      expect(status).toBe(201);
    },
    close: () => server.close(),
  };
}

async function amazon(): Promise<Place> {
  const versity = await startVersitygw();
  const bucket = await versity.makeBucket();
  fs.mkdirSync(join(versity.folder, bucket, "exports"));
  return {
    url: (name) => `s3://${bucket}/exports/${name}`,
    version: "source.version",
    env: { ...S3_KEYS, AWS_ENDPOINT_URL_S3: versity.url, AWS_REGION: "us-east-1" },
    async put(name, text) {
      const at = { bucket, prefix: "exports" };
      const opened = await openS3On(versity.url, at);
      const before = await opened.head(name);
      if (before !== null) await opened.delete(name, before.version);
      expect(await opened.putIfAbsent(name, bytesSource(Buffer.from(text)))).toBe("written");
    },
    close: () => versity.close(),
  };
}

async function server(): Promise<Place> {
  const sshd = await startSshd();
  const folder = join(sshd.dir, "exports");
  fs.mkdirSync(folder);
  return {
    url: (name) => sshd.address(`${folder}/${name}`),
    version: "source.modified",
    env: sshd.env,
    put: async (name, text) => fs.writeFileSync(join(folder, name), text),
    close: async () => sshd.stop(),
    needsConsent: true,
  };
}

const PLACES: [string, () => Promise<Place>, boolean][] = [
  ["gs://", google, true],
  [`s3://${NO_VERSITYGW}`, amazon, VERSITYGW !== null],
  ["az://", azure, true],
  [`ssh://${HAS_SSHD ? "" : " (skipped: no sshd and ssh here)"}`, server, HAS_SSHD],
];

describe.each(PLACES)("an object of %s", (_, start, isHere) => {
  if (!isHere) return it.skip("cannot be frozen without its server", () => undefined);
  let place: Place;
  let box: Sandbox;
  beforeAll(async () => {
    place = await start();
    box = await makeSandbox({ inProcess: true });
    Object.assign(box.env, place.env);
  }, 60_000);
  afterEach(() => box.git("work", ["reset", "-q"]));
  afterAll(async () => {
    box.cleanup();
    await place.close();
  });

  const taken = async (path: string, url: string | null, trust = false): Promise<FreezeReport> =>
    freeze(await box.open("work"), {
      path,
      source: url === null ? null : { url },
      force: false,
      insecure: false,
      trust,
      env: [],
      signals: () => () => undefined,
    });
  const extra = (path: string): ReadonlyMap<string, string> => {
    const reading = readPointer(box.read(`work/${path}.mvgit`));
    if (reading.kind !== "pointer") throw new Error(`no pointer: ${JSON.stringify(reading)}`);
    return reading.pointer.extra;
  };

  it("is tracked with its address and version, and taken again only when it is another", async () => {
    await place.put("rows.csv", "1,a\n");
    expect(await taken("rows.csv", place.url("rows.csv"))).toMatchObject({ what: "new", size: 4 });
    expect(box.read("work/rows.csv").toString()).toBe("1,a\n");
    const before = extra("rows.csv");
    expect(before.get("source.url")).toBe(place.url("rows.csv"));
    expect(before.get(place.version)).toMatch(/./);
    expect(await taken("rows.csv", null)).toMatchObject({ what: "unchanged" });
    await place.put("rows.csv", "1,a\n2,b\n");
    expect(await taken("rows.csv", null)).toMatchObject({ what: "changed", rows: { added: 1, removed: 0 } });
    expect(extra("rows.csv").get(place.version)).not.toBe(before.get(place.version));
  });

  it("that is empty, or not there", async () => {
    await place.put("empty", "");
    expect(await taken("empty", place.url("empty"))).toMatchObject({ size: 0 });
    const code: ErrorCode = "object-missing";
    expect(await refusalOf(box, () => taken("none", place.url("none")))).toBe(code);
  });

  it("that somebody else recorded is asked for without consent only in a plain bucket", async () => {
    await place.put("theirs", "1");
    await taken("theirs", place.url("theirs"));
    await box.git("work", ["commit", "-qm", "theirs", "--", "theirs.mvgit", ".gitignore"]);
    fs.rmSync(join(box.dir, "work/.git/mvgit/frozen"));
    const again = (trust: boolean) => taken("theirs", null, trust);
    if (place.needsConsent) expect(await refusalOf(box, () => again(false))).toBe("setting-untrusted");
    expect(await again(true)).toMatchObject({ what: "unchanged" });
    if (!place.needsConsent) {
      fs.rmSync(join(box.dir, "work/.git/mvgit/frozen"));
      expect(await again(false)).toMatchObject({ what: "unchanged" });
    }
  });
});
