/** What web servers answer besides the bytes: refusals, pages, other bytes, and ways to somewhere else. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import { type OpenedBucket, WrongBytes } from "../../../../src/store/bucket.ts";
import { errorCode, MIB, readAll } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { makeTestFolder, type TestFolder } from "../../../support/test-folder.ts";
import { openOnWeb } from "../../../support/web-open.ts";
import { type Answering, startWebServer, type WebServer } from "../../../support/web-server.ts";

let folder: TestFolder;
let server: WebServer;
let bucket: OpenedBucket;

beforeEach(async () => {
  folder = makeTestFolder();
  folder.write("a", "0123456789");
  server = await startWebServer(folder.dir);
  bucket = openOnWeb(server.url);
});
afterEach(async () => {
  await server.close();
  folder.remove();
});

async function refusal(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
  } catch (error) {
    if (isMvgitError(error)) return [error.code, error.message.replaceAll(server.url, "URL"), error.hint ?? ""];
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Answers so, the first times or each time. */
function answers(answer: Answering, times = Number.POSITIVE_INFINITY): void {
  server.instead = (req, res) => times-- > 0 && answer(req, res) !== false;
}

describe("a refusal", () => {
  it("of what is not there, or no more, is absence; any other is none", async () => {
    for (const status of [404, 410]) {
      answers((_, res) => void res.writeHead(status).end("<h1>no</h1>"));
      expect(await bucket.head("a")).toBeNull();
      expect(await errorCode(readAll(bucket, "a"))).toBe("object-missing");
    }
    for (const [status, code] of [
      [300, "remote-unavailable"],
      [400, "remote-unavailable"],
      [401, "access-denied"],
      [403, "access-denied"],
      [416, "remote-unavailable"],
      [451, "remote-unavailable"],
    ] as const) {
      answers((_, res) => void res.writeHead(status).end());
      server.asked.length = 0;
      expect([status, await errorCode(bucket.head("a"))]).toEqual([status, code]);
      expect([status, await errorCode(readAll(bucket, "a", { start: 0, end: 1 }))]).toEqual([status, code]);
      expect(server.asked).toHaveLength(2);
    }
  });

  it("for want of a right says what may be behind it", async () => {
    answers((_, res) => void res.writeHead(401).end());
    expect(await refusal(bucket.head("a"))).toMatchInlineSnapshot(`
      [
        "access-denied",
        "cannot look for 'a': 'URL' asks who you are (401)",
        "only what a server gives to everybody can be read: ask its keeper to publish it",
      ]
    `);
    answers((_, res) => void res.writeHead(403).end());
    expect(await refusal(bucket.head("a"))).toMatchInlineSnapshot(`
      [
        "access-denied",
        "cannot look for 'a': 'URL' does not let you have it (403)",
        "ask its keeper to publish the folder; a bucket that not everybody may list answers so for what is absent too",
      ]
    `);
  });

  it("for the moment is tried again", async () => {
    for (const status of [408, 429, 500, 502, 503, 504, 522]) {
      answers((_, res) => void res.writeHead(status, { "retry-after": "1" }).end(), 3);
      expect(await bucket.head("a")).toMatchObject({ size: 10 });
      answers((_, res) => void res.writeHead(status).end(), 3);
      expect((await readAll(bucket, "a")).toString()).toBe("0123456789");
    }
  });
});

describe("an answer without parts", () => {
  it("is gone on with from where it was cut, by passing over what is there", async () => {
    const bytes = noise(3 * MIB);
    folder.write("b", bytes);
    server.ways = { ranges: false };
    answers(
      (_, res) =>
        void res
          .writeHead(200, { ...said("b"), "content-length": bytes.length })
          .write(bytes.subarray(0, MIB), () => res.destroy()),
      1,
    );
    expect((await readAll(bucket, "b", { start: 10, end: bytes.length })).equals(bytes.subarray(10))).toBe(true);
    expect(server.asked).toHaveLength(2);
  });

  it("is asked for once, and once more behind the first part, however large it is", async () => {
    const bytes = noise(20 * MIB);
    folder.write("b", bytes);
    server.ways = { ranges: false };
    expect((await readAll(bucket, "b", { start: 0, end: bytes.length })).equals(bytes)).toBe(true);
    expect(server.asked).toHaveLength(2);
    server.ways = {};
    expect((await readAll(bucket, "b", { start: 0, end: bytes.length })).equals(bytes)).toBe(true);
    expect(server.asked).toHaveLength(5);
  });

  it("and without its length is read to its end, and never believed where a cut looks like the end", async () => {
    server.ways = { ranges: false, lengths: false };
    expect((await readAll(bucket, "a")).toString()).toBe("0123456789");
    answers((req, res) => {
      req.socket.end("HTTP/1.0 200 OK\r\n\r\n01234");
      return void res;
    });
    expect((await refusal(readAll(bucket, "a")))[1]).toContain("does not say how long it is");
    expect((await refusal(bucket.head("a")))[1]).toContain("does not say how long it is");
  });
});

/** What the server says of the version of a file. */
function said(name: string): Record<string, string> {
  const { mtimeNs, ino } = fs.statSync(join(folder.dir, name), { bigint: true });
  return { etag: `"${ino}-${mtimeNs}"` };
}

describe("bytes that are not the object's", () => {
  it("of another version are never put behind those of the first", async () => {
    for (const etag of ["strong", "weak", "none"] as const) {
      server.ways = { etag };
      folder.write("b", noise(9 * MIB, "one"));
      fs.utimesSync(join(folder.dir, "b"), 1, 1);
      const reading = bucket.get("b", { start: 0, end: 9 * MIB })[Symbol.asyncIterator]();
      await reading.next();
      fs.rmSync(join(folder.dir, "b"));
      folder.write("b", noise(9 * MIB, "two"));
      const rest = async (): Promise<void> => {
        while (!(await reading.next()).done);
      };
      await expect(rest()).rejects.toBeInstanceOf(WrongBytes);
    }
  });

  it("a page for whatever is asked for has another length", async () => {
    answers((_, res) => void res.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>"));
    expect(await errorCode(readAll(bucket, "b", { start: 0, end: 100, of: 100 }))).toBe("remote-unavailable");
    await expect(readAll(bucket, "b", { start: 0, end: 100, of: 100 })).rejects.toBeInstanceOf(WrongBytes);
  });

  it("too few, or another range", async () => {
    answers((_, res) => void res.writeHead(206, { "content-range": "bytes 0-4/10", "content-length": 5 }).end("01234"));
    expect(await errorCode(readAll(bucket, "a", { start: 2, end: 7 }))).toBe("remote-unavailable");
    answers((_, res) => void res.writeHead(200, { "content-length": 12 }).write("01", () => res.destroy()));
    expect(await errorCode(readAll(bucket, "a"))).toBe("remote-unavailable");
  });

  it("that were compressed, though asked for as they are", async () => {
    answers((req, res) => {
      expect(req.headers["accept-encoding"]).toBe("identity");
      res.writeHead(200, { "content-encoding": "gzip", "content-length": 3 }).end("abc");
    });
    expect(await refusal(readAll(bucket, "a"))).toMatchInlineSnapshot(`
      [
        "not-supported",
        "cannot read 'a': 'URL' sends it compressed ('gzip')",
        "let its keeper turn compression off for these files: it changes the bytes, and saves nothing",
      ]
    `);
    expect(await errorCode(bucket.head("a"))).toBe("not-supported");
  });
});

describe("a redirect", () => {
  it("that is not followed ends at once, and says where it leads", async () => {
    for (const [location, words] of [
      ["file:///etc/passwd", "redirects to 'file://', which is not followed"],
      ["/again", "redirects more than 10 times"],
    ] as const) {
      server.asked.length = 0;
      answers((_, res) => void res.writeHead(302, { location }).end());
      const host = new URL(server.url).host;
      expect((await refusal(bucket.head("a"))).slice(0, 2)).toEqual([
        "remote-foreign",
        `cannot look for 'a' in 'URL': '${host}' ${words}`,
      ]);
      expect(server.asked.length).toBe(location === "/again" ? 11 : 1);
    }
  });

  it("that is followed keeps its connection", async () => {
    const connections = new Set<unknown>();
    answers((req, res) => {
      connections.add(req.socket);
      if (req.url !== "/data/moved") return false;
      res.writeHead(307, { location: "/data/a" }).end("<a href>elsewhere</a>");
    });
    for (let times = 0; times < 5; times++) expect(await readAll(bucket, "moved")).toHaveLength(10);
    expect(connections.size).toBe(1);
  });
});

it("doctor is told whether anybody answers", async () => {
  expect(await bucket.inspect([])).toEqual({
    identity: "nobody: a web server is read without signing in",
    checks: [{ what: "web server answers", ok: true }],
  });
  await server.close();
  expect((await bucket.inspect([])).checks).toMatchObject([
    { ok: false, advice: expect.stringContaining("ECONNREFUSED") },
  ]);
  server = await startWebServer(folder.dir);
});
