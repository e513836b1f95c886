/**
 * Uploads that never replace: `ifGenerationMatch=0` on each, one request for small objects, a session for large ones.
 */
import { uniqueName } from "../../../base/clock.ts";
import { isMvgitError } from "../../../base/errors.ts";
import type { BlobSource } from "../../bytes.ts";
import type { ObjectStat, PutOutcome } from "../../bucket.ts";
import {
  bucketMissing,
  objectMissing,
  type Purpose,
  replacedMeanwhile,
  unconfirmed,
  unusable,
} from "../../cloud/failures.ts";
import { afterCut, isConfirmed, outcomeFor, type Sent } from "../../cloud/sent.ts";
import { SourceReading } from "../../cloud/source.ts";
import type { GcsApi } from "./api.ts";
import { jsonOf } from "./said.ts";

/** Up to this many bytes an object is sent in one request, from memory. */
export const SMALL_UPLOAD = 8 * 1024 * 1024;

export const TYPE = "application/octet-stream";

/** Sends the whole object at once; the other side refuses it unless its CRC32C is the one sent along. */
export async function uploadSmall(api: GcsApi, name: string, source: BlobSource): Promise<PutOutcome> {
  const action = `write '${name}'`;
  const { bytes, crc: sum } = await new SourceReading(name, source, 0).finish();
  const sent = { name, size: source.size, sum };
  const query = { uploadType: "multipart", ifGenerationMatch: "0", fields: "kind,crc32c,size,generation" };
  const url = api.url("/o", query, true);
  const tries = api.tries(action);
  const purpose = api.purpose(action);
  let mayBeOurs = false;
  for (;;) {
    const { body, type } = multipart({ name, contentType: TYPE, crc32c: sum }, bytes);
    const call = { method: "POST", url, action, headers: { "content-type": type }, body } as const;
    const reply = await tries.catching(() => api.callOnce({ ...call, kind: "storage#object" }));
    if (reply?.status === 404) throw bucketMissing(purpose);
    if (reply?.status === 412) {
      const taken = await takenBy(api, { ...sent, sum: mayBeOurs ? sum : null });
      if (taken !== null) return taken;
      await tries.failed(unconfirmed(purpose));
      continue;
    }
    mayBeOurs = true;
    if (reply === null) {
      const taken = await afterCut(() => takenBy(api, sent));
      if (taken !== null) return taken;
    } else if (reply.status === 200) {
      const outcome = await confirmed(api, reply.text, sent);
      if (outcome !== null) return outcome;
      await tries.failed(unconfirmed(purpose));
    } else await tries.after(reply);
  }
}

/**
 * As `replace`. What the other side made of these bytes and does not confirm is this call's own, in whose place they
 * are sent again.
 */
export async function replaceSmall(
  api: GcsApi,
  { name, version, source }: { name: string; version: string; source: BlobSource },
): Promise<void> {
  const action = `replace '${name}'`;
  const { bytes, crc: sum } = await new SourceReading(name, source, 0).finish();
  const sent = { name, size: source.size, sum };
  const tries = api.tries(action);
  let mayBeOurs = false;
  for (let generation = version; ;) {
    const fields = "kind,crc32c,size,generation";
    const url = api.url("/o", { uploadType: "multipart", ifGenerationMatch: generation, fields }, true);
    const { body, type } = multipart({ name, contentType: TYPE, crc32c: sum }, bytes);
    const call = { method: "POST", url, action, headers: { "content-type": type }, body } as const;
    const reply = await tries.catching(() => api.callOnce({ ...call, kind: "storage#object" }));
    if (reply?.status === 404 || reply?.status === 412) {
      const found = await foundUnder(api, name);
      if (found === null) await api.mustExist(action);
      if (found === null) throw objectMissing(name, api.address);
      if (found.stat.version !== version && mayBeOurs && isConfirmed(sent, { size: found.stat.size, sum: found.sum }))
        return;
      if (found.stat.version !== generation) throw replacedMeanwhile(name, api.address);
      await tries.failed(unconfirmed(api.purpose(action)));
      continue;
    }
    // Whoever answers that it did not work may have been a gateway that did not wait for what did.
    mayBeOurs = true;
    if (reply === null) continue;
    if (reply.status === 200) {
      const made = madeIn(reply.text, sent);
      if (made.isConfirmed) return;
      generation = made.generation ?? generation;
      await tries.failed(unconfirmed(api.purpose(action)));
    } else await tries.after(reply);
  }
}

/** What was made, as the answer tells: whether that is what was sent, and its generation. */
export function madeIn(text: string, sent: Sent): { isConfirmed: boolean; generation: string | null } {
  const stored = jsonOf(text);
  return {
    isConfirmed: isConfirmed(sent, { size: stored?.["size"], sum: stored?.["crc32c"] }),
    generation: /^\d+$/.exec(String(stored?.["generation"]))?.[0] ?? null,
  };
}

function multipart(metadata: object, bytes: Uint8Array): { body: Uint8Array[]; type: string } {
  const boundary = `mvgit-${uniqueName()}${uniqueName()}`;
  const head =
    `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n` +
    `${JSON.stringify(metadata)}\r\n` +
    `--${boundary}\r\ncontent-type: ${TYPE}\r\n\r\n`;
  return {
    body: [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)],
    type: `multipart/related; boundary=${boundary}`,
  };
}

/**
 * "written" when the object that was made is the one that was sent. Any other is this call's own, whoever looks at the
 * name: it is deleted, as that generation and no other, and null says that it is to be sent again.
 */
export async function confirmed(api: GcsApi, text: string, sent: Sent): Promise<"written" | null> {
  const stored = jsonOf(text);
  if (isConfirmed(sent, { size: stored?.["size"], sum: stored?.["crc32c"] })) return "written";
  const generation = stored?.["generation"];
  if (typeof generation !== "string" || !/^\d+$/.test(generation)) return null;
  try {
    await api.call({
      method: "DELETE",
      url: urlOf(api, sent.name, { ifGenerationMatch: generation }),
      action: `delete '${sent.name}'`,
      accept: [200, 204, 404, 412],
    });
  } catch (error) {
    // It stays, and the next try finds it there: another object than was sent.
    if (!isMvgitError(error, "access-denied")) throw error;
  }
  return null;
}

/** What has the name that was refused (412): null when nothing has it, so that it is to be sent again. */
export async function takenBy(api: GcsApi, sent: Sent): Promise<PutOutcome | null> {
  const found = await foundUnder(api, sent.name);
  return found && outcomeFor(sent, found.stat, found.sum);
}

/** An object with its sum, as the service tells both; null when nothing has the name. */
export async function foundUnder(api: GcsApi, name: string): Promise<{ stat: ObjectStat; sum: unknown } | null> {
  const action = `look for '${name}'`;
  const url = urlOf(api, name, { fields: `kind,crc32c,${STAT_FIELDS}` });
  const { status, json } = await api.call({ method: "GET", url, action, accept: [200, 404], kind: "storage#object" });
  return status === 404 ? null : { stat: statOf(json, api.purpose(action)), sum: json?.["crc32c"] };
}

function urlOf(api: GcsApi, name: string, query: Record<string, string>): URL {
  return api.url(`/o/${encodeURIComponent(name)}`, query);
}

export const STAT_FIELDS = "size,generation,timeCreated";

/** Throws `remote-unavailable` for a description that lacks what an object has. */
export function statOf(document: unknown, purpose: Purpose): ObjectStat {
  const { size, generation, timeCreated } = document as Record<string, unknown>;
  const stat = {
    size: Number(size ?? Number.NaN),
    version: String(generation),
    created: Date.parse(String(timeCreated)),
  };
  if (Number.isSafeInteger(stat.size) && /^\d+$/.test(stat.version) && !Number.isNaN(stat.created)) return stat;
  throw unusable("described an object without its size, generation or time", purpose);
}
