/**
 * An object of many blocks. The service keeps blocks that no object has yet for a week, for whoever writes under that
 * name: no other memory is needed to go on, in the next process or on another machine.
 */
import type { PutOutcome } from "../../bucket.ts";
import { MvgitError } from "../../../base/errors.ts";
import { objectMissing, type Purpose, replacedMeanwhile } from "../../cloud/failures.ts";
import { md5Of } from "../../cloud/md5-job.ts";
import type { Md5 } from "../../cloud/md5-thread.ts";
import type { Part, PartService, Whole } from "../../cloud/parts.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";
import type { AzureService } from "./service.ts";
import { SUM_HEADER, versionIn } from "./stat.ts";
import { CHANGED, deleteOwn, isTaken, look, TAKEN, takenBy, TYPE } from "./upload.ts";
import { childOf, textOf, type XmlElement } from "../../cloud/xml.ts";

export interface Block {
  id: string;
  size: number;
}

/** There is one upload of each name, and the service knows what it has. */
const UPLOAD = "blocks";
export const SERVICE_REMEMBERS: UploadSessions = {
  get: async () => UPLOAD,
  set: async () => undefined,
  delete: async () => undefined,
};

const MARK = Buffer.from("mvg1");
/** Of an id before it is base64: the mark, the index, the MD5 of the bytes. */
const ID = /^bXZnM[A-Za-z0-9+/]{27}$/;

/**
 * All ids of one name have the same length, as the service demands. One says where the block belongs and which bytes it
 * has: the service refuses a block whose bytes do not have the MD5 that is sent along, so whoever writes honestly can
 * go on with what any other has sent, and a block of another source never fits.
 */
function idOf(index: number, md5: string): string {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(index);
  return Buffer.concat([MARK, place, Buffer.from(md5, "base64")]).toString("base64");
}

function indexIn(id: string): number | null {
  return ID.test(id) ? Buffer.from(id, "base64").readUInt32BE(MARK.length) : null;
}

/** The blocks of one name. */
export class BlockService implements PartService<Block> {
  readonly purpose: Purpose;
  readonly key: string;
  readonly mostParts = 50_000;
  readonly #service: AzureService;
  readonly #name: string;
  readonly #md5: Md5;
  /** What it comes in the place of: the version given, or what came of these bytes on the way. Null: of nothing. */
  #replaced: string | null;

  /** `name`: in the container, prefix included. `replaces`: the version in whose place it comes, if in any's. */
  constructor(service: AzureService, name: string, { md5, replaces = null }: { md5: Md5; replaces?: string | null }) {
    this.#service = service;
    this.#name = name;
    this.#md5 = md5;
    this.#replaced = replaces;
    this.key = service.url(name).href;
    this.purpose = service.purpose(`${replaces === null ? "write" : "replace"} '${name}'`);
  }

  tries(): Tries {
    return this.#service.tries(this.purpose.action);
  }

  async begin(): Promise<string> {
    return UPLOAD;
  }

  async kept(): Promise<ReadonlyMap<number, Block>> {
    const { xml } = await this.#service.call({
      method: "GET",
      url: this.#service.url(this.#name, { comp: "blocklist", blocklisttype: "uncommitted" }),
      action: this.purpose.action,
      accept: [200, "BlobNotFound"],
      document: "BlockList",
    });
    const listed = childOf(xml ?? undefined, "UncommittedBlocks")?.children ?? [];
    return new Map(listed.flatMap(blockIn));
  }

  async isSame(kept: Block, { index, bytes }: Part): Promise<boolean> {
    return kept.size === bytes.length && kept.id === idOf(index, await this.#md5(bytes));
  }

  async send(_: string, part: Part): Promise<Block> {
    const md5 = await this.#md5(part.bytes);
    const id = idOf(part.index, md5);
    const { code } = await this.#service.call({
      method: "PUT",
      url: this.#service.url(this.#name, { comp: "block", blockid: id }),
      action: this.purpose.action,
      accept: [201, "InvalidBlobOrBlock"],
      headers: { "content-md5": md5 },
      body: [part.bytes],
    });
    if (code !== "") throw this.#otherBlocks();
    return { id, size: part.bytes.length };
  }

  /** The service takes no ids of different lengths under one name. */
  #otherBlocks(): MvgitError {
    const { action, address } = this.purpose;
    return new MvgitError("access-denied", `cannot ${action} in '${address}': another program left blocks there`, {
      subject: address,
      hint: "the service forgets them within a week: run the command again then, or end that program's upload",
    });
  }

  async commit(_: string, parts: readonly Block[], whole: Whole): Promise<PutOutcome | null> {
    const body = Buffer.from(blockList(parts));
    const reply = await this.#service.call({
      method: "PUT",
      url: this.#service.url(this.#name, { comp: "blocklist" }),
      action: this.purpose.action,
      accept: [201, ...(this.#replaced === null ? TAKEN : CHANGED), "InvalidBlockList"],
      headers: {
        "content-type": "application/xml",
        "content-md5": md5Of(body),
        ...(this.#replaced === null ? { "if-none-match": "*" } : { "if-match": `"${this.#replaced}"` }),
        "x-ms-blob-content-type": TYPE,
        [SUM_HEADER]: whole.sum,
      },
      body: [body],
    });
    // Whoever makes an object of some blocks makes the service forget the others of that name.
    if (this.#replaced !== null && reply.status !== 201) return this.#changed(this.#replaced, whole);
    if (isTaken(reply) || reply.code === "InvalidBlockList")
      return takenBy(this.#service, { name: this.#name, size: whole.size, crc: whole.sum });
    return this.#confirm(versionIn(reply.headers["etag"]), whole);
  }

  /** The request may have been sent twice: what is there may be what the first one made. */
  async #changed(replaced: string, whole: Whole): Promise<"written" | null> {
    const found = await look(this.#service, this.#name, this.purpose);
    if (found === null) throw objectMissing(this.#name, this.#service.address);
    if (found.stat.version === replaced) return null;
    if (found.stat.size === whole.size && found.crc === whole.sum) return "written";
    throw replacedMeanwhile(this.#name, this.#service.address);
  }

  async #confirm(version: string | null, whole: Whole): Promise<"written" | null> {
    const found = await look(this.#service, this.#name, this.purpose);
    if (this.#replaced !== null) this.#replaced = version ?? this.#replaced;
    if (found === null || found.stat.version !== version) return null;
    if (found.stat.size === whole.size && (found.crc ?? whole.sum) === whole.sum) return "written";
    if (this.#replaced === null) await deleteOwn(this.#service, this.#name, version);
    return null;
  }

  async abandon(): Promise<void> {
    // Blocks cannot be removed alone, and another client may be about to use them; the service forgets them.
  }
}

function blockList(parts: readonly Block[]): string {
  const ids = parts.map(({ id }) => `<Uncommitted>${id}</Uncommitted>`);
  return `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.join("")}</BlockList>`;
}

function blockIn(element: XmlElement): [number, Block][] {
  const id = textOf(element, "Name") ?? "";
  const size = Number(textOf(element, "Size") ?? Number.NaN);
  const index = indexIn(id);
  return index === null || !Number.isSafeInteger(size) ? [] : [[index, { id, size }]];
}
