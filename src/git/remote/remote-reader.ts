/** A repository on another machine, read without a clone: what `mvgit get URL` needs of it and no more. */
import { ObjectReader } from "../object-reader.ts";
import type { FoundObject } from "../objects.ts";
import type { GitCommit, GitReader, GitRef, GitTag, Oid, TreeFile } from "../reader.ts";
import { Paths, Trees } from "../trees.ts";
import { parseAddress } from "./address.ts";
import type { RemoteOptions, Transport } from "./transport.ts";

/**
 * A GitReader whose methods bring what they need when they need it; `fetch` brings many things with one request.
 * Histories are not brought: `commit` names parents that can be asked for in turn. Everything that was brought is what
 * its id says.
 */
export interface RemoteReader extends GitReader {
  /**
   * Refs whose full name begins with one of these prefixes, sought by the server where it can; all when none is given.
   * HEAD is no ref.
   */
  refs(prefixes?: readonly string[]): Promise<GitRef[]>;
  /** The commit that the default branch stands on, asked for with the refs; null for none. */
  head(): Promise<Oid | null>;
  /** Brings tags with their commits, commits with their trees, or blobs. False when the server has one of them not. */
  fetch(oids: readonly Oid[]): Promise<boolean>;
  /** Forgets what was brought, and removes it where it was on disk. Always call it. */
  close(): void;
}

/**
 * Opens `address` (see `parseAddress`): over HTTP by itself, over SSH and for folders through the git program. Asks the
 * server at once. Throws `setting-invalid` for an address that is not used, `access-denied`, `remote-missing`,
 * `not-a-repository` where something else answers, `not-supported`, `remote-unavailable`, `remote-stalled`.
 */
export async function openRemoteReader(address: string, options: RemoteOptions): Promise<RemoteReader> {
  const parsed = parseAddress(address, options);
  if (parsed.transport === "http") {
    const { HttpTransport } = await import("./http-transport.ts");
    return new Remote(await HttpTransport.open(parsed, options));
  }
  const { ProgramTransport } = await import("./program-transport.ts");
  return new Remote(await ProgramTransport.open(parsed, options));
}

class Remote extends ObjectReader implements RemoteReader {
  readonly #transport: Transport;
  /** The commit of the default branch, as last listed; null for none. */
  #head: Oid | null | undefined;

  constructor(transport: Transport) {
    super({
      object: (oid, cap) => bring(transport, oid, cap),
      firstRef: async (names) => {
        const refs = new Map((await transport.list(names)).map(({ name, oid }) => [name, oid]));
        return names.map((name) => refs.get(name)).find((oid) => oid !== undefined) ?? null;
      },
      refs: () => transport.list([]),
    });
    this.#transport = transport;
  }

  override async refs(prefixes: readonly string[] = []): Promise<GitRef[]> {
    const listed = await this.#transport.list(prefixes.length === 0 ? [] : [...prefixes, "HEAD"]);
    this.#head = listed.find(({ name }) => name === "HEAD")?.oid ?? null;
    return listed.filter(({ name }) => name !== "HEAD");
  }

  async head(): Promise<Oid | null> {
    if (this.#head === undefined) await this.refs(["HEAD"]);
    return this.#head ?? null;
  }

  fetch(oids: readonly Oid[]): Promise<boolean> {
    return this.#transport.fetch(oids);
  }

  override async *tags(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; tag: GitTag | null }> {
    await this.fetch(oids);
    yield* super.tags(oids);
  }

  override async *commits(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; commit: GitCommit }> {
    await this.fetch(oids);
    yield* super.commits(oids);
  }

  override async *filesAt(
    wanted: readonly { commit: Oid; path: string }[],
    cap: number,
  ): AsyncGenerator<Buffer | null> {
    await this.#readFolders(wanted);
    const files: (TreeFile | null)[] = [];
    for (const { commit, path } of wanted) files.push(await this.fileAt(commit, path));
    await this.fetch(
      files.filter((file) => file !== null && file.mode !== "160000").map((file) => (file as TreeFile).oid),
    );
    yield* super.filesAt(wanted, cap);
  }

  /** The folders on the way to the files, a level of all of them at once. */
  async #readFolders(wanted: readonly { commit: Oid; path: string }[]): Promise<void> {
    const read: { root: Oid; paths: Paths }[] = [];
    let at = 0;
    for await (const { commit } of this.commits(wanted.map((each) => each.commit))) {
      const paths = new Paths();
      paths.add((wanted[at++] as (typeof wanted)[number]).path);
      read.push({ root: commit.tree, paths });
    }
    await new Trees(this).read(read);
  }

  override async *trees(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; bytes: Buffer }> {
    await this.fetch(oids);
    yield* super.trees(oids);
  }

  override async *blobs(oids: readonly Oid[], cap: number): AsyncGenerator<{ oid: Oid; bytes: Buffer | null }> {
    await this.fetch(oids);
    yield* super.blobs(oids, cap);
  }

  close(): void {
    this.#transport.close();
  }
}

async function bring(transport: Transport, oid: Oid, cap: number): Promise<FoundObject | null> {
  const here = await transport.object(oid, cap);
  if (here) return here;
  return (await transport.fetch([oid])) ? transport.object(oid, cap) : null;
}
