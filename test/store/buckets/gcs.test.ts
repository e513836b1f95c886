/** Google Cloud Storage through the contract, plain and with read-ahead. */
import { ReadAheadBucket } from "../../../src/store/wrappers/read-ahead.ts";
import { describeBucket } from "../../conformance/bucket-suite.ts";
import { openOn } from "../../support/gcs-open.ts";
import { startGcsServer } from "../../support/gcs-server.ts";

async function place(wrap: (bucket: Awaited<ReturnType<typeof openOn>>) => Awaited<ReturnType<typeof openOn>>) {
  const server = await startGcsServer();
  const open = async (more = {}) => wrap(await openOn(server.url, more));
  return {
    bucket: await open(),
    cleanup: () => server.close(),
    another: () => open(),
    cancelled: (reason: Error) => open({ signal: AbortSignal.abort(reason) }),
  };
}

describeBucket("gs://", () => place((bucket) => bucket));
describeBucket("gs:// with read-ahead", () =>
  place((bucket) => new ReadAheadBucket(bucket, { parts: 3, partSize: 1024 * 1024 })),
);
