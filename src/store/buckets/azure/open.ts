/** From a remote's settings to its bucket in Azure Blob Storage. */
import type { RemoteSettings } from "../../../values/settings.ts";
import type { InspectableBucket } from "../../bucket.ts";
import type { BucketContext } from "../../driver.ts";
import { parseAzureUrl } from "./address.ts";
import { openAzure } from "./bucket.ts";

/** Throws `usage` for an address that is none, and as `openAzure`. */
export function openRemote(
  { url, options = {} }: RemoteSettings,
  { env, watch: { clock, signal }, retry }: BucketContext,
): Promise<InspectableBucket> {
  return openAzure({
    ...parseAzureUrl(url),
    env,
    endpoint: options["endpoint"],
    clock,
    signal,
    ...(retry && { retry }),
  });
}
