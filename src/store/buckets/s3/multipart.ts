/** Large objects: S3's uploads of parts, below the engine that all services of parts share. */
import { isMvgitError } from "../../../base/errors.ts";
import type { PutOutcome } from "../../bucket.ts";
import { bucketMissing, objectMissing, type Purpose, replacedMeanwhile, unusable } from "../../cloud/failures.ts";
import type { Part, PartService, Whole } from "../../cloud/parts.ts";
import { afterCut } from "../../cloud/sent.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { Reply } from "../../cloud/verdict.ts";
import { textOf } from "../../cloud/xml.ts";
import { type Call, type CallReply, resultIn } from "./api.ts";
import { isMd5, md5 } from "./dialect.ts";
import { type Found, look, type Opened, removeVersion, takenBy } from "./objects.ts";
import { wordsOf } from "./said.ts";
import { tagIn, tagOf } from "./stat.ts";
import { TYPE } from "./upload.ts";

/** A part that the service has. */
interface Kept {
  size: number;
  /** Without quotes. */
  tag: string;
  /** CRC32C, where the service tells it. */
  sum: string | null;
}

/** Sums that an upload has: of the whole object, of each part and of those together, or none. */
type Sums = "whole" | "parts" | "none";

/** Ways to ask for them, from the best to the one that every endpoint knows. */
const ASKED: readonly Record<string, string>[] = [
  { "x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "FULL_OBJECT" },
  { "x-amz-checksum-algorithm": "CRC32C" },
  {},
];

/** What an answer of 200 to the last request may say in its body, and what status that is. */
const STATUSES: Readonly<Record<string, number>> = {
  PreconditionFailed: 412,
  ConditionalRequestConflict: 409,
  NoSuchUpload: 404,
  InvalidPart: 400,
  InvalidPartOrder: 400,
};

/** One object that is uploaded in parts. */
export class Multipart implements PartService<Kept> {
  readonly purpose: Purpose;
  readonly key: string;
  readonly mostParts = 10_000;
  readonly #opened: Opened;
  readonly #name: string;
  #sums: Sums = "none";
  /** What it comes in the place of: the version given, or what came of these bytes on the way. Null: of nothing. */
  #replaced: string | null;

  /** `name`: in the bucket, prefix included. `replaces`: the version in whose place it comes, if in any's. */
  constructor(opened: Opened, name: string, replaces: string | null = null) {
    this.#opened = opened;
    this.#name = name;
    this.#replaced = replaces;
    this.purpose = opened.api.purpose(`${replaces === null ? "write" : "replace"} '${name}'`);
    const over = replaces === null ? "" : ` over ${replaces}`;
    this.key = `${opened.api.signIn.place.base} ${opened.api.address} ${name}${over}`;
  }

  tries(): Tries {
    return this.#opened.api.tries(this.purpose.action);
  }

  async begin(): Promise<string> {
    const { hasCrc, sumsParts } = this.#opened.dialect;
    const known = hasCrc && sumsParts ? ASKED : ASKED.slice(-1);
    for (const sums of known) {
      const { status, headers, text } = await this.#call({
        method: "POST",
        query: { uploads: "" },
        headers: { "content-type": TYPE, ...sums },
        accept: sums === ASKED.at(-1) ? [200] : [200, 400, 501],
        result: "InitiateMultipartUpload",
      });
      if (status !== 200) continue;
      this.#sums = sumsOf(headers["x-amz-checksum-algorithm"], headers["x-amz-checksum-type"]);
      const word = textOf(resultIn(text, "InitiateMultipartUpload"), "UploadId") ?? "";
      if (isWord(word)) return word;
      throw unusable("began no upload", this.purpose);
    }
    throw unusable("began no upload", this.purpose);
  }

  async kept(upload: string): Promise<ReadonlyMap<number, Kept> | null> {
    const kept = new Map<number, Kept>();
    if (!isWord(upload)) return null;
    for (let marker = "0"; marker !== "";) {
      const { status, text } = await this.#call({
        method: "GET",
        query: { uploadId: upload, "part-number-marker": marker },
        accept: [200, 400, 403, 404],
        result: "ListParts",
      });
      // Who may not list parts sends all of them again.
      if (status === 403) return new Map();
      if (status !== 200) return null;
      const next = this.#take(text, kept);
      if (next !== "" && !(Number(next) > Number(marker) && Number(next) <= this.mostParts))
        throw unusable("lists parts without end", this.purpose);
      marker = next;
    }
    return kept;
  }

  /** Adds a page of parts: which one comes before the next page; "" after the last. */
  #take(text: string, kept: Map<number, Kept>): string {
    const page = resultIn(text, "ListParts");
    if (page === undefined) throw unusable("gave a page that is none", this.purpose);
    this.#sums = sumsOf(textOf(page, "ChecksumAlgorithm"), textOf(page, "ChecksumType"));
    for (const part of page.children) {
      if (part.name !== "Part") continue;
      const tag = tagIn(textOf(part, "ETag"));
      const index = Number(textOf(part, "PartNumber")) - 1;
      if (tag !== null)
        kept.set(index, { size: Number(textOf(part, "Size")), tag, sum: textOf(part, "ChecksumCRC32C") ?? null });
    }
    return textOf(page, "IsTruncated") === "true" ? (textOf(page, "NextPartNumberMarker") ?? "") : "";
  }

  isSame({ size, tag, sum }: Kept, part: Part): boolean {
    if (size !== part.bytes.length) return false;
    return sum === null ? isMd5(tag) && tag === md5(part.bytes, "hex") : sum === part.sum;
  }

  async send(upload: string, part: Part): Promise<Kept | null> {
    const { dialect } = this.#opened;
    const tries = this.tries();
    for (;;) {
      const { status, headers, code } = await this.#call({
        method: "PUT",
        query: { partNumber: String(part.index + 1), uploadId: upload },
        headers:
          this.#sums === "none" ? { "content-md5": md5(part.bytes, "base64") } : dialect.sums(part.bytes, part.sum),
        body: part.bytes,
        accept: [200, 404],
      });
      if (code === "NoSuchBucket") throw bucketMissing(this.purpose);
      if (status === 404) return null;
      const kept = keptBy(headers, part);
      if (kept !== null && (kept.sum !== null || this.#sums === "none")) return kept;
      if (kept !== null) {
        dialect.sumsParts = false;
        return null;
      }
      await tries.failed(unusable(`does not confirm part ${part.index + 1}`, this.purpose));
    }
  }

  async commit(upload: string, parts: readonly Kept[], whole: Whole): Promise<PutOutcome | null> {
    const { dialect } = this.#opened;
    if (this.#replaced !== null) return this.#commitOver(this.#replaced, upload, { parts, whole });
    const tries = this.tries();
    for (let wasCut = false; ;) {
      const taken = await this.#takenBefore(whole, wasCut);
      if (taken !== null) return taken;
      const reply = await tries.catching(() => this.#complete(upload, parts, whole));
      wasCut = reply === null;
      if (reply === null) continue;
      if (reply.status === 200) return this.#confirmed(parts, whole);
      const found = FINAL.has(reply.status) ? await takenBy(this.#opened, whole) : null;
      if (found !== null) return found;
      if (reply.status === 501 && (await dialect.retreat())) continue;
      if (reply.code === "NoSuchUpload" || (reply.status === 400 && reply.code.startsWith("InvalidPart"))) return null;
      await tries.after(reply);
    }
  }

  /**
   * The same in the place of a certain version: looked at before, since some endpoints take the precondition and
   * replace, and after.
   */
  async #commitOver(
    replaced: string,
    upload: string,
    { parts, whole }: { parts: readonly Kept[]; whole: Whole },
  ): Promise<"written" | null> {
    const { api, dialect } = this.#opened;
    const tries = this.tries();
    for (let mayBeOurs = false; ;) {
      const found = await look(this.#opened, this.#name);
      if (found === null) throw objectMissing(this.#name, api.address);
      if (found.stat.version !== replaced) {
        if (mayBeOurs && found.stat.size === whole.size && isMadeOf(found, parts, whole.sum)) return "written";
        throw replacedMeanwhile(this.#name, api.address);
      }
      const reply = await tries.catching(() => this.#complete(upload, parts, whole));
      if (reply === null) mayBeOurs = true;
      else if (reply.status === 200) return this.#confirmedOver(reply, parts, whole);
      else if (reply.status === 501 && dialect.replacesByTag) dialect.replacesByTag = false;
      else if (reply.code === "NoSuchUpload" && !mayBeOurs) return null;
      else if (FINAL.has(reply.status))
        await tries.failed(unusable(`refuses to replace the version that it has (${reply.status})`, this.purpose));
      else {
        // Whoever answers that it did not work may have been a gateway that did not wait for what did.
        mayBeOurs = true;
        await tries.after(reply);
      }
    }
  }

  /** Null where something else was made than was sent: that is what is replaced next. */
  async #confirmedOver(reply: CallReply, parts: readonly Kept[], whole: Whole): Promise<"written" | null> {
    const found = await look(this.#opened, this.#name);
    if (found === null) throw objectMissing(this.#name, this.#opened.api.address);
    if (found.stat.size === whole.size && isMadeOf(found, parts, whole.sum)) return "written";
    const tag = tagIn(textOf(resultIn(reply.text, "CompleteMultipartUpload"), "ETag"));
    if (tag !== null && tagOf(found.stat.version) !== tag)
      throw replacedMeanwhile(this.#name, this.#opened.api.address);
    this.#replaced = found.stat.version;
    return null;
  }

  /** What has the name already, where the last request itself may not tell. */
  #takenBefore(whole: Whole, wasCut: boolean): Promise<PutOutcome | null> {
    if (wasCut) return afterCut(() => takenBy(this.#opened, whole));
    if (this.#opened.dialect.looksBeforeLast) return takenBy(this.#opened, { ...whole, sum: null });
    return Promise.resolve(null);
  }

  async #complete(upload: string, parts: readonly Kept[], { size, sum }: Whole): Promise<CallReply> {
    const reply = await this.#opened.api.callOnce({
      method: "POST",
      name: this.#name,
      query: { uploadId: upload },
      headers: {
        "content-type": "application/xml",
        "x-amz-mp-object-size": String(size),
        ...this.#precondition,
        ...(this.#sums === "whole" && { "x-amz-checksum-crc32c": sum, "x-amz-checksum-type": "FULL_OBJECT" }),
      },
      body: Buffer.from(listOf(parts)),
      action: this.purpose.action,
    });
    return reply.status === 200 ? withinBody(reply) : reply;
  }

  get #precondition(): Record<string, string> {
    const { dialect } = this.#opened;
    if (this.#replaced === null) return dialect.asksForAbsence ? { "if-none-match": "*" } : {};
    return dialect.replacesByTag ? { "if-match": `"${tagOf(this.#replaced)}"` } : {};
  }

  /** What was made, held against what was sent; deleted where it is something else. */
  async #confirmed(parts: readonly Kept[], whole: Whole): Promise<PutOutcome | null> {
    const found = await look(this.#opened, whole.name);
    if (found === null) return null;
    const { size, version } = found.stat;
    if (size === whole.size && isMadeOf(found, parts, whole.sum)) return "written";
    try {
      await removeVersion(this.#opened, whole.name, version);
    } catch (error) {
      if (!isMvgitError(error, "access-denied") && !isMvgitError(error, "object-exists")) throw error;
      return { found: found.stat };
    }
    return null;
  }

  #call(asked: Asked): Promise<CallReply> {
    return this.#opened.api.call({ ...asked, name: this.#name, action: this.purpose.action });
  }

  async abandon(upload: string): Promise<void> {
    await this.#call({ method: "DELETE", query: { uploadId: upload }, accept: [200, 204, 404] });
  }
}

/** Refusals after which the name may have something. */
const FINAL = new Set([404, 409, 412]);

type Asked = Pick<Call, "method" | "query" | "headers" | "body" | "accept" | "result">;

/** As the endpoint says it. */
function sumsOf(algorithm: unknown, type: unknown): Sums {
  if (String(algorithm).toUpperCase() !== "CRC32C") return "none";
  return type === "FULL_OBJECT" ? "whole" : "parts";
}

/** By which an upload is known; from a file, or from the service. */
function isWord(text: string): boolean {
  return /^[\x21-\x7e]{1,2000}$/.test(text);
}

/** The part, if the answer confirms it as far as it tells. */
function keptBy(headers: Reply["headers"], { bytes, sum }: Part): Kept | null {
  const tag = tagIn(headers["etag"]);
  const told = headers["x-amz-checksum-crc32c"];
  if (tag === null || (told !== undefined && told !== sum)) return null;
  if (told === undefined && isMd5(tag) && tag !== md5(bytes, "hex")) return null;
  return { size: bytes.length, tag, sum: told === undefined ? null : sum };
}

/** By the sum of the whole; where the endpoint has no sums of parts, that is none, and the tag is all that it has. */
function isMadeOf({ stat, sum }: Found, parts: readonly Kept[], whole: string): boolean {
  if (parts.every((part) => part.sum !== null)) return sum === null || sum === whole;
  const [, digest] = /^([0-9a-f]{32})-\d+$/.exec(tagOf(stat.version)) ?? [];
  if (digest === undefined || !parts.every(({ tag }) => isMd5(tag))) return true;
  return digest === md5(Buffer.concat(parts.map(({ tag }) => Buffer.from(tag, "hex"))), "hex");
}

function listOf(parts: readonly Kept[]): string {
  const each = parts.map(({ tag, sum }, index) => {
    const summed = sum === null ? "" : `<ChecksumCRC32C>${sum}</ChecksumCRC32C>`;
    return `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${escaped(tag)}"</ETag>${summed}</Part>`;
  });
  const name = "CompleteMultipartUpload";
  return `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${each.join("")}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign);
}

/** An answer of 200 is begun before its end is known: what it says then counts. */
function withinBody(reply: CallReply): CallReply {
  if (resultIn(reply.text, "CompleteMultipartUpload") !== undefined) return reply;
  const { code } = wordsOf(reply.text);
  return { ...reply, code, status: STATUSES[code] ?? 500 };
}
