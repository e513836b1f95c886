/** versitygw, an S3 server over a folder that checks signatures and sums: found where it is, started on loopback. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServer } from "./find-server.ts";
import { startServer } from "./start-server.ts";

/** Null where it is not installed. */
export const VERSITYGW = findServer("versitygw", "MVGIT_VERSITYGW");
/** For the names of tests that need it. */
export const NO_VERSITYGW = VERSITYGW === null ? " (skipped: not on PATH, in Go's folder or in MVGIT_VERSITYGW)" : "";

/** moto, another one, which checks neither signatures nor sums. */
export const MOTO = findServer("moto_server", "MVGIT_MOTO");
export const NO_MOTO = MOTO === null ? " (skipped: moto_server is not on PATH or in MVGIT_MOTO)" : "";

/** What signs in there. */
export const S3_KEYS = { AWS_ACCESS_KEY_ID: "test-access-key", AWS_SECRET_ACCESS_KEY: "test-secret-key" };

export interface S3Server {
  readonly url: string;
  /** A new, empty bucket each time. */
  makeBucket(): Promise<string>;
  close(): Promise<void>;
}

/** Buckets are folders below `folder`, objects files in them. */
export async function startVersitygw(): Promise<S3Server & { folder: string }> {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-versitygw-"));
  const env = {
    PATH: process.env["PATH"],
    ROOT_ACCESS_KEY: S3_KEYS.AWS_ACCESS_KEY_ID,
    ROOT_SECRET_KEY: S3_KEYS.AWS_SECRET_ACCESS_KEY,
  };
  const words = (port: number): string[] => {
    return ["--port", `127.0.0.1:${port}`, "--keep-alive", "--quiet", "posix", folder];
  };
  const server = await startServer({ program: VERSITYGW as string, words, env });
  let made = 0;
  return {
    url: server.url,
    folder,
    async makeBucket() {
      const name = `bucket-${++made}`;
      fs.mkdirSync(join(folder, name));
      return name;
    },
    async close() {
      await server.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startMoto(): Promise<S3Server> {
  const words = (port: number): string[] => ["-H", "127.0.0.1", "-p", String(port)];
  const { url, close } = await startServer({ program: MOTO as string, words });
  let made = 0;
  return {
    url,
    async makeBucket() {
      const name = `bucket-${++made}`;
      const { ok } = await fetch(`${url}/${name}`, { method: "PUT" });
      if (!ok) throw new Error("moto makes no bucket");
      return name;
    },
    close,
  };
}
