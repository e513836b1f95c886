/** Git's packet lines: what both sides of its protocol say to each other. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";

/** A line's bytes, or a mark between lines. */
export type Packet = Buffer | "flush" | "delimiter" | "end";

const MARKS = ["flush", "delimiter", "end"] as const;

/** Lines of text as packets; `null` is a flush, `undefined` a delimiter. */
export function encodePackets(lines: readonly (string | null | undefined)[]): Buffer {
  const encode = (line: string | null | undefined): string => {
    if (line === null) return "0000";
    return line === undefined ? "0001" : (Buffer.byteLength(line) + 5).toString(16).padStart(4, "0") + line + "\n";
  };
  return Buffer.from(lines.map(encode).join(""));
}

/** Packets of one answer: more than any list of refs that is read. */
const MOST = 700_000;

/**
 * All packets of an answer. Anything that is not whole throws `remote-unavailable`; so does the server's own `ERR`, in
 * its words.
 */
export function decodePackets(bytes: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    const digits = bytes.toString("latin1", at, at + 4);
    const size = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
    const mark = MARKS[size];
    if (mark === undefined && (size < 4 || at + size > bytes.length))
      throw notGit("its answer is cut off, or is not Git's");
    if (packets.length === MOST) throw notGit("its answer has no end");
    if (mark !== undefined) packets.push(mark);
    else packets.push(bytes.subarray(at + 4, at + size));
    at += mark === undefined ? size : 4;
  }
  const said = packets.find(
    (packet) => typeof packet !== "string" && packet.subarray(0, 4).toString("latin1") === "ERR ",
  );
  if (said) throw saidNo((said as Buffer).toString("utf8", 4));
  return packets;
}

/** A packet's text without its line feed. */
export function textOf(packet: Buffer): string {
  return packet.toString("utf8").replace(/\n$/, "");
}

/** For an answer that is not what the protocol wants. */
export function notGit(why: string): MvgitError {
  return new MvgitError("remote-unavailable", `the Git server did not answer properly: ${why}`, {
    hint: "try again; if it stays so, 'git ls-remote URL' shows what the server says",
  });
}

/** The server's own refusal. */
export function saidNo(words: string): MvgitError {
  const text = display(words.trim().slice(0, 500));
  return new MvgitError("git-failed", `the Git server refused: ${text}`, {
    hint: "try the same with 'git ls-remote' or 'git fetch'",
  });
}

/** Whether an error is the server's word that it has no such object, or shows it to nobody. */
export function isNotOurs(error: unknown): boolean {
  return (
    error instanceof MvgitError &&
    error.code === "git-failed" &&
    /not our ref|unadvertised object|no such ref|bad object/i.test(
      error.cause instanceof Error ? error.cause.message : error.message,
    )
  );
}
