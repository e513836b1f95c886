/** A folder of a server that is reached by SSH as a bucket: the same objects as in a folder of this machine. */
import { Once } from "../../../base/once.ts";
import { TEMPORARY } from "../../folder-layout.ts";
import type { BlobSource } from "../../bytes.ts";
import type { AccessReport, InspectableBucket, ObjectName, ObjectRange, ObjectStat, PutOutcome } from "../../bucket.ts";
import type { Talk } from "../../../program/talk.ts";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";
import { isLeftover } from "../../temporary.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { download } from "./download.ts";
import { ServerFolder } from "./folder.ts";
import { inspectServer } from "./inspect.ts";
import { entriesOf, listObjects } from "./listing.ts";
import { Naming } from "./naming.ts";
import { remove, timeOf } from "./removal.ts";
import { replace } from "./replacement.ts";
import { ShellFlush } from "./shell-flush.ts";
import { Slots } from "../../../base/slots.ts";
import { SMALL, SmallUploads, type Target } from "./upload.ts";
import { uploadLarge } from "./upload-large.ts";

export interface SftpOptions extends ConnectionOptions {
  /** Where uploads that were cut are remembered across processes. */
  sessions?: UploadSessions;
  /** Starts a shell of the account, `sh`, which may fail in any way. */
  startShell?(): Talk;
  /** Milliseconds after which the lock of whoever replaced an object is taken for a dead process's. */
  lockSilence?: number;
  /** Who this is there, for `doctor --remote`. */
  identity?(): Promise<string>;
}

/** Bytes of objects under way that are held in memory, beside the windows of large ones. */
const MEMORY = 32 * 1024 * 1024;

/** Throws `remote-missing` where the folder is not there, and what `ssh` and the server give reason for. */
export class SftpBucket implements InspectableBucket {
  readonly address: string;
  readonly concurrency = { small: 1024, large: 2 };
  readonly #options: SftpOptions;
  readonly #target: Target;
  readonly #small: SmallUploads;
  /** Large objects. */
  readonly #underWay = new Set<ObjectName>();
  readonly #cleaned = new Once<void>();

  constructor(options: SftpOptions) {
    this.address = options.address;
    this.#options = options;
    const connection = new Connection(options);
    const folder = new ServerFolder(connection, options.place.folder);
    const shell = options.startShell ? new ShellFlush(options.startShell) : null;
    this.#target = { connection, folder, naming: new Naming(folder), shell, memory: new Slots(MEMORY) };
    this.#small = new SmallUploads(this.#target);
  }

  head(name: ObjectName): Promise<ObjectStat | null> {
    const { connection, folder } = this.#target;
    return connection.use(async (client) => {
      const found = await folder.stat(client, name);
      if (found === null) await folder.mustExist(client);
      return found;
    });
  }

  get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    return download(this.#target, { name, range });
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    this.#target.connection.throwIfStopped();
    await this.#cleanOnce();
    if (source.size <= SMALL) return this.#small.upload(name, source);
    const found = await this.head(name);
    if (found) return found.size === source.size ? "present" : { found };
    return this.#uploadLarge(name, source);
  }

  /** What is under way already is not gone on with by a second call: it begins a file of its own. */
  async #uploadLarge(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    const isFirst = !this.#underWay.has(name);
    const sessions = isFirst ? this.#options.sessions : undefined;
    this.#underWay.add(name);
    try {
      return await uploadLarge(this.#target, { name, source, sessions });
    } finally {
      if (isFirst) this.#underWay.delete(name);
    }
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    this.#target.connection.throwIfStopped();
    await this.#cleanOnce();
    await replace(this.#target, { name, version, source, silence: this.#options.lockSilence });
  }

  list(prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    return listObjects(this.#target, prefix);
  }

  delete(name: ObjectName, version: string): Promise<void> {
    return remove(this.#target, name, version);
  }

  inspect(folders: readonly string[]): Promise<AccessReport> {
    return inspectServer(this.#target, { folders, identity: this.#options.identity });
  }

  /** Removes what processes left that were killed; before the first write, since readers may not. */
  #cleanOnce(): Promise<void> {
    return this.#cleaned.run(() => this.#clean());
  }

  async #clean(): Promise<void> {
    const { connection, folder } = this.#target;
    const entries = await entriesOf(this.#target, `${TEMPORARY}/`);
    if (entries.length === 0) return;
    await connection.use(async (client) => {
      const now = await timeOf(client, folder);
      for (const { name, attributes } of entries) {
        const age = (now - (attributes.modified ?? now)) * 1000;
        if (isLeftover(name, age)) await folder.discard(client, `${TEMPORARY}/${name}`);
      }
    });
  }
}
