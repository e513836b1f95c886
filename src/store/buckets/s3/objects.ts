/** Single objects of a bucket: looked for, removed as a certain version. */
import type { ObjectStat, PutOutcome } from "../../bucket.ts";
import { replacedMeanwhile, unusable } from "../../cloud/failures.ts";
import { outcomeFor, type Sent } from "../../cloud/sent.ts";
import type { S3Api } from "./api.ts";
import type { Dialect } from "./dialect.ts";
import { statIn, sumIn, tagOf } from "./stat.ts";

/** A bucket as its parts share it. */
export interface Opened {
  api: S3Api;
  dialect: Dialect;
}

/** An object that is there, and its sum where the service tells it. */
export interface Found {
  stat: ObjectStat;
  sum: string | null;
}

/** Null where nothing has the name. Throws `remote-missing` where that is so because there is no bucket. */
export async function look({ api }: Opened, name: string): Promise<Found | null> {
  const action = `look for '${name}'`;
  const { status, headers } = await api.call({
    method: "HEAD",
    name,
    headers: { "x-amz-checksum-mode": "ENABLED" },
    action,
    accept: [200, 404],
  });
  if (status === 200) return { stat: statIn(headers, api.purpose(action)), sum: sumIn(headers) };
  await api.mustExist(action);
  return null;
}

/** What has the name that was refused: null when nothing has it, so that it is to be sent again. */
export async function takenBy(opened: Opened, sent: Sent): Promise<PutOutcome | null> {
  const found = await look(opened, sent.name);
  return found && outcomeFor(sent, found.stat, found.sum);
}

/**
 * Removes that version. The precondition of the endpoint, where it has one, knows tags and no times: so it is looked
 * at first, and the precondition holds from then on. Throws `object-exists` for another version.
 */
export async function removeVersion({ api, dialect }: Opened, name: string, version: string): Promise<void> {
  const action = `delete '${name}'`;
  const tries = api.tries(action);
  for (;;) {
    const found = await look({ api, dialect }, name);
    if (found === null) return;
    if (found.stat.version !== version) throw replacedMeanwhile(name, api.address);
    const headers = dialect.deletesByTag ? { "if-match": `"${tagOf(version)}"` } : {};
    const { status } = await api.call({ method: "DELETE", name, headers, action, accept: [200, 204, 404, 412, 501] });
    if (status < 300 || status === 404) return;
    if (status === 501) dialect.deletesByTag = false;
    await tries.failed(unusable(`refuses to delete the version that it has (${status})`, api.purpose(action)));
  }
}
