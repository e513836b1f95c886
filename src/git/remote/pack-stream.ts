/** The answer with a pack, read while it comes: only the pack is kept, and none of what is said beside it. */
import { notGit, saidNo } from "./pkt-line.ts";

/** Bytes of lines before the pack. */
const HEAD_CAP = 1024 * 1024;
const PACK_BEGINS = /^(?:packfile|NAK)\n?$/;

/** What comes of one answer: `add` takes it as it comes, in portions of any size, and never throws. */
export class PackStream {
  readonly #parts: Buffer[] = [];
  /** What came of a packet that is not whole. */
  #rest: Buffer = Buffer.alloc(0);
  #head = 0;
  #state: "head" | "pack" | "over" = "head";
  /** Told at the end: until then nothing more is looked at. */
  #failure: unknown = null;

  add(chunk: Uint8Array): void {
    if (this.#failure !== null) return;
    try {
      this.#add(chunk);
    } catch (error) {
      this.#failure = error;
      this.#parts.length = 0;
    }
  }

  #add(chunk: Uint8Array): void {
    let bytes =
      this.#rest.length > 0
        ? Buffer.concat([this.#rest, chunk])
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let size = sizeOf(bytes); size !== null && bytes.length >= size; size = sizeOf(bytes)) {
      this.#take(bytes.subarray(4, size), size === 4 && bytes[3] !== 0x34);
      bytes = bytes.subarray(size);
    }
    this.#rest = Buffer.from(bytes);
  }

  #take(packet: Buffer, isMark: boolean): void {
    if (this.#state === "head") this.#takeHead(packet, isMark);
    else if (this.#state === "pack") this.#takePack(packet, isMark);
  }

  #takeHead(packet: Buffer, isMark: boolean): void {
    if ((this.#head += packet.length + 4) > HEAD_CAP) throw notGit("its answer has no end");
    if (isMark) return;
    if (packet.toString("latin1", 0, 4) === "ERR ") throw saidNo(packet.toString("utf8", 4));
    if (PACK_BEGINS.test(packet.toString("latin1", 0, 10))) this.#state = "pack";
  }

  #takePack(packet: Buffer, isMark: boolean): void {
    // Progress is passed over.
    if (!isMark && packet[0] === 2) return;
    if (isMark) this.#state = "over";
    else if (packet[0] === 3) throw saidNo(packet.toString("utf8", 1));
    else if (packet[0] !== 1) throw notGit("its answer is cut off, or is not Git's");
    else this.#parts.push(Buffer.from(packet.subarray(1)));
  }

  /**
   * The whole pack, when all bytes came. Throws `remote-unavailable` for what was no such answer, `git-failed` for the
   * server's own refusal.
   */
  end(): Buffer {
    if (this.#failure !== null) throw this.#failure;
    if (this.#state === "head") throw notGit("it sent no pack");
    if (this.#state !== "over" || this.#rest.length > 0) throw notGit("its answer is cut off");
    return Buffer.concat(this.#parts.splice(0));
  }
}

/** Bytes of the packet that begins here, its length included; null where that is not known yet. */
function sizeOf(bytes: Buffer): number | null {
  if (bytes.length < 4) return null;
  const digits = bytes.toString("latin1", 0, 4);
  const size = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  if (size < 0 || size === 3) throw notGit("its answer is cut off, or is not Git's");
  return Math.max(size, 4);
}
