/** Uploads that never replace: `ifGenerationMatch=0` on each, one request for small objects, a session for large ones. */
import { uniqueName } from "../../base/clock.ts";
import type { BlobSource, WriteOutcome } from "../blob-store.ts";
import type { GcsApi } from "./gcs-api.ts";
import { SourceReading } from "./gcs-source.ts";
import { bucketMissing, jsonOf, unusable } from "./gcs-verdict.ts";

/** Up to this many bytes an object is sent in one request, from memory. */
export const SMALL_UPLOAD = 8 * 1024 * 1024;

export const TYPE = "application/octet-stream";

/** Sends the whole object at once; the other side refuses it unless its CRC32C is the one sent along. */
export async function uploadSmall(api: GcsApi, name: string, source: BlobSource): Promise<WriteOutcome> {
  const action = `write '${name}'`;
  const { bytes, crc } = await new SourceReading(name, source, 0).finish();
  const { body, type } = multipart({ name, contentType: TYPE, crc32c: crc }, bytes);
  const query = { uploadType: "multipart", ifGenerationMatch: "0", fields: "kind,crc32c,size" };
  const url = api.url("/o", query, true);
  const headers = { "content-type": type };
  const { status, text } = await api.call({ method: "POST", url, action, accept: [200, 404, 412], kind: "storage#object", headers, body });
  if (status === 412) return "present";
  if (status === 404) throw bucketMissing({ action, address: api.address });
  checkStored(text, { crc, size: source.size }, { action, address: api.address });
  return "written";
}

function multipart(metadata: object, bytes: Uint8Array): { body: Uint8Array[]; type: string } {
  const boundary = `mvgit-${uniqueName()}${uniqueName()}`;
  const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n--${boundary}\r\ncontent-type: ${TYPE}\r\n\r\n`;
  return {
    body: [Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)],
    type: `multipart/related; boundary=${boundary}`,
  };
}

/** Throws `remote-unavailable` when the object that was made is not the one that was sent. */
export function checkStored(
  text: string,
  sent: { crc: string; size: number },
  purpose: { action: string; address: string },
): void {
  const stored = jsonOf(text);
  if (stored?.["crc32c"] === sent.crc && stored["size"] === String(sent.size)) return;
  throw unusable("does not confirm the bytes that were sent", purpose);
}
