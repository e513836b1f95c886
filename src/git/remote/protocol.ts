/** The questions of Git's protocol, version 2 and the one before it, and their answers. */
import { MvgitError } from "../../base/errors.ts";
import { isOid } from "../objects.ts";
import { isRefName } from "../object-reader.ts";
import type { GitRef, Oid } from "../reader.ts";
import { decodePackets, encodePackets, notGit, textOf } from "./pkt-line.ts";

/** What a server said of itself. */
export interface Advertisement {
  version: 1 | 2;
  /** By name; several values are joined by spaces. */
  capabilities: Map<string, string>;
  /** Of version 1, which says them all at once. */
  refs: GitRef[];
}

const AGENT = "agent=mvgit";

/** Reads the answer to `info/refs`. Throws `not-supported` for a SHA-256 repository. */
export function readAdvertisement(bytes: Buffer): Advertisement {
  const packets = decodePackets(bytes);
  const first = packets[0];
  if (typeof first !== "string" && first !== undefined && textOf(first).startsWith("# service="))
    packets.splice(0, packets[1] === "flush" ? 2 : 1);
  if (packets.at(-1) !== "flush") throw notGit("its answer is cut off");
  const lines = packets.filter((packet): packet is Buffer => typeof packet !== "string").map(textOf);
  const isNew = lines[0] === "version 2";
  const words = isNew ? lines.slice(1) : (lines.find((line) => line.includes("\0"))?.split("\0")[1] ?? "").split(" ");
  const capabilities = readCapabilities(words);
  if ((capabilities.get("object-format") ?? "sha1") !== "sha1") throw unknownFormat();
  return { version: isNew ? 2 : 1, capabilities, refs: isNew ? [] : readOldRefs(lines) };
}

function readCapabilities(words: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const word of words) {
    const [, name = "", value = ""] = /^([^=]+)=?(.*)$/s.exec(word) ?? [];
    found.set(name, [found.get(name), value].filter((each) => each !== undefined).join(" "));
  }
  return found;
}

function readOldRefs(lines: readonly string[]): GitRef[] {
  const refs: GitRef[] = [];
  for (const line of lines) {
    const [oid = "", name = ""] = (line.split("\0")[0] as string).split(/ (.*)/s);
    if (/^(?:version|shallow)$/.test(oid) || name === "capabilities^{}") continue;
    if (name.endsWith("^{}")) {
      const tag = refs.at(-1);
      if (tag?.name !== name.slice(0, -3) || !isOid(oid)) throw notGit("its list of refs makes no sense");
      tag.peeled = oid;
    } else refs.push(checkedRef({ name, oid, peeled: oid }));
  }
  return refs;
}

/** The question for refs by prefix; all when there is none. */
export function askRefs(prefixes: readonly string[]): Buffer {
  return encodePackets([
    "command=ls-refs",
    AGENT,
    undefined,
    "peel",
    ...prefixes.map((prefix) => `ref-prefix ${prefix}`),
    null,
  ]);
}

/** The answer to `askRefs`; one that is cut off throws, whatever HTTP says. */
export function readRefs(bytes: Buffer): GitRef[] {
  const packets = decodePackets(bytes);
  if (packets.at(-1) !== "flush") throw notGit("its answer is cut off");
  const refs: GitRef[] = [];
  for (const packet of packets) {
    if (typeof packet === "string") continue;
    const [oid = "", name = "", ...attributes] = textOf(packet).split(" ");
    const peeled = attributes.find((each) => each.startsWith("peeled:"))?.slice("peeled:".length) ?? oid;
    if (oid !== "unborn") refs.push(checkedRef({ name, oid, peeled }));
  }
  return refs;
}

function checkedRef({ name, oid, peeled }: { name: string; oid: string; peeled: string }): GitRef {
  if (oid.length === 64 && isOid(oid)) throw unknownFormat();
  if (!isOid(oid) || !isOid(peeled) || !isRefName(name)) throw notGit("its list of refs makes no sense");
  return { name, oid, peeled };
}

/** The question for objects without their history, and without blobs where the server can leave them out. */
export function askObjects(oids: readonly Oid[], { version, capabilities }: Advertisement): Buffer {
  if (version === 2) {
    const filter = /\bfilter\b/.test(capabilities.get("fetch") ?? "") ? ["filter blob:none"] : [];
    const format = capabilities.has("object-format") ? ["object-format=sha1"] : [];
    const wants = oids.map((oid) => `want ${oid}`);
    return encodePackets([
      "command=fetch",
      AGENT,
      ...format,
      undefined,
      "ofs-delta",
      "no-progress",
      ...wants,
      "deepen 1",
      ...filter,
      "done",
      null,
    ]);
  }
  if (!capabilities.has("shallow") || !capabilities.has("side-band-64k")) {
    throw new MvgitError("not-supported", "the Git server is too old to send one version without its history", {
      hint: "clone the repository with Git, and use the clone",
    });
  }
  const chosen = ["side-band-64k", "ofs-delta", "no-progress", AGENT].filter(
    (each) => each === AGENT || capabilities.has(each),
  );
  const [first = "", ...rest] = oids.map((oid) => `want ${oid}`);
  return Buffer.concat([
    encodePackets([`${first} ${chosen.join(" ")}`, ...rest, "deepen 1", null]),
    encodePackets(["done"]),
  ]);
}

function unknownFormat(): MvgitError {
  return new MvgitError(
    "not-supported",
    "the Git server's repository uses SHA-256, which mvgit reads from a clone only",
    { hint: "clone the repository with Git, and use the clone" },
  );
}
