/** The proxy that plans faults: what it tells apart, and that it changes nothing else. */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultProxy, type Service, startFaultProxy } from "../../support/fault-proxy.ts";
import { AZURE_SERVICE } from "../../support/services/azure.ts";
import { GCS_SERVICE } from "../../support/services/gcs.ts";
import { S3_SERVICE } from "../../support/services/s3.ts";
import { WEB_SERVICE } from "../../support/services/web.ts";

describe("requests are told apart", () => {
  const kind = (service: Service, method: string, path: string, headers = {}): string =>
    service.kindOf({ method, url: new URL(path, "http://host"), headers });

  it.each([
    ["HEAD", "/b/a/c", "head"],
    ["GET", "/b/a/c?x-id=GetObject", "get"],
    ["GET", "/b?list-type=2&prefix=a", "list"],
    ["GET", "/b/?list-type=2&prefix=a", "list"],
    ["PUT", "/b/a", "put"],
    ["POST", "/b/a?uploads", "begin"],
    ["PUT", "/b/a?partNumber=1&uploadId=u", "part"],
    ["GET", "/b/a?uploadId=u", "status"],
    ["POST", "/b/a?uploadId=u", "complete"],
    ["DELETE", "/b/a?uploadId=u", "abort"],
    ["DELETE", "/b/a", "delete"],
    ["HEAD", "/b", "other"],
  ])("s3: %s %s is '%s'", (method, path, expected) => expect(kind(S3_SERVICE, method, path)).toBe(expected));

  it.each([
    ["HEAD", "/account/c/a", "head"],
    ["GET", "/account/c/a", "get"],
    ["GET", "/account/c?restype=container&comp=list", "list"],
    ["PUT", "/account/c/a", "put"],
    ["PUT", "/account/c/a?comp=block&blockid=b", "part"],
    ["GET", "/account/c/a?comp=blocklist", "status"],
    ["PUT", "/account/c/a?comp=blocklist", "complete"],
    ["DELETE", "/account/c/a", "delete"],
    ["GET", "/account/c?restype=container", "other"],
  ])("azure: %s %s is '%s'", (method, path, expected) => expect(kind(AZURE_SERVICE, method, path)).toBe(expected));

  it("google: the last bytes of a session complete it", () => {
    const path = "/upload/storage/v1/b/b/o?uploadType=resumable&upload_id=u";
    const kinds = ["bytes 0-9/20", "bytes 10-19/20", "bytes */20"].map((range) =>
      kind(GCS_SERVICE, "PUT", path, { "content-range": range }),
    );
    expect(kinds).toEqual(["part", "complete", "status"]);
  });

  it("the web: what is looked at and what is read", () => {
    expect(["HEAD", "GET", "PUT"].map((method) => kind(WEB_SERVICE, method, "/a"))).toEqual(["head", "get", "other"]);
  });
});

describe("what passes", () => {
  const heard: { method: string; headers: string[]; body: string }[] = [];
  let server: http.Server;
  let proxy: FaultProxy;
  beforeEach(async () => {
    heard.length = 0;
    server = http.createServer((req, res) => {
      let body = "";
      req.on("data", (chunk: Buffer) => (body += chunk.toString()));
      req.on("end", () => {
        heard.push({ method: req.method ?? "", headers: req.rawHeaders, body });
        res.writeHead(200, { "X-Odd": "kept", location: "elsewhere" }).end(`heard ${heard.length}`);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    proxy = await startFaultProxy({ target, service: WEB_SERVICE });
  });
  afterEach(async () => {
    await proxy.close();
    server.close();
  });

  it("is the request as it was, with the host that it was signed for", async () => {
    const headers = { "X-Signed": "yes", authorization: "secret" };
    const answer = await fetch(`${proxy.url}/a`, { method: "PUT", headers, body: "bytes" });
    expect([answer.headers.get("x-odd"), await answer.text()]).toEqual(["kept", "heard 1"]);
    const [request] = heard;
    expect([request?.method, request?.body]).toEqual(["PUT", "bytes"]);
    const lower = request?.headers.map((text) => text.toLowerCase());
    for (const each of ["x-signed", "secret", new URL(proxy.url).host]) expect(lower).toContain(each);
    expect([proxy.received(), proxy.counts.get("other")]).toEqual([5, 1]);
  });

  it("is heard twice, or by half, where that is planned", async () => {
    const send = async (): Promise<string> =>
      (await fetch(`${proxy.url}/a`, { method: "PUT", body: "0123456789" })).text();
    proxy.faults.add({ action: { do: "twice" } });
    expect(await send()).toBe("heard 2");
    proxy.faults.add({ nth: 1, action: { do: "half" } });
    await send();
    expect(heard.map(({ body }) => body)).toEqual(["0123456789", "0123456789", "01234"]);
  });
});
