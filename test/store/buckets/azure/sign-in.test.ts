/** As whom requests are made: what the environment names, tokens that end, and what each of them may do. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../../src/base/clock.ts";
import { isMvgitError, type MvgitError } from "../../../../src/base/errors.ts";
import { HOUR } from "../../../../src/base/times.ts";
import { type TokenSource, withoutPowerShell } from "../../../../src/store/buckets/azure/sign-in.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { put, readAll } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { ACCOUNT, type Azurite, KEY, KEY_ENV, openOn, signatureFor, startAzurite } from "../../../support/azurite.ts";
import { TLS_PAIR } from "../../../support/tls-pair.ts";
import { WaitlessClock } from "../../../support/watch.ts";

let azurite: Azurite;
let container: string;
beforeAll(async () => {
  azurite = await startAzurite();
  container = await azurite.container();
});
afterAll(() => azurite.close());

async function failure(work: Promise<unknown>): Promise<MvgitError> {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (isMvgitError(error)) return error;
  throw new Error(`no MvgitError: ${String(error)}`);
}

const open = (env: Record<string, string>, more: object = {}) => openOn(azurite.url, container, { env, ...more });
const connection = (rest: string): string => `DefaultEndpointsProtocol=http;BlobEndpoint=${azurite.url}/${rest}`;

const signature = (letters: string, hours = 1): string => signatureFor(container, letters, hours);

const OTHERS = `DefaultEndpointsProtocol=https;AccountName=other;AccountKey=${KEY};BlobEndpoint=https://other.example`;

describe("the environment", () => {
  it("signs in by a connection string, which says where the account is", async () => {
    const AZURE_STORAGE_CONNECTION_STRING = connection(`${ACCOUNT};AccountName=${ACCOUNT};AccountKey=${KEY}`);
    const bucket = await open({ AZURE_STORAGE_CONNECTION_STRING }, { endpoint: undefined });
    expect(await put(bucket, "by-string", "x")).toBe("written");
    expect((await bucket.inspect(["blobs"])).identity).toBe(`the key of the account '${ACCOUNT}'`);
  });

  it("signs in by a connection string with a signature", async () => {
    const AZURE_STORAGE_CONNECTION_STRING = connection(`${ACCOUNT};SharedAccessSignature=${signature("rlwd")}`);
    const bucket = await open({ AZURE_STORAGE_CONNECTION_STRING }, { endpoint: undefined });
    expect(await put(bucket, "by-string-with-sas", "x")).toBe("written");
  });

  it.each([
    { AZURE_STORAGE_CONNECTION_STRING: OTHERS },
    { AZURE_STORAGE_SAS_TOKEN: "sv=2021-12-02&sig=secret" },
    { AZURE_STORAGE_SAS_TOKEN: "sv=2021-12-02&sig=secret", AZURE_STORAGE_ACCOUNT: "other" },
    { AZURE_STORAGE_KEY: KEY, AZURE_STORAGE_ACCOUNT: "other" },
  ])("gives nothing of one account to another (%o)", async (env) => {
    const tokens = async (): Promise<TokenSource> => ({ getToken: async () => null });
    const bucket = await open(env as Record<string, string>, { endpoint: "https://storage.example", tokens });
    const { message, code } = await failure(bucket.head("a"));
    expect(code).toBe("access-denied");
    expect(message).toContain(`; ${Object.keys(env)[0]}`);
    expect(message).not.toContain("secret");
  });

  it.each([
    ["AZURE_STORAGE_CONNECTION_STRING", "AccountName=account1;secret"],
    ["AZURE_STORAGE_SAS_TOKEN", "secret"],
    ["AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=secret and more"],
    ["AZURE_STORAGE_KEY", "secret!"],
  ])("is refused where %s holds something else, which is not repeated", async (name, value) => {
    const error = await failure(open({ AZURE_STORAGE_ACCOUNT: ACCOUNT, [name]: value }));
    expect([error.code, error.subject]).toEqual(["setting-invalid", name]);
    expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.toContain("secret");
  });

  it("sends nothing without TLS but to this machine", async () => {
    const bucket = await openOn("http://storage.example", container);
    expect((await bucket.inspect(["blobs"])).identity).toBe("no credentials, because the endpoint is not https");
  });
});

describe("a signature that may only read", () => {
  it("reads, is told what it lacks, and is never shown", async () => {
    await put(await open(KEY_ENV), "for-readers", "bytes");
    const sas = signature("rl");
    const bucket = await open({ AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_SAS_TOKEN: `?${sas}` });
    expect((await readAll(bucket, "for-readers")).toString()).toBe("bytes");
    const { identity, checks } = await bucket.inspect(["blobs"]);
    expect(identity).toMatch(/^a shared access signature \(rights 'rl', until 20/);
    expect(checks).toEqual([
      { what: `bucket '${ACCOUNT}/${container}' answers`, ok: true },
      { what: "may list objects (push, pull, fsck)", ok: true },
      { what: "may read objects (pull)", ok: true },
      {
        what: "may make objects (push)",
        ok: false,
        advice: "the shared access signature lacks 'w': ask for one with 'rlwd'",
      },
      {
        what: "may delete objects (gc, push --repair)",
        ok: false,
        advice: "the shared access signature lacks 'd': ask for one with 'rlwd'",
      },
    ]);
    const stat = await bucket.head("for-readers");
    const works = [
      () => put(bucket, "b", "x"),
      () => bucket.putIfAbsent("c", bytesSource(noise(9_000_000))),
      () => bucket.delete("for-readers", stat?.version ?? ""),
    ];
    for (const work of works) {
      const { code, message, hint, cause } = await failure(work());
      expect(code).toBe("access-denied");
      expect(`${message} ${hint} ${String(cause)}`).not.toContain("sig");
    }
  });

  it("changes nothing by asking what it may", async () => {
    const bucket = await open(KEY_ENV, { prefix: "asked" });
    const { checks } = await bucket.inspect(["blobs"]);
    expect(checks.every(({ ok }) => ok)).toBe(true);
    const listed = await azurite.ask(
      "GET",
      `/${container}?restype=container&comp=list&prefix=asked&include=uncommittedblobs`,
    );
    expect(await listed.text()).not.toContain("<Name>");
  });

  it("is refused once it ended, as is a wrong key", async () => {
    const wrong = Buffer.from("some other key, of the same kind of length").toString("base64");
    for (const env of [
      { AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_SAS_TOKEN: signature("rlwd", -1) },
      { AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_KEY: wrong },
    ]) {
      const bucket = await open(env, { clock: new WaitlessClock(Date.now()) });
      const { code, message } = await failure(bucket.head("a"));
      expect(code).toBe("access-denied");
      expect(message).not.toContain("sig=");
      const { checks } = await bucket.inspect(["blobs"]);
      expect(checks).toMatchObject([{ ok: false }]);
    }
  });
});

describe("tokens", () => {
  let secure: Azurite;
  let folder: string;
  let place: string;
  const trusted = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mvgit-azurite-"));
    writeFileSync(join(folder, "key"), TLS_PAIR.key);
    writeFileSync(join(folder, "cert"), TLS_PAIR.cert);
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    secure = await startAzurite("--oauth", "basic", "--cert", join(folder, "cert"), "--key", join(folder, "key"));
    place = await secure.container();
  });
  afterAll(async () => {
    if (trusted === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = trusted;
    await secure.close();
    rmSync(folder, { recursive: true });
  });

  /** As Azure writes one, but for the signature, at which the emulator does not look. */
  function token(hours: number): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "https://sts.windows.net/tenant/",
      aud: "https://storage.azure.com",
      upn: "ada@example.com",
      iat: now - 86_400,
      nbf: now - 86_400,
      exp: now + hours * 3600,
    };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.c2ln`;
  }

  it("are renewed when they end, and when they are refused, in the middle of a push", async () => {
    const clock = new WaitlessClock(Date.now());
    const given = [token(1), token(-1), token(1)];
    const asked: number[] = [];
    let sources = 0;
    const tokens = async (): Promise<TokenSource> => {
      const source = ++sources;
      return {
        async getToken(scope) {
          expect(scope).toBe("https://storage.azure.com/.default");
          asked.push(source);
          return { token: given.shift() ?? "", expiresOnTimestamp: clock.now() + HOUR };
        },
      };
    };
    const bucket = await openOn(secure.url, place, { env: {}, clock, tokens });
    await Promise.all(["a", "b", "c"].map((name) => put(bucket, name, name)));
    expect(asked).toEqual([1]);
    await clock.sleep(HOUR - 4 * 60_000);
    const bytes = noise(20_000_000);
    expect(await bucket.putIfAbsent("large", bytesSource(bytes))).toBe("written");
    expect(asked).toEqual([1, 1, 2]);
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
    expect((await bucket.inspect(["blobs"])).identity).toBe("ada@example.com");
  });

  it("that stay refused end the work, and are never shown", async () => {
    const refused = token(-1);
    const tokens = async (): Promise<TokenSource> => ({
      getToken: async () => ({ token: refused, expiresOnTimestamp: Infinity }),
    });
    const { code, message, cause } = await failure(
      (await openOn(secure.url, place, { env: {}, clock: new WaitlessClock(Date.now()), tokens })).head("a"),
    );
    expect(code).toBe("access-denied");
    expect(`${message} ${String(cause)}`).not.toContain(refused.slice(0, 20));
  });

  it.each([
    ["CredentialUnavailableError", "az is not there", "access-denied", /neither the environment, nor the machine/],
    ["AuthenticationError", "AADSTS700016: no such application", "access-denied", /AADSTS700016/],
    ["Error", "getaddrinfo ENOTFOUND login.microsoftonline.com", "remote-unavailable", /cannot be asked to sign in/],
  ])("that do not come because of %s %j are %s", async (name, text, code, message) => {
    const error = Object.assign(new Error(text), { name });
    const tokens = async (): Promise<TokenSource> => ({ getToken: () => Promise.reject(error) });
    const retry = { tries: 1, totalMs: 1, baseMs: 1, capMs: 1 };
    const caught = await failure((await openOn(secure.url, place, { env: {}, tokens, retry })).head("a"));
    expect(caught.code).toBe(code);
    expect(caught.message).toMatch(message);
  });

  it("come on Windows from all that Azure's own library asks but PowerShell, which it starts by its name", async () => {
    const identity = await import("@azure/identity");
    const waysOf = (source: object): unknown[] => Reflect.get(source, "_sources") as unknown[];
    const isPowerShell = (way: unknown): boolean => way instanceof identity.AzurePowerShellCredential;
    const all = waysOf(new identity.DefaultAzureCredential());
    const left = waysOf(withoutPowerShell(identity));
    expect([all.filter(isPowerShell).length, left.length]).toEqual([1, all.length - 1]);
    expect(left.some(isPowerShell)).toBe(false);
  });

  it("come from Azure's own library, as it finds them: here from the host of an App Service", async () => {
    const asked: (string | undefined)[] = [];
    const host = http.createServer((req, res) => {
      asked.push(
        `${req.headers["x-identity-header"]} ${new URL(req.url ?? "", "http://host").searchParams.get("resource")}`,
      );
      const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify({ access_token: token(1), expires_on, resource: "x", token_type: "Bearer" }));
    });
    host.listen(0, "127.0.0.1");
    await once(host, "listening");
    const { port } = host.address() as AddressInfo;
    vi.stubEnv("IDENTITY_ENDPOINT", `http://127.0.0.1:${port}/token`);
    vi.stubEnv("IDENTITY_HEADER", "of-this-host");
    try {
      const bucket = await openOn(secure.url, place, { env: {}, clock: systemClock });
      expect(await put(bucket, "by-machine", "x")).toBe("written");
      expect((await bucket.inspect(["blobs"])).identity).toBe("ada@example.com");
      expect(asked).toEqual(["of-this-host https://storage.azure.com"]);
    } finally {
      vi.unstubAllEnvs();
      host.closeAllConnections();
      host.close();
    }
  });
});
