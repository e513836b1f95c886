/** Exchanges over connections that the other side ends while it is being sent to. */
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HttpClient, readBody } from "../../src/base/http.ts";
import { TLS_PAIR } from "../support/tls-pair.ts";

const PART = Buffer.alloc(64 * 1024, "x");
const PARTS = 144;

describe.each(["http", "https"])("%s: an answer to nothing but the headers", (scheme) => {
  const trusted = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  let server: http.Server;
  let asked = 0;
  /** Null for none. */
  let status: number | null;
  /** Told of a reset before anybody can have heard of it. */
  let whenReset: () => void = () => undefined;

  beforeAll(async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    server = scheme === "http" ? http.createServer(handle) : https.createServer(TLS_PAIR, handle);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(async () => {
    if (trusted === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = trusted;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  function handle(req: http.IncomingMessage, res: http.ServerResponse): void {
    asked++;
    if (status !== null) res.writeHead(status, { connection: "close", "content-length": 3 }).end("why");
    // What it has not read has the system reset the connection, in this very turn of the loop.
    req.socket.destroy();
    whenReset();
  }

  /** 9 MiB, of which the second part is sent in the turn of the reset: nobody has read the answer by then. */
  async function* body(): AsyncGenerator<Uint8Array> {
    const reset = new Promise<void>((resolve) => void (whenReset = resolve));
    yield PART;
    await reset;
    for (let sent = 1; sent < PARTS; sent++) yield PART;
  }

  function send(): ReturnType<HttpClient["send"]> {
    const client = new HttpClient(5000, new AbortController().signal);
    const url = new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/object`);
    const headers = { "content-length": String(PART.length * PARTS) };
    return client.send({ method: "PUT", url, headers, body: body() });
  }

  it("is heard, though the connection was reset while more was sent", async () => {
    for (status of [412, 403, 503, 400, 307]) {
      asked = 0;
      const answer = await send();
      expect([answer.status, (await readBody(answer, 100)).toString()]).toEqual([status, "why"]);
      expect(asked).toBe(1);
    }
  });

  it("that never comes is a connection that was cut", async () => {
    status = null;
    await expect(send()).rejects.toMatchObject({
      code: "remote-unavailable",
      message: expect.stringMatching(/it was cut \((ECONNRESET|EPIPE)\)/),
    });
  });
});
