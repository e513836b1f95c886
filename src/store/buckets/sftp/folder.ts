/** The folder of a remote on a server: its names, what is there, and folders made in it. */
import { Once } from "../../../base/once.ts";
import { type Rights, rightsBelow } from "../../../base/disk.ts";
import type { ObjectName, ObjectStat } from "../../bucket.ts";
import { TEMPORARY } from "../../folder-layout.ts";
import { newTemporaryName } from "../../temporary.ts";
import { isRefusal, type SftpClient } from "./client.ts";
import type { Connection } from "./connection.ts";
import { diskFull, folderMissing, refused, unusable, type Where } from "./failures.ts";
import { type Attributes, attributes, type Field, OPEN, STATUS, TYPE } from "./packets.ts";

/** As files and folders are asked for; the account's umask takes from it. */
const NEW_FOLDER = attributes({ mode: 0o777 });

/** Names are of objects, or of files below `tmp`, from the remote's folder on. */
export class ServerFolder {
  readonly connection: Connection;
  readonly #path: string;
  readonly #rights = new Once<Rights>();
  #looking: Promise<Attributes | null> | null = null;
  readonly #making = new Map<string, Promise<void>>();

  constructor(connection: Connection, path: string) {
    this.connection = connection;
    this.#path = path;
  }

  get where(): Where {
    return this.connection.where;
  }

  /** As the server is told; "" is the folder itself. */
  pathOf(name: ObjectName): string {
    if (name === "") return this.#path;
    return this.#path.endsWith("/") ? this.#path + name : `${this.#path}/${name}`;
  }

  /** Of a new file under way. */
  newTemporary(part?: string): string {
    return `${TEMPORARY}/${newTemporaryName(part)}`;
  }

  /** Does what the server may refuse; a refusal becomes the error of `action`, as in "cannot ACTION". */
  async doing<T>(client: SftpClient, action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await this.failure(client, action, error);
    }
  }

  /** A refusal as the error of `action`; all else as it is. */
  async failure(client: SftpClient, action: string, error: unknown): Promise<unknown> {
    if (!isRefusal(error)) return error;
    if (error.code === STATUS.noSuchFile) await this.mustExist(client);
    const isFull = error.code === STATUS.failure && (await this.#isFull(client));
    return isFull ? diskFull(action, this.where) : refused(error, action, this.where);
  }

  /** What has the name, null where that is nothing. Neither follows a link nor opens anything. */
  async lookAt(client: SftpClient, name: ObjectName): Promise<Attributes | null> {
    try {
      return await client.attributes(TYPE.lstat, this.pathOf(name));
    } catch (error) {
      if (isRefusal(error, STATUS.noSuchFile)) return null;
      throw await this.failure(client, `look for '${name}'`, error);
    }
  }

  /** The same as an object. */
  async stat(client: SftpClient, name: ObjectName): Promise<ObjectStat | null> {
    const found = await this.lookAt(client, name);
    return found && this.statOf(found);
  }

  /** Of what is open; null where the server does not tell. */
  async statOpen(client: SftpClient, handle: Buffer): Promise<ObjectStat | null> {
    try {
      const found = await client.attributes(TYPE.fstat, handle);
      return found.kind === null || found.size === null || found.modified === null ? null : this.statOf(found);
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  statOf({ kind, size, modified }: Attributes): ObjectStat {
    if (kind === null || size === null || modified === null)
      throw unusable("does not say what a file is, how long and how old", this.where);
    const told = kind === "file" ? size : -1;
    return { size: told, version: `${told}-${modified}`, created: modified * 1000 };
  }

  /**
   * Throws `remote-missing` where the folder is not there: a disk that is not mounted is an error, not an empty remote.
   */
  async mustExist(client: SftpClient): Promise<Attributes> {
    this.#looking ??= this.#look(client).finally(() => (this.#looking = null));
    const found = await this.#looking;
    if (found?.kind === "folder") return found;
    throw folderMissing(this.where);
  }

  async #look(client: SftpClient): Promise<Attributes | null> {
    try {
      return await client.attributes(TYPE.stat, this.pathOf(""));
    } catch (error) {
      if (isRefusal(error, STATUS.noSuchFile)) return null;
      if (isRefusal(error)) throw refused(error, "look for the remote's folder", this.where);
      throw error;
    }
  }

  /** What others who share the folder are given in it. */
  rights(client: SftpClient): Promise<Rights> {
    return this.#rights.run(async () => {
      const { mode, owner } = await this.mustExist(client);
      return rightsBelow({ mode: mode ?? 0, gid: owner?.group ?? -1 });
    });
  }

  /** Makes a folder and those above it, up to the remote's own, with the rights of all who share that. */
  async makeFolder(client: SftpClient, folder: string): Promise<void> {
    let making = this.#making.get(folder);
    if (making === undefined) {
      making = this.#make(client, folder).finally(() => this.#making.delete(folder));
      this.#making.set(folder, making);
    }
    await making;
  }

  async #make(client: SftpClient, folder: string): Promise<void> {
    const above = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
    const path = this.pathOf(folder);
    const make = (): Promise<void> => client.perform(TYPE.mkdir, path, NEW_FOLDER);
    try {
      await make();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (error.code === STATUS.noSuchFile && above !== "") {
        await this.makeFolder(client, above);
        await this.#unlessThere(client, folder, make);
      } else await this.#unlessThere(client, folder, () => Promise.reject(error));
    }
    const { folders, group } = await this.rights(client);
    if (folders === 0) return;
    const found = await this.lookAt(client, folder);
    if (found?.kind !== "folder" || found.owner === null || found.mode === null) return;
    if (found.owner.group !== group)
      await this.#tolerant(client, path, attributes({ owner: { user: found.owner.user, group } }));
    await this.#tolerant(client, path, attributes({ mode: found.mode | folders }));
  }

  /** Another process may have made it meanwhile. */
  async #unlessThere(client: SftpClient, folder: string, make: () => Promise<void>): Promise<void> {
    try {
      await make();
    } catch (error) {
      const found = isRefusal(error) ? await this.lookAt(client, folder) : null;
      if (found?.kind !== "folder") throw await this.failure(client, `make the folder '${folder}'`, error);
    }
  }

  /** Who may not set rights (another user's folder) leaves them as they are. */
  async #tolerant(client: SftpClient, path: string, set: Field): Promise<void> {
    try {
      await client.perform(TYPE.setstat, path, set);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  /** Lets a file that is written be read by all who share the folder. `mode`: what it has. */
  async shareFile(client: SftpClient, name: string, mode: number): Promise<void> {
    const { files } = await this.rights(client);
    const wanted = (mode & 0o444) | files;
    if (mode !== wanted) await this.#tolerant(client, this.pathOf(name), attributes({ mode: wanted }));
  }

  /** Opens a file that is new, below `tmp`, which is made if it is not there. */
  async openNew(client: SftpClient, file: string, mode: number): Promise<Buffer> {
    const how = OPEN.write | OPEN.create | OPEN.exclusive;
    const open = (): Promise<Buffer> => client.open(TYPE.open, this.pathOf(file), how, attributes({ mode }));
    try {
      return await open();
    } catch (error) {
      if (!isRefusal(error, STATUS.noSuchFile)) throw error;
      await this.mustExist(client);
      await this.makeFolder(client, TEMPORARY);
      return open();
    }
  }

  /** Removes a file that is this process's own; who does not come to it leaves it, and it is cleaned later. */
  async discard(client: SftpClient, name: string): Promise<void> {
    try {
      await client.perform(TYPE.remove, this.pathOf(name));
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  /** False where the server does not tell. */
  async #isFull(client: SftpClient): Promise<boolean> {
    if (!client.extensions.has("statvfs@openssh.com")) return false;
    try {
      // Sizes of a block, then blocks: all, free, and free to this account; the same of files.
      const told = await client.numbers(8, "statvfs@openssh.com", this.pathOf(""));
      return told[4] === 0 || (told[5] !== 0 && told[7] === 0);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return false;
    }
  }
}
