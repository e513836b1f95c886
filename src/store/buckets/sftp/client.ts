/** A client of SFTP, version 3, over the stdin and stdout of a program: many requests under way at once. */
import { formatCount, plural } from "../../../base/counts.ts";
import { monotonicNow } from "../../../base/clock.ts";
import type { MvgitError } from "../../../base/errors.ts";
import type { Talk } from "../../../program/talk.ts";
import { PacketParts } from "./packet-parts.ts";
import { type Field, Malformed, packet, Reading, STATUS, TYPE } from "./packets.ts";
import { Slots } from "../../../base/slots.ts";

/** Bytes of a packet that every server takes and gives; `limits@openssh.com` says where it may be more. */
const PORTION = 32 * 1024;
const LARGEST_PORTION = 255 * 1024;
/** What stands in a packet beside its bytes; names of a listing come many in one. */
const AROUND = 64 * 1024;
/** Files open at once, where the server does not say how many may be. */
const HANDLES = 64;
/** More of them at once bring nothing. */
const MOST_OPEN = 128;
/** Milliseconds that a connection is kept of which nobody asks anything. */
const IDLE = 60_000;
const LONGEST_WORDS = 512;

/** An answer that is a refusal, in the server's own words. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, words: string) {
    super(words);
    this.code = code;
  }
}

/** Why a connection is of no use any more. */
export type Ending = { how: "closed" } | { how: "stalled" } | { how: "garbled"; what: string };

export interface ClientOptions {
  /** Milliseconds without a byte, while something is asked, that end the connection. */
  inactivityMs: number;
  /** As what the requests fail that are under way. */
  failure(ending: Ending): MvgitError;
}

interface Waiting {
  resolve(answer: { type: number; reading: Reading }): void;
  reject(error: unknown): void;
}

/** Largest portions, and how many files may be open at once. */
export interface Limits {
  read: number;
  write: number;
  handles: number;
}

/**
 * Requests to one server. Each throws `Refusal` for an answer that says no, and what `failure` makes of a connection
 * that ended: then every other one throws it, too.
 */
export class SftpClient {
  readonly #talk: Talk;
  readonly #options: ClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #parts: PacketParts;
  /** Of files and folders that may be open at once. */
  #slots = new Slots(HANDLES / 2);
  #extensions: ReadonlyMap<string, string> = new Map();
  #limits: Limits = { read: PORTION, write: PORTION, handles: HANDLES };
  #nextId = 0;
  #outgoing: Buffer[] = [];
  #ended: MvgitError | null = null;
  #lastSign = 0;
  #watching: NodeJS.Timeout | null = null;
  #leaving: NodeJS.Timeout | null = null;
  #greeting: Waiting | null = null;

  private constructor(talk: Talk, options: ClientOptions) {
    this.#talk = talk;
    this.#options = options;
    this.#parts = new PacketParts(LARGEST_PORTION + AROUND, (body) => this.#take(body));
    talk.output.on("data", (chunk: Buffer) => this.#hear(chunk));
    talk.input.on("drain", () => (this.#lastSign = monotonicNow()));
    void talk.ended.then(() => this.#end({ how: "closed" }));
  }

  /** Greets the server, and asks what it can do. */
  static async connect(talk: Talk, options: ClientOptions): Promise<SftpClient> {
    const client = new SftpClient(talk, options);
    await client.#greet();
    return client;
  }

  /** What the server can do beside the protocol, with the version of each. */
  get extensions(): ReadonlyMap<string, string> {
    return this.#extensions;
  }

  get limits(): Limits {
    return this.#limits;
  }

  get slots(): Slots {
    return this.#slots;
  }

  get isOver(): boolean {
    return this.#ended !== null;
  }

  close(): void {
    this.#end({ how: "closed" });
  }

  async #greet(): Promise<void> {
    const { reading } = await new Promise<{ type: number; reading: Reading }>((resolve, reject) => {
      this.#greeting = { resolve, reject };
      this.#send(packet(TYPE.init, [3]));
      this.#watch();
    });
    this.#extensions = this.#reading(reading, () => {
      const found = new Map<string, string>();
      if (reading.number() < 3) throw new Malformed("a version before 3");
      while (!reading.isAtEnd) found.set(reading.text(), reading.text());
      return found;
    });
    if (this.#extensions.has("limits@openssh.com")) this.#limits = await this.#askLimits();
    this.#slots = new Slots(Math.min(MOST_OPEN, Math.ceil(this.#limits.handles / 2)));
  }

  async #askLimits(): Promise<Limits> {
    const told = await this.numbers(4, "limits@openssh.com");
    const [packetSize, read, write, handles] = told as [number, number, number, number];
    const portion = (limit: number): number =>
      Math.max(1024, Math.min(limit || PORTION, LARGEST_PORTION, packetSize > 2048 ? packetSize - 1024 : PORTION));
    return { read: portion(read), write: portion(write), handles: Math.max(1, Math.min(handles || HANDLES, 4096)) };
  }

  /** Asks for what is only done, or refused. */
  async perform(type: number, ...fields: Field[]): Promise<void> {
    await this.#expect(null, type, fields);
  }

  /** Asks for the handle of a file or a folder. */
  async open(type: number, ...fields: Field[]): Promise<Buffer> {
    const answer = await this.#expect(TYPE.handle, type, fields);
    // A copy, since the packet's memory may be much larger.
    const handle = this.#reading(answer, () => Buffer.from(answer.bytes()));
    if (handle.length > 256) throw this.#end({ how: "garbled", what: "a handle of more than 256 bytes" });
    return handle;
  }

  /** A portion of a file, null at its end; never more than `length` bytes, and perhaps fewer. */
  async read(handle: Buffer, offset: number, length: number): Promise<Buffer | null> {
    try {
      const answer = await this.#expect(TYPE.data, TYPE.read, [handle, BigInt(offset), length]);
      const bytes = this.#reading(answer, () => answer.bytes());
      if (bytes.length > length || bytes.length === 0)
        throw this.#end({
          how: "garbled",
          what: `${plural(bytes.length, "byte")} where ${formatCount(length)} were asked for`,
        });
      return bytes;
    } catch (error) {
      if (isRefusal(error, STATUS.eof)) return null;
      throw error;
    }
  }

  /** What answers with attributes. */
  async attributes(type: number, field: Field): Promise<ReturnType<Reading["attributes"]>> {
    const answer = await this.#expect(TYPE.attributes, type, [field]);
    return this.#reading(answer, () => answer.attributes());
  }

  /** The next names of a folder that was opened, null after the last. */
  async names(
    type: number,
    field: Field,
  ): Promise<{ name: string; attributes: ReturnType<Reading["attributes"]> }[] | null> {
    try {
      const answer = await this.#expect(TYPE.name, type, [field]);
      return this.#reading(answer, () => {
        const found = [];
        for (let left = answer.number(); left > 0; left--) {
          const name = answer.text();
          // For people: what `ls -l` would print.
          answer.bytes();
          found.push({ name, attributes: answer.attributes() });
        }
        if (found.length === 0) throw new Malformed("a listing that neither goes on nor ends");
        return found;
      });
    } catch (error) {
      if (isRefusal(error, STATUS.eof)) return null;
      throw error;
    }
  }

  /** So many numbers of 8 bytes, with which an extension answers; one without end as the largest that counts. */
  async numbers(count: number, extension: string, ...fields: Field[]): Promise<number[]> {
    const answer = await this.#expect(TYPE.extendedReply, TYPE.extended, [extension, ...fields]);
    return this.#reading(answer, () => Array.from({ length: count }, () => answer.longOrLargest()));
  }

  /** `wanted`: the type of the answer; null where it is a status that says "done". */
  async #expect(wanted: number | null, type: number, fields: readonly Field[]): Promise<Reading> {
    const { type: got, reading } = await this.#ask(type, fields);
    if (got === TYPE.status) {
      const [code, words] = this.#reading(reading, () => [
        reading.number(),
        // Servers before version 3 end here.
        reading.isAtEnd ? "" : reading.text().slice(0, LONGEST_WORDS),
      ]) as [number, string];
      if (code !== STATUS.ok) throw new Refusal(code, words);
    }
    if (got !== (wanted ?? TYPE.status)) throw this.#end({ how: "garbled", what: `an answer of type ${got}` });
    return reading;
  }

  #ask(type: number, fields: readonly Field[]): Promise<{ type: number; reading: Reading }> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#nextId;
      this.#nextId = (id + 1) % 0x1_0000_0000;
      this.#waiting.set(id, { resolve, reject });
      this.#send(packet(type, [id, ...fields]));
      this.#watch();
    });
  }

  /** What is asked in one turn of the event loop goes out together. */
  #send(bytes: Buffer): void {
    if (this.#outgoing.push(bytes) > 1) return;
    setImmediate(() => {
      const parts = this.#outgoing;
      this.#outgoing = [];
      if (this.#ended) return;
      this.#talk.input.write(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    });
  }

  #hear(chunk: Buffer): void {
    this.#lastSign = monotonicNow();
    if (this.#ended) return;
    try {
      this.#parts.take(chunk);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#end({ how: "garbled", what: error.message });
    }
  }

  #take(body: Buffer): void {
    const reading = new Reading(body);
    const type = reading.byte();
    const greeting = this.#greeting;
    if (greeting) {
      if (type !== TYPE.version) throw new Malformed("no greeting");
      this.#greeting = null;
      this.#rest();
      return greeting.resolve({ type, reading });
    }
    const id = reading.number();
    const waiting = this.#waiting.get(id);
    if (!waiting) throw new Malformed("an answer to what nobody asked");
    this.#waiting.delete(id);
    this.#rest();
    waiting.resolve({ type, reading });
  }

  /** Reads of a packet; what it does not hold ends the connection. */
  #reading<T>(_: Reading, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw this.#end({ how: "garbled", what: error.message });
    }
  }

  #watch(): void {
    if (this.#watching) return;
    if (this.#leaving) clearTimeout(this.#leaving);
    const { inactivityMs } = this.#options;
    this.#lastSign = monotonicNow();
    this.#talk.hold(true);
    const look = (): void => {
      if (monotonicNow() - this.#lastSign >= inactivityMs) this.#end({ how: "stalled" });
    };
    this.#watching = setInterval(look, Math.max(10, inactivityMs / 8));
  }

  /** Nothing is asked any more. */
  #rest(): void {
    if (this.#waiting.size > 0 || this.#greeting) return;
    if (this.#watching) clearInterval(this.#watching);
    this.#watching = null;
    this.#talk.hold(false);
    if (!this.#ended) this.#leaving = setTimeout(() => this.close(), IDLE).unref();
  }

  #end(ending: Ending): MvgitError {
    if (this.#ended) return this.#ended;
    const failure = this.#options.failure(ending);
    this.#ended = failure;
    for (const waiting of this.#waiting.values()) waiting.reject(failure);
    this.#greeting?.reject(failure);
    this.#greeting = null;
    this.#waiting.clear();
    this.#rest();
    this.#talk.input.destroy();
    this.#talk.output.destroy();
    this.#talk.stop();
    return failure;
  }
}

export function isRefusal(error: unknown, code?: number): error is Refusal {
  return error instanceof Refusal && (code === undefined || error.code === code);
}
