/**
 * A Git server on loopback that sends whatever objects it is given, in a pack made by hand: well-formed, and far too
 * large.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import type { Hash } from "../../src/values/hash.ts";
import type { ModelName } from "../../src/values/label.ts";
import { formatVersionTag } from "../../src/values/tag-message.ts";

const KINDS = { commit: 1, tree: 2, blob: 3, tag: 4 };
const PORTION = 1_000_000;
/** As many zeros as fit into few bytes; portions of it may follow each other. */
const zeros = deflateRawSync(Buffer.alloc(PORTION), { finishFlush: constants.Z_FULL_FLUSH });

/** Millions of zeros as one stream of zlib, a thousandth as large. */
export function deflatedZeros(millions: number): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((((millions * PORTION) % 65_521) * 65_536 + 1) >>> 0);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array<Buffer>(millions).fill(zeros), Buffer.from([3, 0]), sum]);
}

/** The id of an object of millions of zeros. */
export function oidOfZeros(kind: keyof typeof KINDS, millions: number): string {
  const hash = createHash("sha1").update(`${kind} ${millions * PORTION}\0`);
  const portion = Buffer.alloc(PORTION);
  for (let at = 0; at < millions; at++) hash.update(portion);
  return hash.digest("hex");
}

/** An entry of a pack with what its header says, true or not. */
export function entry(kind: keyof typeof KINDS | { base: string }, size: number, deflated: Buffer): Buffer {
  const type = typeof kind === "string" ? KINDS[kind] : 7;
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 128;
    bytes.push(rest & 127);
  }
  return Buffer.concat([
    Buffer.from(bytes),
    typeof kind === "string" ? Buffer.alloc(0) : Buffer.from(kind.base, "hex"),
    deflated,
  ]);
}

export interface Made {
  oid: string;
  entry: Buffer;
}

export function object(kind: keyof typeof KINDS, content: string | Buffer): Made {
  const bytes = Buffer.from(content as string);
  return {
    oid: createHash("sha1").update(`${kind} ${bytes.length}\0`).update(bytes).digest("hex"),
    entry: entry(kind, bytes.length, deflateSync(bytes)),
  };
}

/** Objects from the tag `spam@v1` to its package, which has this id. */
export function versionWith(packageOid: string): { refs: [string, string, string?][]; objects: Buffer[] } {
  const row = (mode: string, name: string, oid: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]);
  const models = object("tree", row("100644", "spam.yaml", packageOid));
  const own = object("tree", row("40000", "models", models.oid));
  const top = object("tree", row("40000", ".mvgit", own.oid));
  const who = "T <t@example.com> 1700000000 +0000";
  const commit = object("commit", `tree ${top.oid}\nauthor ${who}\ncommitter ${who}\n\nspam@v1\n`);
  const tag = object(
    "tag",
    `object ${commit.oid}\ntype commit\ntag spam@v1\ntagger ${who}\n\n` +
      `${formatVersionTag({ model: "spam" as ModelName, version: 1, package: "0".repeat(64) as Hash })}`,
  );
  return {
    refs: [["refs/tags/spam@v1", tag.oid, commit.oid]],
    objects: [tag, commit, top, own, models].map((each) => each.entry),
  };
}

async function drained(res: http.ServerResponse): Promise<void> {
  const ended = new AbortController();
  await Promise.race(
    ["drain", "close"].map((event) => once(res, event, { signal: ended.signal }).catch(() => undefined)),
  );
  ended.abort();
}

export interface BombHost {
  url: string;
  close(): Promise<void>;
}

const line = (text: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from((Buffer.from(text as string).length + 4).toString(16).padStart(4, "0")),
    Buffer.from(text as string),
  ]);
const FLUSH = Buffer.from("0000");

/** `before`: sent again and again, that many times, before the pack. */
export async function startBombHost({
  refs,
  objects,
  before,
}: {
  refs: [string, string, string?][];
  objects: Buffer[];
  before?: { bytes: Buffer; times: number };
}): Promise<BombHost> {
  const head = Buffer.from("PACK\0\0\0\u0002\0\0\0\0", "latin1");
  head.writeUInt32BE(objects.length, 8);
  const body = Buffer.concat([head, ...objects]);
  const pack = Buffer.concat([body, createHash("sha1").update(body).digest()]);
  const portions = Array.from({ length: Math.ceil(pack.length / 65_000) }, (_, at) =>
    line(Buffer.concat([Buffer.from([1]), pack.subarray(at * 65_000, (at + 1) * 65_000)])),
  );
  const list = Buffer.concat([
    ...refs.map(([name, oid, peeled]) => line(`${oid} ${name}${peeled === undefined ? "" : ` peeled:${peeled}`}\n`)),
    FLUSH,
  ]);
  const server = http.createServer((req, res) => void serve(req, res).catch(() => res.destroy()));
  const serve = async (req: http.IncomingMessage, res: http.ServerResponse): Promise<void> => {
    const asked = Buffer.concat(await req.toArray()).toString("latin1");
    res.writeHead(200, {
      "content-type": `application/x-git-upload-pack-${req.method === "GET" ? "advertisement" : "result"}`,
    });
    if (req.method === "GET")
      return void res.end(
        Buffer.concat([line("version 2\n"), line("ls-refs\n"), line("fetch=shallow filter\n"), FLUSH]),
      );
    if (asked.includes("command=ls-refs")) return void res.end(list);
    res.write(line("packfile\n"));
    for (let at = 0; at < (before?.times ?? 0) && !res.destroyed; at++)
      if (!res.write(before?.bytes)) await drained(res);
    for (const portion of portions) res.write(portion);
    res.end(FLUSH);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
