/** A remote on S3 keeps the contract of a blob store. */
import { blobName } from "../../src/store/blob-layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { openS3On, startS3 } from "../support/s3-open.ts";
import { refuse } from "../support/s3-server.ts";

describeStore("a remote on S3", async () => {
  const server = await startS3();
  return {
    isFar: true,
    open: async (signal) => new Remote("store", await openS3On(server.url, signal && { signal })),
    damage: async (hash, bytes) => void server.put(`team/store/${blobName(hash)}`, Buffer.from(bytes)),
    fail: () => void server.rules.push(() => refuse(403, "AccessDenied")),
    cleanup: () => server.close(),
  };
});
