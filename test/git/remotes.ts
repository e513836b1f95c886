/** Repositories behind servers of a test's own, and readers of them, for the tests that read without a clone. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { Oid } from "../../src/git/reader.ts";
import { openRemoteReader, type RemoteReader } from "../../src/git/remote/remote-reader.ts";
import type { RemoteOptions } from "../../src/git/remote/transport.ts";
import { type GitHttpServer, startGitHttpServer } from "../support/git-http-server.ts";
import { makeHistory, makeRepositories, type Repositories } from "../support/repositories.ts";

export let at: Repositories;
export let server: GitHttpServer;
/** One that asks who it is. */
export let other: GitHttpServer;
const opened: RemoteReader[] = [];

/** Makes them before the tests of a file, and puts what a test told the servers back after each. */
export function shareRemotes(): void {
  beforeAll(async () => {
    at = makeRepositories();
    await makeHistory(at, "source");
    fs.writeFileSync(
      join(at.dir, "source/big.bin"),
      Buffer.alloc(3_000_000, "0123456789abcdef").map((byte, i) => (byte * i * i) >> 3),
    );
    await at.git("source", "add", "-A");
    await at.git("source", "commit", "-qm", "a large file");
    await at.git("source", "tag", "-am", "with a large file", "big@v1");
    await at.git("source", "checkout", "-q", "-b", "other", "light");
    await at.git(".", "clone", "-q", "--mirror", "source", "repo.git");
    await at.git("repo.git", "gc", "-q");
    await makeHistory(at, "sha256", "--object-format=sha256");
    await at.git(".", "init", "-q", "--bare", "empty.git");
    server = await startGitHttpServer({ root: at.dir });
    other = await startGitHttpServer({ root: at.dir, signIn: "me:secret" });
  });
  afterAll(async () => {
    await server.close();
    await other.close();
    at.cleanup();
  });
  afterEach(() => {
    for (const reader of opened.splice(0)) reader.close();
    for (const each of [server, other]) {
      each.fault = () => null;
      each.requests.length = 0;
      each.options.old = false;
      each.options.filter = true;
    }
  });
}

function options(more: Partial<RemoteOptions> = {}): RemoteOptions {
  const clock = { ...systemClock, sleep: async () => undefined };
  return { env: at.env, cwd: at.dir, signal: new AbortController().signal, clock, ...more };
}

export async function open(
  address = `${server.url}/repo.git`,
  more: Partial<RemoteOptions> = {},
): Promise<RemoteReader> {
  const reader = await openRemoteReader(address, options(more));
  opened.push(reader);
  return reader;
}

export const id = async (revision: string, repository = "repo.git"): Promise<Oid> =>
  (await at.git(repository, "rev-parse", revision)) as Oid;

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
