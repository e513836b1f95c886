/** The way to a bucket through a proxy: chosen by the environment, tunnelled, and silent about its password. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import { proxyFor } from "../../../../src/base/proxy.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { readAll } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { type ConnectProxy, startConnectProxy } from "../../../support/connect-proxy.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { WaitlessClock } from "../../../support/watch.ts";
import { type GcsServer, startGcsServer } from "../../../support/gcs-server.ts";

describe("the proxy that the environment names", () => {
  const host = new URL("https://storage.googleapis.com");
  const chosen = (env: Record<string, string>, url = host): string | null => proxyFor(url, env)?.host ?? null;

  it("is HTTPS_PROXY in either case, for https alone", () => {
    expect(chosen({})).toBeNull();
    expect(chosen({ HTTPS_PROXY: "" })).toBeNull();
    expect(chosen({ HTTPS_PROXY: "http://user:secret@proxy:3128" })).toBe("proxy:3128");
    expect(chosen({ https_proxy: "proxy:3128", HTTPS_PROXY: "http://other" })).toBe("proxy:3128");
    expect(chosen({ HTTPS_PROXY: "proxy:3128", HTTP_PROXY: "x" }, new URL("http://localhost:4443"))).toBeNull();
  });

  it.each([
    "*",
    "storage.googleapis.com",
    ".googleapis.com",
    "*.googleapis.com",
    "googleapis.com",
    "localhost, GoogleAPIs.com",
    "storage.googleapis.com:443",
  ])("is none where NO_PROXY is %j", (list) => {
    expect(chosen({ HTTPS_PROXY: "proxy:1", NO_PROXY: list })).toBeNull();
  });
  it.each(["", "apis.com", "x.storage.googleapis.com", "storage.googleapis.com:8443", ",", "."])(
    "is there where NO_PROXY is %j",
    (list) => {
      expect(chosen({ HTTPS_PROXY: "proxy:1", NO_PROXY: list })).toBe("proxy:1");
    },
  );

  it.each([
    "socks5://user:secret@proxy:1080",
    "http://user:secret@",
    "http://user:secret@ho st",
    "user:secret@proxy:99999",
  ])("cannot be %s, which is not repeated", (text) => {
    try {
      expect(proxyFor(host, { HTTPS_PROXY: text })).toBe("refused");
    } catch (error) {
      expect(isMvgitError(error, "setting-invalid") && `${error.message}${error.hint}`).toContain(
        "HTTPS_PROXY does not name a proxy",
      );
      expect(JSON.stringify(error)).not.toContain("secret");
    }
  });
});

describe("through a proxy", () => {
  let server: GcsServer;
  let proxy: ConnectProxy;
  const trusted = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  beforeEach(async () => {
    server = await startGcsServer();
    proxy = await startConnectProxy(Number(new URL(server.url).port));
    server.url = "https://storage.example";
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  });
  afterEach(async () => {
    if (trusted === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = trusted;
    await proxy.close();
    await server.close();
  });

  /** An address that nothing but the proxy can reach. */
  const open = (more: object = {}) =>
    openOn("", {
      env: { STORAGE_EMULATOR_HOST: "https://storage.example", HTTPS_PROXY: `http://user:s%40cret@${proxy.place}` },
      clock: new WaitlessClock(),
      inactivityMs: 300,
      retry: { tries: 2, totalMs: 1000, baseMs: 1, capMs: 1 },
      ...more,
    });
  const failure = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.catch((caught: unknown) => caught);
    if (!isMvgitError(error)) return `no MvgitError: ${String(error)}`;
    expect(`${error.message} ${error.hint} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
      /s@cret|s%40cret|dXNlcj/,
    );
    return `${error.code}: ${error.message}`;
  };

  it("objects are written and read over kept tunnels, and the proxy is told who asks", async () => {
    const bucket = await open({ inactivityMs: 60_000 });
    const large = noise(9 * 1024 * 1024);
    expect(await bucket.putIfAbsent("small", bytesSource(noise(100)))).toBe("written");
    expect(await bucket.putIfAbsent("large", bytesSource(large))).toBe("written");
    expect((await readAll(bucket, "large")).equals(large)).toBe(true);
    expect(new Set(proxy.asked.map(({ target }) => target))).toEqual(new Set(["storage.example:443"]));
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from("user:s@cret").toString("base64")}`);
    expect(proxy.asked.length).toBeLessThan(4);
  });

  it.each([
    ["https://192.0.2.7", "192.0.2.7:443"],
    ["https://[2001:db8::7]:8443", "[2001:db8::7]:8443"],
  ])("%s is reached by its number, and asked for by no name", async (endpoint, target) => {
    server.url = endpoint;
    const env = { STORAGE_EMULATOR_HOST: endpoint, HTTPS_PROXY: `http://${proxy.place}` };
    expect(await (await open({ env, inactivityMs: 60_000 })).head("a")).toBeNull();
    expect(new Set(proxy.asked.map((each) => each.target))).toEqual(new Set([target]));
    expect(proxy.names).toEqual(new Set([false]));
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    expect(await failure((await open({ env })).head("a"))).toMatch(/^remote-unavailable: .* failed: /);
  });

  it("the certificate is checked all the same", async () => {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    expect(await failure((await open()).head("a"))).toMatch(
      /^remote-unavailable: the connection to 'storage.example' failed: .*SELF_SIGNED/,
    );
    expect(server.counts.size).toBe(0);
  });

  it.each([
    [407, "access-denied"],
    [403, "access-denied"],
    [502, "remote-unavailable"],
  ])("an answer of %i is the proxy's own", async (status, code) => {
    proxy.answer = status;
    expect(await failure((await open()).head("a"))).toMatch(
      new RegExp(`^${code}: the proxy '${proxy.place}' .*${status}`),
    );
    expect(proxy.asked).toHaveLength(code === "access-denied" ? 1 : 2);
  });

  it.each(["silence", "silence after"] as const)("%s ends the request", async (answer) => {
    proxy.answer = answer;
    expect(await failure((await open({ inactivityMs: 50 })).head("a"))).toMatch(/^remote-stalled: the proxy /);
  });

  it("one that is not there is named", async () => {
    const { place } = proxy;
    await proxy.close();
    expect(
      await failure(
        (
          await open({
            env: { STORAGE_EMULATOR_HOST: "https://storage.example", HTTPS_PROXY: `http://user:s%40cret@${place}` },
          })
        ).head("a"),
      ),
    ).toBe(`remote-unavailable: the proxy '${place}' cannot be reached: ECONNREFUSED`);
    proxy = await startConnectProxy(1);
  });

  it("an interrupt ends it at once", async () => {
    proxy.answer = "silence after";
    const stop = new AbortController();
    const asked = (await open({ inactivityMs: 60_000, signal: stop.signal }))
      .head("a")
      .catch((caught: unknown) => caught);
    while (proxy.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("stopped");
    stop.abort(reason);
    expect(await asked).toBe(reason);
  });
});
