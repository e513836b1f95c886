/** From a remote's settings to its bucket in S3, or in what speaks like it. */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import type { RemoteSettings } from "../../../values/settings.ts";
import type { InspectableBucket } from "../../bucket.ts";
import { FileSessions } from "../../cloud/upload-sessions.ts";
import type { BucketContext } from "../../driver.ts";
import { parseS3Url } from "./address.ts";
import { openS3 } from "./bucket.ts";

/** Throws `usage` for an address that is none, and as `openS3`. */
export function openRemote(
  { url, options = {} }: RemoteSettings,
  { env, watch, uploads, retry }: BucketContext,
): Promise<InspectableBucket> {
  const { endpoint, region, profile, pathstyle } = options;
  return openS3({
    ...parseS3Url(url),
    env,
    endpoint,
    region,
    profile,
    pathStyle: pathstyle === undefined ? undefined : isTrue(pathstyle),
    clock: watch.clock,
    signal: watch.signal,
    warn: (text) => watch.warn(text),
    ...(retry && { retry }),
    ...(uploads !== undefined && { sessions: new FileSessions(uploads) }),
  });
}

/** As Git writes truth. */
function isTrue(text: string): boolean {
  if (/^(?:true|yes|on|1)$/i.test(text)) return true;
  if (/^(?:false|no|off|0)$/i.test(text)) return false;
  throw new MvgitError("setting-invalid", `'${display(text)}' is neither 'true' nor 'false'`, {
    subject: display(text),
    hint: "set 'mvgit-remote.NAME.pathStyle' to 'true' where the endpoint wants the bucket in the path",
  });
}
