/** The page's server over real HTTP: who is heard, what is answered, and what never is. */
import * as fs from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogReport } from "../../src/registry/log.ts";
import type { ShowReport } from "../../src/registry/show.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { push } from "../../src/files/push.ts";
import { save } from "../../src/versions/save.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { damage, track } from "../support/track.ts";
import { type Asked, type Answer, listen, openHere, type Opened, request } from "./open.ts";

const NONE = { data: [], weights: [], params: [], metrics: [], message: "" };
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

let box: Sandbox;
let ui: Opened;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  box.write("work/README.md", "# Spam\n");
  box.write("work/metrics.json", '{"accuracy": 0.9}');
  await box.git("work", ["add", "-A"]);
  await track(box, { "data/1.csv": "x" }, ["data"]);
  box.write("work/w/deep/2.bin", "two");
  box.write("work/w/1.png", "png");
  box.write("work/w/evil.svg", SVG);
  box.write("work/w/evil.html", "<script>alert(1)</script>");
  box.write("work/w/a b#?%.csv", "x,y\n1,2\n");
  await save(await box.open(), { model: "spam", ...NONE, data: ["data"], weights: ["w"], message: "</script><b>" });
  ui = await openHere(box);
}, 30_000);
afterAll(async () => {
  await ui.close();
  box.cleanup();
});

const own = (): string => ui.url.origin;

describe("who is heard", () => {
  const BROWSER = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };
  const heard: [string, () => Asked][] = [
    ["a program without an origin", () => ({})],
    ["this machine's other name", () => ({ headers: { host: `localhost:${ui.url.port}` } })],
    ["its own page", () => ({ headers: { ...BROWSER, origin: own() } })],
    ["an address that was typed", () => ({ headers: { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" } })],
    [
      "a link on somebody's page that is followed",
      () => ({
        headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
      }),
    ],
  ];
  it.each(heard)("%s", async (_, asked) => {
    expect((await ui.ask("data/stages.json", asked())).status).toBe(200);
  });

  const refused: [string, () => Asked][] = [
    ["a name that was turned to this machine", () => ({ headers: { host: `evil.example:${ui.url.port}` } })],
    ["this machine without its port", () => ({ headers: { host: "127.0.0.1" } })],
    ["another port's name", () => ({ headers: { host: "127.0.0.1:1" } })],
    ["an origin that is nobody's", () => ({ headers: { origin: "null" } })],
    ["another origin", () => ({ headers: { origin: "https://evil.example" } })],
    ["another server of this machine", () => ({ headers: { origin: "http://127.0.0.1:1" } })],
    ["the same as https", () => ({ headers: { origin: own().replace("http:", "https:") } })],
    ["this machine's other name as origin", () => ({ headers: { origin: own().replace("127.0.0.1", "localhost") } })],
    [
      "a picture on another page",
      () => ({ headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" } }),
    ],
    [
      "a script on another port",
      () => ({ headers: { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" } }),
    ],
    [
      "a frame on another page",
      () => ({ headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" } }),
    ],
    [
      "a form on another page",
      () => ({
        method: "POST",
        headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
      }),
    ],
  ];
  it.each(refused)("never %s", async (_, asked) => {
    const answer = await ui.ask("data/stages.json", asked());
    expect([answer.status, answer.body]).toEqual([404, ""]);
    expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  });

  it.each([
    "//",
    "//x/data/stages.json",
    "///data/stages.json",
    "//favicon.ico",
    "//open/x",
    "//open/",
    "//%2e%2e/data/stages.json",
  ])("nobody without the secret: %s", async (path) => {
    expect((await ui.ask(path)).status).toBe(404);
  });

  it("nobody by an absolute address", async () => {
    const answer = await request(ui.url, `http://evil.example${ui.url.pathname}data/stages.json`);
    expect(answer.status).toBe(404);
  });
});

describe("what is answered", () => {
  it("the page, whose script can ask only here", async () => {
    const { status, headers, body } = await ui.ask("");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self'.*frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(body).toContain('"mode":"live"');
    expect(body).toContain('"token":null');
  });

  it("the documents of --json", async () => {
    const log = await ui.read<LogReport & { command: string }>("data/log/spam.json");
    expect(log).toMatchObject({ command: "log", total: 1, versions: [{ version: 1, message: "</script><b>" }] });
    expect(await ui.read("data/show/spam@v1.json")).toMatchObject({ command: "show", label: "spam@v1" });
    expect(await ui.read("data/show/spam%40v1.json")).toMatchObject({ command: "show" });
    expect(await ui.read("data/stages.json")).toMatchObject({ command: "stages" });
    const shown = await ui.read<ShowReport>("data/show/spam@v1.json");
    const hash = shown.package.weights[0]?.hash ?? "";
    expect(await ui.read(`data/explain.json?text=${hash}`)).toMatchObject({ command: "explain" });
    expect(await ui.read("data/curves/spam@v1.json")).toMatchObject({ label: "spam@v1", curves: [] });
    expect(await ui.read("data/lineage/spam@v1.json")).toMatchObject({ command: "lineage", label: "spam@v1" });
    expect(await ui.read("data/artifacts/spam@v1.json")).toMatchObject({ card: "README.md" });
    expect(await ui.read("data/index.json")).toMatchObject({ versions: [{ model: "spam", version: 1 }] });
    expect(await ui.read("data/runs.json")).toMatchObject({ command: "runs", runs: [] });
  });

  it("HEAD as GET without the body", async () => {
    const answer = await ui.ask("data/stages.json", { method: "HEAD" });
    expect([answer.status, answer.body]).toEqual([200, ""]);
    expect(Number(answer.headers["content-length"])).toBe((await ui.ask("data/stages.json")).bytes.length);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])("405 to %s", async (method) => {
    expect((await ui.ask("data/stages.json", { method })).status).toBe(405);
    expect((await ui.ask("", { method })).headers["access-control-allow-origin"]).toBeUndefined();
  });

  it.each([
    "data/log/none.json",
    "data/show/spam@v9.json",
    "data/show/none@v1.json",
    "files/spam@v1/none.txt",
    "files/spam@v1/data",
    "files/spam@v1/data/1.csv",
    "files/spam@v1/.git/config",
    "files/spam@v1/w/1.png/x",
    "files/spam@v1/w",
    "files/spam@v1/w/deep/2.bin",
    "data/nothing.json",
    "data/show/spam.json",
    "data/show/spam@latest.json",
    "data/show/spam@v01.json",
    "data/log/..%2f..%2fetc%2fpasswd.json",
    "data/log/%2e%2e.json",
    "data/%2e%2e/data/stages.json",
    "data/../data/stages.json",
    "data//stages.json",
    "data/log/%00.json",
    "data/log/%ff.json",
    "data/log/%.json",
    "data/compare/spam@v1.json",
    "files/spam@v1/",
    "files/spam@v1",
    "files/spam@v1/%2e%2e/%2e%2e/etc/passwd",
    "files/spam@v1/..%2f..%2fetc%2fpasswd",
    "files/spam@v1//etc/passwd",
    "files/spam@v1/..%5c..%5cx",
    "moves",
    "moves/check",
    "page.js/..",
    "constructor",
    "__proto__.js",
  ])("404, as a document, to %s", async (path) => {
    const answer = await ui.ask(path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ mvgit: 1, error: { code: expect.any(String) } });
    expect(answer.body).not.toContain(box.dir);
  });

  it("no act at all without --allow-moves", async () => {
    const headers = { origin: own(), "content-type": "application/json", "x-mvgit-token": "null" };
    expect((await ui.ask("moves", { method: "POST", headers, body: "{}" })).status).toBe(405);
    expect((await ui.ask("moves/check", { method: "POST", headers, body: "{}" })).status).toBe(405);
  });

  it("a link for a program's arguments, once", async () => {
    const link = new URL(ui.once("#/spam@v1"));
    const first = await request(ui.url, link.pathname);
    expect([first.status, first.headers.location]).toEqual([303, `${ui.url.href}#/spam@v1`]);
    expect((await request(ui.url, link.pathname)).status).toBe(410);
  });
});

describe("files of a version", () => {
  const typed = ({ status, headers, body }: Answer): unknown[] => [
    status,
    headers["content-type"],
    headers["content-disposition"] ?? null,
    body,
  ];

  it.each([
    ["README.md", "text/plain; charset=utf-8", null, "# Spam\n"],
    ["w/a%20b%23%3F%25.csv", "text/plain; charset=utf-8", null, "x,y\n1,2\n"],
    ["w/evil.svg", "image/svg+xml", null, SVG],
    ["w/evil.html", "text/plain; charset=utf-8", null, "<script>alert(1)</script>"],
    ["w/1.png", "image/png", null, "png"],
  ])("%s", async (path, ...wanted) => {
    const answer = await ui.ask(`files/spam@v1/${path}`);
    expect(typed(answer)).toEqual([200, ...wanted]);
    expect(answer.headers["content-security-policy"]).toMatch(/^sandbox; default-src 'none'/);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });
});

it("less is sent where the browser is far away", async () => {
  const far = await openHere(box, { isFar: true });
  box.write("work/v/long.csv", "x,y\n".repeat(10_000));
  await save(await box.open(), { model: "long", ...NONE, weights: ["v"] });
  const headers = { "accept-encoding": "gzip, br" };
  const { bytes, headers: told } = await far.ask("files/long@v1/v/long.csv", { headers });
  expect([told["content-encoding"], gunzipSync(bytes).length]).toEqual(["gzip", 40_000]);
  expect((await far.ask("files/long@v1/v/long.csv")).bytes.length).toBe(40_000);
  expect((await ui.ask("files/long@v1/v/long.csv", { headers })).bytes.length).toBe(40_000);
  await far.close();
});

describe("what nobody can do to it", () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let said = "";
      const socket = net.connect(Number(ui.url.port), "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => (said += chunk.toString()));
      socket.on("error", () => undefined).on("close", () => resolve(said));
    });

  it("send a head without end", async () => {
    expect(await raw(`GET ${ui.url.pathname} HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(64 * 1024)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
  });

  it("send what is no request", async () => {
    expect(await raw("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
  });

  it("hide one request in another", async () => {
    const head = `POST ${ui.url.pathname}data/stages.json HTTP/1.1\r\nhost: ${ui.url.host}\r\n`;
    const said = await raw(
      `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    );
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });
});

describe("what it tells by itself", () => {
  it("that refs changed, and where a stream begins", async () => {
    const events = listen(ui.url);
    await events.until("event: hello");
    expect(events.text()).not.toContain("event: refs");
    await box.git("work", ["tag", "-a", "-m", "x", "mine"]);
    await events.until("event: refs");
    const [hello, refs] = events.text().match(/"state":"[^"]+"/g) ?? [];
    expect(refs).not.toBe(hello);
    const later = listen(ui.url);
    await later.until(refs as string);
    events.stop();
    later.stop();
  });

  it("and a document that was kept is made anew", async () => {
    expect((await ui.read<LogReport>("data/log/spam.json")).total).toBe(1);
    box.write("work/w/1.png", "another");
    await save(await box.open(), { model: "spam", ...NONE, weights: ["w"] });
    expect((await ui.read<LogReport>("data/log/spam.json")).total).toBe(2);
    await push(await box.open(), { paths: [] });
  });
});

it("a blob that went bad is told, and not one byte of it shown", async () => {
  box.unchecked("its cache is damaged");
  const hash = hashBytes(Buffer.from("x,y\n".repeat(10_000)));
  damage(join(box.dir, "work/.git/mvgit", blobName(hash)), "w");
  fs.rmSync(join(box.dir, "store"), { recursive: true });
  const { status, body } = await ui.ask("files/long@v1/v/long.csv");
  expect([status >= 400, JSON.parse(body)]).toMatchObject([
    true,
    { error: { code: expect.stringMatching(/^(blob|remote)-/) } },
  ]);
});
