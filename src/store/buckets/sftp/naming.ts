/** Giving a complete file its final name, unless that is taken: in one step of the server's. */
import { Once } from "../../../base/once.ts";
import { dirname } from "node:path/posix";
import type { ObjectName, ObjectStat } from "../../bucket.ts";
import { isRefusal, type Refusal, type SftpClient } from "./client.ts";
import { cannotReplace, overwrites, unusable } from "./failures.ts";
import type { ServerFolder } from "./folder.ts";
import { STATUS, TYPE } from "./packets.ts";

const LINK = "hardlink@openssh.com";
const MOVE = "posix-rename@openssh.com";

/**
 * Gives names by a second name of the same file where the server can: no server gives that a name that is taken. A
 * plain rename replaces what is there on some servers; it is tried once whether this one does.
 */
export class Naming {
  readonly #folder: ServerFolder;
  readonly #tried = new Once<boolean>();

  constructor(folder: ServerFolder) {
    this.#folder = folder;
  }

  /** Throws `not-supported` where the server has no way to give names safely: before anything is written. */
  async mustBeSafe(client: SftpClient): Promise<void> {
    if (!client.extensions.has(LINK) && !(await this.#renameRefuses(client))) throw overwrites(this.#folder.where);
  }

  /**
   * Null when the file got the name; else what has it. `temporary` is gone then, and when the server refused; it stays
   * after a lost connection.
   */
  async claim(
    client: SftpClient,
    { temporary, name, keep = false }: { temporary: string; name: ObjectName; keep?: boolean },
  ): Promise<ObjectStat | null> {
    await this.mustBeSafe(client);
    try {
      const found = await this.#claim(client, temporary, name);
      const isLeft = found === null && (keep || !client.extensions.has(LINK));
      if (!isLeft) await this.#folder.discard(client, temporary);
      return found;
    } catch (error) {
      const failure = await this.#folder.failure(client, `write '${name}'`, error);
      if (!client.isOver) await this.#folder.discard(client, temporary);
      throw failure;
    }
  }

  async #claim(client: SftpClient, temporary: string, name: ObjectName): Promise<ObjectStat | null> {
    const links = client.extensions.has(LINK);
    for (let attempt = 0; attempt < 3; attempt++) {
      const refusal = await this.#give(client, temporary, name, links);
      if (refusal === null) return null;
      const found = await this.#folder.stat(client, name);
      if (found !== null) return found;
      if (attempt === 2 || ![STATUS.noSuchFile, STATUS.failure].some((code) => code === refusal.code)) throw refusal;
      if (!name.includes("/")) await this.#folder.mustExist(client);
      else await this.#folder.makeFolder(client, dirname(name));
    }
    throw unusable(`removes '${name}' while it is written`, this.#folder.where);
  }

  async #give(client: SftpClient, temporary: string, name: ObjectName, links: boolean): Promise<Refusal | null> {
    const [from, to] = [this.#folder.pathOf(temporary), this.#folder.pathOf(name)];
    try {
      if (links) await client.perform(TYPE.extended, LINK, from, to);
      else await client.perform(TYPE.rename, from, to);
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    }
    return null;
  }

  /** Moves what has a name to one that nobody else uses. */
  async moveAway(client: SftpClient, name: ObjectName, aside: string): Promise<void> {
    const [from, to] = [this.#folder.pathOf(name), this.#folder.pathOf(aside)];
    if (client.extensions.has(MOVE)) await client.perform(TYPE.extended, MOVE, from, to);
    else await client.perform(TYPE.rename, from, to);
  }

  /** Gives a file a name in the place of what has it, in one step. Throws `not-supported` where the server has none. */
  async moveOver(client: SftpClient, temporary: string, name: ObjectName): Promise<void> {
    this.mustReplace(client);
    await client.perform(TYPE.extended, MOVE, this.#folder.pathOf(temporary), this.#folder.pathOf(name));
  }

  /** Throws `not-supported` where a file cannot be replaced in one step: before anything is written. */
  mustReplace(client: SftpClient): void {
    if (!client.extensions.has(MOVE)) throw cannotReplace(this.#folder.where);
  }

  #renameRefuses(client: SftpClient): Promise<boolean> {
    return this.#tried.run(() => this.#tryRename(client));
  }

  async #tryRename(client: SftpClient): Promise<boolean> {
    const [one, other] = [this.#folder.newTemporary(), this.#folder.newTemporary()];
    try {
      for (const each of [one, other])
        await client.perform(TYPE.close, await this.#folder.openNew(client, each, 0o600));
      return await this.#keepsBoth(client, one, other);
    } finally {
      for (const each of [one, other]) if (!client.isOver) await this.#folder.discard(client, each);
    }
  }

  async #keepsBoth(client: SftpClient, one: string, other: string): Promise<boolean> {
    try {
      await client.perform(TYPE.rename, this.#folder.pathOf(one), this.#folder.pathOf(other));
      return false;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A server that refuses and did it all the same has the first no more.
      return (await this.#folder.stat(client, one)) !== null && (await this.#folder.stat(client, other)) !== null;
    }
  }
}
