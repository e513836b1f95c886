/** Azurite, Microsoft's emulator of Azure Storage, in a process of its own and in memory. */
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { systemClock } from "../../src/base/clock.ts";
import { CLOUD_RETRY } from "../../src/base/retry.ts";
import { DAY, HOUR } from "../../src/base/times.ts";
import type { InspectableBucket } from "../../src/store/bucket.ts";
import { type AzureOptions, openAzure } from "../../src/store/buckets/azure/bucket.ts";
import { WaitlessClock } from "./watch.ts";

export const ACCOUNT = "account1";
/** Of the emulator alone. */
export const KEY = Buffer.from("no key of anybody, which the emulator is told").toString("base64");

export interface Azurite {
  /** Without the account. */
  readonly url: string;
  /** The connection string of its account. */
  connection(): string;
  /** Makes a container of a new name: its name. */
  container(): Promise<string>;
  /** One request, signed with the account's key. */
  ask(method: string, path: string, more?: { headers?: Record<string, string>; body?: Uint8Array }): Promise<Response>;
  close(): Promise<void>;
}

export async function startAzurite(...flags: string[]): Promise<Azurite> {
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const place = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"];
  const args = [...place, "--silent", "--disableTelemetry", ...flags];
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    // What Node warns of in the emulator is nothing of mvgit's.
    env: { PATH: process.env["PATH"], AZURITE_ACCOUNTS: `${ACCOUNT}:${KEY}` },
  });
  // Where no test comes to close it.
  const end = (): boolean => child.kill("SIGKILL");
  process.once("exit", end);
  const url = await listening(child.stdout);
  let made = 0;
  const ask: Azurite["ask"] = (method, path, more) => signed(url, method, path, more);
  return {
    url,
    ask,
    connection: () =>
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${url}/${ACCOUNT};`,
    async container() {
      const name = `container-${++made}`;
      const { status } = await ask("PUT", `/${name}?restype=container`);
      if (status !== 201) throw new Error(`no container was made: ${status}`);
      return name;
    },
    async close() {
      process.off("exit", end);
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

function listening(output: Readable): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    output.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const [, url] = /successfully listens on (https?:\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
    output.once("close", () => reject(new Error(`azurite did not start: ${said}`)));
  });
}

/** The signature as the service's documents have it, so that tests rest on no code of the driver. */
async function signed(
  url: string,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Response> {
  const own = { ...headers, "x-ms-date": new Date(systemClock.now()).toUTCString(), "x-ms-version": "2021-12-02" };
  const at = new URL(`${url}/${ACCOUNT}${path}`);
  const named = (name: string): string => (headers as Record<string, string | undefined>)[name] ?? "";
  const listed = Object.entries(own).filter(([name]) => name.startsWith("x-ms-"));
  const text = [
    method,
    "",
    "",
    body && body.length > 0 ? String(body.length) : "",
    named("content-md5"),
    named("content-type"),
    "",
    "",
    named("if-match"),
    named("if-none-match"),
    "",
    named("range"),
    ...listed.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}`),
    `/${ACCOUNT}${at.pathname}`,
    ...[...at.searchParams].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}`),
  ].join("\n");
  const signature = createHmac("sha256", Buffer.from(KEY, "base64")).update(text, "utf8").digest("base64");
  const authorization = `SharedKey ${ACCOUNT}:${signature}`;
  return fetch(at, { method, headers: { ...own, authorization }, ...(body && { body: Buffer.from(body) }) });
}

/** `az://account1/CONTAINER/team/store` with the account's key, unless `more` says otherwise. */
export function openOn(
  endpoint: string,
  container: string,
  more: Partial<AzureOptions> = {},
): Promise<InspectableBucket> {
  return openAzure({
    account: ACCOUNT,
    container,
    prefix: "team/store",
    env: KEY_ENV,
    endpoint,
    clock: new WaitlessClock(),
    signal: new AbortController().signal,
    retry: CLOUD_RETRY,
    ...more,
  });
}

/** A signature for a container that has these letters; `hours`: until it ends. */
export function signatureFor(container: string, letters: string, hours = 1): string {
  const expiresOn = new Date(systemClock.now() + hours * HOUR);
  const startsOn = new Date(expiresOn.getTime() - DAY);
  const permissions = ContainerSASPermissions.parse(letters);
  return generateBlobSASQueryParameters(
    { containerName: container, permissions, startsOn, expiresOn, version: "2021-12-02" },
    new StorageSharedKeyCredential(ACCOUNT, KEY),
  ).toString();
}

export const KEY_ENV = { AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_KEY: KEY };
