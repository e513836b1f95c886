/** From an address to a driver: a new cloud is one more line here. */
import { fileURLToPath } from "node:url";
import { isAbsolute } from "node:path";
import { holdsCredentials, showAddress } from "../base/address.ts";
import { MvgitError } from "../base/errors.ts";
import type { Watch } from "../base/watch.ts";
import type { RemoteSettings } from "../values/settings.ts";
import type { InspectableBucket } from "./bucket.ts";
import { FolderBucket } from "./buckets/folder.ts";
import { gcsAddress, parseGcsUrl } from "./buckets/gcs/address.ts";
import { FileSessions } from "./cloud/upload-sessions.ts";

export interface BucketContext {
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
  /** Absolute: a folder of the cache that remembers uploads that were cut; nothing is remembered when absent. */
  uploads?: string;
}

interface Driver {
  /** Null when the address is not of this driver's kind; else the address as it is kept in settings. Throws `usage`. */
  recognise(url: string): string | null;
  open(settings: RemoteSettings, context: BucketContext): Promise<InspectableBucket>;
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new MvgitError("usage", `'${showAddress(url)}' does not name a folder of this machine`, {
      subject: showAddress(url),
      hint: "write 'file:///PATH', or the path alone",
      cause: error,
    });
  }
}

const folder: Driver = {
  recognise(url) {
    if (url.startsWith("file://")) return pathOf(url);
    return isAbsolute(url) ? url : null;
  },
  open: async ({ url }) => new FolderBucket(url.startsWith("file://") ? pathOf(url) : url),
};

const gcs: Driver = {
  recognise: (url) => (url.startsWith("gs://") ? gcsAddress(parseGcsUrl(url)) : null),
  async open({ url, endpoint, keyFile }, { env, watch: { clock, signal }, uploads }) {
    const { openGcs } = await import("./buckets/gcs/bucket.ts");
    const sessions = uploads === undefined ? {} : { sessions: new FileSessions(uploads) };
    return openGcs({ ...parseGcsUrl(url), env, endpoint, keyFile, clock, signal, ...sessions });
  },
};

const DRIVERS: readonly Driver[] = [gcs, folder];

function driverOf(url: string): Driver {
  const driver = DRIVERS.find((each) => each.recognise(url) !== null);
  if (driver) return driver;
  throw new MvgitError("usage", `'${showAddress(url)}' is not the address of a remote`, {
    subject: showAddress(url),
    hint: "use 'gs://BUCKET/PREFIX', the path of a folder, or 'file:///PATH'",
  });
}

/**
 * The address as settings keep it. Throws `usage` for one of no known kind, or with credentials in it: settings are
 * shown, and committed.
 */
export function normaliseAddress(url: string): string {
  if (holdsCredentials(url)) {
    throw new MvgitError(
      "usage",
      `'${showAddress(url)}' holds credentials, which do not belong into the address of a remote`,
      {
        subject: showAddress(url),
        hint:
          "name it without them; for Google Cloud, 'gcloud auth application-default login' or " +
          "GOOGLE_APPLICATION_CREDENTIALS signs in",
      },
    );
  }
  return driverOf(url).recognise(url) as string;
}

/** Loads the driver and opens the bucket; no request is made yet. */
export function openBucket(settings: RemoteSettings, context: BucketContext): Promise<InspectableBucket> {
  return driverOf(settings.url).open(settings, context);
}
