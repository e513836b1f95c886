/** From a remote's settings to its bucket in Google Cloud Storage. */
import type { RemoteSettings } from "../../../values/settings.ts";
import type { InspectableBucket } from "../../bucket.ts";
import { FileSessions } from "../../cloud/upload-sessions.ts";
import type { BucketContext } from "../../driver.ts";
import { parseGcsUrl } from "./address.ts";
import { openGcs } from "./bucket.ts";

/** Throws `usage` for an address that is none, and as `openGcs`. */
export function openRemote(
  { url, options = {} }: RemoteSettings,
  { env, watch: { clock, signal }, uploads, retry }: BucketContext,
): Promise<InspectableBucket> {
  const { endpoint, keyfile: keyFile } = options;
  const sessions = uploads === undefined ? {} : { sessions: new FileSessions(uploads) };
  return openGcs({ ...parseGcsUrl(url), env, endpoint, keyFile, clock, signal, ...sessions, ...(retry && { retry }) });
}
