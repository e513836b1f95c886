/** A resumable upload: goes on where the other side stopped hearing, in this process or the next one. */
import type { MvgitError } from "../../../base/errors.ts";
import type { BlobSource } from "../../bytes.ts";
import type { PutOutcome } from "../../bucket.ts";
import { objectMissing, type Purpose, replacedMeanwhile, unconfirmed, unusable } from "../../cloud/failures.ts";
import { isConfirmed } from "../../cloud/sent.ts";
import { primed, SourceReading } from "../../cloud/source.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";
import type { Reply } from "../../cloud/verdict.ts";
import type { GcsApi } from "./api.ts";
import { confirmed, foundUnder, madeIn, takenBy, TYPE } from "./upload.ts";

/** The other side keeps whole multiples of this many bytes, until the last part comes. */
const GRAIN = 256 * 1024;
const GONE = new Set([404, 410]);

export interface SessionUpload {
  name: string;
  /** Larger than one grain. */
  source: BlobSource;
  sessions: UploadSessions | undefined;
  /** The generation in whose place it comes; absent where nothing may have the name. */
  replaces?: string;
}

/**
 * As `putIfAbsent`, or as `replace`, which ends with "written". The session is forgotten when it has ended, and kept
 * when this fails halfway.
 */
export function uploadLarge(api: GcsApi, upload: SessionUpload): Promise<PutOutcome> {
  return new Uploading(api, upload).run();
}

class Uploading {
  readonly #api: GcsApi;
  readonly #name: string;
  readonly #size: number;
  readonly #sessions: UploadSessions | undefined;
  readonly #key: string;
  readonly #action: string;
  readonly #tries: Tries;
  readonly #reading: SourceReading;
  /**
   * All but the last part, which goes alone with the sum of the whole: nothing is visible before the source was exact.
   */
  readonly #boundary: number;
  #uri: URL | null = null;
  /** Bytes that the other side has; null when it must be asked. */
  #offset: number | null = null;
  #furthest = 0;
  /** The same over all sessions: what a new one brings again is no progress. */
  #best = 0;
  readonly #replaces: string | null;
  /** What must have the name: the generation given, or what came of these bytes on the way; "0": nothing. */
  #generation: string;
  /** The last part was sent, and may have been heard. */
  #mayBeOurs = false;

  constructor(api: GcsApi, { name, source, sessions, replaces }: SessionUpload) {
    this.#api = api;
    this.#name = name;
    this.#size = source.size;
    this.#sessions = sessions;
    this.#replaces = replaces ?? null;
    this.#generation = replaces ?? "0";
    const over = replaces === undefined ? "" : ` over ${replaces}`;
    this.#key = `${api.signIn.endpoint} ${api.address} ${name} ${source.size}${over}`;
    this.#action = `${replaces === undefined ? "write" : "replace"} '${name}'`;
    this.#tries = api.tries(this.#action);
    this.#boundary = Math.floor((source.size - 1) / GRAIN) * GRAIN;
    this.#reading = new SourceReading(name, source, this.#boundary);
  }

  async run(): Promise<PutOutcome> {
    this.#uri = await this.#saved();
    for (;;) {
      try {
        if (this.#uri === null) {
          const taken = await this.#begin();
          if (taken) return taken;
        }
        const outcome = await this.#settle(await this.#next());
        if (outcome) return outcome;
      } catch (error) {
        if (this.#reading.failure) throw this.#reading.failure.error;
        this.#offset = null;
        await this.#tries.failed(error);
      }
    }
  }

  async #saved(): Promise<URL | null> {
    const text = await this.#sessions?.get(this.#key);
    return text ? this.#checked(text) : null;
  }

  /** Null unless it is an upload address of the very endpoint in use: bytes and credentials go nowhere else. */
  #checked(text: string): URL | null {
    if (!URL.canParse(text)) return null;
    const url = new URL(text);
    const plain = url.username === "" && url.password === "" && url.pathname.startsWith("/upload/");
    return plain && url.origin === new URL(this.#api.signIn.endpoint).origin ? url : null;
  }

  /** Null when a session began; else what has the name. */
  async #begin(): Promise<PutOutcome | null> {
    const { status, headers } = await this.#api.call({
      method: "POST",
      url: this.#api.url(
        "/o",
        { uploadType: "resumable", name: this.#name, ifGenerationMatch: this.#generation },
        true,
      ),
      action: this.#action,
      accept: this.#replaces === null ? [200, 412] : [200, 404, 412],
      headers: {
        "content-type": "application/json",
        "x-upload-content-type": TYPE,
        "x-upload-content-length": String(this.#size),
      },
      body: [Buffer.from(JSON.stringify({ name: this.#name, contentType: TYPE }))],
    });
    if (status !== 200) return this.#taken();
    this.#uri = this.#checked(String(headers["location"] ?? ""));
    if (this.#uri === null) throw unusable("gave no upload session of its own", this.#purpose());
    this.#offset = 0;
    await this.#sessions?.set(this.#key, this.#uri.href);
    return null;
  }

  /** What has the name that was refused. Throws `remote-unavailable` where nothing has it. */
  async #taken(): Promise<PutOutcome> {
    if (this.#replaces !== null) return this.#changed(this.#replaces);
    const taken = await takenBy(this.#api, {
      name: this.#name,
      size: this.#size,
      sum: this.#reading.tail?.crc ?? null,
    });
    if (taken === null) throw unusable("says that it is there already, and does not have it", this.#purpose());
    return taken;
  }

  /** What has the name of what was to be replaced: these bytes, where an earlier try put them there. */
  async #changed(replaced: string): Promise<"written"> {
    const found = await foundUnder(this.#api, this.#name);
    if (found === null) await this.#api.mustExist(this.#action);
    if (found === null) throw objectMissing(this.#name, this.#api.address);
    const { version, size } = found.stat;
    const sent = { name: this.#name, size: this.#size, sum: this.#reading.tail?.crc ?? null };
    if (version !== replaced && this.#mayBeOurs && isConfirmed(sent, { size, sum: found.sum })) return "written";
    if (version !== this.#generation) throw replacedMeanwhile(this.#name, this.#api.address);
    throw unusable("refuses to replace the version that it has", this.#purpose());
  }

  /** One request: how far it is, the large part, or the last part. */
  async #next(): Promise<Reply> {
    if (this.#offset === null)
      return this.#put([], { "content-range": `bytes */${this.#size}`, "content-length": "0" });
    const offset = this.#offset;
    if (offset < this.#boundary)
      return this.#put(await primed(this.#reading.open(offset)), this.#range(offset, this.#boundary));
    const { bytes, crc } = await this.#reading.finish();
    const headers = { ...this.#range(offset, this.#size), "x-goog-hash": `crc32c=${crc}` };
    this.#mayBeOurs = true;
    return this.#put([bytes.subarray(offset - this.#boundary)], headers);
  }

  #range(start: number, end: number): Record<string, string> {
    return { "content-range": `bytes ${start}-${end - 1}/${this.#size}`, "content-length": String(end - start) };
  }

  #put(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, headers: Record<string, string>): Promise<Reply> {
    return this.#api.exchange({ method: "PUT", url: this.#uri as URL, headers, body });
  }

  /** Null: go on. */
  async #settle(reply: Reply): Promise<PutOutcome | null> {
    const { status, text } = reply;
    if (status === 308) return this.#heard(reply);
    if (status === 200 || status === 201) {
      const outcome = await this.#confirmed(text);
      return outcome ? this.#ended(outcome) : this.#startAnew(unconfirmed(this.#purpose()));
    }
    this.#offset = null;
    if (status === 412) {
      await this.#forget();
      return this.#taken();
    }
    // 400 is the answer to a sum that does not fit: what the session holds is of no use.
    if (GONE.has(status) || status === 400)
      return this.#startAnew(unusable(`ended the upload session (${status})`, this.#purpose()));
    await this.#tries.after(reply);
    return null;
  }

  /** What was made in the place of another object, and is not what was sent, is what is replaced next. */
  async #confirmed(text: string): Promise<"written" | null> {
    const { crc } = await this.#reading.finish();
    const sent = { name: this.#name, size: this.#size, sum: crc };
    if (this.#replaces === null) return confirmed(this.#api, text, sent);
    const made = madeIn(text, sent);
    this.#generation = made.generation ?? this.#generation;
    return made.isConfirmed ? "written" : null;
  }

  async #heard({ headers }: Reply): Promise<null> {
    const range = headers["range"];
    const match = /^bytes=0-(\d{1,16})$/.exec(String(range ?? "bytes=0--"));
    const offset = match ? Number(match[1]) + 1 : 0;
    if ((range !== undefined && !match) || offset >= this.#size)
      throw unusable("answered with an impossible range", this.#purpose());
    const asked = this.#offset === null;
    this.#offset = offset;
    if (offset > this.#furthest) {
      this.#furthest = offset;
      if (offset > this.#best) this.#tries.progressed();
      this.#best = Math.max(this.#best, offset);
    } else if (!asked) await this.#tries.failed(unusable("keeps none of the bytes that were sent", this.#purpose()));
    return null;
  }

  async #startAnew(why: MvgitError): Promise<null> {
    await this.#forget();
    await this.#tries.failed(why);
    return null;
  }

  async #ended(outcome: PutOutcome): Promise<PutOutcome> {
    await this.#forget();
    return outcome;
  }

  async #forget(): Promise<void> {
    this.#uri = null;
    this.#offset = null;
    this.#furthest = 0;
    await this.#sessions?.delete(this.#key);
  }

  #purpose(): Purpose {
    return this.#api.purpose(this.#action);
  }
}
