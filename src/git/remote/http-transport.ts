/** A repository over HTTP, without a clone and without the git program. What is fetched is kept in memory. */
import { MvgitError } from "../../base/errors.ts";
import type { FoundObject } from "../objects.ts";
import type { GitRef, Oid } from "../reader.ts";
import type { GitAddress } from "./address.ts";
import { findCredentials } from "./credentials.ts";
import { GitHttpSession, tooMuch } from "./http-session.ts";
import { PackedObjects } from "./pack.ts";
import { PackStream } from "./pack-stream.ts";
import { isNotOurs, notGit } from "./pkt-line.ts";
import { type Advertisement, askObjects, askRefs, readAdvertisement, readRefs } from "./protocol.ts";
import type { RemoteOptions, Transport } from "./transport.ts";

const MAX_BYTES = 256 * 1024 * 1024;
/** Of a list of refs: some 300,000 of them. */
const MAX_REFS_BYTES = 32 * 1024 * 1024;
const MAX_OBJECTS = 500_000;
const UNPACKED = 4;

/** One repository on a server. Throws as `GitHttpSession`, and `not-supported` for more than the limits. */
export class HttpTransport implements Transport {
  readonly #session: GitHttpSession;
  readonly #server: Advertisement;
  readonly #shown: string;
  readonly #maxBytes: number;
  readonly #objects: PackedObjects;
  #bytes = 0;
  /** Of a server of the old protocol, as last listed. */
  #refs: GitRef[];

  private constructor(
    session: GitHttpSession,
    server: Advertisement,
    { shown, maxBytes }: { shown: string; maxBytes: number },
  ) {
    this.#session = session;
    this.#server = server;
    this.#refs = server.refs;
    this.#shown = shown;
    this.#maxBytes = maxBytes;
    this.#objects = new PackedObjects({ unpacked: maxBytes * UNPACKED, objects: MAX_OBJECTS });
  }

  /** Asks the server who it is. */
  static async open(address: GitAddress & { transport: "http" }, options: RemoteOptions): Promise<HttpTransport> {
    const session = new GitHttpSession(address.url, options, () => findCredentials(address, options));
    const server = readAdvertisement(await session.ask({ cap: MAX_REFS_BYTES }));
    return new HttpTransport(session, server, { shown: address.shown, maxBytes: options.maxBytes ?? MAX_BYTES });
  }

  async list(prefixes: readonly string[]): Promise<GitRef[]> {
    const refs = this.#server.version === 2 ? await this.#ofPrefixes(prefixes) : await this.#ofAll(prefixes);
    return prefixes.length === 0 ? refs : refs.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  }

  async #ofPrefixes(prefixes: readonly string[]): Promise<GitRef[]> {
    return readRefs(await this.#session.ask({ body: askRefs(prefixes), cap: MAX_REFS_BYTES }));
  }

  /** A server of the old protocol lists all or nothing, as it says who it is. */
  async #ofAll(prefixes: readonly string[]): Promise<GitRef[]> {
    if (prefixes.length === 0) this.#refs = readAdvertisement(await this.#session.ask({ cap: MAX_REFS_BYTES })).refs;
    return this.#refs;
  }

  async fetch(oids: readonly Oid[]): Promise<boolean> {
    const missing = [...new Set(oids)].filter((oid) => !this.#objects.has(oid));
    if (missing.length === 0) return true;
    try {
      const pack = await this.#ask(missing);
      this.#bytes += pack.length;
      await this.#objects.add(pack);
    } catch (error) {
      if (isNotOurs(error)) return false;
      throw error;
    }
    for (const oid of missing)
      if (this.#objects.object(oid, 0) === null)
        throw notGit(`it did not send object ${oid.slice(0, 10)}, which was asked for`);
    return true;
  }

  async #ask(oids: readonly Oid[]): Promise<Buffer> {
    const cap = this.#maxBytes - this.#bytes;
    try {
      return await this.#session.ask({ body: askObjects(oids, this.#server), cap }, () => new PackStream());
    } catch (error) {
      // The cap of this answer is what earlier ones left of the whole.
      if (error instanceof MvgitError && error.code === "not-supported" && cap < this.#maxBytes)
        throw tooMuch(this.#shown, this.#maxBytes);
      throw error;
    }
  }

  async object(oid: Oid, cap: number): Promise<FoundObject | null> {
    return this.#objects.has(oid) ? this.#objects.object(oid, cap) : null;
  }

  close(): void {
    // All is in memory, and idle connections keep no process alive.
  }
}
