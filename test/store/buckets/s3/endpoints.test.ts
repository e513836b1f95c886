/** What endpoints differ in, and say in the middle of work: regions, clocks, preconditions, sums, credentials. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/base/clock.ts";
import type { MvgitError } from "../../../../src/base/errors.ts";
import type { InspectableBucket } from "../../../../src/store/bucket.ts";
import type { S3Options } from "../../../../src/store/buckets/s3/bucket.ts";
import { signIn } from "../../../../src/store/buckets/s3/sign-in.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { errorCode, MIB, put, readAll, versionOf } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { openS3On, startS3 } from "../../../support/s3-open.ts";
import { refuse, type S3Asked, type S3ServerInMemory } from "../../../support/s3-server.ts";
import { WaitlessClock } from "../../../support/watch.ts";
import { TestSessions } from "../../cloud/part-service.ts";

/** Three parts. */
const LARGE = noise(17 * MIB + 5);
let server: S3ServerInMemory;
let warned: string[];

beforeEach(async () => {
  server = await startS3();
  warned = [];
});
afterEach(() => server.close());

const clock = (): WaitlessClock => new WaitlessClock(Date.now());

function open(more: Partial<S3Options> = {}): Promise<InspectableBucket> {
  return openS3On(server.url, { clock: clock(), warn: (text) => void warned.push(text), ...more });
}

const isPut = ({ method, query }: S3Asked): boolean => method === "PUT" && !query.has("partNumber");
const isComplete = ({ method, query }: S3Asked): boolean => method === "POST" && query.has("uploadId");
const puts = (): string[] => server.asked.filter((each) => /^PUT [^?]*$/.test(each));

describe("where a bucket is", () => {
  const placeOf = async (more: object, env: Record<string, string> = {}) => {
    const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_CONFIG_FILE: "/nowhere", ...env };
    const signal = new AbortController().signal;
    return signIn({ bucket: "my-bucket", env: keys, clock: clock(), signal, inactivityMs: 1000, ...more });
  };

  it("is what Amazon's client makes of it, and the path where another endpoint is named", async () => {
    const bases: [object, Record<string, string>, string][] = [
      [{ region: "eu-west-1" }, {}, "https://my-bucket.s3.eu-west-1.amazonaws.com"],
      [{}, { AWS_REGION: "cn-north-1" }, "https://my-bucket.s3.cn-north-1.amazonaws.com.cn"],
      [{ bucket: "my.bucket" }, { AWS_DEFAULT_REGION: "eu-west-1" }, "https://s3.eu-west-1.amazonaws.com/my.bucket"],
      [{ endpoint: "https://minio:9000" }, { AWS_REGION: "us-east-1" }, "https://minio:9000/my-bucket"],
      [{ endpoint: "https://minio:9000", pathStyle: false, region: "a" }, {}, "https://my-bucket.minio:9000"],
      [
        { region: "a" },
        { AWS_ENDPOINT_URL: "http://one:1", AWS_ENDPOINT_URL_S3: "http://two:2" },
        "http://two:2/my-bucket",
      ],
    ];
    for (const [more, env, base] of bases) expect((await placeOf(more, env)).place.base).toBe(base);
    const found = await placeOf({ region: "us-east-1" });
    expect(await found.moveTo("eu-central-1")).toBe(true);
    expect(found.place.base).toBe("https://my-bucket.s3.eu-central-1.amazonaws.com");
    expect(await found.moveTo("evil.example/")).toBe(false);
  });

  it("is no region that could be a host, and no endpoint with a path", async () => {
    for (const more of [{ region: "evil.example/" }, { endpoint: "https://host/path" }, { endpoint: "ftp://host" }])
      expect(await errorCode(placeOf(more))).toBe("setting-invalid");
  });

  it("is shown without a password that somebody wrote into it, and not asked then", async () => {
    for (const endpoint of ["https://ada:s3cret@host", "https://:s3cret@host"]) {
      const error: unknown = await placeOf({ endpoint }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "setting-invalid" });
      expect(JSON.stringify(error) + String(error) + String((error as MvgitError).subject)).not.toContain("s3cret");
    }
  });

  it("is found out where another region was named, by requests with and without words in their answers", async () => {
    server.region = "eu-west-1";
    const bucket = await open();
    expect(await bucket.head("a")).toBeNull();
    expect(await put(bucket, "a", "bytes")).toBe("written");
    const other = await open();
    expect(await other.putIfAbsent("large", bytesSource(LARGE))).toBe("written");
    server.asked.length = 0;
    expect((await readAll(await open(), "a")).toString()).toBe("bytes");
    expect(server.asked).toHaveLength(2);
  });

  it("is found out where answers to HEAD do not name it, as versitygw's", async () => {
    server.region = "eu-west-1";
    server.rules.push(({ method, headers }) =>
      method === "HEAD" && !headers.authorization?.includes("/eu-west-1/") ? { status: 400 } : undefined,
    );
    const bucket = await open({ region: "eu-west-9" });
    expect(await bucket.head("a")).toBeNull();
    expect(server.asked).toEqual([
      "HEAD team/store/a",
      "GET ?list-type?max-keys",
      "HEAD team/store/a",
      "GET ?list-type?max-keys",
    ]);
  });

  it("is not followed in circles", async () => {
    server.rules.push((asked) => {
      const region = `r${server.asked.length}`;
      return { ...refuse(301, "PermanentRedirect"), headers: { "x-amz-bucket-region": region, x: asked.name } };
    });
    expect(await errorCode((await open()).head("a"))).toBe("remote-unavailable");
    expect(server.asked.length).toBeLessThan(6);
  });
});

describe("a clock that is wrong", () => {
  it.each([-1, 1])("is told from the first refusal, and once", async (sign) => {
    server.now = () => Date.now() + sign * 3_600_000;
    const bucket = await open();
    expect(await bucket.head("a")).toBeNull();
    expect(await put(bucket, "a", "bytes")).toBe("written");
    expect(server.asked.filter((each) => each.startsWith("HEAD"))).toHaveLength(3);
  });

  it("is told to all requests that are under way", async () => {
    server.now = () => Date.now() + 3_600_000;
    server.region = "eu-west-1";
    const bucket = await open();
    const names = Array.from({ length: 20 }, (_, at) => `${at}`);
    expect(await Promise.all(names.map((name) => bucket.head(name)))).toEqual(names.map(() => null));
  });
});

describe("credentials", () => {
  it("that expired are asked for anew, in the middle of an upload", async () => {
    const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-aws-"));
    const before = process.env["AWS_CONFIG_FILE"];
    const [id, secret] = [...server.keys][0] as [string, string];
    const credentials = { Version: 1, AccessKeyId: id, SecretAccessKey: secret, Expiration: "2099-01-01T00:00:00Z" };
    const give = (token: string): void =>
      fs.writeFileSync(join(folder, "given"), JSON.stringify({ ...credentials, SessionToken: token }));
    fs.writeFileSync(join(folder, "config"), `[profile p]\ncredential_process = cat ${join(folder, "given")}\n`);
    process.env["AWS_CONFIG_FILE"] = join(folder, "config");
    try {
      give("good");
      const bucket = await open({ env: { AWS_REGION: "us-east-1" }, profile: "p", clock: systemClock });
      expect(await bucket.head("a")).toBeNull();
      server.once(({ query }) => query.get("partNumber") === "2", refuse(400, "ExpiredToken"));
      expect(await bucket.putIfAbsent("large", bytesSource(LARGE))).toBe("written");
      give("of old");
      const late = await open({ env: { AWS_REGION: "us-east-1" }, profile: "p", clock: systemClock });
      expect(await errorCode(late.head("a"))).toBe("access-denied");
      give("good");
      expect(await late.head("large")).toMatchObject({ size: LARGE.length });
    } finally {
      if (before === undefined) delete process.env["AWS_CONFIG_FILE"];
      else process.env["AWS_CONFIG_FILE"] = before;
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("that are unknown, or whose secret is another, are refused", async () => {
    for (const env of [{ AWS_ACCESS_KEY_ID: "other" }, { AWS_SECRET_ACCESS_KEY: "other" }]) {
      const [id, secret] = [...server.keys][0] as [string, string];
      const keys = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...env };
      expect(await errorCode(readAll(await open({ env: keys }), "a"))).toBe("access-denied");
      const bad = (await (await open({ env: keys })).inspect([])).checks.filter(({ ok }) => !ok);
      expect(bad.map(({ advice }) => advice)).toEqual([expect.stringContaining("does not accept these credentials")]);
    }
  });
});

it("parts of an upload that are listed without end are no parts", async () => {
  const isListing = ({ method, query }: S3Asked): boolean => method === "GET" && query.has("uploadId");
  let left = 500;
  server.rules.push((asked) => {
    if (!isListing(asked) || left-- === 0) return undefined;
    const next = Number(asked.query.get("part-number-marker")) + 1000;
    const more = `<IsTruncated>true</IsTruncated><NextPartNumberMarker>${next}</NextPartNumberMarker>`;
    return { status: 200, body: `<ListPartsResult>${more}</ListPartsResult>` };
  });
  const planted = { get: async () => "word", set: async () => undefined, delete: async () => undefined };
  const bucket = await open({ sessions: planted });
  expect(await errorCode(bucket.putIfAbsent("large", bytesSource(LARGE)))).toBe("remote-unavailable");
  expect(left).toBeGreaterThan(300);
});

describe("writes that never replace", () => {
  it("are tried once, on the first object, and remembered", async () => {
    const sessions = new TestSessions();
    const bucket = await open({ sessions: sessions.asSessions });
    await Promise.all(["a", "b", "c"].map((name) => put(bucket, name, name)));
    expect(puts()).toHaveLength(4);
    server.asked.length = 0;
    const later = await open({ sessions: sessions.asSessions });
    expect(await put(later, "d", "d")).toBe("written");
    expect(server.asked).toEqual(["PUT team/store/d"]);
    expect(warned).toEqual([]);
  });

  it.each(["ignored", "refused"] as const)("that are %s: looks first, reads back, and says so once", async (how) => {
    Object.assign(server.knows, { put: how, complete: how });
    const sessions = new TestSessions();
    const bucket = await open({ sessions: sessions.asSessions });
    expect(await put(bucket, "a", "first")).toBe("written");
    const before = await bucket.head("a");
    expect(await put(bucket, "a", "later")).toBe("present");
    expect(await put(bucket, "a", "of another size")).toEqual({ found: before });
    expect(await bucket.putIfAbsent("a", bytesSource(LARGE))).toEqual({ found: before });
    expect(await bucket.putIfAbsent("large", bytesSource(LARGE))).toBe("written");
    expect(await bucket.head("a")).toEqual(before);
    expect((await readAll(bucket, "large")).equals(LARGE)).toBe(true);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain("If-None-Match");
    const again = await open({ sessions: sessions.asSessions });
    expect(await put(again, "b", "b")).toBe("written");
    expect(warned).toHaveLength(2);
  });

  it("that are ignored: what somebody wrote at the same moment is told, and stays", async () => {
    server.knows.put = "ignored";
    const bucket = await open();
    await put(bucket, "first", "the trial");
    server.rules.push(({ method, name }) => {
      if (method === "GET" && name.endsWith("/a")) server.put(name, Buffer.from("theirs"));
      return undefined;
    });
    expect(await put(bucket, "a", "ours..")).toMatchObject({ found: { size: 6 } });
    expect(server.objects.get("team/store/a")?.bytes.toString()).toBe("theirs");
  });

  it("that are kept for objects alone: looks before an upload is put together", async () => {
    server.knows.complete = "ignored";
    const bucket = await open();
    await put(bucket, "first", "the trial");
    server.once(
      ({ query, name }) => query.get("partNumber") === "3" && Boolean(server.put(name, Buffer.from("theirs"))) && false,
      refuse(500, "InternalError"),
    );
    expect(await bucket.putIfAbsent("a", bytesSource(LARGE))).toMatchObject({ found: { size: 6 } });
    expect([server.objects.get("team/store/a")?.bytes.length, server.uploads.size]).toEqual([6, 0]);
  });

  it("doctor says which they are, leaves nothing, and names what is not permitted", async () => {
    const bucket = await open();
    const { identity, checks } = await bucket.inspect([]);
    expect(identity).toMatch(/^access key /);
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect([server.objects.size, server.uploads.size]).toEqual([0, 0]);
    server.knows.put = "ignored";
    const bad = (await (await open()).inspect([])).checks.filter(({ ok }) => !ok);
    expect(bad).toEqual(
      ["If-None-Match", "If-Match"].map((each) => ({
        what: expect.stringContaining(`(${each})`),
        ok: false,
        advice: expect.any(String),
      })),
    );
    expect([server.objects.size, server.uploads.size]).toEqual([0, 0]);
  });

  it.each([
    ["s3:ListBucket", ({ query }: S3Asked) => query.has("list-type")],
    ["s3:GetObject", ({ method }: S3Asked) => method === "HEAD"],
    ["s3:PutObject", ({ query }: S3Asked) => query.has("uploads")],
    ["s3:DeleteObject", ({ method, query }: S3Asked) => method === "DELETE" && !query.has("uploadId")],
    ["s3:ListMultipartUploadParts", ({ method, query }: S3Asked) => method === "GET" && query.has("uploadId")],
    ["s3:AbortMultipartUpload", ({ method, query }: S3Asked) => method === "DELETE" && query.has("uploadId")],
  ])("doctor names %s alone where it is missing", async (permission, isMeant) => {
    server.rules.push((asked) => (isMeant(asked) ? refuse(403, "AccessDenied") : undefined));
    const bad = (await (await open()).inspect([])).checks.filter(({ ok }) => !ok);
    expect(bad.map(({ advice }) => advice)).toEqual([
      `'${permission}' is missing: ask for a policy that allows it on bucket 'bucket'`,
    ]);
    expect(server.objects.size).toBe(0);
  });
});

describe("sums", () => {
  it.each(["ignored", "refused"] as const)("that are %s: MD5 goes along, and tags are held against it", async (how) => {
    server.knows.sums = how;
    const bucket = await open();
    expect(await put(bucket, "a", "bytes")).toBe("written");
    server.once(isPut, { status: 200, headers: { etag: '"d41d8cd98f00b204e9800998ecf8427e"' } });
    expect(await put(bucket, "b", "bytes")).toBe("written");
    expect(server.objects.get("team/store/b")?.bytes.toString()).toBe("bytes");
    expect(await bucket.putIfAbsent("large", bytesSource(LARGE))).toBe("written");
    expect((await readAll(bucket, "large")).equals(LARGE)).toBe(true);
    expect(warned).toEqual([]);
  });

  it("of less than was sent: that is deleted, and sent again", async () => {
    const bucket = await open();
    await put(bucket, "first", "the trial");
    for (const sum of ["kept", "ignored"] as const) {
      server.rules.length = 0;
      let lies = 1;
      server.rules.push((asked) => {
        if (!isPut(asked) || lies-- <= 0) return undefined;
        const { tag, sum: told } = server.put(asked.name, asked.body.subarray(0, 3));
        return {
          status: 200,
          headers: { etag: `"${tag}"`, ...(sum === "kept" && { "x-amz-checksum-crc32c": told ?? "" }) },
        };
      });
      expect(await put(bucket, sum, "bytes")).toBe("written");
      expect(server.objects.get(`team/store/${sum}`)?.bytes.toString()).toBe("bytes");
    }
  });

  it.each(["kept", "ignored"] as const)(
    "that are repeated, of other bytes: those are read, deleted, sent again (If-None-Match %s)",
    async (how) => {
      server.knows.put = how;
      const bucket = await open();
      await put(bucket, "first", "the trial");
      let lies = 2;
      server.rules.push((asked) => {
        if (!isPut(asked) || lies-- <= 0) return undefined;
        const { tag } = server.put(asked.name, Buffer.from("bitez"), String(asked.headers["x-amz-checksum-crc32c"]));
        const sum = String(asked.headers["x-amz-checksum-crc32c"]);
        return { status: 200, headers: { etag: `"${tag}"`, "x-amz-checksum-crc32c": sum } };
      });
      expect(await put(bucket, "a", "bytes")).toBe("written");
      expect(server.objects.get("team/store/a")?.bytes.toString()).toBe("bytes");
    },
  );

  it("whose tags are none, as of an endpoint that encrypts: the first object is read back, and no other", async () => {
    server.rules.push((asked) => {
      if (!isPut(asked) || server.objects.has(asked.name)) return undefined;
      const made = server.put(asked.name, asked.body);
      made.tag = "0123456789abcdef0123456789abcdef";
      return { status: 200, headers: { etag: `"${made.tag}"`, "x-amz-checksum-crc32c": made.sum ?? "" } };
    });
    const bucket = await open();
    for (const name of ["a", "b", "c"]) expect(await put(bucket, name, name)).toBe("written");
    expect(server.asked.filter((each) => each.startsWith("GET team"))).toEqual(["GET team/store/a"]);
  });

  it("of an upload that is short, or other bytes: deleted, and sent again", async () => {
    for (const made of [LARGE.subarray(0, -1), Buffer.from(LARGE).fill(1, 5, 6)]) {
      server.rules.length = 0;
      server.objects.clear();
      let lies = 1;
      server.rules.push((asked) => {
        if (!isComplete(asked) || lies-- <= 0) return undefined;
        server.put(asked.name, made);
        return { status: 200, body: "<CompleteMultipartUploadResult/>" };
      });
      const bucket = await open();
      expect(await bucket.putIfAbsent("a", bytesSource(LARGE))).toBe("written");
      expect(server.objects.get("team/store/a")?.bytes.equals(LARGE)).toBe(true);
    }
  });
});

describe("the last request of an upload", () => {
  const answers: [string, () => void][] = [
    ["says 200 and an error within", () => server.once(isComplete, { ...refuse(200, "InternalError") })],
    ["meets a concurrent writer", () => server.once(isComplete, refuse(409, "ConditionalRequestConflict"))],
    ["finds a part gone", () => server.once(isComplete, refuse(400, "InvalidPart"))],
    ["finds the upload gone", () => server.once(isComplete, refuse(404, "NoSuchUpload"))],
  ];
  it.each(answers)("%s: the object is there in the end", async (_, plan) => {
    plan();
    expect(await (await open()).putIfAbsent("a", bytesSource(LARGE))).toBe("written");
    expect(server.objects.get("team/store/a")?.bytes.equals(LARGE)).toBe(true);
    expect(server.uploads.size).toBe(0);
  });

  it("was done, and its answer lost: what is there is taken for what was sent, if it is", async () => {
    let isLost = false;
    server.rules.push((asked) => {
      if (!isComplete(asked) || isLost) return undefined;
      isLost = true;
      server.put(asked.name, LARGE);
      server.uploads.clear();
      return refuse(500, "InternalError");
    });
    expect(await (await open()).putIfAbsent("a", bytesSource(LARGE))).toBe("present");
  });
});

describe("a write in the place of one version", () => {
  it.each(["ignored", "refused"] as const)("looks first and reads back where the precondition is %s", async (how) => {
    const bucket = await open();
    await put(bucket, "a", "first");
    const version = await versionOf(bucket, "a");
    server.knows.put = how;
    await bucket.replace("a", version, bytesSource(Buffer.from("second")));
    expect(await errorCode(bucket.replace("a", version, bytesSource(Buffer.from("third"))))).toBe("object-exists");
    expect((await readAll(bucket, "a")).toString()).toBe("second");
    // Somebody writes between this call's write and its look at what it wrote.
    const second = await versionOf(bucket, "a");
    server.rules.push(({ method, name }) => {
      if (method === "HEAD" && server.objects.get(name)?.bytes.toString() === "fourth")
        server.put(name, Buffer.from("theirs"));
      return undefined;
    });
    expect(await errorCode(bucket.replace("a", second, bytesSource(Buffer.from("fourth"))))).toBe("object-exists");
    expect((await readAll(bucket, "a")).toString()).toBe("theirs");
  });

  it.each([true, false])("whose answer is lost is done once (heard: %s)", async (isHeard) => {
    const bucket = await open();
    await put(bucket, "a", "first");
    let lost = 1;
    server.rules.push((asked) => {
      if (!isPut(asked) || lost-- <= 0) return undefined;
      if (isHeard) server.put(asked.name, asked.body);
      return refuse(503, "SlowDown");
    });
    await bucket.replace("a", await versionOf(bucket, "a"), bytesSource(Buffer.from("second")));
    expect((await readAll(bucket, "a")).toString()).toBe("second");
  });

  it("that stored other bytes is sent again", async () => {
    const bucket = await open();
    await put(bucket, "a", "first");
    let lies = 1;
    server.rules.push((asked) => {
      if (!isPut(asked) || lies-- <= 0) return undefined;
      const { tag } = server.put(asked.name, Buffer.from("secon"));
      return { status: 200, headers: { etag: `"${tag}"` } };
    });
    await bucket.replace("a", await versionOf(bucket, "a"), bytesSource(Buffer.from("second")));
    expect((await readAll(bucket, "a")).toString()).toBe("second");
  });
});

describe("a delete", () => {
  it.each(["ignored", "refused"] as const)("of one version works where the precondition is %s", async (how) => {
    server.knows.delete = how;
    const bucket = await open();
    await put(bucket, "a", "bytes");
    expect(await errorCode(bucket.delete("a", "another 1"))).toBe("object-exists");
    await bucket.delete("a", await versionOf(bucket, "a"));
    expect(await bucket.head("a")).toBeNull();
  });

  it("spares the same bytes that were written again later", async () => {
    const bucket = await open();
    await put(bucket, "a", "bytes");
    const version = await versionOf(bucket, "a");
    server.now = () => Date.now() + 2000;
    server.put("team/store/a", Buffer.from("bytes"));
    expect(await errorCode(bucket.delete("a", version))).toBe("object-exists");
  });
});
