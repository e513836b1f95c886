/** Places for remotes on each driver that keeps the whole contract of a bucket, on its server or its emulator. */
import type { Bucket } from "../../src/store/bucket.ts";
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { type Azurite, openOn as openAzureOn, startAzurite } from "./azurite.ts";
import { openOn as openGcsOn } from "./gcs-open.ts";
import { startGcsServer } from "./gcs-server.ts";
import { openS3On, startS3 } from "./s3-open.ts";
import { refuse } from "./s3-server.ts";
import { HAS_SFTP, openSftp } from "./sftp-open.ts";
import { StoreFolder } from "./store-folder.ts";

/** A fresh, empty place. */
export interface DriverPlace {
  /** As another process opens it. */
  open(signal?: AbortSignal): Promise<Bucket>;
  /** Lets the medium fail from now on. */
  fail(): Promise<void> | void;
  /** Lets everybody who wrote there until now be dead. */
  bury?(): void;
  /** The folder that it is, for who serves or looks at it; absent where it is none. */
  folder?: string;
  close(): Promise<void> | void;
}

export interface DriverUnderTest {
  label: string;
  /** Why it cannot be tested here, for the names of tests; "" where it can. */
  lacks: string;
  make(): Promise<DriverPlace>;
}

/** Names in one page of a listing: so few that each listing has several. */
const PAGE = 3;

let azurite: Promise<Azurite> | null = null;

/** Ends what all places share. */
export async function closeDrivers(): Promise<void> {
  const started = azurite;
  azurite = null;
  await (await started)?.close();
}

export const DRIVERS: readonly DriverUnderTest[] = [
  { label: "a folder", lacks: "", make: async () => folderPlace((path) => new FolderBucket(path)) },
  { label: "Google Cloud Storage", lacks: "", make: gcsPlace },
  { label: "S3", lacks: "", make: s3Place },
  { label: "Azure Blob Storage", lacks: "", make: azurePlace },
  {
    label: "a server of SFTP",
    lacks: HAS_SFTP ? "" : " (skipped: there is no sftp-server)",
    make: async () => folderPlace((path) => openSftp(path)),
  },
];

function folderPlace(open: (path: string) => Bucket): DriverPlace {
  const folder = new StoreFolder();
  return {
    open: async () => open(folder.path),
    fail: () => folder.unmount(),
    bury: () => folder.bury(),
    folder: folder.path,
    close: () => folder.remove(),
  };
}

async function gcsPlace(): Promise<DriverPlace> {
  const server = await startGcsServer({ pageSize: PAGE });
  return {
    open: (signal) => openGcsOn(server.url, signal && { signal }),
    fail: () => server.faults.add({ times: Infinity, action: { do: "status", status: 403 } }),
    close: () => server.close(),
  };
}

async function s3Place(): Promise<DriverPlace> {
  const server = await startS3();
  server.pageSize = PAGE;
  return {
    open: (signal) => openS3On(server.url, signal && { signal }),
    fail: () => void server.rules.push(() => refuse(403, "AccessDenied")),
    close: () => server.close(),
  };
}

async function azurePlace(): Promise<DriverPlace> {
  const shared = await (azurite ??= startAzurite());
  const container = await shared.container();
  return {
    open: (signal) => openAzureOn(shared.url, container, signal && { signal }),
    fail: async () => void (await shared.ask("DELETE", `/${container}?restype=container`)),
    close: () => undefined,
  };
}
