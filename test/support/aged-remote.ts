/** A remote whose objects a test can make older, in a folder or on a test server. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "./sandbox.ts";
import { type GcsServer, startGcsServer } from "./gcs-server.ts";

export interface AgedRemote {
  url: string;
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

export function folderRemote(box: Sandbox): AgedRemote {
  const folder = join(box.dir, "store");
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
    put: (name, bytes) => box.write(`store/${name}`, bytes),
    remove: (name) => fs.rmSync(join(folder, name), { force: true }),
    close: async () => undefined,
  };
}

/** `gs://bucket/team`; the sandbox's environment names the server. */
export async function bucketRemote(box: Sandbox): Promise<AgedRemote> {
  const server = await startGcsServer();
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
