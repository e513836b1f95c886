/** What is there already under a name: objects that are held, blocks of others, folders, pages of a listing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../../../../src/base/errors.ts";
import type { InspectableBucket } from "../../../../src/store/bucket.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { dieHalfway, MIB, names, put, readAll, versionOf } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { type Azurite, openOn, startAzurite } from "../../../support/azurite.ts";
import { type FaultProxy, startFaultProxy } from "../../../support/fault-proxy.ts";
import { AZURE_SERVICE } from "../../../support/services/azure.ts";

let azurite: Azurite;
let proxy: FaultProxy;
let container: string;
let bucket: InspectableBucket;
beforeAll(async () => {
  azurite = await startAzurite();
  proxy = await startFaultProxy({ target: azurite.url, service: AZURE_SERVICE });
});
beforeEach(async () => {
  proxy.faults.clear();
  container = await azurite.container();
  bucket = await openOn(proxy.url, container);
});
afterAll(async () => {
  await proxy.close();
  await azurite.close();
});

const at = (name: string, query: string): string => `/${container}/team/store/${name}${query}`;

/** Asks without the driver, which must succeed. */
async function asks(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer): Promise<void> {
  const answer = await azurite.ask(method, path, { headers, ...(body && { body }) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

async function failure(work: Promise<unknown>): Promise<MvgitError> {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (isMvgitError(error)) return error;
  throw new Error(`no MvgitError: ${String(error)}`);
}

async function bytesSent(work: () => Promise<unknown>): Promise<number> {
  const before = proxy.received();
  await work();
  return proxy.received() - before;
}

describe("an object that is held", () => {
  it.each([
    ["a lease", { "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1" }, "?comp=lease", "LeaseIdMissing"],
    ["a snapshot", {}, "?comp=snapshot", "SnapshotsPresent"],
  ])("by %s is present to whoever writes it, and told to whoever deletes it", async (_, headers, query, word) => {
    await put(bucket, "held", "bytes");
    await asks("PUT", at("held", query), headers);
    expect(await put(bucket, "held", "bytes")).toBe("present");
    expect(await put(bucket, "held", "other")).toBe("present");
    expect(await put(bucket, "held", "a longer text")).toMatchObject({ found: { size: 5 } });
    const error = await failure(bucket.delete("held", await versionOf(bucket, "held")));
    expect([error.code, error.message]).toEqual([
      "access-denied",
      expect.stringMatching(new RegExp(`^cannot delete 'held' in 'az:.*: ${word} \\(4(09|12)\\)$`)),
    ]);
    expect((await readAll(bucket, "held")).toString()).toBe("bytes");
  });
});

describe("blocks that are no object's yet", () => {
  const bytes = noise(17 * MIB);

  it("are gone on with, by any machine", async () => {
    const killed = new MvgitError("interrupted", "killed");
    const dying = {
      size: bytes.length,
      *open() {
        yield bytes.subarray(0, 16.5 * MIB);
        throw killed;
      },
    };
    await expect(bucket.putIfAbsent("large", dying)).rejects.toBe(killed);
    const other = await openOn(proxy.url, container);
    const sent = await bytesSent(async () =>
      expect(await other.putIfAbsent("large", bytesSource(bytes))).toBe("written"),
    );
    expect(sent).toBeLessThan(2 * MIB);
    expect((await readAll(other, "large")).equals(bytes)).toBe(true);
  });

  it("of another source of the same size never get into this one", async () => {
    const other = noise(bytes.length, "other");
    const mixed = Buffer.concat([bytes.subarray(0, 8 * MIB), other.subarray(8 * MIB)]);
    for (const each of [other, mixed]) await dieHalfway(bucket, "large", each);
    const sent = await bytesSent(async () =>
      expect(await bucket.putIfAbsent("large", bytesSource(bytes))).toBe("written"),
    );
    expect(sent).toBeLessThan(10 * MIB);
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
  });

  it("are forgotten when another client makes the object first, which then is there", async () => {
    const other = await openOn(azurite.url, container);
    let isFirst = true;
    const overtaken = {
      size: bytes.length,
      async *open() {
        yield bytes.subarray(0, 16 * MIB);
        if (isFirst) expect(await other.putIfAbsent("large", bytesSource(bytes))).toBe("written");
        isFirst = false;
        yield bytes.subarray(16 * MIB);
      },
    };
    expect(await bucket.putIfAbsent("large", overtaken)).toBe("present");
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
  });

  it("that another client took away with an object that is gone again are sent anew", async () => {
    const other = await openOn(azurite.url, container);
    let isFirst = true;
    const overtaken = {
      size: bytes.length,
      async *open() {
        yield bytes.subarray(0, 16 * MIB);
        if (isFirst) {
          await other.putIfAbsent("large", bytesSource(bytes));
          await other.delete("large", await versionOf(other, "large"));
        }
        isFirst = false;
        yield bytes.subarray(16 * MIB);
      },
    };
    expect(await bucket.putIfAbsent("large", overtaken)).toBe("written");
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
  });

  it("of another program, whose names the service takes no others beside, end an upload, which is said", async () => {
    const id = encodeURIComponent(Buffer.from("0001").toString("base64"));
    await asks("PUT", at("large", `?comp=block&blockid=${id}`), {}, Buffer.from("not ours"));
    const { code, message } = await failure(bucket.putIfAbsent("large", bytesSource(bytes)));
    expect(code).toBe("access-denied");
    expect(message).toMatch(/^cannot write 'team\/store\/large' in 'az:.*': another program left blocks there$/);
  });

  it("do not keep a small object from its name", async () => {
    await dieHalfway(bucket, "small", noise(10 * MIB));
    for (const size of [100, 0]) {
      await dieHalfway(bucket, `${size}`, noise(10 * MIB));
      expect(await bucket.putIfAbsent(`${size}`, bytesSource(noise(size)))).toBe("written");
      expect(await readAll(bucket, `${size}`)).toHaveLength(size);
    }
  });
});

describe("what is stored", () => {
  it("says what it is, and the sum that whole downloads are held against", async () => {
    for (const [name, size] of [
      ["small", 1000],
      ["large", 9 * MIB],
    ] as const) {
      await bucket.putIfAbsent(name, bytesSource(noise(size)));
      const { headers } = await azurite.ask("HEAD", at(name, ""));
      expect(headers.get("content-type")).toBe("application/octet-stream");
      expect(headers.get("x-ms-meta-crc32c")).toMatch(/^[A-Za-z0-9+/]{6}==$/);
      // Somebody else's tool changed the bytes and left the sum.
      const meta = { "x-ms-meta-crc32c": headers.get("x-ms-meta-crc32c") ?? "" };
      await asks("PUT", at(name, ""), { ...meta, "x-ms-blob-type": "BlockBlob" }, noise(size, "other"));
      expect((await failure(readAll(bucket, name))).message).toContain("do not fit their CRC32C");
    }
  });

  it("is listed without what it stands below, and without what is beside it", async () => {
    for (const name of ["a", "b/c"]) await put(bucket, name, name);
    await asks("PUT", `/${container}/team/storefront`, { "x-ms-blob-type": "BlockBlob" }, Buffer.from("beside"));
    await asks("PUT", `/${container}/team/store/folder/`, { "x-ms-blob-type": "BlockBlob" }, Buffer.from(""));
    expect(await names(bucket, "")).toEqual(["a", "b/c"]);
    const whole = await openOn(proxy.url, container, { prefix: "" });
    expect(await names(whole, "team/store")).toEqual(["team/store/a", "team/store/b/c", "team/storefront"]);
  });
});
