/**
 * A server of SFTP on a folder of this machine that lies, cuts and stalls as it is told, and can lack what OpenSSH's
 * has.
 */
import * as fs from "node:fs";
import { PassThrough, Writable } from "node:stream";
import type { Talk } from "../../src/program/talk.ts";
import { PacketParts } from "../../src/store/buckets/sftp/packet-parts.ts";
import { type Field, packet, Reading, STATUS, TYPE } from "../../src/store/buckets/sftp/packets.ts";

export type RequestName =
  | Exclude<keyof typeof TYPE, "status" | "handle" | "data" | "name" | "attributes" | "extendedReply" | "version">
  | "fsync"
  | "hardlink"
  | "posix-rename"
  | "limits"
  | "statvfs";

/** What is done instead of an answer; `after`: the request was carried out. */
export type Lie =
  | { do: "cut"; after?: true }
  | { do: "stall" }
  | { do: "refuse"; code: number; words?: string }
  /** Bytes in place of all that is answered. */
  | { do: "say"; bytes: Uint8Array }
  /** A packet of this type and these fields behind the id. */
  | { do: "answer"; type: number; fields: Field[] }
  /** Only so many bytes are read, or written and called all. */
  | { do: "shorten"; to: number }
  | { do: "pass" };

interface Told {
  request: RequestName;
  /** Which of them, from 1 on; every one when absent. */
  nth: number | undefined;
  lie: Lie;
}

const FULL = ["fsync@openssh.com", "hardlink@openssh.com", "posix-rename@openssh.com", "statvfs@openssh.com"];
const NAMES = new Map<number, RequestName>(
  Object.entries(TYPE).map(([name, type]) => [type, name as RequestName] as const),
);

export class SftpLiar {
  extensions = FULL;
  /** As servers that call the system's `rename`. */
  replaces = false;
  /** Connections that were made. */
  connections = 0;
  /** Every request, in order. */
  readonly asked: RequestName[] = [];
  /** Bytes that were written. */
  written = 0;
  readonly #told: Told[] = [];
  readonly #open = new Map<string, { path: string; fd: number | null; names: string[] | null }>();
  #handles = 0;

  tell(request: RequestName, lie: Lie, nth?: number): void {
    this.#told.push({ request, nth, lie });
  }

  /** Keeps to the truth from now on. */
  relent(): void {
    this.#told.length = 0;
  }

  start(words = ""): Talk {
    this.connections++;
    const output = new PassThrough();
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let isOver = false;
    const stop = (): void => {
      isOver = true;
      output.destroy();
      end();
    };
    const parts = new PacketParts(1024 * 1024, (body) => {
      if (isOver) return;
      const answer = this.#take(Buffer.from(body));
      if (answer === "cut") stop();
      else if (answer !== null) output.write(answer);
    });
    const input = new Writable({
      highWaterMark: 1024 * 1024,
      write(chunk: Buffer, _, done) {
        parts.take(chunk);
        done();
      },
    });
    return { input, output, ended, words: () => words, hold: () => undefined, stop };
  }

  #take(body: Buffer): Buffer | "cut" | null {
    const reading = new Reading(body);
    const type = reading.byte();
    if (type === TYPE.init) return this.#greet();
    const id = reading.number();
    const extension = type === TYPE.extended ? reading.text() : null;
    const name = extension === null ? NAMES.get(type) : (extension.replace(/@.*/, "") as RequestName);
    if (name === undefined) return this.#status(id, STATUS.unsupported);
    this.asked.push(name);
    const lie = this.#lieOf(name);
    if (lie.do === "stall") return null;
    if (lie.do === "say") return Buffer.from(lie.bytes);
    if (lie.do === "answer") return packet(lie.type, [id, ...lie.fields]);
    if (lie.do === "refuse") return this.#status(id, lie.code, lie.words);
    if (lie.do === "cut" && lie.after !== true) return "cut";
    const answer = this.#carryOut(id, { name, reading, cap: lie.do === "shorten" ? lie.to : null });
    return lie.do === "cut" ? "cut" : answer;
  }

  #greet(): Buffer | "cut" | null {
    this.asked.push("init");
    const lie = this.#lieOf("init");
    if (lie.do === "stall") return null;
    if (lie.do === "cut") return "cut";
    if (lie.do === "say") return Buffer.from(lie.bytes);
    return packet(TYPE.version, [3, ...this.extensions.flatMap((each) => [each, "1"])]);
  }

  #lieOf(name: RequestName): Lie {
    const nth = this.asked.filter((each) => each === name).length;
    const found = this.#told.find((each) => each.request === name && (each.nth ?? nth) === nth);
    return found?.lie ?? { do: "pass" };
  }

  #status(id: number, code: number, words = ""): Buffer {
    return packet(TYPE.status, [id, code, words, ""]);
  }

  #carryOut(id: number, { name, reading, cap }: { name: RequestName; reading: Reading; cap: number | null }): Buffer {
    try {
      return this.#work(id, name, reading, cap) ?? this.#status(id, STATUS.ok);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (code === "ENOENT" || code === "ENOTDIR") return this.#status(id, STATUS.noSuchFile);
      return this.#status(id, code === "EACCES" || code === "EPERM" ? STATUS.denied : STATUS.failure, code);
    }
  }

  /** Null for what is only done. */
  #work(id: number, name: RequestName, reading: Reading, cap: number | null): Buffer | null {
    const first = reading.text();
    const file = this.#open.get(first);
    switch (name) {
      case "open":
        return this.#opened(id, first, openFile(first, reading));
      case "opendir":
        return this.#opened(id, first, null, fs.readdirSync(first));
      case "readdir":
        return this.#names(id, first);
      case "close":
        if (typeof file?.fd === "number") fs.closeSync(file.fd);
        this.#open.delete(first);
        return null;
      case "read":
        return this.#read(id, file?.fd ?? -1, reading, cap);
      case "write": {
        const at = reading.long();
        const bytes = reading.bytes();
        this.written += bytes.length;
        fs.writeSync(file?.fd ?? -1, bytes, 0, Math.min(bytes.length, cap ?? bytes.length), at);
        return null;
      }
      case "lstat":
        return packet(TYPE.attributes, [id, attributesOf(fs.lstatSync(first))]);
      case "stat":
        return packet(TYPE.attributes, [id, attributesOf(fs.statSync(first))]);
      case "fstat":
        return packet(TYPE.attributes, [id, attributesOf(fs.fstatSync(file?.fd ?? -1))]);
      case "setstat": {
        const { mode } = reading.attributes();
        if (mode !== null) fs.chmodSync(first, mode);
        return null;
      }
      default:
        return this.#change(name, first, reading);
    }
  }

  #change(name: RequestName, first: string, reading: Reading): null {
    if (name === "mkdir") fs.mkdirSync(first);
    else if (name === "remove") fs.unlinkSync(first);
    else if (name === "hardlink") fs.linkSync(first, reading.text());
    else if (name === "posix-rename" || (name === "rename" && this.replaces)) fs.renameSync(first, reading.text());
    else if (name === "rename") {
      fs.linkSync(first, reading.text());
      fs.unlinkSync(first);
    } else if (name !== "fsync") throw Object.assign(new Error(name), { code: "ENOSYS" });
    return null;
  }

  #opened(id: number, path: string, fd: number | null, names: string[] | null = null): Buffer {
    const handle = `handle ${this.#handles++}`;
    this.#open.set(handle, { path, fd, names });
    return packet(TYPE.handle, [id, handle]);
  }

  #names(id: number, handle: string): Buffer {
    const folder = this.#open.get(handle);
    const names = folder?.names?.splice(0, 100) ?? [];
    if (names.length === 0) return this.#status(id, STATUS.eof);
    const entries = names.flatMap((name): Field[] => [name, "", attributesOf(fs.lstatSync(`${folder?.path}/${name}`))]);
    return packet(TYPE.name, [id, names.length, ...entries]);
  }

  #read(id: number, fd: number, reading: Reading, cap: number | null): Buffer {
    const at = reading.long();
    const bytes = Buffer.alloc(Math.min(reading.number(), cap ?? 1024 * 1024));
    const count = fs.readSync(fd, bytes, 0, bytes.length, at);
    return count === 0 ? this.#status(id, STATUS.eof) : packet(TYPE.data, [id, bytes.subarray(0, count)]);
  }
}

function openFile(path: string, reading: Reading): number {
  const flags = reading.number();
  const { mode } = reading.attributes();
  const how = flags & 2 ? fs.constants.O_WRONLY : fs.constants.O_RDONLY;
  const make = flags & 8 ? fs.constants.O_CREAT | fs.constants.O_EXCL : 0;
  return fs.openSync(path, how | make, mode ?? 0o666);
}

/** Size, owner, permissions and times. */
function attributesOf(stat: fs.Stats): { raw: Buffer } {
  const raw = Buffer.alloc(32);
  raw.writeUInt32BE(0x0f, 0);
  raw.writeBigUInt64BE(BigInt(stat.size), 4);
  [stat.uid, stat.gid, stat.mode, stat.atimeMs / 1000, stat.mtimeMs / 1000].forEach((word, at) =>
    raw.writeUInt32BE(Math.floor(word), 12 + 4 * at),
  );
  return { raw };
}
