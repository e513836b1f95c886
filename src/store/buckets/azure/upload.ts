/** Uploads that never replace: `If-None-Match: *` on each; a small object goes in one request. */
import { isMvgitError } from "../../../base/errors.ts";
import type { BlobSource } from "../../bytes.ts";
import type { ObjectStat, PutOutcome } from "../../bucket.ts";
import { objectMissing, type Purpose, replacedMeanwhile, unconfirmed } from "../../cloud/failures.ts";
import { md5Of } from "../../cloud/md5-job.ts";
import { afterCut, outcomeFor } from "../../cloud/sent.ts";
import { SourceReading } from "../../cloud/source.ts";
import type { AzureService, Call, CallReply } from "./service.ts";
import { statOfHeaders, SUM_HEADER, sumIn, versionIn } from "./stat.ts";

/** Up to this many bytes an object is sent in one request, from memory. */
export const SMALL_UPLOAD = 8 * 1024 * 1024;

export const TYPE = "application/octet-stream";

/** Answers to a write that has to make something: the name is taken. By what is looked up. */
export const TAKEN = [
  412,
  "BlobAlreadyExists",
  "BlobArchived",
  "BlobBeingRehydrated",
  "BlobImmutableDueToPolicy",
  "UnauthorizedBlobOverwrite",
] as const;

export function isTaken({ status, code }: CallReply): boolean {
  return status === 412 || (TAKEN as readonly unknown[]).includes(code);
}

/**
 * Sends the whole object at once; the service refuses it unless its MD5 is the one sent along. Null where it says that
 * the name is taken, and has nothing there but, it may be, blocks of which nobody made an object.
 */
export async function uploadSmall(service: AzureService, name: string, source: BlobSource): Promise<PutOutcome | null> {
  const action = `write '${name}'`;
  const { bytes, crc } = await new SourceReading(name, source, 0).finish();
  const md5 = md5Of(bytes);
  const sent = { name, size: source.size, md5 };
  const call: Call = {
    method: "PUT",
    url: service.url(name),
    action,
    accept: [201, ...TAKEN],
    headers: { ...headersOf(md5, crc), "if-none-match": "*" },
    body: [bytes],
  };
  const tries = service.tries(action);
  for (let mayBeOurs = false; ; mayBeOurs = true) {
    const reply = await tries.catching(() => service.callOnce(call));
    if (reply === null) {
      const taken = await afterCut(() => takenBy(service, sent));
      if (taken !== null) return taken;
    } else if (isTaken(reply)) return takenBy(service, { ...sent, md5: mayBeOurs ? md5 : null });
    else if (reply.status === 201) {
      const outcome = await confirmSmall(service, reply, sent);
      if (outcome !== null) return outcome;
      await tries.failed(unconfirmed(service.purpose(action)));
    } else await tries.after(reply);
  }
}

/**
 * As `replace`. What the service made of these bytes and does not confirm is this call's own, in whose place they are
 * sent again.
 */
export async function replaceSmall(
  service: AzureService,
  { name, version, source }: { name: string; version: string; source: BlobSource },
): Promise<void> {
  const action = `replace '${name}'`;
  const { bytes, crc } = await new SourceReading(name, source, 0).finish();
  const md5 = md5Of(bytes);
  const tries = service.tries(action);
  let mayBeOurs = false;
  for (let expected = version; ;) {
    const reply = await tries.catching(() =>
      service.callOnce({
        method: "PUT",
        url: service.url(name),
        action,
        accept: [201, ...CHANGED],
        headers: { ...headersOf(md5, crc), "if-match": `"${expected}"` },
        body: [bytes],
      }),
    );
    if (reply !== null && isChanged(reply)) {
      const found = await look(service, name);
      if (found === null) throw objectMissing(name, service.address);
      if (found.stat.version !== version && mayBeOurs && found.md5 === md5) return;
      if (found.stat.version !== expected) throw replacedMeanwhile(name, service.address);
      await tries.failed(unconfirmed(service.purpose(action)));
      continue;
    }
    // Whoever answers that it did not work may have been a gateway that did not wait for what did.
    mayBeOurs = true;
    if (reply === null) continue;
    if (reply.status === 201) {
      const made = versionIn(reply.headers["etag"]);
      const found = reply.headers["content-md5"] === undefined ? await look(service, name) : null;
      if ((found?.stat.version === made ? found?.md5 : reply.headers["content-md5"]) === md5) return;
      expected = made ?? expected;
      await tries.failed(unconfirmed(service.purpose(action)));
    } else await tries.after(reply);
  }
}

/** Answers to a write that is for one version: another one is there, or none. */
export const CHANGED = ["ConditionNotMet", "BlobNotFound"] as const;

function isChanged({ status, code }: CallReply): boolean {
  return (CHANGED as readonly unknown[]).includes(code) || (code === "" && status === 412);
}

function headersOf(md5: string, crc: string): Record<string, string> {
  return { "content-type": TYPE, "content-md5": md5, "x-ms-blob-type": "BlockBlob", [SUM_HEADER]: crc };
}

/** What was sent; a sum is null while none of it can be what is there. */
interface SentObject {
  name: string;
  size: number;
  md5?: string | null;
  crc?: string | null;
}

/** The service answers with the MD5 of what it stored; where it does not, the object is looked at. */
async function confirmSmall(
  service: AzureService,
  { headers }: CallReply,
  sent: SentObject & { md5: string },
): Promise<"written" | null> {
  if (headers["content-md5"] === sent.md5) return "written";
  const found = headers["content-md5"] === undefined ? await look(service, sent.name) : null;
  const version = versionIn(headers["etag"]);
  if (found !== null && found.stat.version !== version) return null;
  if (found !== null && found.stat.size === sent.size && (found.md5 ?? sent.md5) === sent.md5) return "written";
  await deleteOwn(service, sent.name, version);
  return null;
}

/** Deletes what this call made and is not what was sent, as that version and no other. */
export async function deleteOwn(service: AzureService, name: string, version: string | null): Promise<void> {
  if (version === null) return;
  try {
    await service.call({
      method: "DELETE",
      url: service.url(name),
      action: `delete '${name}'`,
      accept: [202, "BlobNotFound", "ConditionNotMet"],
      headers: { "if-match": `"${version}"` },
    });
  } catch (error) {
    // It stays, and the next try finds it there: another object than was sent.
    if (!isMvgitError(error, "access-denied")) throw error;
  }
}

/** What has the name that was refused: null when nothing has it, so that it is to be sent again. */
export async function takenBy(
  service: AzureService,
  { name, size, md5 = null, crc = null }: SentObject,
): Promise<PutOutcome | null> {
  const found = await look(service, name);
  if (found === null) return null;
  // The service's own sum tells more than the one that came along with the object.
  const [sum, stored] = md5 !== null && found.md5 !== null ? [md5, found.md5] : [crc, found.crc];
  return outcomeFor({ name, size, sum }, found.stat, stored);
}

export interface Found {
  stat: ObjectStat;
  /** As the service made it when all came in one request. */
  md5: string | null;
  /** As it came along with the object. */
  crc: string | null;
}

/** What is there under a name of the container, prefix included; null when that is nothing for certain. */
export async function look(
  service: AzureService,
  name: string,
  purpose: Purpose = service.purpose(`look for '${name}'`),
): Promise<Found | null> {
  const { action } = purpose;
  const { status, headers } = await service.call({
    method: "HEAD",
    url: service.url(name),
    action,
    accept: [200, "BlobNotFound"],
  });
  if (status !== 200) return null;
  const md5 = headers["content-md5"];
  return { stat: statOfHeaders(headers, purpose), md5: typeof md5 === "string" ? md5 : null, crc: sumIn(headers) };
}
