/** A remote whose objects a test can make older, in a folder, behind SSH, or on a test server. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "./sandbox.ts";
import { type GcsServer, type GcsServerOptions, startGcsServer } from "./gcs-server.ts";
import { startS3 } from "./s3-open.ts";
import { startSshd } from "./sshd.ts";
import { S3_KEYS } from "./versitygw.ts";

export interface AgedRemote {
  url: string;
  /** What `remote add` is told beside the address. */
  settings?: readonly string[];
  server: GcsServer | null;
  /** Of all objects, by name. */
  names(): string[];
  /** Lets everything but the remote's own mark be older by so many days. */
  age(days: number): void;
  put(name: string, bytes: string): void;
  remove(name: string): void;
  close(): Promise<void>;
}

const DAY = 24 * 3600 * 1000;

export function folderRemote(box: Sandbox, name = "store"): AgedRemote {
  const folder = join(box.dir, name);
  const names = (): string[] =>
    (fs.readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => !name.startsWith("tmp") && fs.statSync(join(folder, name)).isFile())
      .sort();
  return {
    url: folder,
    server: null,
    names,
    age(days) {
      for (const name of names().filter((each) => each !== "mvgit.json")) {
        const old = new Date(fs.statSync(join(folder, name)).mtimeMs - days * DAY);
        fs.utimesSync(join(folder, name), old, old);
      }
    },
    put: (object, bytes) => box.write(`${name}/${object}`, bytes),
    remove: (name) => fs.rmSync(join(folder, name), { force: true }),
    close: async () => undefined,
  };
}

/** A folder of the sandbox, on a server of SSH; its environment has an `ssh` that reaches it. */
export async function sshRemote(box: Sandbox): Promise<AgedRemote> {
  const sshd = await startSshd();
  sshd.share();
  Object.assign(box.env, sshd.env);
  fs.mkdirSync(join(box.dir, "server"));
  const folder = folderRemote(box, "server");
  return { ...folder, url: sshd.address(folder.url), close: async () => sshd.stop() };
}

/** `s3://bucket/team` on a server that lists so many names at once; the sandbox's environment has its keys. */
export async function s3Remote(box: Sandbox, pageSize: number): Promise<AgedRemote> {
  const server = await startS3();
  server.pageSize = pageSize;
  Object.assign(box.env, S3_KEYS, { AWS_EC2_METADATA_DISABLED: "true" });
  const prefix = "team/";
  return {
    url: "s3://bucket/team",
    settings: ["--set", `endpoint=${server.url}`],
    server: null,
    names: () => [...server.objects.keys()].map((key) => key.slice(prefix.length)).sort(),
    age(days) {
      for (const [key, object] of server.objects) if (key !== `${prefix}mvgit.json`) object.time -= days * DAY;
    },
    put: (name, bytes) => void server.put(prefix + name, Buffer.from(bytes)),
    remove: (name) => void server.objects.delete(prefix + name),
    close: () => server.close(),
  };
}

/** `gs://bucket/team`; the sandbox's environment names the server. */
export async function bucketRemote(box: Sandbox, options: GcsServerOptions = {}): Promise<AgedRemote> {
  const server = await startGcsServer(options);
  box.env["STORAGE_EMULATOR_HOST"] = server.url;
  const prefix = "bucket/team/";
  return {
    url: "gs://bucket/team",
    server,
    names: () => [...server.objects.keys()].map((key) => key.slice(prefix.length)).sort(),
    age(days) {
      for (const [key, object] of server.objects)
        if (key !== `${prefix}mvgit.json`)
          object.created = new Date(Date.parse(object.created) - days * DAY).toISOString();
    },
    put: (name, bytes) => server.put("bucket", `team/${name}`, Buffer.from(bytes)),
    remove: (name) => void server.objects.delete(prefix + name),
    close: () => server.close(),
  };
}
