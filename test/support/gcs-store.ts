/** A place for blobs on the test server. */
import { blobName } from "../../src/store/blob-layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import type { StoreUnderTest } from "../conformance/blob-store/cell.ts";
import type { ToldLie } from "./gcs-lies.ts";
import { openOn } from "./gcs-open.ts";
import { startGcsServer } from "./gcs-server.ts";

/** A remote on a server of its own, which tells these lies of blobs, each once. */
export async function gcsStore(...lies: readonly ToldLie["do"][]): Promise<StoreUnderTest> {
  const server = await startGcsServer();
  for (const each of lies) server.lies.tell({ do: each, name: /blobs\// } as ToldLie);
  return {
    isFar: true,
    open: async (signal) => new Remote("store", await openOn(server.url, signal && { signal })),
    damage: (hash, bytes) => server.put("bucket", `team/store/${blobName(hash)}`, Buffer.from(bytes)),
    fail: () => server.faults.add({ times: Infinity, action: { do: "status", status: 403 } }),
    ...(lies.length > 0 && { lies: true }),
    cleanup: () => server.close(),
  };
}
