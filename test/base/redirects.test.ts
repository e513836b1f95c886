/** Where a server's redirects lead, and where they are not followed to. */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { readBody } from "../../src/base/http.ts";
import { FollowingClient } from "../../src/base/redirects.ts";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.ts";

let location = "";
let proxy: ConnectProxy;
const asked: string[] = [];
const server = http.createServer((req, res) => {
  asked.push(`${req.headers.host}${req.url} ${req.headers.authorization ?? "nobody"}`);
  if (req.url === "/from") res.writeHead(302, { location }).end();
  else res.end("there");
});
const trusted = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  proxy = await startConnectProxy(port());
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
});
afterEach(() => void (asked.length = 0));
afterAll(async () => {
  if (trusted === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = trusted;
  await proxy.close();
  server.close();
});

const port = (): number => (server.address() as AddressInfo).port;

/** What an address answers, as somebody who signed in; `redirects to …` where it is not followed. */
async function ask(from: string, to: string): Promise<string> {
  location = to;
  const env = { HTTPS_PROXY: `http://${proxy.place}` };
  const client = new FollowingClient({ env, signal: new AbortController().signal, inactivityMs: 5000 });
  try {
    const headers = { authorization: "somebody" };
    const { answer } = await client.send({ method: "GET", url: new URL(from), headers });
    return (await readBody(answer, 100)).toString();
  } catch (error) {
    if (isMvgitError(error)) return error.message.replace(/^.*?(redirects to|without)/, "$1");
    throw error;
  }
}

it("are followed to other public hosts, without what signs in", async () => {
  expect(await ask("https://storage.example/from", "https://user:word@cdn.example/to")).toBe("there");
  expect(asked).toEqual(["storage.example/from somebody", "cdn.example/to nobody"]);
  asked.length = 0;
  expect(await ask("https://storage.example/from", "/to")).toBe("there");
  expect(asked).toEqual(["storage.example/from somebody", "storage.example/to somebody"]);
});

it("are followed from within a network to within it", async () => {
  expect(await ask(`http://127.0.0.1:${port()}/from`, `http://localhost:${port()}/to`)).toBe("there");
  expect(await ask("https://storage.internal/from", "https://10.0.0.1/to")).toBe("there");
});

it("are not followed from a public host to this machine, or a network of its own", async () => {
  const hosts = [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.1.1"],
    ...["169.254.169.254", "100.100.100.200", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]"],
    ...["198.18.0.1", "[::127.0.0.1]", "[64:ff9b::10.0.0.1]", "[fec0::1]"],
    ...["localhost", "localhost.", "a.localhost", "metadata.google.internal", "printer.local", "intranet"],
  ];
  for (const host of hosts) {
    asked.length = 0;
    expect([host, await ask("https://storage.example/from", `https://${host}/to`)]).toEqual([
      host,
      `redirects to 'https://${new URL(`https://${host}`).host}', which is not followed`,
    ]);
    expect(asked).toHaveLength(1);
  }
});

it("are not followed from https to http, to another protocol, or to nowhere", async () => {
  expect(await ask("https://storage.example/from", "http://storage.example/to")).toContain("not followed");
  expect(await ask("https://storage.example/from", "ftp://storage.example/to")).toContain("not followed");
  expect(await ask("https://storage.example/from", "https://")).toContain("without saying where to go");
  expect(asked).toHaveLength(3);
});
