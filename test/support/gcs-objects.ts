/** What the test server keeps: objects with generations, made if absent in one step. */
import { createHash } from "node:crypto";
import { crc32c } from "@node-rs/crc32";

export interface StoredObject {
  name: string;
  bytes: Buffer;
  /** The size that the server tells, where that is not the true one. */
  said?: number;
  generation: number;
  crc32c: string;
  md5: string;
  created: string;
}

let lastGeneration = 1_700_000_000_000_000;

export function makeObject(name: string, bytes: Buffer): StoredObject {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32c(bytes) >>> 0);
  return {
    name,
    bytes,
    generation: ++lastGeneration,
    crc32c: crc.toString("base64"),
    md5: createHash("md5").update(bytes).digest("base64"),
    created: new Date().toISOString(),
  };
}

export function describeObject(bucket: string, object: StoredObject): Record<string, unknown> {
  return {
    kind: "storage#object",
    bucket,
    name: object.name,
    size: String(object.said ?? object.bytes.length),
    generation: String(object.generation),
    crc32c: object.crc32c,
    md5Hash: object.md5,
    timeCreated: object.created,
  };
}

/** Whether the request's preconditions let it go on. */
export function generationMatches(query: URLSearchParams, object: StoredObject | undefined): boolean {
  const wanted = query.get("ifGenerationMatch");
  return wanted === null || Number(wanted) === (object?.generation ?? 0);
}
