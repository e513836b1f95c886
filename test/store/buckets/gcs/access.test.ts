/** Who one is at a bucket: Google's own client signs in, tokens are renewed, credentials go nowhere else. */
import * as fs from "node:fs";
import * as http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { systemClock } from "../../../../src/base/clock.ts";
import { readAll } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { type GcsServer, startGcsServer } from "../../../support/gcs-server.ts";

let server: GcsServer;
let folder: string;
let tokenServer: http.Server;
let tokensGiven: number;

beforeEach(async () => {
  tokensGiven = 0;
  server = await startGcsServer({ tokens: new Set() });
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-gcs-"));
  tokenServer = http.createServer((req, res) => {
    req.resume();
    const token = `token-${++tokensGiven}`;
    server.options.tokens?.clear();
    server.options.tokens?.add(token);
    res.writeHead(200, { "content-type": "application/json" });
    res.end(
      JSON.stringify({
        access_token: token,
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: 3600,
      }),
    );
  });
  tokenServer.listen(0, "127.0.0.1");
  await once(tokenServer, "listening");
});
afterEach(async () => {
  await server.close();
  tokenServer.closeAllConnections();
  tokenServer.close();
  fs.rmSync(folder, { recursive: true });
});

/** Credentials whose tokens come from this test's own server: a workload identity, as on another cloud. */
function identityFile(): string {
  fs.writeFileSync(join(folder, "subject"), "who-i-am");
  const file = join(folder, "identity.json");
  const document = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `http://127.0.0.1:${(tokenServer.address() as AddressInfo).port}/token`,
    credential_source: { file: join(folder, "subject") },
  };
  fs.writeFileSync(file, JSON.stringify(document));
  return file;
}

const signedIn = (env: Record<string, string>) => openOn(server.url, { env, endpoint: server.url, clock: systemClock });

describe("signing in", () => {
  it("sends a token that Google's client got", async () => {
    const bucket = await signedIn({ GOOGLE_APPLICATION_CREDENTIALS: identityFile() });
    expect(await bucket.putIfAbsent("a", bytesSource(noise(10)))).toBe("written");
    expect(await readAll(bucket, "a")).toHaveLength(10);
    expect(tokensGiven).toBe(1);
  });

  it("renews the token once when it is refused in the middle", async () => {
    const bucket = await signedIn({ GOOGLE_APPLICATION_CREDENTIALS: identityFile() });
    await bucket.putIfAbsent("a", bytesSource(noise(10)));
    server.options.tokens?.clear();
    expect(await readAll(bucket, "a")).toHaveLength(10);
    expect(tokensGiven).toBe(2);
    server.options.tokens?.clear();
    expect(await bucket.putIfAbsent("large", bytesSource(noise(9 * 1024 * 1024)))).toBe("written");
    expect(tokensGiven).toBe(3);
  });

  it("gives up when the new token is refused too", async () => {
    const bucket = await signedIn({ GOOGLE_APPLICATION_CREDENTIALS: identityFile() });
    server.faults.add({ times: 100, action: { do: "status", status: 401 } });
    const error = await bucket.head("a").catch((caught: unknown) => caught);
    expect(isMvgitError(error, "access-denied") && error.hint).toContain("gcloud auth application-default login");
    expect(server.counts.get("head")).toBe(2);
  });

  it("names a key file that is not there", async () => {
    const bucket = await signedIn({ GOOGLE_APPLICATION_CREDENTIALS: join(folder, "none.json") });
    expect(isMvgitError(await bucket.head("a").catch((caught: unknown) => caught), "access-denied")).toBe(true);
    expect(await bucket.inspect([])).toMatchObject({ identity: "nobody", checks: [{ what: "signed in", ok: false }] });
  });

  it("sends no credentials to an emulator", async () => {
    server.options.tokens = new Set([""]);
    const env = {
      GOOGLE_APPLICATION_CREDENTIALS: identityFile(),
      STORAGE_EMULATOR_HOST: server.url.replace("http://", ""),
    };
    const bucket = await openOn(server.url, { env });
    expect(await bucket.head("a")).toBeNull();
    expect(tokensGiven).toBe(0);
    expect((await bucket.inspect([])).identity).toBe("emulator, no credentials");
  });

  it.each(["ftp://host", "https://user:secret@host", "https://host/path", "no address"])(
    "refuses the endpoint %s",
    async (endpoint) => {
      const error = await openOn("", { env: {}, endpoint }).catch((caught: unknown) => caught);
      expect(isMvgitError(error, "setting-invalid")).toBe(true);
    },
  );
});

describe("inspect", () => {
  const ALL = ["storage.objects.get", "storage.objects.list", "storage.objects.create", "storage.objects.delete"];

  it("names a service account by its mail", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const keyFile = join(folder, "key.json");
    const mail = "robot@project.iam.gserviceaccount.com";
    fs.writeFileSync(
      keyFile,
      JSON.stringify({ type: "service_account", project_id: "project", private_key: privateKey, client_email: mail }),
    );
    const bucket = await openOn(server.url, {
      env: {},
      endpoint: server.url,
      keyFile,
      signal: new AbortController().signal,
    });
    const { signIn } = await import("../../../../src/store/buckets/gcs/sign-in.ts");
    const signing = await signIn({
      env: {},
      endpoint: server.url,
      keyFile,
      clock: systemClock,
      signal: new AbortController().signal,
      inactivityMs: 5000,
    });
    expect(bucket.address).toBe("gs://bucket/team/store");
    expect(await signing.identity()).toBe(mail);
  });

  it.each([...ALL, ""])("without %s says which role to ask for", async (lacking) => {
    const emulated = await startGcsServer({ permissions: ALL.filter((one) => one !== lacking) });
    const { checks } = await (await openOn(emulated.url)).inspect([]);
    const failed = checks.filter(({ ok }) => !ok);
    expect(checks).toHaveLength(5);
    expect(failed).toHaveLength(lacking === "" ? 0 : 1);
    if (lacking !== "")
      expect(failed[0]?.advice).toMatch(
        new RegExp(`^'${lacking}' is missing: ask for the role .* \\(roles/storage\\.object.*\\) on bucket 'bucket'$`),
      );
    await emulated.close();
  });

  it("says that a bucket is not there", async () => {
    server.options.tokens = new Set([""]);
    const { checks } = await (await openOn(server.url, { bucket: "no-such-bucket" })).inspect([]);
    expect(checks).toMatchObject([{ ok: false, advice: expect.stringContaining("does not exist") }]);
  });
});
