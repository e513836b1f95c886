/** Answers that the emulator never gives: pages of a listing, accounts with folders, names that XML cannot hold. */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import type { InspectableBucket } from "../../../../src/store/bucket.ts";
import { put } from "../../../conformance/bucket/cell.ts";
import { openOn } from "../../../support/azurite.ts";

interface Canned {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

let server: http.Server;
let bucket: InspectableBucket;
let asked: string[];
let answers: (at: URL, method: string) => Canned;
beforeEach(async () => {
  asked = [];
  server = http.createServer((req, res) => {
    const at = new URL(req.url ?? "/", "http://host");
    asked.push(`${req.method} ${at.search}`);
    const { status, headers, body } = answers(at, req.method ?? "");
    req.resume().once("end", () => res.writeHead(status, { "x-ms-request-id": "1", ...headers }).end(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  bucket = await openOn(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "models");
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const PROPERTIES =
  "<Creation-Time>Sat, 28 Nov 2026 10:00:00 GMT</Creation-Time><Last-Modified>Sat, 28 Nov 2026 11:00:00 GMT" +
  "</Last-Modified><Etag>0x8D1</Etag><Content-Length>3</Content-Length>";

const blob = (name: string, more = "", attributes = ""): string =>
  `<Blob><Name${attributes}>${name}</Name><Properties>${PROPERTIES}${more}</Properties><OrMetadata /></Blob>`;

const page = (blobs: string, next = ""): Canned => ({
  status: 200,
  headers: { "content-type": "application/xml" },
  body:
    `\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://x/">` +
    `<Prefix>team/store/</Prefix><Blobs>${blobs}</Blobs><NextMarker${next === "" ? " />" : `>${next}</NextMarker>`}` +
    `</EnumerationResults>`,
});

async function listed(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of bucket.list("")) found.push(each);
  return found;
}

describe("a listing", () => {
  it("goes on with the marker of each page, which is a text of any kind", async () => {
    answers = (at) =>
      at.searchParams.get("marker") === "2!88!a&b="
        ? page(blob("team/store/b"))
        : page(blob("team/store/a"), "2!88!a&amp;b=");
    const created = Date.parse("2026-11-28T11:00:00Z");
    expect(await listed()).toEqual([
      { name: "a", size: 3, version: "0x8D1", created },
      { name: "b", size: 3, version: "0x8D1", created },
    ]);
    expect(asked).toHaveLength(2);
  });

  it("leaves folders out, and reads names that XML cannot hold", async () => {
    const folder = "<ResourceType>directory</ResourceType>";
    const file = "<ResourceType>file</ResourceType>";
    answers = () =>
      page(
        blob("team/store/folder", folder) +
          blob("team/store/a&amp;b&#x21;", file) +
          blob("team/store/%EF%BF%BE%20x", "", ' Encoded="true"'),
      );
    expect(await listed()).toMatchObject([{ name: "a&b!" }, { name: "\ufffe x" }]);
  });

  it.each([
    ["a name of another place", page(blob("other/a"))],
    ["a name that is not whole", page(blob("%E0%A4%A", "", ' Encoded="true"'))],
    ["no size", page(blob("team/store/a").replace("<Content-Length>3</Content-Length>", ""))],
    ["no end", { ...page(blob("team/store/a")), body: page(blob("team/store/a")).body?.slice(0, -30) ?? "" }],
    ["another document", { status: 200, body: "<html><body></body></html>" }],
    [
      "another number of blobs than none",
      { status: 200, body: "<EnumerationResults><NextMarker /></EnumerationResults>" },
    ],
    ["the same page again", page("", "same")],
  ])("with %s is none", async (_, answer) => {
    answers = () => answer;
    expect(isMvgitError(await listed().catch((error: unknown) => error), "remote-unavailable")).toBe(true);
  });
});

describe("what has a name", () => {
  it("is no object where it is a folder", async () => {
    const headers = { etag: '"0x8D1"', "last-modified": "Sat, 28 Nov 2026 11:00:00 GMT", "content-length": "0" };
    for (const mark of [{ "x-ms-resource-type": "directory" }, { "x-ms-meta-hdi_isfolder": "true" }]) {
      answers = () => ({ status: 200, headers: { ...headers, ...mark } });
      expect(await bucket.head("a")).toMatchObject({ size: -1, version: "0x8D1" });
    }
  });

  it.each([
    [404, {}, "remote-unavailable"],
    [404, { "x-ms-error-code": "ResourceNotFound" }, "remote-missing"],
    [404, { "x-ms-error-code": "SomethingElse" }, "remote-unavailable"],
    [200, { "content-length": "3" }, "remote-unavailable"],
    [200, { etag: '"0x1"', "last-modified": "Sat, 28 Nov 2026 11:00:00 GMT" }, "remote-unavailable"],
  ])("is not known by the answer %i %o", async (status, headers, code) => {
    answers = () => ({ status, headers: headers as Record<string, string> });
    const error: unknown = await bucket.head("a").catch((caught: unknown) => caught);
    expect(isMvgitError(error) && error.code).toBe(code);
  });
});

describe("a write that is confirmed with other bytes", () => {
  it("is deleted as that very version, and sent again", async () => {
    let puts = 0;
    answers = (_, method) => {
      if (method !== "PUT") return { status: 202 };
      return {
        status: 201,
        headers: {
          etag: '"0x8D1"',
          "content-md5": ++puts > 1 ? "ndTkYSaMgDT1yFZOFVxnpg==" : "AAAAAAAAAAAAAAAAAAAAAA==",
        },
      };
    };
    expect(await put(bucket, "a", "x")).toBe("written");
    expect(asked).toEqual(["PUT ", "DELETE ", "PUT "]);
  });

  it("is looked at where no sum is told", async () => {
    const described = { etag: '"0x8D1"', "last-modified": "Sat, 28 Nov 2026 11:00:00 GMT" };
    answers = (_, method) =>
      method === "HEAD"
        ? { status: 200, headers: { ...described, "content-length": "1" } }
        : { status: 201, headers: described };
    expect(await put(bucket, "a", "x")).toBe("written");
    expect(asked).toEqual(["PUT ", "HEAD "]);
  });
});
